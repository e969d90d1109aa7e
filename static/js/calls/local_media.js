// One's own microphone, camera and screen; and in one sentence each, why they cannot be had and what to do.

import { _ } from "../core/i18n.js";

/** Why microphone, camera or screen cannot be had, in one sentence. */
export class MediaError extends Error {}

const policy = document.permissionsPolicy ?? document.featurePolicy; // only some browsers tell

const allowed = (feature) => policy?.allowsFeature(feature) ?? true;

/** @type {Record<string, Record<string, string>>} Why a device cannot be had, by the device that was asked for. */
const REASONS = {
  camera: {
    NotFoundError: _("No camera was found: connect one and try again."),
    NotReadableError: _("The camera cannot be used: close the program that has it, and try again."),
    blocked: _("The camera is blocked: allow it for this page in the browser’s address bar, then try again."),
    forbidden: _('This page does not let the chat use the camera: its frame needs allow="camera; microphone".'),
  },
  microphone: {
    NotFoundError: _("No microphone was found: connect one and try again."),
    NotReadableError: _("The microphone cannot be used: close the program that has it, and try again."),
    blocked: _("The microphone is blocked: allow it for this page in the browser’s address bar, then try again."),
    forbidden: _('This page does not let the chat use the microphone: its frame needs allow="camera; microphone".'),
  },
};
/** @type {Record<string, string>} The same where the camera is not to be had, and one can be heard all the same. */
const HEARD_ONLY = {
  NotFoundError: _("No camera was found, so you can only be heard."),
  NotReadableError: _("The camera cannot be used, so you can only be heard."),
  blocked: _("The camera is blocked, so you can only be heard."),
  forbidden: _("This page does not let the chat use the camera, so you can only be heard."),
};

/** The name of a reason, and the device that it is about. */
function reasonOf({ name }, device) {
  const forbidden = ["camera", "microphone"].find((it) => (it === device || it === "microphone") && !allowed(it));
  if (forbidden) return { device: forbidden, reason: "forbidden" };
  return { device, reason: name in REASONS[device] ? name : "blocked" };
}

async function capture(constraints, device) {
  if (!navigator.mediaDevices?.getUserMedia)
    throw new MediaError(_("Calls need a secure page: open this one with https."));
  try {
    return await navigator.mediaDevices.getUserMedia(constraints);
  } catch (error) {
    const found = reasonOf(error, device);
    throw new MediaError(REASONS[found.device][found.reason], { cause: found.reason });
  }
}

const AUDIO = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const VIDEO = { width: { ideal: 1280 }, height: { ideal: 720 } };

/** The microphone, and the camera or the screen, of this tab. */
export class LocalMedia {
  /** What the other side gets. */
  stream = new MediaStream();
  /** @type {MediaStreamTrack | undefined} */
  #screen;
  /** @type {Record<string, string>} Device ids by kind. */
  #chosen = {};

  /** Something to be told that is no reason not to call. */
  warning = "";

  /**
   * Resolves to an own microphone, with a camera where one is wanted and there; rejects with MediaError.
   * @param {boolean} video
   */
  static async open(video) {
    const media = new LocalMedia();
    if (!video) media.stream = await capture({ audio: AUDIO }, "microphone");
    else
      media.stream = await capture({ audio: AUDIO, video: VIDEO }, "camera").catch(async ({ cause }) => {
        const only = await capture({ audio: AUDIO }, "microphone");
        media.warning = HEARD_ONLY[cause] ?? "";
        return only;
      });
    return media;
  }

  get audio() {
    return this.stream.getAudioTracks()[0];
  }

  get video() {
    return this.stream.getVideoTracks()[0];
  }

  get muted() {
    return !this.audio.enabled;
  }

  set muted(yes) {
    this.audio.enabled = !yes;
  }

  get sharing() {
    return Boolean(this.#screen);
  }

  /** Switch the camera on or off; rejects with MediaError. */
  async toggleCamera() {
    if (this.video && !this.sharing) return this.#removeTrack(this.video);
    this.#addTrack((await capture({ video: this.#videoConstraints }, "camera")).getVideoTracks()[0]);
    this.#screen = undefined;
  }

  /**
   * Show the screen instead of the camera, or no longer; `onEnd()` when it is stopped from outside.
   * @param {() => void} onEnd
   */
  async toggleScreen(onEnd) {
    if (this.sharing) return this.#removeTrack(this.video);
    if (!navigator.mediaDevices?.getDisplayMedia) throw new MediaError(_("This browser cannot share the screen."));
    if (!allowed("display-capture"))
      throw new MediaError(
        _('This page does not let the chat share the screen: its frame needs allow="display-capture".'),
      );
    let screen;
    try {
      [screen] = (await navigator.mediaDevices.getDisplayMedia({ video: true })).getVideoTracks();
    } catch {
      throw new MediaError(_("The screen was not shared: choose a window or a screen when the browser asks."));
    }
    screen.onended = () => screen === this.#screen && (this.#removeTrack(screen), onEnd());
    this.#addTrack(screen);
    this.#screen = screen;
  }

  /**
   * Use another microphone or camera.
   * @param {string} kind
   * @param {string} id
   */
  async useDevice(kind, id) {
    this.#chosen[kind] = id;
    const device = { deviceId: { exact: id } };
    if (kind === "audioinput") {
      const [track] = (await capture({ audio: { ...AUDIO, ...device } }, "microphone")).getAudioTracks();
      track.enabled = !this.muted;
      this.#removeTrack(this.audio);
      this.stream.addTrack(track);
    } else if (this.video && !this.sharing) {
      this.#removeTrack(this.video); // some cameras are for one user at a time
      this.#addTrack((await capture({ video: this.#videoConstraints }, "camera")).getVideoTracks()[0]);
    }
  }

  close() {
    for (const track of this.stream.getTracks()) track.stop();
  }

  get #videoConstraints() {
    const { videoinput } = this.#chosen;
    return videoinput ? { ...VIDEO, deviceId: { exact: videoinput } } : VIDEO;
  }

  #addTrack(track) {
    if (this.video) this.#removeTrack(this.video);
    this.stream.addTrack(track);
  }

  #removeTrack(track) {
    track.stop();
    this.stream.removeTrack(track);
    if (track === this.#screen) this.#screen = undefined;
  }
}
