// What only a browser can tell of an image, an audio file or a video: it can play them. A recorded WebM says that it
// lasts for ever, so the end is looked for.

/** @import { FileInfo } from "../types.d.ts" */

const POSTER_SIZE = 560; // pixels on the longer side
const TIMEOUT = 5_000; // ms
const BARS = 48;

const once = (target, ...events) =>
  new Promise((resolve) => events.forEach((it) => target.addEventListener(it, resolve, { once: true })));
const withTimeout = (work) => Promise.race([work, new Promise((resolve) => setTimeout(resolve, TIMEOUT))]);

/**
 * Resolves to {kind, width, height, duration (seconds), waveform, poster (a Blob)}, as far as they are known.
 * @param {File} blob
 * @param {string} url of the blob
 * @param {Partial<FileInfo>} [known] what is known already
 * @returns {Promise<Partial<FileInfo> & {kind: string, poster?: Blob}>}
 */
export async function readMediaInfo(blob, url, known = {}) {
  const kind = blob.type.split("/")[0];
  const reader = { image: readImage, video: readVideo, audio: readAudio }[kind];
  // Of a voice note all is known; in Firefox its end would take seconds to find.
  const unknown = reader && !(kind === "audio" && known.duration);
  const info = unknown ? await withTimeout(reader(url)).catch(() => {}) : {};
  const all = { kind: reader ? kind : "file", ...info, ...known };
  return { ...all, duration: all.duration && Math.round(all.duration * 1000) / 1000 };
}

async function readImage(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return { width: image.naturalWidth, height: image.naturalHeight };
}

async function durationOf(player) {
  if (Number.isFinite(player.duration)) return player.duration;
  const changed = once(player, "durationchange");
  player.currentTime = 1e7;
  await changed;
  return Number.isFinite(player.duration) ? player.duration : undefined;
}

async function readAudio(url) {
  const player = new Audio();
  player.preload = "metadata";
  player.src = url;
  await once(player, "loadedmetadata", "error");
  return player.error ? {} : { duration: await durationOf(player) };
}

async function readVideo(url) {
  const player = Object.assign(document.createElement("video"), {
    muted: true,
    playsInline: true,
    preload: "auto",
    src: url,
  });
  await once(player, "loadeddata", "error");
  if (player.error) return {};
  const { videoWidth: width, videoHeight: height } = player;
  const duration = await durationOf(player);
  const seeked = once(player, "seeked");
  player.currentTime = Math.min(0.1, (duration || 0) / 2);
  await seeked;
  return { width, height, duration, poster: await captureFrame(player, width, height) };
}

/**
 * A JPEG of what a <video> shows now.
 * @param {HTMLVideoElement} video
 * @param {number} width
 * @param {number} height
 * @param {number} [longest] pixels on the longer side
 * @param {number} [quality] from 0 to 1
 * @param {boolean} [mirrored]
 * @returns {Promise<Blob>}
 */
export function captureFrame(video, width, height, longest = POSTER_SIZE, quality = 0.8, mirrored = false) {
  const scale = Math.min(1, longest / Math.max(width, height));
  const canvas = Object.assign(document.createElement("canvas"), { width: width * scale, height: height * scale });
  const context = canvas.getContext("2d");
  if (mirrored) context.setTransform(-1, 0, 0, 1, canvas.width, 0);
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
}

/**
 * The true length of a recording, in seconds, and how loud it is, in 48 digits of base 32.
 * @param {Blob} blob
 */
export async function analyseAudio(blob) {
  const audio = await new OfflineAudioContext(1, 1, 16_000).decodeAudioData(await blob.arrayBuffer());
  const samples = audio.getChannelData(0);
  const step = Math.ceil(samples.length / BARS);
  const peaks = Array.from({ length: BARS }, (_, bar) => {
    let most = 0;
    for (let at = bar * step; at < Math.min(samples.length, (bar + 1) * step); at += 4)
      most = Math.max(most, Math.abs(samples[at]));
    return most;
  });
  const loudest = Math.max(0.05, ...peaks);
  return {
    duration: audio.duration,
    waveform: peaks.map((it) => Math.round((it / loudest) * 31).toString(32)).join(""),
  };
}
