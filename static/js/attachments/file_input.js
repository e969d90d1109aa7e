// The ways in which something is attached to a message: the button, a drop, a paste, a voice note, a link. All of them
// lead to what is above the composer then, which is loaded when it is first used.

import { lazy } from "../core/lazy.js";

const withTray = lazy("attachments/attachment_tray.js");
const withRecorder = lazy("attachments/voice_recorder.js");
const withLinkPreview = lazy("composer/link_preview.js", true);

const input = document.getElementById("file-input");
const text = document.getElementById("composer-text");
const record = document.getElementById("record");
const on = (target, type, listener) => target.addEventListener(type, listener);

function attachFiles(files) {
  const all = [...files]; // the list is gone when the event is over
  if (all.length) withTray((it) => it.addFiles(all));
}
const startRecording = (press) => withRecorder((it) => it.startRecording(press));

on(document.getElementById("attach"), "click", () => input.click());
on(input, "change", () => {
  attachFiles(input.files);
  input.value = ""; // the same can be chosen again
});

function hasFiles(event, data) {
  const withFiles = data?.types.includes("Files");
  if (withFiles) event.preventDefault();
  document.body.toggleAttribute("data-dropping", Boolean(withFiles) && event.type === "dragover");
  return withFiles;
}
on(text, "paste", (event) => hasFiles(event, event.clipboardData) && attachFiles(event.clipboardData.files));
on(document, "dragover", (event) => hasFiles(event, event.dataTransfer));
on(document, "dragleave", (event) => event.relatedTarget ?? hasFiles(event));
on(document, "drop", (event) => hasFiles(event, event.dataTransfer) && attachFiles(event.dataTransfer.files));

// Whoever puts a link in is shown what it leads to, as the others will be.
let hasLink = false;
on(text, "input", () => {
  hasLink ||= "previews" in text.form.dataset && /\S\.\S/.test(text.value);
  if (hasLink) withLinkPreview((it) => it.onTyped());
});

// Pressed and held it records until it is let go; clicked, or from the keyboard, until it is told to stop.
on(record, "pointerdown", ({ button, clientX: x, clientY: y, timeStamp: at }) => {
  const released = new Promise((resolve) =>
    ["pointerup", "pointercancel"].forEach((it) => addEventListener(it, resolve, { once: true })),
  );
  if (!button) startRecording({ x, y, at, released });
});
on(record, "click", ({ detail }) => detail || startRecording()); // by pointer it has begun already
