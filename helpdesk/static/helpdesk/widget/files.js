import { picturesWith, uploadWith } from "../../core/live/files.js";
import { one } from "./dom.js";

/** No cookie opens a file here: files go up and come down with the visitor's own access. */
export class Files {
  /** @param {import("./desk.js").Desk} desk */
  constructor(desk) {
    this.desk = desk;
    uploadWith(() => desk.headers());
    picturesWith((img, url) => void this.#show(img, url));
  }

  /** @param {string} url @returns {Promise<string>} the file as an address of this page alone, "" where it is not to be had */
  async #fetch(url) {
    const id = url.match(/\/t\/files\/([a-z0-9]+)\/$/)?.[1];
    const response = id ? await this.desk.request(`${this.desk.home}files/${id}/`).catch(() => null) : null;
    return response?.ok ? URL.createObjectURL(await response.blob()) : "";
  }

  /** @param {HTMLImageElement} img @param {string} url */
  async #show(img, url) {
    img.addEventListener("load", () => URL.revokeObjectURL(img.src), { once: true });
    const found = await this.#fetch(url);
    if (found) img.src = found;
    else img.dispatchEvent(new Event("error"));
  }

  /** Saved under its name. @param {HTMLAnchorElement} link */
  async open(link) {
    const url = await this.#fetch(link.getAttribute("href") ?? "");
    if (!url) return;
    const download = one("[data-f=name]", link).textContent ?? "file";
    Object.assign(document.createElement("a"), { href: url, download }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }
}
