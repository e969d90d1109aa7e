// What is attached and not sent yet: shown above the composer, where each can be taken out again. All of it leaves with
// the next message: the words with the first file, each further one in a message of its own.

import { carry, complain, focusComposer } from "../composer/composer.js";
import { clock, icon, iconButton, make, weigh } from "../core/dom.js";
import { measure } from "./media_info.js";
import { newId } from "../composer/outbox.js";
import { store } from "./uploads.js";
import { dress } from "../core/lazy.js";

const MOST = 10; // files at once

const form = document.getElementById("composer");
const limit = Number(form.dataset.maxUpload);
const list = make("ul", { className: "tray", id: "tray", ariaLabel: "Attached" });

let items = []; // {blob, url, element, facts, poster, onRemove}

const tray = {
  ready: () => items.length > 0 && items.every((it) => it.facts),
  take: () => {
    const files = items.map(({ blob, facts, poster }) => {
      const client = newId();
      store(client, blob, poster);
      return { client, facts };
    });
    clear();
    return files.length ? { files } : {};
  },
};
const changed = carry(tray);
form.querySelector(".composer-row").before(list);
await dress("attachment_tray");

/** Put files into the tray; `more` is what is known of them already ({duration, waveform, …, onRemove}). */
export async function hold(files, more = {}) {
  for (const file of files) {
    if (items.length >= MOST) complain(`At most ${MOST} files can be sent at once.`);
    else if (!file.size) complain(`“${file.name}” is empty.`);
    else if (file.size > limit) complain(`“${file.name}” has ${weigh(file.size)}; a file may have ${weigh(limit)} at most.`);
    else await put(file, more);
  }
  focusComposer();
}

async function put(blob, { onRemove, ...known }) {
  const item = { blob, onRemove, url: URL.createObjectURL(blob) };
  item.element = make("li", {}, show(item, known), iconButton("close", `Remove ${blob.name}`, () => remove(item)));
  items.push(item);
  list.append(item.element);
  changed();
  const { poster, ...facts } = await measure(blob, item.url, known);
  item.poster = poster;
  item.facts = { name: blob.name, size: blob.size, ...facts };
  const note = item.element.querySelector(".tray-note");
  if (note && facts.duration) note.textContent = clock(facts.duration);
  changed();
}

function show({ blob, url }, known) {
  const kind = blob.type.split("/")[0];
  if (kind === "image") return make("img", { src: url, alt: blob.name });
  if (kind === "video") return make("video", { src: url, muted: true, playsInline: true, preload: "metadata", ariaLabel: blob.name });
  if (known.waveform) return make("audio", { src: url, controls: true, ariaLabel: "Voice note, not sent yet" });
  return make("span", { className: "tray-file" }, icon("file"), make("b", { textContent: blob.name }), make("span", { className: "tray-note", textContent: weigh(blob.size) }));
}

/** Say why something does not work, and offer a file in its place; a phone's own recorder or camera, where it has one. */
export function wayOut(words, accept) {
  list.querySelector(".way-out")?.remove();
  const input = make("input", { type: "file", accept, hidden: true, onchange: () => (hold([...input.files]), note.remove()) });
  input.setAttribute("capture", accept.startsWith("audio") ? "" : "user");
  const choose = make("button", { type: "button", className: "button", textContent: "Choose", onclick: () => input.click() });
  const note = make("li", { className: "way-out", role: "alert" }, make("p", { textContent: words }), choose, input, iconButton("close", "Close", () => note.remove()));
  list.append(note);
}

/** Take something out that was put in: a File. */
export function takeOut(file) {
  const item = items.find((it) => it.blob === file);
  if (item) drop(item);
}

function remove(item) {
  drop(item);
  item.onRemove?.();
  focusComposer();
}

function drop(item) {
  items = items.filter((it) => it !== item);
  item.element.remove();
  URL.revokeObjectURL(item.url);
  changed();
}

function clear() {
  items.forEach(({ element, url, onRemove }) => {
    element.remove();
    URL.revokeObjectURL(url);
    onRemove?.();
  });
  items = [];
}
