/**
 * Where the outbox keeps what is not yet acknowledged: IndexedDB, or memory where that is missing or full.
 *
 * @typedef {"queued"|"sending"|"sent"|"failed"} EntryState
 * @typedef {object} Entry
 * @property {string} id       the client_id: the same at every try, so that the server stores it once
 * @property {string} user
 * @property {string} stream
 * @property {string} kind     reply or note
 * @property {string} body
 * @property {boolean} [sure]  sent although its writer was told what a lead would ask about
 * @property {number} at       milliseconds, when it was written
 * @property {number} n        order among entries of one instant
 * @property {EntryState} state   only queued and failed are ever stored
 * @property {{code: string, message: string}|null} error
 *
 * @typedef {object} Store
 * @property {(user: string) => Promise<Entry[]>} list
 * @property {(entry: Entry) => Promise<void>} put
 * @property {(id: string) => Promise<void>} remove
 * @property {(before: number) => Promise<void>} purge   every person's entries written before that instant
 *
 * @typedef {<T>(name: string, work: () => Promise<T>) => Promise<T>} Locks
 */

const NAME = "helpdesk-outbox";
const TABLE = "entries";

/** @implements {Store} */
export class MemoryStore {
  constructor() {
    /** @type {Map<string, Entry>} */
    this.entries = new Map();
  }

  /** @param {string} user */
  async list(user) {
    return [...this.entries.values()].filter((entry) => entry.user === user).map((entry) => ({ ...entry }));
  }

  /** @param {Entry} entry */
  async put(entry) {
    this.entries.set(entry.id, { ...entry });
  }

  /** @param {string} id */
  async remove(id) {
    this.entries.delete(id);
  }

  /** @param {number} before */
  async purge(before) {
    for (const entry of this.entries.values()) if (entry.at < before) this.entries.delete(entry.id);
  }
}

/** @implements {Store} */
class IndexedStore {
  /** @param {IDBDatabase} db */
  constructor(db) {
    this.db = db;
  }

  /**
   * One transaction; resolves when it is on disk, not when the request is.
   * @param {IDBTransactionMode} mode
   * @param {(table: IDBObjectStore) => IDBRequest|void} work
   * @returns {Promise<any>}
   */
  #run(mode, work) {
    return new Promise((resolve, reject) => {
      const tx = this.db.transaction(TABLE, mode, { durability: "strict" });
      const request = work(tx.objectStore(TABLE));
      tx.oncomplete = () => resolve(request?.result);
      tx.onerror = tx.onabort = () => reject(tx.error ?? new Error("storage"));
    });
  }

  /** @param {string} user @returns {Promise<Entry[]>} */
  list(user) {
    return this.#run("readonly", (table) => table.index("user").getAll(user));
  }

  /** @param {Entry} entry */
  put(entry) {
    return this.#run("readwrite", (table) => table.put(entry));
  }

  /** @param {string} id */
  remove(id) {
    return this.#run("readwrite", (table) => table.delete(id));
  }

  /** @param {number} before */
  purge(before) {
    return this.#run("readwrite", (table) => {
      const request = table.index("at").openCursor(IDBKeyRange.upperBound(before, true));
      request.onsuccess = () => {
        request.result?.delete();
        request.result?.continue();
      };
    });
  }
}

/**
 * The disk first; what it refuses (full, private mode, closed under us) is kept in memory for this page's life.
 * @implements {Store}
 */
export class SafeStore {
  /** @param {Store} disk */
  constructor(disk) {
    this.disk = disk;
    this.memory = new MemoryStore();
  }

  /** @param {string} user */
  async list(user) {
    const kept = await this.disk.list(user).catch(() => /** @type {Entry[]} */ ([]));
    const here = await this.memory.list(user);
    const ids = new Set(here.map((entry) => entry.id));
    return [...kept.filter((entry) => !ids.has(entry.id)), ...here];
  }

  /** @param {Entry} entry */
  async put(entry) {
    try {
      await this.disk.put(entry);
      await this.memory.remove(entry.id);
    } catch {
      await this.memory.put(entry);
    }
  }

  /** @param {string} id */
  async remove(id) {
    await this.memory.remove(id);
    await this.disk.remove(id).catch(() => {});
  }

  /** @param {number} before */
  async purge(before) {
    await this.memory.purge(before);
    await this.disk.purge(before).catch(() => {});
  }
}

/**
 * @param {IDBFactory|undefined} [factory]
 * @returns {Promise<Store>}
 */
export async function openStore(factory = globalThis.indexedDB) {
  try {
    return new SafeStore(new IndexedStore(await openDatabase(factory)));
  } catch {
    return new MemoryStore();
  }
}

/**
 * @param {IDBFactory} factory
 * @returns {Promise<IDBDatabase>}
 */
function openDatabase(factory) {
  return new Promise((resolve, reject) => {
    const request = factory.open(NAME, 1);
    request.onupgradeneeded = () => {
      const table = request.result.createObjectStore(TABLE, { keyPath: "id" });
      table.createIndex("user", "user");
      table.createIndex("at", "at");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => reject(request.error ?? new Error("storage"));
  });
}

/**
 * One tab at a time sends a person's stream: two tabs with the same entries would break the order, though the
 * server would still store each once. Without Web Locks the server's own check has to do.
 * @type {Locks}
 */
export const webLocks = (name, work) =>
  globalThis.navigator?.locks ? /** @type {any} */ (navigator.locks.request(name, work)) : work();
