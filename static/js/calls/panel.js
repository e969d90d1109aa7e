// A call on the screen: what it says, the pictures, the buttons. What is visible goes by its data-mode, in call.css.

import { _ } from "../core/i18n.js";
import { formatDuration } from "../core/dom.js";
import { MediaError } from "./local_media.js";
import { askToNotify, incomingCall } from "./ring.js";
import { ConnectionStats } from "./connection_stats.js";

const STATS_INTERVAL = 500; // ms between two readings of the statistics

/** @type {Record<string, any>} */
const STATUS_TEXTS = {
  calling: () => _("Calling…"),
  ringing: ({ media }) => incomingCall(media),
  talking: ({ state }) => ({ answered: _("Connecting…"), connected: "", reconnecting: _("Reconnecting…") })[state],
  elsewhere: ({ state }) => (state === "ringing" ? _("Calling from another tab.") : _("In a call in another tab.")),
  over: ({ state }) => OUTCOME_TEXTS[state],
};
/** @type {Record<string, any>} */
const OUTCOME_TEXTS = {
  ended: _("Call ended"),
  declined: _("Call declined"),
  busy: _("Busy at the moment"),
  "no-answer": _("No answer"),
  cancelled: _("Call cancelled"),
  failed: _("The call could not be connected"),
};
const composer = () => document.getElementById("composer-text");
const FOCUS_TARGET =
  '[data-mode="talking"] [data-call-action="mute"], [data-mode="elsewhere"] [data-call-action="join"]';
/** @type {Record<string, any>} */
const QUALITY = { good: _("Good connection"), fair: _("Fair connection"), poor: _("Poor connection") };

/** @typedef {import("./peer_connection.js").PeerConnection} Connection */
/** @typedef {import("./local_media.js").LocalMedia} LocalMedia */

export class Panel {
  /** @type {number | undefined} When the two could first hear each other, by performance.now(). */
  #startedAt;
  /** @type {ReturnType<typeof setInterval>} */
  #timer;
  #stats = new ConnectionStats();
  /** @type {Connection | undefined} */
  #connection;

  /** @type {RTCIceServer[]} The servers on the way to the other side, once they are known. */
  ice;

