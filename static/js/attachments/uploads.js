// Files on their way: kept in this browser (IndexedDB) until the server has them, brought there piece by piece by the tus
// protocol from wherever they stopped, and drawn in the message that waits for them. What a reload, a crash or another
// tab finds, it goes on with; where storage is blocked a file lasts as long as its page.

import { formatDuration, icon, iconButton, make, formatBytes } from "../core/dom.js";
import { withLock } from "../core/locks.js";
import { scrollToEnd } from "../messages/message_list.js";
import { loadStyles } from "../core/lazy.js";

const PIECE = 960 * 1024; // bytes; below what proxies let through by default
const memory = new Map(); // client id: {blob, poster}
const urls = new Map();
const running = new Map(); // client id: the XMLHttpRequest

const carried = new Set(); // what this tab is bringing to the server

const ABREAST = 2; // files at a time
const AGAIN = 1_000; // ms until the next try

/** Nobody can be reached: to be tried again. */
class Unreachable extends Error {}

/** Bring what waits to the server: entries() are those of the outbox, change(client, to) notes what became of one, and
    flush() sends the messages whose files are there. One tab at a time works on a file. */
export function carryAll({ entries, change, flush, headers }) {
  const waiting = entries().filter((it) => !carried.has(it.client));
  for (const { client } of waiting.slice(0, Math.max(0, ABREAST - carried.size))) {
    carried.add(client);
    const carrying = withLock(`upload:${client}`, async () => {
      const entry = entries().find((it) => it.client === client);
      if (!entry) return; // another tab was quicker
      if (entry.failed) change(client, { failed: undefined });
      try {
        await carry(entry, headers, (path) => change(client, path));
        change(client, { done: true });
      } catch (error) {
        if (!(error instanceof Unreachable))
          return change(client, { failed: `Not sent. ${error.message}`, refused: true, path: undefined });
        change(client, { failed: "Not sent: there is no connection." });
        await new Promise((resolve) => setTimeout(resolve, AGAIN));
      }
    });
    carrying.finally(() => {
      carried.delete(client);
      flush();
    });
  }
}

function database() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("chat-uploads", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("uploads");
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = reject;
  });
}

async function ask(mode, work) {
  try {
    const connection = await database();
    const request = work(connection.transaction("uploads", mode).objectStore("uploads"));
    return await new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = reject;
    }).finally(() => connection.close());
  } catch {
    return undefined; // blocked, or full
  }
}

/** Keep a file, and a poster if it has one, until it is forgotten. */
export function storeFile(client, blob, poster) {
  memory.set(client, { blob, poster });
  ask("readwrite", (uploads) => uploads.put({ blob, poster }, client));
}

const find = async (client) => memory.get(client) ?? (await ask("readonly", (uploads) => uploads.get(client)));

/** The message has arrived, or is given up (then the server need not keep what it has got of it). */
export function forget({ client, path }, headers) {
  running.get(client)?.abort();
  memory.delete(client);
  ask("readwrite", (uploads) => uploads.delete(client));
  setTimeout(() => URL.revokeObjectURL(urls.get(client)), 10_000); // what takes its place is loading
  if (headers && path) fetch(path, { method: "DELETE", headers }).catch(() => {});
}

/** Bring a file to the server; `save({path})` remembers how it is called there. Resolves when it is there, rejects with
    Unreachable, or an Error whose message is the reason for a refusal. */
async function carry({ client, file, path }, headers, save) {
  const upload = await find(client);
  if (!upload) throw new Error("The file is not in this browser any more.");
  const { blob, poster } = upload;
  let offset = path ? await position(path, headers()) : undefined;
  if (offset === undefined) {
    const name = btoa(String.fromCharCode(...new TextEncoder().encode(file.name)));
    const response = await reach("/w/uploads", {
      method: "POST",
      headers: {
        Accept: "application/json",
        "Tus-Resumable": "1.0.0",
        "Upload-Length": blob.size,
        "Upload-Metadata": `filename ${name}`,
        ...headers(),
      },
    });
    path = response.headers.get("Location");
    offset = 0;
    save({ path });
  }
  while (offset < blob.size) {
    show(client, offset, blob.size);
    offset = (await piece(client, path, offset, blob, headers())) ?? (await position(path, headers())) ?? 0;
  }
  show(client, offset, blob.size);
  if (poster) await reach(`${path}/poster`, { method: "PUT", body: poster, headers: headers() }).catch(() => {});
}

