// One's own microphone, camera and screen; and in one sentence each, why they cannot be had and what to do.

/** Why microphone, camera or screen cannot be had, in one sentence. */
export class MediaError extends Error {}

const policy = document.permissionsPolicy ?? document.featurePolicy; // only some browsers tell

const allowed = (feature) => policy?.allowsFeature(feature) ?? true;

function errorText({ name }, device) {
  const missing = device === "camera" && !allowed("camera") ? "camera" : !allowed("microphone") ? "microphone" : "";
  if (missing) return `This page does not let the chat use the ${missing}: its frame needs allow="camera; microphone".`;
  if (name === "NotFoundError") return `No ${device} was found: connect one and try again.`;
  if (name === "NotReadableError") return `The ${device} cannot be used: close the program that has it, and try again.`;
  return `The ${device} is blocked: allow it for this page in the browser’s address bar, then try again.`;
}

async function capture(constraints, device) {
  if (!navigator.mediaDevices?.getUserMedia)
    throw new MediaError("Calls need a secure page: open this one with https.");
  try {
    return await navigator.mediaDevices.getUserMedia(constraints);
  } catch (error) {
    throw new MediaError(errorText(error, device), { cause: error });
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
      media.stream = await capture({ audio: AUDIO, video: VIDEO }, "camera").catch(async ({ cause, message }) => {
        const only = await capture({ audio: AUDIO }, "microphone");
        media.warning = cause ? `${message.replace(/(, then|, and|:) .*/, "")}, so you can only be heard.` : "";
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
    if (!navigator.mediaDevices?.getDisplayMedia) throw new MediaError("This browser cannot share the screen.");
    if (!allowed("display-capture"))
      throw new MediaError(
        'This page does not let the chat share the screen: its frame needs allow="display-capture".',
      );
    let screen;
    try {
      [screen] = (await navigator.mediaDevices.getDisplayMedia({ video: true })).getVideoTracks();
    } catch {
      throw new MediaError("The screen was not shared: choose a window or a screen when the browser asks.");
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
