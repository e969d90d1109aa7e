// What is attached and not sent yet: shown above the composer, where each can be taken out again. All of it leaves with
// the next message: the words with the first file, each further one in a message of its own.

/** @import { FileInfo, MessagePart } from "../types.d.ts" */

import { _ } from "../core/i18n.js";
import { ngettext } from "../core/plurals.js";
import { addMessagePart, showError, focusComposer } from "../composer/composer.js";
import { formatDuration, icon, iconButton, make, formatBytes } from "../core/dom.js";
import { readMediaInfo } from "./media_info.js";
import { onAfterSwap } from "../core/htmx_hooks.js";
import { openConversation } from "../messages/message_list.js";
import { newId } from "../composer/outbox.js";
import { storeFile } from "./file_store.js";
import { loadStyles } from "../core/lazy.js";

const MAX_FILES = 10; // files at once

const form = document.getElementById("composer");
const limit = Number(form.dataset.maxUpload);
const list = make("ul", { className: "tray", id: "tray", ariaLabel: _("Attached") });

/** @typedef {Partial<FileInfo> & {onRemove?: () => void}} Known */
/**
 * @typedef {{blob: File, url: string, element?: HTMLElement, info?: FileInfo, poster?: Blob,
 *   onRemove?: () => void}} Item
 */

/** @type {Item[]} */
let items = [];
/** @type {Map<string, Item[]>} What lies in the trays of other conversations. */
const elsewhere = new Map();
let conversation = openConversation();

// What was attached in one conversation does not leave in another one.
onAfterSwap(() => {
  const before = conversation;
  conversation = openConversation() ?? before;
  if (!before || before === conversation) return;
  elsewhere.set(before, items);
  items = elsewhere.get(conversation) ?? [];
  list.replaceChildren(...items.map((it) => it.element));
  changed();
});

/** @type {MessagePart} */
const part = {
  ready: () => items.length > 0 && items.every((it) => it.info),
  take: () => {
    const files = items.map(({ blob, info, poster }) => {
      const client = newId();
      storeFile(client, blob, poster);
      return { client, info };
    });
    clear();
    return files.length ? { files } : {};
  },
};
const changed = addMessagePart(part);
form.querySelector(".composer-row").before(list);
await loadStyles("attachment_tray");

/**
 * Put files into the tray; `more` is what is known of them already ({duration, waveform, …, onRemove}).
 * @param {File[]} files
 * @param {Known} [more]
 */
export async function addFiles(files, more = {}) {
  showError("");
  for (const file of files) {
    if (items.length >= MAX_FILES)
      showError(
        ngettext("At most %(num)s file can be sent at once.", "At most %(num)s files can be sent at once.", MAX_FILES),
      );
    else if (!(await isReadable(file)))
      showError(_("“%(name)s” cannot be read. A folder must be sent file by file.", { name: file.name }));
    else if (!file.size) showError(_("“%(name)s” is empty.", { name: file.name }));
    else if (file.size > limit)
      showError(
        _("“%(name)s” has %(size)s; a file may have %(limit)s at most.", {
          name: file.name,
          size: formatBytes(file.size),
          limit: formatBytes(limit),
        }),
      );
    else await addFile(file, more);
  }
  focusComposer();
}

/**
 * A folder looks like a file until it is read.
 * @param {File} file
 */
const isReadable = (file) =>
  file
    .slice(0, 1)
    .arrayBuffer()
    .then(
      () => true,
      () => false,
    );

/**
 * @param {File} blob
 * @param {Known} known
 */
async function addFile(blob, { onRemove, ...known }) {
  /** @type {Item} */
  const item = { blob, onRemove, url: URL.createObjectURL(blob) };
  item.element = make(
    "li",
    {},
    renderItem(item, known),
    iconButton("close", _("Remove %(name)s", { name: blob.name }), () => remove(item)),
  );
  items.push(item);
  list.append(item.element);
  changed();
  const { poster, ...info } = await readMediaInfo(blob, item.url, known);
  item.poster = poster;
  item.info = { name: blob.name, size: blob.size, ...info };
  const note = item.element.querySelector(".tray-note");
  if (note && info.duration) note.textContent = formatDuration(info.duration);
  changed();
}

/**
 * @param {Item} item
 * @param {Known} known
 */
function renderItem({ blob, url }, known) {
  const kind = blob.type.split("/")[0];
  if (kind === "image") return make("img", { src: url, alt: blob.name });
  if (kind === "video")
    return make("video", { src: url, muted: true, playsInline: true, preload: "metadata", ariaLabel: blob.name });
  if (known.waveform) return renderVoiceNote(url, known);
  return make(
    "span",
    { className: "tray-file" },
    icon("file"),
    make("b", { textContent: blob.name }),
    make("span", { className: "tray-note", textContent: formatBytes(blob.size) }),
  );
}

/**
 * As it will look when it is sent: the same parts, played by the same module.
 * @param {string} url
 * @param {Known} known
 */
function renderVoiceNote(url, { waveform, duration }) {
  loadStyles("message_content");
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const bars = [...waveform].map((digit, x) => [4 * x + 2, Math.max(2, parseInt(digit, 32))]);
  const d = bars.map(([x, y]) => `M${x} ${16 - y / 2}v${y}`).join("");
  svg.setAttribute("viewBox", `0 0 ${4 * bars.length} 32`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  svg.innerHTML = `<path d="${d}"/><path class="played" d="${d}"/>`;
  const play = make(
    "button",
    {
      type: "button",
      className: "play",
      ariaLabel: _("Play the voice note, which is not sent yet"),
      "data-act": "play",
    },
    icon("play"),
    icon("pause"),
  );
  play.firstElementChild.classList.add("when-still");
  play.lastElementChild.classList.add("when-playing");
  const position = make("input", { type: "range", min: "0", max: "1000", value: "0", ariaLabel: _("Position") });
  position.dataset.seek = "";
  return make(
    "div",
    { className: "audio", "data-attachment": url, "data-src": url, "data-duration": String(duration ?? "") },
    play,
    make("span", { className: "track" }, svg, position),
    make("span", { className: "clock", textContent: duration ? formatDuration(duration) : "" }),
    make(
      "button",
      { type: "button", className: "speed", ariaLabel: _("Speed"), hidden: true, "data-act": "speed" },
      "1×",
    ),
  );
}

/**
 * Say why something does not work, and offer a file in its place; a phone's own recorder or camera, where it has one.
 * @param {string} text
 * @param {string} accept which files: "audio/*"
 */
export function offerFileInstead(text, accept) {
  form.querySelector(".file-instead")?.remove();
  const input = make("input", {
    type: "file",
    accept,
    hidden: true,
    onchange: () => (addFiles([...input.files]), note.remove()),
  });
  input.setAttribute("capture", accept.startsWith("audio") ? "" : "user");
  const choose = make("button", {
    type: "button",
    className: "button",
    textContent: _("Choose"),
    onclick: () => input.click(),
  });
  const note = make(
    "div",
    { className: "file-instead" },
    make("p", { role: "alert", textContent: text }),
    choose,
    input,
    iconButton("close", _("Close"), () => note.remove()),
  );
  list.before(note);
}

/**
 * Take something out that was put in: a File.
 * @param {File} file
 */
export function removeFile(file) {
  const item = items.find((it) => it.blob === file);
  if (item) discard(item);
}

/** @param {Item} item */
function remove(item) {
  discard(item);
  item.onRemove?.();
  focusComposer();
}

/** @param {Item} item */
function discard(item) {
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
