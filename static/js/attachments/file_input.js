// The ways in which something is attached to a message: the button, a drop, a paste, a voice note, a link. All of them
// lead to what is above the composer then, which is loaded when it is first used.

import { late } from "../core/lazy.js";

const tray = late("attachments/attachment_tray.js");
const recorder = late("attachments/voice_recorder.js");
const linking = late("composer/link_preview.js", true);

const input = document.getElementById("file-input");
const text = document.getElementById("composer-text");
const record = document.getElementById("record");
const on = (target, type, listener) => target.addEventListener(type, listener);

function attach(files) {
  const all = [...files]; // the list is gone when the event is over
  if (all.length) tray((it) => it.hold(all));
}
const startRecording = (press) => recorder((it) => it.startRecording(press));

on(document.getElementById("attach"), "click", () => input.click());
on(input, "change", () => {
  attach(input.files);
  input.value = ""; // the same can be chosen again
});

function ours(event, data) {
  const brings = data?.types.includes("Files");
  if (brings) event.preventDefault();
  document.body.toggleAttribute("data-dropping", Boolean(brings) && event.type === "dragover");
  return brings;
}
on(text, "paste", (event) => ours(event, event.clipboardData) && attach(event.clipboardData.files));
on(document, "dragover", (event) => ours(event, event.dataTransfer));
on(document, "dragleave", (event) => event.relatedTarget ?? ours(event));
on(document, "drop", (event) => ours(event, event.dataTransfer) && attach(event.dataTransfer.files));

// Whoever puts a link in is shown what it leads to, as the others will be.
let linked = false;
on(text, "input", () => {
  linked ||= "previews" in text.form.dataset && /\S\.\S/.test(text.value);
  if (linked) linking((it) => it.typed());
});

// Pressed and held it records until it is let go; clicked, or from the keyboard, until it is told to stop.
on(record, "pointerdown", ({ button, clientX: x, clientY: y, timeStamp: at }) => {
  const released = new Promise((resolve) => ["pointerup", "pointercancel"].forEach((it) => addEventListener(it, resolve, { once: true })));
  if (!button) startRecording({ x, y, at, released });
});
on(record, "click", ({ detail }) => detail || startRecording()); // by pointer it has begun already