async function reach(path, options) {
  const response = await fetch(path, options).catch(() => {
    throw new Unreachable();
  });
  if (response.status >= 500 || response.status === 429) throw new Unreachable();
  if (!response.ok) throw new Error((await response.json().catch(() => ({}))).reason ?? "It was not accepted.");
  return response;
}

/** How far it has got there; undefined when it is not known there (any more). */
async function position(path, headers) {
  const response = await fetch(path, { method: "HEAD", headers }).catch(() => {
    throw new Unreachable();
  });
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Unreachable();
  const [offset, length] = ["Upload-Offset", "Upload-Length"].map((it) => Number(response.headers.get(it)));
  return offset < length ? offset : Infinity;
}

// Not fetch, which does not tell how much has left. Resolves to the new offset; undefined when the server stands elsewhere.
function piece(client, path, offset, blob, headers) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    running.set(client, request);
    request.open("PATCH", path);
    const said = {
      Accept: "application/json",
      "Tus-Resumable": "1.0.0",
      "Upload-Offset": offset,
      "Content-Type": "application/offset+octet-stream",
      ...headers,
    };
    for (const [name, value] of Object.entries(said)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => show(client, offset + loaded, blob.size);
    request.onerror = request.onabort = () => reject(new Unreachable());
    request.onload = () => {
      if (request.status === 204) resolve(Number(request.getResponseHeader("Upload-Offset")));
      else if (request.status === 409) resolve(undefined);
      else if (request.status >= 500 || request.status === 429) reject(new Unreachable());
      else reject(new Error(reason(request.responseText)));
    };
    request.send(blob.slice(offset, offset + PIECE));
  }).finally(() => running.delete(client));
}

function reason(text) {
  try {
    return JSON.parse(text).reason;
  } catch {
    return "It was not accepted.";
  }
}

const drawn = (client) => document.querySelectorAll(`.message[data-client-id="${CSS.escape(client)}"] progress`);

function show(client, value, max) {
  for (const bar of drawn(client)) Object.assign(bar, { max, value });
}

/** Draw what a message that waits is going to carry, and how far that has got. */
export async function draw(message, { client, file, done, failed }) {
  const bubble = message.querySelector(".bubble");
  if (!bubble.querySelector(".upload")) {
    const upload = make("div", { className: "upload" });
    const bar = make("progress", {
      max: 1,
      value: 0,
      ariaLabel: `Sending ${file.name}`,
      "data-testid": "upload-progress",
    });
    upload.append(
      make("div", { className: "upload-bar" }, bar, iconButton("close", "Cancel", undefined, { "data-discard": "" })),
    );
    bubble.prepend(upload);
    const { blob } = (await find(client)) ?? {};
    if (blob && !urls.has(client)) urls.set(client, URL.createObjectURL(blob));
    upload.prepend(looks(file, urls.get(client)));
    await Promise.all(["attachment_tray", "message_content"].map(loadStyles));
    scrollToEnd();
  }
  bubble.querySelector(".upload-bar").hidden = Boolean(done || failed);
}

function looks(file, url) {
  const scale = Math.min(1, 280 / file.width, 320 / file.height) || 1; // as the server will draw it
  const size = {
    className: "upload-image",
    width: Math.round(file.width * scale) || 280,
    height: Math.round(file.height * scale) || 158,
  };
  if (file.kind === "image" && url) return make("img", { ...size, src: url, alt: file.name });
  if (file.kind === "video" && url)
    return make("video", { ...size, src: url, muted: true, playsInline: true, preload: "metadata" });
  const note = file.duration ? formatDuration(file.duration) : formatBytes(file.size);
  const name = file.waveform ? "Voice note" : file.name;
  return make(
    "span",
    { className: "file" },
    icon("file"),
    make("span", { className: "file-name", textContent: name }),
    make("span", { className: "file-note", textContent: note }),
  );
}
