// The camera: over the conversation, with the composer below it. What was taken lies in the tray and leaves with the
// send button, perhaps with a few words; "Retake" takes it out again.

import { clock, iconButton, make } from "../core/dom.js";
import { still } from "./media_info.js";
import * as kept from "../core/storage.js";
import { dress } from "../core/lazy.js";
import { hold, takeOut, wayOut } from "./attachment_tray.js";

const LONGEST_CLIP = 30; // seconds
const COUNT = 3;
const PHOTO = 1920; // pixels on the longer side
const TYPES = ["video/webm;codecs=vp8,opus", "video/mp4"];

let panel;

/** Open it, or say why it cannot be. */
export async function openCamera() {
  if (panel) return;
  const camera = new Camera();
  panel = camera;
  if (!(await camera.start())) panel = undefined;
}

class Camera {
  #stream;
  #video = make("video", { autoplay: true, muted: true, playsInline: true, className: "camera-live" });
  #taken; // the File that lies in the tray
  #recorder;
  #timer;
  #counting = make("span", { className: "camera-count", role: "status" });
  #choice = make("select", { ariaLabel: "Camera", onchange: () => this.#use(this.#choice.value) });
  #shutter = make("button", { type: "button", className: "shutter", ariaLabel: "Take a photo", title: "Take a photo", "data-testid": "shutter", onclick: () => this.#press() });
  #clip = iconButton("video", "Record a clip", () => this.#film());
  #mirror = iconButton("flip", "Mirror", () => this.#turn(), { ariaPressed: true });
  #count = iconButton("timer", "Wait three seconds", () => (this.#count.ariaPressed = this.#count.ariaPressed !== "true"), { ariaPressed: false });
  #retake = make("button", { type: "button", className: "button", textContent: "Retake", hidden: true, onclick: () => this.#again() });
  #element;
  #closing = new AbortController();

  async start() {
    this.#stream = await this.#open(kept.get("camera"));
    if (!this.#stream) return false;
    await dress("camera");
    const tools = make("div", { className: "camera-tools" }, this.#mirror, this.#count, this.#shutter, this.#clip, this.#retake);
    const head = make("div", { className: "camera-head" }, this.#choice, iconButton("close", "Close the camera", () => this.close()));
    this.#element = make("section", { className: "camera", ariaLabel: "Camera" }, this.#video, this.#counting, head, tools);
    document.getElementById("main").append(this.#element);
    this.#show(this.#stream);
    await this.#choices();
    const escape = (event) => event.key === "Escape" && (event.stopPropagation(), this.close());
    addEventListener("keydown", escape, { capture: true, signal: this.#closing.signal });
    this.#shutter.focus();
    return true;
  }

  async #open(device) {
    const video = device ? { deviceId: device, height: { ideal: 1080 } } : { facingMode: "user", height: { ideal: 1080 } };
    try {
      return await navigator.mediaDevices.getUserMedia({ video });
    } catch (error) {
      const refused = error?.name === "NotAllowedError";
      wayOut(refused ? "The camera is blocked. Allow it in the browser's address bar, or choose a photo." : "No camera was found. Connect one, or choose a photo.", "image/*,video/*");
      return undefined;
    }
  }

  #show(stream) {
    this.#video.srcObject = stream;
    const facing = stream.getVideoTracks()[0].getSettings().facingMode;
    this.#mirrored(facing !== "environment");
  }

  async #choices() {
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter((it) => it.kind === "videoinput");
    this.#choice.replaceChildren(...cameras.map((it, index) => make("option", { value: it.deviceId, textContent: it.label || `Camera ${index + 1}` })));
    this.#choice.value = this.#stream.getVideoTracks()[0].getSettings().deviceId;
    this.#choice.hidden = cameras.length < 2;
  }

  async #use(device) {
    this.#stop();
    this.#stream = await this.#open(device);
    if (!this.#stream) return this.close();
    kept.set("camera", device);
    this.#show(this.#stream);
  }

  #mirrored(on) {
    this.#mirror.ariaPressed = on;
    this.#video.toggleAttribute("data-mirrored", on);
  }

  #turn() {
    this.#mirrored(this.#mirror.ariaPressed !== "true");
  }

  async #press() {
    if (this.#recorder) return this.#recorder.stop();
    if (this.#count.ariaPressed === "true" && !(await this.#countDown())) return;
    const { videoWidth, videoHeight } = this.#video;
    const blob = await still(this.#video, videoWidth, videoHeight, PHOTO, 0.9, this.#mirror.ariaPressed === "true");
    this.#video.pause();
    await this.#keep(new File([blob], `Photo ${now()}.jpg`, { type: "image/jpeg" }));
  }

  async #countDown() {
    for (let left = COUNT; left; left--) {
      this.#counting.textContent = left;
      await new Promise((resolve) => (this.#timer = setTimeout(resolve, 1_000)));
      if (panel !== this) return false;
    }
    this.#counting.textContent = "";
    return true;
  }

  async #film() {
    const sound = await navigator.mediaDevices.getUserMedia({ audio: true }).catch(() => undefined); // else without
    const stream = new MediaStream([...this.#stream.getVideoTracks(), ...(sound?.getAudioTracks() ?? [])]);
    const pieces = [];
    this.#recorder = new MediaRecorder(stream, { mimeType: TYPES.find((it) => MediaRecorder.isTypeSupported(it)) });
    this.#recorder.ondataavailable = ({ data }) => data.size && pieces.push(data);
    this.#recorder.onstop = async () => {
      clearInterval(this.#timer);
      sound?.getTracks().forEach((it) => it.stop());
      const type = this.#recorder.mimeType.split(";")[0];
      const duration = (performance.now() - began) / 1000;
      this.#recorder = undefined;
      this.#filming(false);
      if (panel !== this) return;
      this.#video.pause();
      await this.#keep(new File(pieces, `Clip ${now()}.${type.split("/")[1]}`, { type }), { kind: "video", duration });
    };
    const began = performance.now();
    this.#recorder.start(250);
    this.#filming(true);
    this.#timer = setInterval(() => {
      const seconds = (performance.now() - began) / 1000;
      this.#counting.textContent = clock(Math.floor(seconds));
      if (seconds >= LONGEST_CLIP) this.#recorder?.stop();
    }, 200);
  }

  #filming(on) {
    this.#shutter.toggleAttribute("data-filming", on);
    this.#shutter.ariaLabel = this.#shutter.title = on ? "Stop the clip" : "Take a photo";
    this.#clip.hidden = this.#mirror.hidden = this.#count.hidden = on;
    if (!on) this.#counting.textContent = "";
  }

  // Removed from the tray or sent with it: the camera has nothing more to show of it.
  async #keep(file, more) {
    this.#taken = file;
    this.#done(true);
    await hold([file], { ...more, onRemove: () => this.#taken === file && this.close() });
  }

  #done(on) {
    this.#retake.hidden = !on;
    for (const it of [this.#shutter, this.#clip, this.#mirror, this.#count]) it.hidden = on;
  }

  #again() {
    takeOut(this.#taken);
    this.#taken = undefined;
    this.#done(false);
    this.#video.play();
    this.#shutter.focus();
  }

  #stop() {
    this.#stream?.getTracks().forEach((it) => it.stop());
  }

  close() {
    clearTimeout(this.#timer);
    panel = undefined;
    this.#taken = undefined; // it stays in the tray
    this.#recorder?.stop();
    this.#stop();
    this.#closing.abort();
    this.#element.remove();
    document.getElementById("composer-text").focus({ preventScroll: true });
  }
}

const now = () => new Date().toLocaleString("sv").slice(0, 19).replaceAll(":", ".");
