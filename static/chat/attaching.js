// The ways in which something is attached to a message: the button, a drop, a paste, a voice note, a link. All of them
// lead to what is above the composer then, which is loaded when it is first used.

const input = document.getElementById("file-input");
const text = document.getElementById("composer-text");
const record = document.getElementById("record");
const on = (target, type, listener, capture) => target.addEventListener(type, listener, capture);

const attach = async (files) => (await import("./tray.js")).hold([...files]);
const startRecording = async (press) => (await import("./recorder.js")).startRecording(press);
const refresh = async (event) => (await import("./fresh.js")).refresh(event);

on(document.getElementById("attach"), "click", () => input.click());
const chosen = () => input.files.length && attach(input.files).then(() => (input.value = "")); // the same can be chosen again
on(input, "change", chosen);
chosen(); // before this was loaded

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
let linking;
on(text, "input", async () => {
  if (linking || ("previews" in text.form.dataset && /\S\.\S/.test(text.value))) (await (linking ??= import("./linking.js"))).typed();
});

// Pressed and held it records until it is let go; clicked, or from the keyboard, until it is told to stop.
on(record, "pointerdown", ({ button, clientX: x, clientY: y, timeStamp: at }) => {
  const released = new Promise((resolve) => ["pointerup", "pointercancel"].forEach((it) => addEventListener(it, resolve, { once: true })));
  if (!button) startRecording({ x, y, at, released });
});
on(record, "click", ({ detail }) => detail || startRecording()); // by pointer it has begun already

// An address that did not hold any more, on a page that has been open for long.
on(document, "error", (event) => event.target.closest?.(".message") && refresh(event), true);
on(document, "click", (event) => {
  const expires = /^\/files\/\w+\/(\d+)/.exec(event.target.closest("a[download]")?.pathname)?.[1];
  if (expires * 1000 < Date.now()) event.preventDefault(), refresh(event);
});
