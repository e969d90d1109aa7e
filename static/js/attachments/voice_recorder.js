// Voice notes: what is recorded goes into the tray, where one can listen to it before it is sent.

import { complain } from "../composer/composer.js";
import { clock, icon, iconButton, make } from "../core/dom.js";
import { listen } from "./media_info.js";
import { dress } from "../core/lazy.js";
import { hold, wayOut } from "./attachment_tray.js";

const LONGEST = 300; // seconds
const SHORTEST = 0.3;
const CLICK = 400; // ms; what is let go sooner was a click
const AWAY = 80; // px to the side that mean "no"
const UP = 60; // px upwards that mean "go on without my finger"
const BARS = 32;
const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

const form = document.getElementById("composer");

let busy = false;

/** Record until one lets go (if it was begun by `press`, a pointer that is down: {x, y, at, released}), or says so. */
export async function startRecording(press) {
  if (busy) return;
  busy = true;
  try {
    const stream = await microphone();
    if (!stream) return;
    await dress("attachment_tray");
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
    wayOut(refused ? "The microphone is blocked. Allow it in the browser's address bar, or choose a recording." : "No microphone was found. Connect one, or choose a recording.", "audio/*");
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
  #pieces = [];
  #began = performance.now();
  #wanted = true;
  #leaving = new AbortController();
  #bar;
  #time = make("span", { className: "recording-time", textContent: "0:00" });
  #meter = make("span", { className: "meter", ariaHidden: "true" }, ...Array.from({ length: BARS }, () => make("i")));
  #finish;
  ended = new Promise((resolve) => (this.#finish = resolve));

  constructor(stream, press) {
    this.#stream = stream;
    this.#recorder = new MediaRecorder(stream, { mimeType: TYPES.find((it) => MediaRecorder.isTypeSupported(it)) });
    this.#recorder.ondataavailable = ({ data }) => data.size && this.#pieces.push(data);
    this.#recorder.onstop = () => this.#keep();
    this.#analyser = new AnalyserNode(this.#context, { fftSize: 2048 });
    this.#context.createMediaStreamSource(stream).connect(this.#analyser);
    this.#draw();
    this.#recorder.start(250);
    this.#tick();
    addEventListener("keydown", (event) => event.key === "Escape" && (event.stopPropagation(), this.#end(false)), { capture: true, signal: this.#leaving.signal });
    if (press) this.#follow(press);
  }

  #draw() {
    const stop = iconButton("stop", "Stop recording", () => this.#end(true), { className: "button quiet recording-stop", "data-testid": "record-stop" });
    const hint = make("span", { className: "recording-hint" }, icon("lock"), make("span", { textContent: "Slide up to lock, away to cancel" }));
    this.#bar = make("div", { className: "recording", role: "group", ariaLabel: "Recording" }, iconButton("trash", "Throw away", () => this.#end(false)), this.#time, this.#meter, hint, stop);
    form.querySelector(".composer-row").before(this.#bar);
    form.dataset.recording = "";
    stop.focus();
  }

  // The finger that is down decides: away means no, up means on without it, letting go means done.
  #follow({ x, y, at, released }) {
    this.#bar.dataset.held = "";
    const { signal } = this.#leaving;
    const move = ({ clientX, clientY }) => {
      if (Math.abs(clientX - x) > AWAY) this.#end(false);
      else if (y - clientY > UP) delete this.#bar.dataset.held;
    };
    addEventListener("pointermove", move, { signal });
    released.then(({ timeStamp }) => {
      const clicked = timeStamp - at < CLICK || timeStamp < this.#began; // let go while somebody was asked for leave
      if ("held" in this.#bar.dataset && !clicked) this.#end(true);
      delete this.#bar.dataset.held;
    });
  }

  #tick = () => {
    if (this.#recorder.state !== "recording") return;
    const seconds = (performance.now() - this.#began) / 1000;
    this.#time.textContent = clock(Math.floor(seconds));
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const loudness = Math.sqrt(this.#samples.reduce((sum, it) => sum + it * it, 0) / this.#samples.length);
    this.#levels.push(Math.min(1, loudness * 4));
    this.#levels.shift();
    this.#levels.forEach((level, index) => (this.#meter.children[index].style.transform = `scaleY(${Math.max(0.08, level)})`));
    if (seconds >= LONGEST) this.#end(true);
    else setTimeout(this.#tick, 60);
  };

  #end(wanted) {
    if (this.#recorder.state !== "recording") return;
    this.#wanted = wanted;
    this.#recorder.stop();
  }

  async #keep() {
    const seconds = (performance.now() - this.#began) / 1000;
    this.#leaving.abort();
    this.#stream.getTracks().forEach((it) => it.stop());
    this.#context.close();
    this.#bar.remove();
    delete form.dataset.recording;
    this.#finish();
    if (!this.#wanted) return document.getElementById("composer-text").focus({ preventScroll: true });
    if (seconds < SHORTEST) return complain("That was too short.");
    const type = this.#recorder.mimeType.split(";")[0];
    const blob = new Blob(this.#pieces, { type });
    const heard = await listen(blob).catch(() => ({ duration: seconds, waveform: "8".repeat(48) }));
    const when = new Date().toLocaleString("sv").slice(0, 16).replace(":", ".");
    await hold([new File([blob], `Voice note ${when}.${type.split("/")[1]}`, { type })], { kind: "audio", ...heard });
  }
}
