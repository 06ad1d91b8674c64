/**
 * Where the visitor's token stays: the frame's own storage. A browser that shuts storage to frames on other sites' pages
 * (private windows do) may still keep a partitioned cookie: it is this frame's, on this one shop's pages, and no server
 * reads it. Else memory: then the visitor is the same until the page is left.
 */
export class Keep {
  /**
   * @param {string} name
   * @param {() => Storage} [storage]   throws where storage is forbidden
   * @param {{cookie: string}} [page]
   * @param {string} [path]   nowhere else does the cookie go
   */
  constructor(name, storage = () => localStorage, page = document, path = location.pathname) {
    this.name = name;
    this.storage = storage;
    this.page = page;
    this.path = path;
    this.memory = "";
  }

  get value() {
    try {
      return this.storage().getItem(this.name) ?? this.memory;
    } catch {
      return this.#cookie() || this.memory;
    }
  }

  set value(value) {
    this.memory = value;
    try {
      if (value) this.storage().setItem(this.name, value);
      else this.storage().removeItem(this.name);
    } catch {
      this.#bake(value);
    }
  }

  /** Whether the next page will still have it. */
  get lasts() {
    try {
      this.storage().getItem(this.name);
      return true;
    } catch {
      const value = this.#cookie();
      if (!value) this.#bake("-");
      const kept = this.#cookie() !== "";
      if (!value) this.#bake("");
      return kept;
    }
  }

  #cookie() {
    try {
      const found = this.page.cookie.split("; ").find((one) => one.startsWith(`${this.#key}=`));
      return found?.slice(this.#key.length + 1) ?? "";
    } catch {
      return ""; // a frame may be forbidden even to ask
    }
  }

  /** @param {string} value */
  #bake(value) {
    const age = value ? 180 * 24 * 3600 : 0;
    try {
      this.page.cookie = `${this.#key}=${value}; Path=${this.path}; Max-Age=${age}; Secure; SameSite=None; Partitioned`;
    } catch {
      // kept in memory
    }
  }

  get #key() {
    return this.name.replace(/[^a-z0-9-]/g, "-");
  }
}
