// The ways in which something is attached to a message: the button, a drop, a paste, a voice note. All of them lead to
// the tray above the composer, which is loaded when it is first used.

const input = document.getElementById("file-input");
const text = document.getElementById("composer-text");
const record = document.getElementById("record");

async function attach(files) {
  const { hold } = await import("./tray.js");
  await hold([...files]);
}

const bringsFiles = (event) => event.dataTransfer?.types.includes("Files") && document.getElementById("conversation")?.dataset.conversation;

document.getElementById("attach").addEventListener("click", () => input.click());
input.addEventListener("change", async () => {
  await attach(input.files);
  input.value = ""; // so that the same file can be chosen again
});
text.addEventListener("paste", (event) => {
  if (!event.clipboardData.files.length) return;
  event.preventDefault();
  attach(event.clipboardData.files);
});
document.addEventListener("dragover", (event) => {
  if (!bringsFiles(event)) return;
  event.preventDefault();
  document.body.dataset.dropping = "";
});
document.addEventListener("dragleave", (event) => event.relatedTarget ?? delete document.body.dataset.dropping);
document.addEventListener("drop", (event) => {
  delete document.body.dataset.dropping;
  if (!bringsFiles(event)) return;
  event.preventDefault();
  attach(event.dataTransfer.files);
});

// Whoever puts a link in is shown what it leads to, as the others will be.
let linking;
text.addEventListener("input", async () => {
  if (!("previews" in text.form.dataset) || !(linking || /\S\.\S/.test(text.value))) return;
  (linking ??= import("./linking.js")).then(({ typed }) => typed());
});

// Pressed and held it records until it is let go; clicked, or from the keyboard, until it is told to stop.
record.addEventListener("pointerdown", async ({ button, clientX: x, clientY: y, timeStamp: at }) => {
  if (button) return;
  const released = new Promise((resolve) => ["pointerup", "pointercancel"].forEach((it) => addEventListener(it, resolve, { once: true })));
  const { startRecording } = await import("./recorder.js");
  startRecording({ x, y, at, released });
});
record.addEventListener("click", async (event) => {
  if (event.detail) return; // by pointer, so it has begun already
  const { startRecording } = await import("./recorder.js");
  startRecording();
});

document.addEventListener("input", async ({ target }) => {
  if (!target.matches("[data-seek]")) return;
  const { seek } = await import("./player.js");
  seek(target.closest(".sound"), target.value / 1000);
});

// An address that did not hold any more, on a page that has been open for long.
const old = (event) => event.target.closest?.(".message") && import("./fresh.js").then(({ refresh }) => refresh(event));
document.addEventListener("error", old, true);
document.addEventListener("click", (event) => {
  const expires = /^\/files\/\w+\/(\d+)\//.exec(event.target.closest?.("a[download]")?.getAttribute("href"))?.[1];
  if (expires && expires * 1000 < Date.now()) event.preventDefault(), old(event);
});
