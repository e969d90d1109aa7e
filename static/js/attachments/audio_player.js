// Plays sounds: one at a time, from where it was left, at the chosen speed. There is one <audio> for all of them, outside
// the page: a message may be drawn anew while it plays.

import { clock } from "../core/dom.js";
import { refresh } from "./refresh_urls.js";
import * as kept from "../core/storage.js";

const SPEEDS = [1, 1.5, 2];
const audio = new Audio();

let current; // the id of the attachment that is loaded
let sounding; // its data: {src, duration}

const position = (id) => `heard:${id}`;
const drawn = (id) => document.querySelectorAll(`.sound[data-attachment="${id}"]`);
const whole = () => (Number.isFinite(audio.duration) ? audio.duration : Number(sounding?.duration) || 0);

/** Play what stands in this element, or pause it. */
export async function toggle(element) {
  const { attachment } = element.dataset;
  if (current === attachment && !audio.paused) return audio.pause();
  if (current !== attachment) await load(element);
  await audio.play().catch(() => {});
}

async function load({ dataset }) {
  audio.pause();
  leave();
  current = dataset.attachment;
  sounding = { ...dataset };
  audio.src = dataset.src;
  audio.playbackRate = audio.defaultPlaybackRate = kept.get("speed", 1);
  await new Promise((resolve) => ["loadedmetadata", "error"].forEach((it) => audio.addEventListener(it, resolve, { once: true })));
  if (audio.error) return;
  // A recording that does not say how long it is has to be read to its end before one can move about in it.
  if (!Number.isFinite(audio.duration)) {
    const known = new Promise((resolve) => audio.addEventListener("durationchange", resolve, { once: true }));
    audio.currentTime = 1e7;
    await known;
  }
  audio.currentTime = kept.get(position(current), 0);
}

/** Go on from another place: `share` of the whole, from 0 to 1. */
export async function seek(element, share) {
  if (current !== element.dataset.attachment) await load(element);
  audio.currentTime = share * whole();
  draw();
}

export function nextSpeed() {
  const speed = SPEEDS[(SPEEDS.indexOf(kept.get("speed", 1)) + 1) % SPEEDS.length];
  kept.set("speed", speed);
  audio.playbackRate = audio.defaultPlaybackRate = speed;
  draw();
}

function leave() {
  if (!current) return;
  for (const element of drawn(current)) delete element.dataset.playing;
}

function draw() {
  for (const element of drawn(current)) {
    element.toggleAttribute("data-playing", !audio.paused);
    const share = whole() ? audio.currentTime / whole() : 0;
    element.style.setProperty("--heard", share);
    const range = element.querySelector("input");
    range.value = share * 1000;
    range.ariaValueText = `${clock(audio.currentTime)} of ${clock(whole())}`;
    element.querySelector(".clock").textContent = clock(audio.paused && !audio.currentTime ? whole() : audio.currentTime);
    const speed = element.querySelector(".speed");
    speed.hidden = false;
    speed.textContent = `${kept.get("speed", 1)}×`;
    element.querySelector(".play").ariaPressed = !audio.paused;
  }
}

for (const event of ["play", "pause", "timeupdate", "seeked"]) audio.addEventListener(event, draw);
audio.addEventListener("pause", () => kept.set(position(current), audio.ended ? undefined : audio.currentTime));
audio.addEventListener("ended", () => {
  kept.set(position(current), undefined);
  audio.currentTime = 0;
});
audio.addEventListener("error", () => {
  const [element] = drawn(current);
  current = undefined; // loaded anew at the next try
  if (element) refresh({ type: "error", target: element });
});
addEventListener("pagehide", () => current && !audio.paused && kept.set(position(current), audio.currentTime));
// A film that is played makes the sound stop, and the other films too.
document.addEventListener(
  "play",
  ({ target }) => {
    audio.pause();
    for (const film of document.querySelectorAll("video.film")) if (film !== target) film.pause();
  },
  true,
);
