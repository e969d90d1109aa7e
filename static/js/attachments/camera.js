// The camera: over the conversation, with the composer below it. What was taken lies in the tray and leaves with the
// send button, perhaps with a few words; _("Retake") takes it out again.

import { _ } from "../core/i18n.js";
import { formatDuration, iconButton, make } from "../core/dom.js";
import { captureFrame } from "./media_info.js";
import * as storage from "../core/storage.js";
import { loadStyles } from "../core/lazy.js";
import { addFiles, removeFile, offerFileInstead } from "./attachment_tray.js";

const MAX_CLIP_SECONDS = 30; // seconds
const COUNTDOWN_SECONDS = 3;
const PHOTO_SIZE = 1920; // pixels on the longer side
const TYPES = ["video/webm;codecs=vp8,opus", "video/mp4"];

/** @type {Camera | undefined} */
let openedCamera;

/** Open it, or say why it cannot be. */
export async function openCamera() {
  if (openedCamera) return;
  const camera = new Camera();
  openedCamera = camera;
  if (!(await camera.start())) openedCamera = undefined;
}

class Camera {
  /** @type {MediaStream} */
  #stream;
  #video = make("video", { autoplay: true, muted: true, playsInline: true, className: "camera-live" });
  /** @type {File | undefined} What lies in the tray. */
  #captured;
  /** @type {MediaRecorder | undefined} */
  #recorder;
  /** @type {ReturnType<typeof setTimeout>} */
  #timer;
  #countdown = make("span", { className: "camera-count", role: "status" });
  #deviceSelect = make("select", { ariaLabel: _("Camera"), onchange: () => this.#useDevice(this.#deviceSelect.value) });
  #shutterButton = make("button", {
    type: "button",
    className: "shutter",
    ariaLabel: _("Take a photo"),
    title: _("Take a photo"),
    "data-testid": "shutter",
    onclick: () => this.#onShutter(),
  });
  #clipButton = iconButton("video", _("Record a clip"), () => this.#recordClip());
  #mirrorButton = iconButton("flip", _("Mirror"), () => this.#toggleMirror(), { ariaPressed: true });
  #timerButton = iconButton(
    "timer",
    _("Wait three seconds"),
    () => (this.#timerButton.ariaPressed = String(this.#timerButton.ariaPressed !== "true")),
    { ariaPressed: false },
  );
  #retakeButton = make("button", {
    type: "button",
    className: "button",
    textContent: _("Retake"),
    hidden: true,
    onclick: () => this.#retake(),
  });
  /** @type {HTMLElement} */
  #element;
  #closing = new AbortController();

  async start() {
    this.#stream = await this.#open(storage.get("camera"));
    if (!this.#stream) return false;
    await Promise.all(["forms", "camera"].map(loadStyles));
    const tools = make(
      "div",
      { className: "camera-tools" },
      this.#mirrorButton,
      this.#timerButton,
      this.#shutterButton,
      this.#clipButton,
      this.#retakeButton,
    );
    const head = make(
      "div",
      { className: "camera-head" },
      this.#deviceSelect,
      iconButton("close", _("Close the camera"), () => this.close()),
    );
    this.#element = make(
      "section",
      { className: "camera", ariaLabel: _("Camera") },
      this.#video,
      this.#countdown,
      head,
      tools,
    );
    document.getElementById("main").append(this.#element);
    this.#showStream(this.#stream);
    await this.#listDevices();
    const escape = (event) => event.key === "Escape" && (event.stopPropagation(), this.close());
    addEventListener("keydown", escape, { capture: true, signal: this.#closing.signal });
    this.#shutterButton.focus();
    return true;
  }

  async #open(device) {
    const video = device
      ? { deviceId: device, height: { ideal: 1080 } }
      : { facingMode: "user", height: { ideal: 1080 } };
    try {
      return await navigator.mediaDevices.getUserMedia({ video });
    } catch (error) {
      const denied = error?.name === "NotAllowedError";
      offerFileInstead(
        !window.isSecureContext
          ? _("The camera needs a secure page (https), and this one is not. Choose a photo instead.")
          : denied
            ? _("The camera is blocked. Allow it in the browser's address bar, or choose a photo.")
            : _("No camera was found. Connect one, or choose a photo."),
        "image/*,video/*",
      );
      return undefined;
    }
  }

  #showStream(stream) {
    this.#video.srcObject = stream;
    const facing = stream.getVideoTracks()[0].getSettings().facingMode;
    this.#setMirrored(facing !== "environment");
  }

  async #listDevices() {
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter((it) => it.kind === "videoinput");
    this.#deviceSelect.replaceChildren(
      ...cameras.map((it, index) =>
        make("option", { value: it.deviceId, textContent: it.label || _("Camera %(number)s", { number: index + 1 }) }),
      ),
    );
    this.#deviceSelect.value = this.#stream.getVideoTracks()[0].getSettings().deviceId;
    this.#deviceSelect.hidden = cameras.length < 2;
  }

  async #useDevice(device) {
    this.#stopStream();
    this.#stream = await this.#open(device);
    if (!this.#stream) return this.close();
    storage.set("camera", device);
    this.#showStream(this.#stream);
  }

  #setMirrored(on) {
    this.#mirrorButton.ariaPressed = String(on);
    this.#video.toggleAttribute("data-mirrored", on);
  }

  #toggleMirror() {
    this.#setMirrored(this.#mirrorButton.ariaPressed !== "true");
  }

  async #onShutter() {
    if (this.#recorder) return this.#recorder.stop();
    if (this.#timerButton.ariaPressed === "true" && !(await this.#countDown())) return;
    const { videoWidth, videoHeight } = this.#video;
    const blob = await captureFrame(
      this.#video,
      videoWidth,
      videoHeight,
      PHOTO_SIZE,
      0.9,
      this.#mirrorButton.ariaPressed === "true",
    );
    this.#video.pause();
    await this.#addToTray(
      new File([blob], `${_("Photo %(time)s", { time: timestamp() })}.jpg`, { type: "image/jpeg" }),
    );
  }

  async #countDown() {
    for (let left = COUNTDOWN_SECONDS; left; left--) {
      this.#countdown.textContent = String(left);
      await new Promise((resolve) => (this.#timer = setTimeout(resolve, 1_000)));
      if (openedCamera !== this) return false;
    }
    this.#countdown.textContent = "";
    return true;
  }

  async #recordClip() {
    const audio = await navigator.mediaDevices.getUserMedia({ audio: true }).catch(() => undefined); // else without
    const stream = new MediaStream([...this.#stream.getVideoTracks(), ...(audio?.getAudioTracks() ?? [])]);
    const chunks = [];
    this.#recorder = new MediaRecorder(stream, { mimeType: TYPES.find((it) => MediaRecorder.isTypeSupported(it)) });
    this.#recorder.ondataavailable = ({ data }) => data.size && chunks.push(data);
    this.#recorder.onstop = async () => {
      clearInterval(this.#timer);
      audio?.getTracks().forEach((it) => it.stop());
      const type = this.#recorder.mimeType.split(";")[0];
      const duration = (performance.now() - startedAt) / 1000;
      this.#recorder = undefined;
      this.#showRecording(false);
      if (openedCamera !== this) return;
      this.#video.pause();
      await this.#addToTray(
        new File(chunks, `${_("Clip %(time)s", { time: timestamp() })}.${type.split("/")[1]}`, { type }),
        {
          kind: "video",
          duration,
        },
      );
    };
    const startedAt = performance.now();
    this.#recorder.start(250);
    this.#showRecording(true);
    this.#timer = setInterval(() => {
      const seconds = (performance.now() - startedAt) / 1000;
      this.#countdown.textContent = formatDuration(Math.floor(seconds));
      if (seconds >= MAX_CLIP_SECONDS) this.#recorder?.stop();
    }, 200);
  }

  #showRecording(on) {
    this.#shutterButton.toggleAttribute("data-recording", on);
    this.#shutterButton.ariaLabel = this.#shutterButton.title = on ? _("Stop the clip") : _("Take a photo");
    this.#clipButton.hidden = this.#mirrorButton.hidden = this.#timerButton.hidden = on;
    if (!on) this.#countdown.textContent = "";
  }

  // Removed from the tray or sent with it: the camera has nothing more to show of it.
  async #addToTray(file, more) {
    this.#captured = file;
    this.#showCaptured(true);
    await addFiles([file], { ...more, onRemove: () => this.#captured === file && this.close() });
  }

  #showCaptured(on) {
    this.#retakeButton.hidden = !on;
    for (const it of [this.#shutterButton, this.#clipButton, this.#mirrorButton, this.#timerButton]) it.hidden = on;
  }

  #retake() {
    removeFile(this.#captured);
    this.#captured = undefined;
    this.#showCaptured(false);
    this.#video.play();
    this.#shutterButton.focus();
  }

  #stopStream() {
    this.#stream?.getTracks().forEach((it) => it.stop());
  }

  close() {
    clearTimeout(this.#timer);
    openedCamera = undefined;
    this.#captured = undefined; // it stays in the tray
    this.#recorder?.stop();
    this.#stopStream();
    this.#closing.abort();
    this.#element.remove();
    document.getElementById("composer-text").focus({ preventScroll: true });
  }
}

const timestamp = () => new Date().toLocaleString("sv").slice(0, 19).replaceAll(":", ".");
