/**
 * Where the outbox keeps what is not yet acknowledged: IndexedDB, or memory where that is missing or full.
 *
 * @typedef {import("./entries.js").Entry} Entry
 *
 * @typedef {object} Store
 * @property {boolean} durable   what is put there outlives this page
 * @property {(user: string) => Promise<Entry[]>} list
 * @property {(entry: Entry) => Promise<boolean>} put   whether it outlives this page
 * @property {(id: string) => Promise<void>} remove
 * @property {(before: number) => Promise<void>} purge   every person's entries written before that instant
 *
 * @typedef {<T>(name: string, work: () => Promise<T>, patient?: boolean) => Promise<T>} Locks   patient: waits for however long
 */

const NAME = "helpdesk-outbox";
const TABLE = "entries";
/** Milliseconds: a database that does not open within these counts as missing. */
const OPEN_WAIT = 3_000;
/** Milliseconds after which a tab is not waited for any more: it may be frozen with the lock in its hand. */
const LOCK_WAIT = 30_000;

/** @implements {Store} */
export class MemoryStore {
  constructor() {
    this.durable = false;
    /** @type {Map<string, Entry>} */
    this.entries = new Map();
  }

  /** @param {string} user */
  async list(user) {
    return [...this.entries.values()].filter((entry) => entry.user === user).map((entry) => ({ ...copy(entry), kept: false }));
  }

  /** @param {Entry} entry */
  async put(entry) {
    this.entries.set(entry.id, copy(entry));
    return false;
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
export class IndexedStore {
  /** @param {() => Promise<IDBDatabase>} open */
  constructor(open) {
    this.durable = true;
    this.open = open;
    /** @type {Promise<IDBDatabase>|null} */
    this.db = null;
  }

  ready() {
    this.db ??= this.open().then((db) => {
      db.onclose = () => this.#close(db);
      db.onversionchange = () => this.#close(db); // somebody clears the storage: not to be held up by this page
      return db;
    });
    return this.db;
  }

  /** @param {IDBDatabase} db */
  #close(db) {
    db.close();
    this.db = null;
  }

  /**
   * One transaction; a database that was closed under us is opened anew, once.
   * @param {IDBTransactionMode} mode
   * @param {(table: IDBObjectStore) => IDBRequest|void} work
   * @returns {Promise<any>}
   */
  async #run(mode, work) {
    try {
      return await this.#once(mode, work);
    } catch {
      this.db = null;
      return this.#once(mode, work);
    }
  }

  /**
   * Resolves when it is on disk, not when the request is.
   * @param {IDBTransactionMode} mode
   * @param {(table: IDBObjectStore) => IDBRequest|void} work
   * @returns {Promise<any>}
   */
  async #once(mode, work) {
    const db = await this.ready();
    return new Promise((resolve, reject) => {
      const tx = db.transaction(TABLE, mode, { durability: "strict" });
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
  async put(entry) {
    await this.#run("readwrite", (table) => table.put(entry));
    return true;
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

  get durable() {
    return this.memory.entries.size === 0;
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
      return true;
    } catch {
      return this.memory.put(entry);
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
 * @param {() => IDBFactory} [factory]   asked for inside: a frame on another site's page may be refused it
 * @returns {Promise<Store>}
 */
export async function openStore(factory = () => indexedDB) {
  const disk = new IndexedStore(async () => openDatabase(factory()));
  try {
    await disk.ready();
    return new SafeStore(disk);
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
    const timer = setTimeout(() => reject(new Error("storage")), OPEN_WAIT);
    const done = (/** @type {() => void} */ settle) => () => {
      clearTimeout(timer);
      settle();
    };
    request.onsuccess = done(() => resolve(request.result));
    request.onerror = request.onblocked = done(() => reject(request.error ?? new Error("storage")));
  });
}

/** So that what is kept does not change with what is shown. @param {Entry} entry @returns {Entry} */
function copy(entry) {
  return { ...entry, files: (entry.files ?? []).map((file) => ({ ...file })) };
}

/**
 * One tab at a time sends a person's stream: two tabs with the same entries would break the order, though the
 * server would still store each once. Without Web Locks, and where a lock does not come free, its own check has to do.
 * @type {Locks}
 */
export async function webLocks(name, work, patient = false) {
  let begun = false;
  const once = () => {
    begun = true;
    return work();
  };
  const signal = patient ? undefined : AbortSignal.timeout(LOCK_WAIT);
  try {
    // Missing outside of secure addresses, and refused to a frame on another site's page.
    return await /** @type {any} */ (navigator.locks.request(name, { signal }, once));
  } catch (error) {
    if (begun) throw error;
    return work();
  }
}

/**
 * What one person had not sent becomes another's: a visitor was told apart by the shop meanwhile.
 * @param {Store} store
 * @param {string} from
 * @param {string} to
 */
export async function handOver(store, from, to) {
  if (from !== to) for (const entry of await store.list(from)) await store.put({ ...entry, user: to });
}
