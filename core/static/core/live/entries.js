import { newId } from "./wire.js";

/**
 * What the outbox is made of, and the sums over it.
 *
 * @typedef {"queued"|"sending"|"sent"|"failed"} EntryState
 * @typedef {object} Entry
 * @property {string} id       the client_id: the same at every try, so that the server stores it once
 * @property {string} user
 * @property {string} stream
 * @property {string} kind     reply or note
 * @property {string} body
 * @property {EntryFile[]} [files]   it waits for those without an id
 * @property {boolean} [sure]  sent although its writer was told what a lead would ask about
 * @property {number} at       milliseconds, when it was written
 * @property {number} n        order among entries of one instant
 * @property {EntryState} state   only queued and failed are ever stored
 * @property {{code: string, message: string}|null} error
 * @property {boolean} [kept]  false: in this page alone, and gone with it; never stored
 *
 * @typedef {object} EntryFile
 * @property {string} key
 * @property {string} name
 * @property {number} size   bytes
 * @property {string} type
 * @property {string} to          the address of this site that takes it
 * @property {string|null} id     the server's, once it is there
 * @property {string} why         the server's words when it refused it
 * @property {Blob|null} blob     until it is there
 */

/** Milliseconds after which an entry is not sent any more: the talk has moved on. */
export const KEEP = 24 * 60 * 60 * 1000;

/**
 * @param {Entry} a
 * @param {Entry} b
 */
export const byTime = (a, b) => a.at - b.at || a.n - b.n;

/** @param {Entry} entry @returns {import("./wire.js").Frame} */
export function frameOf({ id, stream, kind, body, sure, files = [] }) {
  const frame = { op: "send", id, stream, kind, body, ...(sure && { sure }) };
  return files.length ? { ...frame, files: files.map((file) => file.id ?? file.key) } : frame;
}

/** @param {Pick<EntryFile, "name"|"size"|"type"|"to"|"id"|"blob">} handed @returns {EntryFile} */
export function fileOf({ name, size, type, to, id, blob }) {
  return { key: newId(), name, size, type, to, id, why: "", blob: id ? null : blob };
}

/** Files that are not there yet. @param {{files?: EntryFile[]}} entry */
export const missing = ({ files = [] }) => files.filter((file) => !file.id);

/**
 * A message's files as they are told by the store or another tab, with what is held of them here.
 * @param {{files?: EntryFile[]}} here
 * @param {{files?: EntryFile[]}} told
 */
export function joined({ files: held = [] }, { files = [] }) {
  const blobOf = (/** @type {string} */ key) => held.find((file) => file.key === key)?.blob ?? null;
  return files.map((file) => ({ ...file, blob: file.id ? null : (file.blob ?? blobOf(file.key)) }));
}

/** Its files as they are for another try. @param {Entry} entry */
export const renewable = ({ files = [] }) => files.map((file) => ({ ...file, why: "" }));

/** What other tabs are told of it: its words, and its files by name. @param {Entry} entry @returns {Entry} */
export const news = (entry) => ({ ...entry, files: (entry.files ?? []).map((file) => ({ ...file, blob: null })) });
