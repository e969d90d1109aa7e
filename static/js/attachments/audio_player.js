// Plays audio: one at a time, from where it was left, at the chosen speed. There is one <audio> for all of them,
// outside the page: a message may be drawn anew while it plays.

import { _ } from "../core/i18n.js";
import { formatDuration } from "../core/dom.js";
import { refreshUrls } from "./refresh_urls.js";
import * as storage from "../core/storage.js";

const SPEEDS = [1, 1.5, 2];
const audio = new Audio();

/** @type {string | undefined} The id of the attachment that is loaded. */
let current;
/** @type {DOMStringMap} Its data: src, duration. */
let currentData;

const positionKey = (id) => `position:${id}`;
const elementsOf = (id) => document.querySelectorAll(`.audio[data-attachment="${id}"]`);
const duration = () => (Number.isFinite(audio.duration) ? audio.duration : Number(currentData?.duration) || 0);

/**
 * Play what stands in this element, or pause it.
 * @param {HTMLElement} element
 */
export async function toggle(element) {
  const { attachment } = element.dataset;
  if (current === attachment && !audio.paused) return audio.pause();
  if (current !== attachment) await loadAudio(element);
  await audio.play().catch(() => {});
}

/** @param {HTMLElement} element */
async function loadAudio({ dataset }) {
  audio.pause();
  markStopped();
  current = dataset.attachment;
  currentData = { ...dataset };
  audio.src = dataset.src;
  audio.playbackRate = audio.defaultPlaybackRate = storage.get("speed", 1);
  await new Promise((resolve) =>
    ["loadedmetadata", "error"].forEach((it) => audio.addEventListener(it, resolve, { once: true })),
  );
  if (audio.error) return;
  // A recording that does not say how long it is has to be read to its end before one can move about in it.
  if (!Number.isFinite(audio.duration)) {
    const known = new Promise((resolve) => audio.addEventListener("durationchange", resolve, { once: true }));
    audio.currentTime = 1e7;
    await known;
  }
  audio.currentTime = storage.get(positionKey(current), 0);
}

/**
 * Go on from another place: `fraction` of the whole, from 0 to 1.
 * @param {HTMLElement} element
 * @param {number} fraction
 */
export async function seek(element, fraction) {
  if (current !== element.dataset.attachment) await loadAudio(element);
  audio.currentTime = fraction * duration();
  render();
}

/** Play at the next speed, from now on. */
export function nextSpeed() {
  const speed = SPEEDS[(SPEEDS.indexOf(storage.get("speed", 1)) + 1) % SPEEDS.length];
  storage.set("speed", speed);
  audio.playbackRate = audio.defaultPlaybackRate = speed;
  render();
}

function markStopped() {
  if (!current) return;
  for (const element of elementsOf(current)) delete element.dataset.playing;
}

function render() {
  for (const element of elementsOf(current)) {
    element.toggleAttribute("data-playing", !audio.paused);
    const fraction = duration() ? audio.currentTime / duration() : 0;
    element.style.setProperty("--played", String(fraction));
    const range = element.querySelector("input");
    range.value = String(fraction * 1000);
    range.ariaValueText = _("%(position)s of %(duration)s", {
      position: formatDuration(audio.currentTime),
      duration: formatDuration(duration()),
    });
    element.querySelector(".clock").textContent = formatDuration(
      audio.paused && !audio.currentTime ? duration() : audio.currentTime,
    );
    const speed = element.querySelector(".speed");
    speed.hidden = false;
    speed.textContent = `${storage.get("speed", 1)}×`;
    element.querySelector(".play").ariaPressed = String(!audio.paused);
  }
}

for (const event of ["play", "pause", "timeupdate", "seeked"]) audio.addEventListener(event, render);
audio.addEventListener("pause", () => storage.set(positionKey(current), audio.ended ? undefined : audio.currentTime));
audio.addEventListener("ended", () => {
  storage.set(positionKey(current), undefined);
  audio.currentTime = 0;
});
audio.addEventListener("error", () => {
  const [element] = elementsOf(current);
  current = undefined; // loaded anew at the next try
  if (element) refreshUrls(element);
});
addEventListener("pagehide", () => current && !audio.paused && storage.set(positionKey(current), audio.currentTime));
// A video that is played makes the audio stop, and the other videos too.
document.addEventListener(
  "play",
  ({ target }) => {
    audio.pause();
    for (const video of /** @type {NodeListOf<HTMLVideoElement>} */ (document.querySelectorAll("video.video")))
      if (video !== target) video.pause();
  },
  true,
);
