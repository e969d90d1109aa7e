// Images, large: the next and the previous one of the conversation, nearer and farther, and a way to keep them.

import { _ } from "../core/i18n.js";
import { iconButton, make } from "../core/dom.js";
import { loadStyles } from "../core/lazy.js";
import { isExpired, refreshUrls } from "./refresh_urls.js";

const MAX_ZOOM = 4;
const SWIPE_DISTANCE = 50; // px

const image = make("img", { draggable: false });
const stage = make("div", { className: "viewer-stage" }, image);
const title = make("p", { className: "viewer-name" });
const download = make("a", { className: "button quiet", ariaLabel: _("Download"), title: _("Download") });
const fullScreen = iconButton("full", _("Full screen"), () =>
  document.fullscreenElement ? document.exitFullscreen() : dialog.requestFullscreen(),
);
const previousButton = iconButton("left", _("Previous picture"), () => step(-1), {
  className: "button quiet viewer-previous",
});
const nextButton = iconButton("right", _("Next picture"), () => step(1), { className: "button quiet viewer-next" });
const zoomIn = iconButton("zoom-in", _("Zoom in"), () => zoom(scale * 1.5));
const zoomOut = iconButton("zoom-out", _("Zoom out"), () => zoom(scale / 1.5));
const dialog = make(
  "dialog",
  { className: "viewer", ariaLabel: _("Picture") },
  make(
    "header",
    {},
    title,
    zoomOut,
    zoomIn,
    ...(document.fullscreenEnabled ? [fullScreen] : []),
    download,
    iconButton("close", _("Close"), () => dialog.close()),
  ),
  stage,
  previousButton,
  nextButton,
);
download.append(iconButton("download", "").firstChild);
document.body.append(dialog);

/** @type {string} The id of the attachment that is shown. */
let currentId;
let scale = 1;
let offset = { x: 0, y: 0 };
/** @type {{x: number, y: number, from: number} | undefined} Where the pointer went down. */
let pressed;

/** @returns {HTMLAnchorElement[]} */
const images = () => Array.from(document.querySelectorAll("#messages a.image"));
const currentIndex = () => images().findIndex((it) => it.dataset.attachment === currentId);
const currentLink = () => images()[currentIndex()];

/**
 * Show an image of a message: the link around it.
 * @param {HTMLAnchorElement} link
 */
export async function openViewer(link) {
  await loadStyles("image_viewer");
  showImage(link);
  if (!dialog.open) dialog.showModal();
}

/** @param {HTMLAnchorElement} link */
function showImage(link) {
  currentId = link.dataset.attachment;
  title.textContent = link.dataset.name;
  image.alt = link.dataset.name;
  zoom(1);
  const all = images();
  previousButton.disabled = currentIndex() <= 0;
  nextButton.disabled = currentIndex() >= all.length - 1;
  image.removeAttribute("src"); // the one before is not shown under this name
  if (isExpired(link)) refreshCurrent();
  else useAddress(link.href);
}

/** @param {string} href */
function useAddress(href) {
  image.src = href;
  download.href = `${href}?download`;
  download.download = image.alt;
}

/**
 * The address holds no more: show the image by the one that its message has by now; resolves to whether that is done.
 * @param {boolean} [failed] although its address should have held
 */
async function refreshCurrent(failed) {
  const wanted = currentId;
  if ((failed || isExpired(currentLink())) && !(await refreshUrls(currentLink()))) return false;
  if (currentId !== wanted) return false;
  useAddress(currentLink().href);
  return true;
}

/** @param {number} direction */
function step(direction) {
  const next = images()[currentIndex() + direction];
  if (next) showImage(next);
}

/** @param {number} to */
function zoom(to) {
  scale = Math.min(MAX_ZOOM, Math.max(1, to));
  if (scale === 1) offset = { x: 0, y: 0 };
  zoomIn.disabled = scale === MAX_ZOOM;
  zoomOut.disabled = scale === 1;
  stage.toggleAttribute("data-zoomed", scale > 1);
  applyTransform();
}

function applyTransform() {
  image.style.transform = `translate(${offset.x}px, ${offset.y}px) scale(${scale})`;
}

download.addEventListener("click", async (event) => {
  if (!isExpired(download)) return;
  event.preventDefault();
  if (await refreshCurrent()) download.click();
});
image.addEventListener("error", () => refreshCurrent(true));
dialog.addEventListener("close", () => {
  if (dialog.open) return; // again, since
  if (document.fullscreenElement) document.exitFullscreen();
  currentLink()?.focus();
  image.removeAttribute("src");
});
dialog.addEventListener("keydown", (event) => {
  /** @type {Record<string, () => void>} */
  const actions = {
    ArrowLeft: () => step(-1),
    ArrowRight: () => step(1),
    "+": () => zoom(scale * 1.5),
    "-": () => zoom(scale / 1.5),
    0: () => zoom(1),
  };
  actions[event.key]?.();
});
stage.addEventListener("dblclick", () => zoom(scale > 1 ? 1 : 2));
stage.addEventListener(
  "wheel",
  (event) => (event.preventDefault(), zoom(scale * (event.deltaY < 0 ? 1.15 : 1 / 1.15))),
);
stage.addEventListener("pointerdown", (event) => {
  stage.setPointerCapture(event.pointerId);
  pressed = { x: event.clientX - offset.x, y: event.clientY - offset.y, from: event.clientX };
});
stage.addEventListener("pointermove", (event) => {
  if (!pressed || scale === 1) return;
  offset = { x: event.clientX - pressed.x, y: event.clientY - pressed.y };
  applyTransform();
});
stage.addEventListener("pointerup", (event) => {
  const swiped = pressed && scale === 1 ? event.clientX - pressed.from : 0;
  pressed = undefined;
  if (Math.abs(swiped) > SWIPE_DISTANCE) step(swiped < 0 ? 1 : -1);
  else if (event.target === stage && scale === 1) dialog.close(); // beside the picture
});