  /**
   * `act(name, button)` is called for the buttons.
   * @param {HTMLElement} element
   * @param {(name: string, button: HTMLElement) => void} act
   */
  constructor(element, act) {
    this.element = element;
    element.addEventListener("click", ({ target }) => {
      const button = /** @type {HTMLElement} */ (target).closest("[data-call-action]");
      if (!button) return;
      if (["hangup", "decline"].includes(button.dataset.callAction)) askToNotify();
      act(button.dataset.callAction, button);
    });
    element.addEventListener("change", ({ target }) => act("device", /** @type {HTMLElement} */ (target)));
    /** @type {HTMLDetailsElement} */
    const more = element.querySelector(".call-more");
    more.addEventListener("toggle", () => more.open && this.#listDevices());
    more.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget && !more.contains(/** @type {Node} */ (relatedTarget))) more.open = false;
    });
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !more.open) return;
      more.open = false;
      more.querySelector("summary").focus();
      event.stopPropagation();
    });
    this.#offerWhatWorks();
    this.setIceServers(element.dataset.ice);
    delete element.dataset.ice;
  }

  get data() {
    return this.element.dataset;
  }

  /**
   * @param {string} name
   * @returns {any}
   */
  #part(name) {
    return this.element.querySelector(`.call-${name}`);
  }

  /**
   * The answer to one of this tab's own requests names the servers.
   * @param {string | undefined} ice
   */
  setIceServers(ice) {
    if (ice) this.ice = JSON.parse(ice);
  }

  /**
   * Take over the state of a call from a newer picture of it.
   * @param {HTMLElement} incoming
   * @param {string} mode
   */
  update(incoming, mode) {
    const { ice, testid, ...data } = incoming.dataset;
    const focused = this.element.contains(document.activeElement);
    Object.assign(this.data, data, { mode });
    this.data.testid = mode === "elsewhere" ? "call-elsewhere" : "call-panel";
    const team = this.data.peer === "team" && document.body.dataset.team;
    this.#part("name").textContent = team || this.data.peerName;
    // On this page the team bears the name and the picture that its tag says.
    const avatarSource = team ? document.getElementById("greeting").content : incoming;
    this.element.querySelector(".call-peer .avatar").replaceWith(avatarSource.querySelector(".avatar").cloneNode(true));
    this.element.ariaLabel = _("Call with %(name)s", { name: team || this.data.peerName });
    const text = STATUS_TEXTS[mode]?.(this.data) ?? "";
    if (this.#part("status").textContent !== text) this.#part("status").textContent = text;
    if (this.data.state === "connected") this.#startedAt ??= performance.now() - Number(this.data.duration) * 1000;
    if (mode !== "talking") this.#detach();
    if (focused && !document.activeElement?.checkVisibility?.())
      (this.element.querySelector(FOCUS_TARGET) ?? composer()).focus();
  }

  /**
   * Two tabs are connecting.
   * @param {Connection} connection
   * @param {LocalMedia} media
   */
  attach(connection, media) {
    this.#detach();
    this.#connection = connection;
    this.#timer = setInterval(() => this.#updateStats(media), STATS_INTERVAL);
    this.note(media.warning);
    media.warning = "";
    this.showMedia(connection, media);
  }

  /**
   * Show what is sent and what is received.
   * @param {Connection} connection
   * @param {LocalMedia} media
   */
  showMedia(connection, media) {
    if (!connection || !media || connection !== this.#connection) return;
    const [remote, local] = [this.#part("remote"), this.#part("local")];
    if (remote.srcObject !== connection.remote) remote.srcObject = connection.remote;
    remote.play().catch((error) => error.name === "NotAllowedError" && this.#playLater(remote));
    local.srcObject = media.video ? media.stream : null;
    this.element.toggleAttribute("data-remote-video", connection.hasRemoteVideo);
    this.element.toggleAttribute("data-local-video", Boolean(media.video));
    this.element.toggleAttribute("data-sharing", media.sharing);
    this.#setPressed("mute", media.muted);
    this.#setPressed("camera", Boolean(media.video) && !media.sharing);
    this.#setPressed("screen", media.sharing);
  }

  /**
   * Do what a button says, in the call that is going on.
   * @param {string} name
   * @param {HTMLElement} button
   * @param {Connection | undefined} connection
   * @param {LocalMedia | undefined} media
   */
  async control(name, button, connection, media) {
    const changed = () => {
      connection?.setVideo(media.video, media.stream);
      this.showMedia(connection, media);
    };
    const controls = {
      mute: () => (media.muted = !media.muted),
      camera: () => media.toggleCamera(),
      screen: () => media.toggleScreen(changed),
      device: () => this.#choose(button, connection, media),
      full: () => (document.fullscreenElement ? document.exitFullscreen() : this.element.requestFullscreen()),
      "picture-in-picture": () =>
        document.pictureInPictureElement
          ? document.exitPictureInPicture()
          : this.#part("remote").requestPictureInPicture(),
    };
    if (!media || !controls[name]) return;
    if (button.closest(".call-more") && name !== "device") this.#part("more").open = false;
    this.note("");
    try {
      await controls[name]();
    } catch (error) {
      this.note(error instanceof MediaError ? error.message : _("This does not work in this browser."));
    }
    changed();
  }

  /**
   * One sentence about what went wrong; nothing for nothing.
   * @param {string} text
   */
  note(text) {
    const note = this.#part("note");
    note.hidden = !text;
    note.textContent = text;
  }

  /** Somebody looks for it: it is here. */
  focus() {
    this.element
      .querySelector(`[data-when="${this.data.mode === "elsewhere" ? "elsewhere" : "talking"}"] button`)
      ?.focus();
  }

  remove() {
    this.#detach();
    if (this.element.contains(document.activeElement)) composer().focus();
    this.element.remove();
  }

  #detach() {
    clearInterval(this.#timer);
    this.#connection = undefined;
    this.#part("remote").srcObject = this.#part("local").srcObject = null;
    for (const it of ["remote-video", "local-video", "sharing", "speaking", "remote-speaking"])
      this.element.toggleAttribute(`data-${it}`, false);
  }

  async #updateStats(media) {
    const connection = this.#connection;
    if (this.#startedAt !== undefined) {
      const seconds = Math.floor((performance.now() - this.#startedAt) / 1000);
      this.#part("time").textContent = formatDuration(seconds);
    }
    const { quality, speaking, remoteSpeaking } = await this.#stats.read(connection);
    if (connection !== this.#connection) return;
    this.element.toggleAttribute("data-remote-speaking", remoteSpeaking);
    this.element.toggleAttribute("data-speaking", speaking && !media.muted);
    const bars = this.#part("quality");
    bars.hidden = !quality;
    bars.dataset.quality = quality;
    bars.title = bars.ariaLabel = QUALITY[quality] ?? "";
  }

  #setPressed(name, pressed) {
    this.element.querySelector(`[data-call-action="${name}"]`).ariaPressed = pressed;
  }

  async #choose(select, connection, media) {
    const { device } = select.dataset;
    if (device === "audiooutput") return this.#part("remote").setSinkId(select.value);
    await media.useDevice(device, select.value);
    if (device === "audioinput") await connection?.setAudio(media.audio);
  }

  async #listDevices() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    for (const select of this.element.querySelectorAll("select")) {
      const chosen = select.value;
      const those = devices.filter((it) => it.kind === select.dataset.device && it.deviceId);
      select.replaceChildren(
        ...those.map((it, index) => new Option(it.label || `${index + 1}`, it.deviceId, false, it.deviceId === chosen)),
      );
      select.closest("label").hidden =
        those.length < 2 || (select.dataset.device === "audiooutput" && !("sinkId" in HTMLMediaElement.prototype));
    }
  }

  #offerWhatWorks() {
    const hide = (name, yes) => (this.element.querySelector(`[data-call-action="${name}"]`).hidden = yes);
    hide("full", !document.fullscreenEnabled);
    hide("picture-in-picture", !document.pictureInPictureEnabled);
    hide("screen", !navigator.mediaDevices?.getDisplayMedia);
    hide("popout", window.parent === window); // it is a window of its own already
  }

  // Browsers may keep a page silent that nobody has touched since it was loaded.
  #playLater(remote) {
    this.note(_("Click here to hear the other side."));
    this.element.addEventListener(
      "click",
      () =>
        remote.play().then(
          () => this.note(""),
          () => {},
        ),
      { once: true },
    );
  }
}
