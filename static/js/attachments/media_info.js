// What only a browser can tell of a picture, a sound or a film: it can play them. A recorded WebM says that it lasts for
// ever, so the end is looked for.

const POSTER = 560; // pixels on the longer side
const PATIENCE = 5_000; // ms
const BARS = 48;

const once = (target, ...events) => new Promise((resolve) => events.forEach((it) => target.addEventListener(it, resolve, { once: true })));
const patiently = (work) => Promise.race([work, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);

/** Resolves to {kind, width, height, duration (seconds), waveform, poster (a Blob)}, as far as they are known. */
export async function measure(blob, url, known = {}) {
  const kind = blob.type.split("/")[0];
  const found = { image: picture, video: film, audio: sound }[kind];
  const facts = found ? await patiently(found(url)).catch(() => {}) : {};
  const all = { kind: found ? kind : "file", ...facts, ...known };
  return { ...all, duration: all.duration && Math.round(all.duration * 1000) / 1000 };
}

async function picture(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return { width: image.naturalWidth, height: image.naturalHeight };
}

async function lasts(player) {
  if (Number.isFinite(player.duration)) return player.duration;
  const changed = once(player, "durationchange");
  player.currentTime = 1e7;
  await changed;
  return Number.isFinite(player.duration) ? player.duration : undefined;
}

async function sound(url) {
  const player = new Audio();
  player.preload = "metadata";
  player.src = url;
  await once(player, "loadedmetadata", "error");
  return player.error ? {} : { duration: await lasts(player) };
}

async function film(url) {
  const player = Object.assign(document.createElement("video"), { muted: true, playsInline: true, preload: "auto", src: url });
  await once(player, "loadeddata", "error");
  if (player.error) return {};
  const { videoWidth: width, videoHeight: height } = player;
  const duration = await lasts(player);
  const seeked = once(player, "seeked");
  player.currentTime = Math.min(0.1, (duration || 0) / 2);
  await seeked;
  return { width, height, duration, poster: await still(player, width, height) };
}

/** A JPEG of what a <video> shows now. */
export function still(video, width, height, longest = POSTER, quality = 0.8, mirrored = false) {
  const scale = Math.min(1, longest / Math.max(width, height));
  const canvas = Object.assign(document.createElement("canvas"), { width: width * scale, height: height * scale });
  const pen = canvas.getContext("2d");
  if (mirrored) pen.setTransform(-1, 0, 0, 1, canvas.width, 0);
  pen.drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
}

/** The true length of a recording, in seconds, and how loud it is, in 48 digits of base 32. */
export async function listen(blob) {
  const sound = await new OfflineAudioContext(1, 1, 16_000).decodeAudioData(await blob.arrayBuffer());
  const samples = sound.getChannelData(0);
  const step = Math.ceil(samples.length / BARS);
  const peaks = Array.from({ length: BARS }, (_, bar) => {
    let most = 0;
    for (let at = bar * step; at < Math.min(samples.length, (bar + 1) * step); at += 4) most = Math.max(most, Math.abs(samples[at]));
    return most;
  });
  const loudest = Math.max(0.05, ...peaks);
  return { duration: sound.duration, waveform: peaks.map((it) => Math.round((it / loudest) * 31).toString(32)).join("") };
}
