// Pictures, large: the next and the previous one of the conversation, nearer and farther, and a way to keep them.

import { iconButton, make } from "../core/dom.js";
import { dress } from "../core/lazy.js";

const NEAREST = 4;
const SWIPE = 50; // px

const image = make("img", { draggable: false });
const stage = make("div", { className: "viewer-stage" }, image);
const title = make("p", { className: "viewer-name" });
const save = make("a", { className: "button quiet", ariaLabel: "Download", title: "Download" });
const full = iconButton("full", "Full screen", () => (document.fullscreenElement ? document.exitFullscreen() : dialog.requestFullscreen()));
const before = iconButton("left", "Previous picture", () => go(-1), { className: "button quiet viewer-previous" });
const after = iconButton("right", "Next picture", () => go(1), { className: "button quiet viewer-next" });
const nearer = iconButton("zoom-in", "Zoom in", () => zoom(scale * 1.5));
const farther = iconButton("zoom-out", "Zoom out", () => zoom(scale / 1.5));
const dialog = make(
  "dialog",
  { className: "viewer", ariaLabel: "Picture" },
  make("header", {}, title, farther, nearer, ...(document.fullscreenEnabled ? [full] : []), save, iconButton("close", "Close", () => dialog.close())),
  ...[stage, before, after],
);
save.append(iconButton("download", "").firstChild);
document.body.append(dialog);

let at; // the id of the attachment that is shown
let scale = 1;
let moved = { x: 0, y: 0 };
let pressed; // where the pointer went down

const pictures = () => [...document.querySelectorAll("#messages a.picture")];
const where = () => pictures().findIndex((it) => it.dataset.attachment === at);

/** Show a picture of a message: the link around it. */
export async function openViewer(link) {
  await dress("image_viewer");
  show(link);
  if (!dialog.open) dialog.showModal();
}

function show(link) {
  at = link.dataset.attachment;
  title.textContent = link.dataset.name;
  image.alt = link.dataset.name;
  image.src = link.href;
  save.href = `${link.href}?download`;
  save.download = link.dataset.name;
  zoom(1);
  const all = pictures();
  before.disabled = where() <= 0;
  after.disabled = where() >= all.length - 1;
}

function go(step) {
  const next = pictures()[where() + step];
  if (next) show(next);
}

function zoom(to) {
  scale = Math.min(NEAREST, Math.max(1, to));
  if (scale === 1) moved = { x: 0, y: 0 };
  nearer.disabled = scale === NEAREST;
  farther.disabled = scale === 1;
  stage.toggleAttribute("data-near", scale > 1);
  place();
}

function place() {
  image.style.transform = `translate(${moved.x}px, ${moved.y}px) scale(${scale})`;
}

dialog.addEventListener("close", () => {
  if (document.fullscreenElement) document.exitFullscreen();
  pictures()[where()]?.focus();
  image.removeAttribute("src");
});
dialog.addEventListener("keydown", (event) => {
  const does = { ArrowLeft: () => go(-1), ArrowRight: () => go(1), "+": () => zoom(scale * 1.5), "-": () => zoom(scale / 1.5), 0: () => zoom(1) };
  does[event.key]?.();
});
stage.addEventListener("dblclick", () => zoom(scale > 1 ? 1 : 2));
stage.addEventListener("wheel", (event) => (event.preventDefault(), zoom(scale * (event.deltaY < 0 ? 1.15 : 1 / 1.15))));
stage.addEventListener("pointerdown", (event) => {
  stage.setPointerCapture(event.pointerId);
  pressed = { x: event.clientX - moved.x, y: event.clientY - moved.y, from: event.clientX };
});
stage.addEventListener("pointermove", (event) => {
  if (!pressed || scale === 1) return;
  moved = { x: event.clientX - pressed.x, y: event.clientY - pressed.y };
  place();
});
stage.addEventListener("pointerup", (event) => {
  const swiped = pressed && scale === 1 ? event.clientX - pressed.from : 0;
  pressed = undefined;
  if (Math.abs(swiped) > SWIPE) go(swiped < 0 ? 1 : -1);
  else if (event.target === stage && scale === 1) dialog.close(); // beside the picture
});
