// The box one writes in: grows with the text, Enter sends, and what is not sent yet is a draft in every tab. It can
// also answer a message, or change one.

import * as kept from "./kept.js";

const LIMIT = 8000; // characters, as on the server
const LINES = 6;

const form = document.getElementById("composer");
const text = document.getElementById("composer-text");
const note = document.getElementById("composer-note");
const about = document.getElementById("composer-about");
const button = form.querySelector(".send");

let draft = ""; // the name the draft is kept under; none before there is a conversation
let send = () => {};
let change = async () => {};
let reply; // the message that is answered: {id, seq, name, excerpt}
let edited; // the message that is changed: {id, body}
let complaint = "";
const carriers = []; // what goes along with the words: {ready(), take()}

function fit() {
  text.style.height = "auto";
  const { lineHeight, paddingTop, paddingBottom } = getComputedStyle(text);
  const most = LINES * parseFloat(lineHeight) + parseFloat(paddingTop) + parseFloat(paddingBottom);
  text.style.height = `${Math.min(text.scrollHeight, most)}px`;
  text.style.overflowY = text.scrollHeight > most ? "auto" : "hidden";
  const length = text.value.length > LIMIT ? [...text.value].length : 0;
  warn(length <= LIMIT ? complaint : `A message has at most ${LIMIT.toLocaleString()} characters; this one has ${length.toLocaleString()}.`);
  button.disabled = !(text.value.trim() || (!edited && carriers.some((it) => it.ready()))) || length > LIMIT;
}

function warn(words) {
  note.hidden = !words;
  note.textContent = words;
}

async function submit() {
  fit();
  if (button.disabled) return;
  const body = text.value;
  if (edited) {
    const reason = await change(edited.id, body);
    if (reason) return warn(reason);
    return leave();
  }
  const along = Object.assign({ reply }, ...carriers.map((it) => it.take()));
  text.value = "";
  complaint = "";
  leave();
  if (draft) kept.set(draft, undefined);
  send(body, along);
}

/** From now on, what is written goes to `onSend(body, {reply, …})` with what the carriers add, changes to `onChange(id, body)` (which resolves to why
    not, if so), and the draft belongs to this conversation (if there is one). */
export function compose(onSend, conversation, onChange) {
  const name = conversation ? `draft:${conversation}` : "";
  if (name && name !== draft) {
    const typed = draft ? "" : text.value; // before the conversation was there
    leave();
    text.value = typed || kept.get(name, "");
  }
  draft = name;
  send = onSend;
  change = onChange ?? change;
  text.readOnly = false;
  fit();
}

export const focusComposer = () => text.focus({ preventScroll: true });

/** Let something go along with the next message: ready() says whether there is something, take() hands it over as an
    object. Returns what is to be called when that changes. */
export function carry(carrier) {
  carriers.push(carrier);
  return fit;
}

/** Say under the text what is wrong, until something is typed or sent. */
export function complain(words) {
  complaint = words;
  fit();
}

/** The next message answers this one: {id, seq, name, excerpt}. */
export function replyTo(message) {
  leave();
  reply = message;
  explain(message.name, message.excerpt);
}

/** The box changes this message: {id, body}. */
export function editMessage(message) {
  leave();
  edited = message;
  text.value = message.body;
  explain("Edit message", message.body);
}

/** Put something where the cursor is. */
export function insert(what) {
  text.setRangeText(what, text.selectionStart, text.selectionEnd, "end");
  text.dispatchEvent(new Event("input", { bubbles: true }));
  focusComposer();
}

function explain(title, words) {
  about.hidden = false;
  about.querySelector("b").textContent = title;
  about.querySelector("span").textContent = words;
  fit();
  focusComposer();
}

/** Neither answer nor change anything; true when there was something to give up. */
export function leave() {
  const was = reply || edited;
  if (edited) text.value = draft ? kept.get(draft, "") : "";
  reply = edited = undefined;
  about.hidden = true;
  fit();
  return Boolean(was);
}

about.querySelector("button").addEventListener("click", () => (leave(), focusComposer()));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
  focusComposer();
});
text.addEventListener("input", () => {
  complaint = "";
  fit();
  if (draft && !edited) kept.set(draft, text.value || undefined);
});
text.addEventListener("keydown", (event) => {
  if (event.key === "ArrowUp" && !text.value) form.dispatchEvent(new Event("edit-last"));
  // While an input method is composing a character, Enter belongs to it.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit();
});
kept.onChange((name) => {
  if (!draft || name !== draft || edited) return;
  text.value = kept.get(draft, "");
  fit();
});
