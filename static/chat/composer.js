// The box one writes in: grows with the text, Enter sends, and what is not sent yet is a draft in every tab.

import * as kept from "./kept.js";

const LIMIT = 8000; // characters, as on the server
const LINES = 6;

const form = document.getElementById("composer");
const text = document.getElementById("composer-text");
const note = document.getElementById("composer-note");
const button = form.querySelector(".send");

let draft = ""; // the name the draft is kept under; none before there is a conversation
let send = () => {};

function fit() {
  text.style.height = "auto";
  const { lineHeight, paddingTop, paddingBottom } = getComputedStyle(text);
  const most = LINES * parseFloat(lineHeight) + parseFloat(paddingTop) + parseFloat(paddingBottom);
  text.style.height = `${Math.min(text.scrollHeight, most)}px`;
  text.style.overflowY = text.scrollHeight > most ? "auto" : "hidden";
  const length = text.value.length > LIMIT ? [...text.value].length : 0;
  note.hidden = length <= LIMIT;
  note.textContent = `A message has at most ${LIMIT.toLocaleString()} characters; this one has ${length.toLocaleString()}.`;
  button.disabled = !text.value.trim() || length > LIMIT;
}

function submit() {
  fit();
  if (button.disabled) return;
  const body = text.value;
  text.value = "";
  fit();
  if (draft) kept.set(draft, undefined);
  send(body);
}

/** From now on, what is written goes to `onSend(body)`, and its draft belongs to this conversation (if there is one). */
export function compose(onSend, conversation) {
  const name = conversation ? `draft:${conversation}` : "";
  if (name && name !== draft) {
    const typed = draft ? "" : text.value; // before the conversation was there
    text.value = typed || kept.get(name, "");
  }
  draft = name;
  send = onSend;
  text.readOnly = false;
  fit();
}

export const focusComposer = () => text.focus({ preventScroll: true });

form.addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
  focusComposer();
});
text.addEventListener("input", () => {
  fit();
  if (draft) kept.set(draft, text.value || undefined);
});
text.addEventListener("keydown", (event) => {
  // While an input method is composing a character, Enter belongs to it.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit();
});
kept.onChange((name) => {
  if (!draft || name !== draft) return;
  text.value = kept.get(draft, "");
  fit();
});
