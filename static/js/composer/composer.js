// The box one writes in: grows with the text, Enter sends, and what is not sent yet is a draft in every tab. It can
// also be about a message: answer it, or change it. It takes words before there is anybody to hand them to: this module
// is the first that a page runs, and what is sent until the others are there waits here.

import * as kept from "../core/storage.js";

const LIMIT = 8000; // characters, as on the server
const LINES = 6;

const form = document.getElementById("composer");
const text = document.getElementById("composer-text");
const note = document.getElementById("composer-note");
const box = document.getElementById("composer-about");
const button = form.querySelector(".send");

let draft = ""; // the name the draft is kept under; none before there is a conversation
const early = []; // sent before there is a conversation
let send = (...said) => early.push(said);
let subject; // what the words are about, if they are about something
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
  button.disabled = !(text.value.trim() || (!subject?.change && carriers.some((it) => it.ready()))) || length > LIMIT;
}

function warn(words) {
  note.hidden = !words;
  note.textContent = words;
}

async function submit() {
  fit();
  if (button.disabled) return;
  const body = text.value;
  if (subject?.change) {
    const reason = await subject.change(body);
    if (reason) return warn(reason);
    return leave();
  }
  const along = Object.assign({ reply: subject?.reply }, ...carriers.map((it) => it.take()));
  text.value = "";
  complaint = "";
  leave();
  if (draft) kept.set(draft, undefined);
  send(body, along);
}

/** From now on, what is written goes to `onSend(body, {reply, …})` with what the carriers add, first of all what was sent
    before; and the draft belongs to this conversation. */
export function compose(onSend, conversation) {
  const name = `draft:${conversation}`;
  if (name !== draft) {
    const typed = draft ? "" : text.value; // before the conversation was there
    leave();
    text.value = typed || kept.get(name, "");
    if (typed) kept.set(name, typed);
  }
  draft = name;
  send = onSend;
  for (const said of early.splice(0)) send(...said);
  fit();
}

/** Send this, as if it had been written here. */
export const say = (body) => send(body, {});

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

/** What is written is about this: {title, excerpt} say what; as well as `reply`, the message that the next one answers
    ({id, seq, name, excerpt}), or `change(body)`, which resolves to why a message cannot say that instead, if so. */
export function regard(about, words) {
  leave();
  subject = about;
  if (words !== undefined) text.value = words;
  box.hidden = false;
  box.querySelector("b").textContent = about.title;
  box.querySelector("span").textContent = about.excerpt;
  fit();
  focusComposer();
}

/** Put something where the cursor is. */
export function insert(what) {
  text.setRangeText(what, text.selectionStart, text.selectionEnd, "end");
  text.dispatchEvent(new Event("input", { bubbles: true }));
  focusComposer();
}

/** Be about nothing any more; true when there was something to give up. */
export function leave() {
  const was = subject;
  if (was?.change) text.value = kept.get(draft, "");
  subject = undefined;
  box.hidden = true;
  fit();
  return Boolean(was);
}

box.querySelector("button").addEventListener("click", () => (leave(), focusComposer()));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
  focusComposer();
});
text.addEventListener("input", () => {
  complaint = "";
  fit();
  if (draft && !subject?.change) kept.set(draft, text.value || undefined);
});
text.addEventListener("keydown", (event) => {
  if (event.key === "ArrowUp" && !text.value) form.dispatchEvent(new Event("edit-last"));
  // While an input method is composing a character, Enter belongs to it.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit();
});
kept.onChange((name) => {
  if (!draft || name !== draft || subject?.change) return;
  text.value = kept.get(draft, "");
  fit();
});

text.readOnly = false;
fit();
