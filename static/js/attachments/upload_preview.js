// What a message that waits is going to carry, drawn in it, and how far it has got.

/** @import { FileInfo, OutboxEntry } from "../types.d.ts" */

import { _ } from "../core/i18n.js";
import { formatBytes, formatDuration, icon, iconButton, make } from "../core/dom.js";
import { loadStyles } from "../core/lazy.js";
import { scrollToEnd } from "../messages/message_list.js";
import { findFile } from "./file_store.js";

/** @type {Map<string, string>} The object URLs of the files, by client id. */
const urls = new Map();

/**
 * @param {HTMLElement} message
 * @param {OutboxEntry} entry
 */
export async function draw(message, { client, file, done, failed }) {
  const bubble = message.querySelector(".bubble");
  if (!bubble.querySelector(".upload")) {
    const upload = make("div", { className: "upload" });
    const label = _("Sending %(name)s", { name: file.name });
    const bar = make("progress", { max: 1, value: 0, ariaLabel: label, "data-testid": "upload-progress" });
    const cancel = iconButton("close", _("Cancel"), undefined, { "data-discard": "" });
    upload.append(make("div", { className: "upload-bar" }, bar, cancel));
    bubble.prepend(upload);
    const { blob } = (await findFile(client)) ?? {};
    if (blob && !urls.has(client)) urls.set(client, URL.createObjectURL(blob));
    upload.prepend(renderFile(file, urls.get(client)));
    await Promise.all(["upload_preview", "message_content"].map(loadStyles));
    scrollToEnd();
  }
  bubble.querySelector(".upload-bar").hidden = Boolean(done || failed);
}

/**
 * @param {string} client
 * @param {number} value
 * @param {number} max
 */
export function showProgress(client, value, max) {
  const bars = document.querySelectorAll(`.message[data-client-id="${CSS.escape(client)}"] progress`);
  for (const bar of bars) Object.assign(bar, { max, value });
}

/** @param {string} client */
export function forgetPreview(client) {
  setTimeout(() => URL.revokeObjectURL(urls.get(client)), 10_000); // what takes its place is loading
}

/**
 * @param {FileInfo} file
 * @param {string} [url]
 */
function renderFile(file, url) {
  const scale = Math.min(1, 280 / file.width, 320 / file.height) || 1; // as the server will draw it
  const width = Math.round(file.width * scale) || 280;
  const height = Math.round(file.height * scale) || 158;
  const shared = { className: "upload-image", width, height, src: url };
  if (file.kind === "image" && url) return make("img", { ...shared, alt: file.name });
  if (file.kind === "video" && url)
    return make("video", { ...shared, muted: true, playsInline: true, preload: "metadata" });
  const name = make("span", { className: "file-name", textContent: file.waveform ? _("Voice note") : file.name });
  const note = make("span", {
    className: "file-note",
    textContent: file.duration ? formatDuration(file.duration) : formatBytes(file.size),
  });
  return make("span", { className: "file" }, icon("file"), name, note);
}
