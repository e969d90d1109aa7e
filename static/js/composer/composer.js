// The box one writes in: grows with the text, Enter sends, and what is not sent yet is a draft in every tab. It can
// also be about a message: answer it, or change it. It takes words before there is anybody to hand them to: this module
// is the first that a page runs, and what is sent until the others are there waits here.

/** @import { ComposerContext, MessageExtra, MessagePart } from "../types.d.ts" */

import { _ } from "../core/i18n.js";
import * as storage from "../core/storage.js";

const LIMIT = 8000; // characters, as on the server
const LINES = 6;

const form = document.getElementById("composer");
const text = document.getElementById("composer-text");
const noteLine = document.getElementById("composer-note");
const contextBar = document.getElementById("composer-context");
/** @type {HTMLButtonElement} */
const sendButton = form.querySelector(".send");

let draft = ""; // the name the draft is kept under; none before there is a conversation
/** @type {[string, MessageExtra][]} Sent before there is a conversation. */
const queued = [];
/** @type {(body: string, extra: MessageExtra) => void} */
let send = (...args) => queued.push(args);
/** @type {ComposerContext | undefined} What the words are about, if they are about something. */
let context;
let error = "";
/** @type {MessagePart[]} What goes along with the words. */
const parts = [];

function fit() {
  text.style.height = "auto";
  const { lineHeight, paddingTop, paddingBottom } = getComputedStyle(text);
  const most = LINES * parseFloat(lineHeight) + parseFloat(paddingTop) + parseFloat(paddingBottom);
  text.style.height = `${Math.min(text.scrollHeight, most)}px`;
  text.style.overflowY = text.scrollHeight > most ? "auto" : "hidden";
  const length = text.value.length > LIMIT ? [...text.value].length : 0;
  showNote(
    length <= LIMIT
      ? error
      : _("A message has at most %(limit)s characters; this one has %(length)s.", {
          limit: LIMIT.toLocaleString(),
          length: length.toLocaleString(),
        }),
  );
  sendButton.disabled = !(text.value.trim() || (!context?.change && parts.some((it) => it.ready()))) || length > LIMIT;
}

function showNote(words) {
  noteLine.hidden = !words;
  noteLine.textContent = words;
}

async function submit() {
  fit();
  if (sendButton.disabled) return;
  const body = text.value;
  if (context?.change) {
    const reason = await context.change(body);
    if (reason) return showNote(reason);
    return clearContext();
  }
  const extra = Object.assign({ reply: context?.reply }, ...parts.map((it) => it.take()));
  text.value = "";
  error = "";
  clearContext();
  if (draft) storage.set(draft, undefined);
  send(body, extra);
}

/**
 * From now on, what is written goes to `onSend(body, {reply, …})` with what the parts add, first of all what was sent
 * before; and the draft belongs to this conversation.
 * @param {(body: string, extra: MessageExtra) => void} onSend
 * @param {string} conversation
 */
export function bindComposer(onSend, conversation) {
  const name = `draft:${conversation}`;
  if (name !== draft) {
    const typed = draft ? "" : text.value; // before the conversation was there
    clearContext();
    text.value = typed || storage.get(name, "");
    if (typed) storage.set(name, typed);
  }
  draft = name;
  send = onSend;
  for (const args of queued.splice(0)) send(...args);
  fit();
}

/**
 * Send this, as if it had been written here.
 * @param {string} body
 */
export const sendText = (body) => send(body, {});

export const focusComposer = () => text.focus({ preventScroll: true });

/**
 * Let something go along with the next message: ready() says whether there is something, take() hands it over as an
 * object. Returns what is to be called when that changes.
 * @param {MessagePart} part
 * @returns {() => void}
 */
export function addMessagePart(part) {
  parts.push(part);
  return fit;
}

/**
 * Say under the text what is wrong, until something is typed or sent.
 * @param {string} words
 */
export function showError(words) {
  error = words;
  fit();
}

/**
 * What is written is about this: {title, excerpt} say what; as well as `reply`, the message that the next one answers
 * ({id, seq, name, excerpt}), or `change(body)`, which resolves to why a message cannot say that instead, if so.
 * @param {ComposerContext} about
 * @param {string} [words] to begin with
 */
export function setContext(about, words) {
  clearContext();
  context = about;
  if (words !== undefined) text.value = words;
  contextBar.hidden = false;
  contextBar.querySelector("b").textContent = about.title;
  contextBar.querySelector("span").textContent = about.excerpt;
  fit();
  focusComposer();
}

/**
 * Put something where the cursor is.
 * @param {string} what
 */
export function insertText(what) {
  text.setRangeText(what, text.selectionStart, text.selectionEnd, "end");
  text.dispatchEvent(new Event("input", { bubbles: true }));
  focusComposer();
}

/** Be about nothing any more; true when there was something to give up. */
export function clearContext() {
  const was = context;
  if (was?.change) text.value = storage.get(draft, "");
  context = undefined;
  contextBar.hidden = true;
  fit();
  return Boolean(was);
}

noteLine.nextElementSibling.addEventListener("click", () => (showError(""), focusComposer()));
contextBar.querySelector("button").addEventListener("click", () => (clearContext(), focusComposer()));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
  focusComposer();
});
text.addEventListener("input", () => {
  error = "";
  fit();
  if (draft && !context?.change) storage.set(draft, text.value || undefined);
});
/**
 * Whether a key belongs to an input method that is composing a character. All browsers tell by this code; the event's
 * own isComposing is false in Safari for the key that ends it.
 * @param {KeyboardEvent} event
 */
export const isComposing = ({ keyCode }) => keyCode === 229;

text.addEventListener("keydown", (event) => {
  if (event.key === "ArrowUp" && !text.value) form.dispatchEvent(new Event("edit-last"));
  if (event.key !== "Enter" || event.shiftKey || isComposing(event)) return;
  event.preventDefault();
  submit();
});
storage.onChange((name) => {
  if (!draft || name !== draft || context?.change) return;
  text.value = storage.get(draft, "");
  fit();
});

text.readOnly = false;
fit();
