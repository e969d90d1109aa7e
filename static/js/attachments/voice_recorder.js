// Voice notes: what is recorded goes into the tray, where one can listen to it before it is sent.

import { _ } from "../core/i18n.js";
import { showError } from "../composer/composer.js";
import { formatDuration, icon, iconButton, make } from "../core/dom.js";
import { analyseAudio } from "./media_info.js";
import { loadStyles } from "../core/lazy.js";
import { addFiles, offerFileInstead } from "./attachment_tray.js";
import { isOpen } from "../messages/message_list.js";

const MAX_SECONDS = 300; // seconds
const MIN_SECONDS = 0.3;
const CLICK_WITHIN = 400; // ms; what is let go sooner was a click
const CANCEL_DISTANCE = 80; // px to the side that mean "no"
const LOCK_DISTANCE = 60; // px upwards that mean "go on without my finger"
const BARS = 32;
const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

const form = document.getElementById("composer");

/** @typedef {{x: number, y: number, at: number, released: Promise<Event>}} Press */

let busy = false;

/**
 * Record until one lets go (if it was begun by `press`, a pointer that is down: {x, y, at, released}), or says so.
 * @param {Press} [press]
 */
export async function startRecording(press) {
  if (busy) return;
  busy = true;
  try {
    const stream = await microphone();
    if (!stream) return;
    await loadStyles("voice_recorder");
    // Closed while the microphone was asked for: nobody would see that it listens.
    if (!isOpen()) return stream.getTracks().forEach((it) => it.stop());
    await new Recording(stream, press).ended;
  } finally {
    busy = false;
  }
}

async function microphone() {
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch (error) {
    const refused = error?.name === "NotAllowedError";
    offerFileInstead(
      !window.isSecureContext
        ? _("Recording needs a secure page (https), and this one is not. Choose a recording instead.")
        : refused
          ? _("The microphone is blocked. Allow it in the browser's address bar, or choose a recording.")
          : _("No microphone was found. Connect one, or choose a recording."),
      "audio/*",
    );
    return undefined;
  }
}

class Recording {
  #stream;
  #recorder;
  #context = new AudioContext();
  #analyser;
  #samples = new Float32Array(1024);
  #levels = Array(BARS).fill(0);
  #chunks = [];
  #startedAt = performance.now();
  #keepRecording = true;
  #wasClosed = false; // the popup, which ends the recording
  #closing = new AbortController();
  #bar;
  #time = make("span", { className: "recording-time", textContent: "0:00" });
  #meter = make("span", { className: "meter", ariaHidden: "true" }, ...Array.from({ length: BARS }, () => make("i")));
  #resolveEnded;
  ended = new Promise((resolve) => (this.#resolveEnded = resolve));

  constructor(stream, press) {
    this.#stream = stream;
    this.#recorder = new MediaRecorder(stream, { mimeType: TYPES.find((it) => MediaRecorder.isTypeSupported(it)) });
    this.#recorder.ondataavailable = ({ data }) => data.size && this.#chunks.push(data);
    this.#recorder.onstop = () => this.#finishRecording();
    this.#analyser = new AnalyserNode(this.#context, { fftSize: 2048 });
    this.#context.createMediaStreamSource(stream).connect(this.#analyser);
    this.#render();
    this.#recorder.start(250);
    this.#tick();
    addEventListener("keydown", (event) => event.key === "Escape" && (event.stopPropagation(), this.#stop(false)), {
      capture: true,
      signal: this.#closing.signal,
    });
    addEventListener("chat-visibility", () => this.#onVisibility(), { signal: this.#closing.signal });
    if (press) this.#followPointer(press);
  }

  #render() {
    const stop = iconButton("stop", _("Stop recording"), () => this.#stop(true), {
      className: "button quiet recording-stop",
      "data-testid": "record-stop",
    });
    const hint = make(
      "span",
      { className: "recording-hint" },
      icon("lock"),
      make("span", { textContent: _("Slide up to lock, away to cancel") }),
    );
    this.#bar = make(
      "div",
      { className: "recording", role: "group", ariaLabel: _("Recording") },
      iconButton("trash", _("Throw away"), () => this.#stop(false)),
      this.#time,
      this.#meter,
      hint,
      stop,
    );
    form.querySelector(".composer-row").before(this.#bar);
    form.dataset.recording = "";
    stop.focus();
  }

  // The finger that is down decides: away means no, up means on without it, letting go means done.
  #followPointer({ x, y, at, released }) {
    this.#bar.dataset.held = "";
    const { signal } = this.#closing;
    const move = ({ clientX, clientY }) => {
      if (!("held" in this.#bar.dataset)) return; // it was a click, or is locked: the pointer is free
      if (Math.abs(clientX - x) > CANCEL_DISTANCE) this.#stop(false);
      else if (y - clientY > LOCK_DISTANCE) delete this.#bar.dataset.held;
    };
    addEventListener("pointermove", move, { signal });
    released.then(({ timeStamp }) => {
      // Or it was let go while somebody was asked for leave.
      const clicked = timeStamp - at < CLICK_WITHIN || timeStamp < this.#startedAt;
      if ("held" in this.#bar.dataset && !clicked) this.#stop(true);
      delete this.#bar.dataset.held;
    });
  }

  #tick = () => {
    if (this.#recorder.state !== "recording") return;
    const seconds = (performance.now() - this.#startedAt) / 1000;
    this.#time.textContent = formatDuration(Math.floor(seconds));
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const loudness = Math.sqrt(this.#samples.reduce((sum, it) => sum + it * it, 0) / this.#samples.length);
    this.#levels.push(Math.min(1, loudness * 4));
    this.#levels.shift();
    this.#levels.forEach((level, index) => {
      const bar = /** @type {HTMLElement} */ (this.#meter.children[index]);
      bar.style.transform = `scaleY(${Math.max(0.08, level)})`;
    });
    if (seconds >= MAX_SECONDS) this.#stop(true);
    else setTimeout(this.#tick, 60);
  };

  // Nobody is recorded by something that cannot be seen.
  #onVisibility() {
    if (isOpen() || this.#wasClosed) return;
    this.#wasClosed = true;
    this.#stop(true);
  }

  #stop(keep) {
    if (this.#recorder.state !== "recording") return;
    this.#keepRecording = keep;
    this.#recorder.stop();
  }

  async #finishRecording() {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    this.#closing.abort();
    this.#stream.getTracks().forEach((it) => it.stop());
    this.#context.close();
    this.#bar.remove();
    delete form.dataset.recording;
    this.#resolveEnded();
    if (!this.#keepRecording) return document.getElementById("composer-text").focus({ preventScroll: true });
    if (seconds < MIN_SECONDS) return showError(_("That was too short."));
    const type = this.#recorder.mimeType.split(";")[0];
    const blob = new Blob(this.#chunks, { type });
    const info = await analyseAudio(blob).catch(() => ({ duration: seconds, waveform: "8".repeat(48) }));
    const when = new Date().toLocaleString("sv").slice(0, 16).replace(":", ".");
    await addFiles([new File([blob], `${_("Voice note %(time)s", { time: when })}.${type.split("/")[1]}`, { type })], {
      kind: "audio",
      ...info,
    });
    if (this.#wasClosed) showError(_("The recording stopped when the chat was closed. It is kept here, not sent yet."));
  }
}
