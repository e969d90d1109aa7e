// Files on their way: brought to the server piece by piece by the tus protocol, from wherever they stopped. What a
// reload, a crash or another tab finds in the file store, it goes on with.

/** @import { DeliveryOptions, Headers, OutboxEntry } from "../types.d.ts" */

import { _ } from "../core/i18n.js";
import { withLock } from "../core/locks.js";
import { findFile, forgetFile } from "./file_store.js";
import { forgetPreview, showProgress } from "./upload_preview.js";

const PIECE = 960 * 1024; // bytes; below what proxies let through by default
const MAX_PARALLEL = 2; // files at a time
const RETRY_DELAY = 1_000; // ms until the next try
const TUS = { Accept: "application/json", "Tus-Resumable": "1.0.0" };

/** @type {Map<string, XMLHttpRequest>} By client id. */
const running = new Map();
/** @type {Set<string>} What this tab is bringing to the server, by client id. */
const uploading = new Set();

/** Nobody can be reached: to be tried again. */
class Unreachable extends Error {}

/**
 * Bring what waits to the server: entries() are those of the outbox, change(client, to) notes what became of one, and
 * flush() sends the messages whose files are there. One tab at a time works on a file.
 * @param {Pick<DeliveryOptions, "entries" | "change" | "flush" | "headers">} outbox
 */
export function uploadAll({ entries, change, flush, headers }) {
  const waiting = entries().filter((it) => !uploading.has(it.client));
  for (const { client } of waiting.slice(0, Math.max(0, MAX_PARALLEL - uploading.size))) {
    uploading.add(client);
    const work = withLock(`upload:${client}`, async () => {
      const entry = entries().find((it) => it.client === client);
      if (!entry) return; // another tab was quicker
      if (entry.failed) change(client, { failed: undefined });
      try {
        await upload(entry, headers, (path) => change(client, { path }));
        change(client, { done: true });
      } catch (error) {
        if (!(error instanceof Unreachable))
          return change(client, {
            failed: _("Not sent. %(reason)s", { reason: error.message }),
            refused: true,
            path: undefined,
          });
        change(client, { failed: _("Not sent: there is no connection.") });
        await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY));
      }
    });
    work.finally(() => {
      uploading.delete(client);
      flush();
    });
  }
}

/**
 * The message has arrived, or is given up: then, with `headers`, the server is told that it need not keep what it has.
 * @param {OutboxEntry} entry
 * @param {Record<string, string> | false} [headers]
 */
export function forget({ client, path }, headers) {
  running.get(client)?.abort();
  forgetFile(client);
  forgetPreview(client);
  if (headers && path) fetch(path, { method: "DELETE", headers }).catch(() => {});
}

/**
 * Bring a file to the server; `save(path)` remembers how it is called there. Resolves when it is there, rejects with
 * Unreachable, or an Error whose message is the reason for a refusal.
 * @param {OutboxEntry} entry
 * @param {Headers} headers
 * @param {(path: string) => void} save
 */
async function upload({ client, file, path }, headers, save) {
  const stored = await findFile(client);
  if (!stored) throw new Error(_("The file is not in this browser any more."));
  const { blob, poster } = stored;
  let offset = path ? await offsetOf(path, headers()) : undefined;
  if (offset === undefined) {
    path = await create(file.name, blob.size, headers());
    offset = 0;
    save(path);
  }
  const onProgress = (sent) => showProgress(client, sent, blob.size);
  while (offset < blob.size) {
    onProgress(offset);
    offset =
      (await sendPiece(client, path, offset, await readPiece(blob, offset), headers(), onProgress)) ??
      (await offsetOf(path, headers())) ??
      0;
  }
  onProgress(offset);
  if (poster) await request(`${path}/poster`, { method: "PUT", body: poster, headers: headers() }).catch(() => {});
}

/**
 * The next bytes, read before they are sent: a file that was moved or changed meanwhile would look like a connection
 * that is lost.
 * @param {Blob} blob
 * @param {number} offset
 */
async function readPiece(blob, offset) {
  try {
    return await blob.slice(offset, offset + PIECE).arrayBuffer();
  } catch {
    throw new Error(_("The file cannot be read any more; it may have been moved or changed."));
  }
}

/**
 * Resolves to the address of a new upload.
 * @param {string} name
 * @param {number} size
 * @param {Record<string, string>} headers
 */
async function create(name, size, headers) {
  const encoded = btoa(String.fromCharCode(...new TextEncoder().encode(name)));
  const response = await request("/w/uploads", {
    method: "POST",
    headers: { ...TUS, "Upload-Length": String(size), "Upload-Metadata": `filename ${encoded}`, ...headers },
  });
  return response.headers.get("Location");
}

/**
 * @param {string} path
 * @param {RequestInit} options
 */
async function request(path, options) {
  const response = await fetch(path, options).catch(() => {
    throw new Unreachable();
  });
  if (response.status >= 500 || response.status === 429) throw new Unreachable();
  if (!response.ok) throw new Error(reasonOf(await response.text()));
  return response;
}

/**
 * How many bytes the server has; undefined when it does not know the upload (any more).
 * @param {string} path
 * @param {Record<string, string>} headers
 */
async function offsetOf(path, headers) {
  const response = await fetch(path, { method: "HEAD", headers: { ...TUS, ...headers } }).catch(() => {
    throw new Unreachable();
  });
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Unreachable();
  return Number(response.headers.get("Upload-Offset"));
}

/**
 * Not fetch, which does not tell how much has left. Resolves to the new offset; undefined when the server has another.
 * @param {string} client
 * @param {string} path
 * @param {number} offset
 * @param {ArrayBuffer} piece
 * @param {Record<string, string>} headers
 * @param {(offset: number) => void} onProgress
 * @returns {Promise<number | undefined>}
 */
function sendPiece(client, path, offset, piece, headers, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    running.set(client, request);
    request.open("PATCH", path);
    const fields = {
      ...TUS,
      "Upload-Offset": String(offset),
      "Content-Type": "application/offset+octet-stream",
      ...headers,
    };
    for (const [name, value] of Object.entries(fields)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => onProgress(offset + loaded);
    request.onerror = request.onabort = () => reject(new Unreachable());
    request.onload = () => {
      if (request.status === 204) resolve(Number(request.getResponseHeader("Upload-Offset")));
      else if (request.status === 409) resolve(undefined);
      else if (request.status >= 500 || request.status === 429) reject(new Unreachable());
      else reject(new Error(reasonOf(request.responseText)));
    };
    request.send(piece);
  }).finally(() => running.delete(client));
}

/** @param {string} text */
function reasonOf(text) {
  try {
    return JSON.parse(text).reason;
  } catch {
    return _("It was not accepted.");
  }
}
