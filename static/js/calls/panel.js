// A call on the screen: what it says, the pictures, the buttons. What is visible goes by its data-mode, in call.css.

import { Refused } from "./local_media.js";
import { askToNotify } from "./ring.js";
import { Stats } from "./connection_stats.js";

const READ = 500; // ms between two looks at the statistics

const WORDS = {
  calling: () => "Calling…",
  ringing: ({ media }) => `Incoming ${media} call`,
  talking: ({ state }) => ({ answered: "Connecting…", connected: "", reconnecting: "Reconnecting…" })[state],
  elsewhere: ({ state }) => (state === "ringing" ? "Calling from another tab." : "In a call in another tab."),
  over: ({ state }) => OVER[state],
};
const OVER = {
  ended: "Call ended",
  declined: "Call declined",
  busy: "Busy at the moment",
  "no-answer": "No answer",
  cancelled: "Call cancelled",
  failed: "The call could not be connected",
};
const composer = () => document.getElementById("composer-text");
const BUTTON = '[data-mode="talking"] [data-do="mute"], [data-mode="elsewhere"] [data-do="join"]';
const QUALITY = { good: "Good connection", fair: "Fair connection", poor: "Poor connection" };

export class Panel {
  #began; // when the two could first hear each other, by performance.now()
  #timer;
  #stats = new Stats();
  #talk;

  /** The servers on the way to the other side, once they are known. */
  ice;

  /** `act(name, button)` is called for the buttons. */
  constructor(element, act) {
    this.element = element;
    element.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-do]");
      if (!button) return;
      if (["hangup", "decline"].includes(button.dataset.do)) askToNotify();
      act(button.dataset.do, button);
    });
    element.addEventListener("change", ({ target }) => act("device", target));
    const more = element.querySelector(".call-more");
    more.addEventListener("toggle", () => more.open && this.#listDevices());
    more.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget && !more.contains(relatedTarget)) more.open = false;
    });
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !more.open) return;
      more.open = false;
      more.querySelector("summary").focus();
      event.stopPropagation();
    });
    this.#offerWhatWorks();
    this.learn(element.dataset.ice);
    delete element.dataset.ice;
  }

  get data() {
    return this.element.dataset;
  }

  #part(name) {
    return this.element.querySelector(`.call-${name}`);
  }

  /** The answer to one of this tab's own requests names the servers. */
  learn(ice) {
    if (ice) this.ice = JSON.parse(ice);
  }

  /** Take over the state of a call from a newer picture of it. */
  update(incoming, mode) {
    const { ice, testid, ...data } = incoming.dataset;
    const focused = this.element.contains(document.activeElement);
    Object.assign(this.data, data, { mode });
    this.data.testid = mode === "elsewhere" ? "call-elsewhere" : "call-panel";
    const team = this.data.peer === "team" && document.body.dataset.team;
    this.#part("name").textContent = team || this.data.peerName;
    // On this page the team bears the name and the picture that its tag says.
    const pictures = team ? document.getElementById("greeting").content : incoming;
    this.element.querySelector(".call-who .avatar").replaceWith(pictures.querySelector(".avatar").cloneNode(true));
    this.element.ariaLabel = `Call with ${team || this.data.peerName}`;
    const words = WORDS[mode]?.(this.data) ?? "";
    if (this.#part("status").textContent !== words) this.#part("status").textContent = words;
    if (this.data.state === "connected") this.#began ??= performance.now() - Number(this.data.duration) * 1000;
    if (mode !== "talking") this.#rest();
    if (focused && !document.activeElement?.checkVisibility?.()) (this.element.querySelector(BUTTON) ?? composer()).focus();
  }

  /** Two tabs begin to talk. */
  talk(talk, own) {
    this.#rest();
    this.#talk = talk;
    this.#timer = setInterval(() => this.#look(own), READ);
    this.note(own.remark);
    own.remark = "";
    this.show(talk, own);
  }

  /** Show what is sent and what is received. */
  show(talk, own) {
    if (!talk || !own || talk !== this.#talk) return;
    const [remote, local] = [this.#part("remote"), this.#part("local")];
    if (remote.srcObject !== talk.remote) remote.srcObject = talk.remote;
    remote.play().catch((error) => error.name === "NotAllowedError" && this.#playLater(remote));
    local.srcObject = own.video ? own.stream : null;
    this.element.toggleAttribute("data-sees", talk.seesOther);
    this.element.toggleAttribute("data-shows", Boolean(own.video));
    this.element.toggleAttribute("data-shares", own.sharing);
    this.#press("mute", own.muted);
    this.#press("camera", Boolean(own.video) && !own.sharing);
    this.#press("screen", own.sharing);
  }

  /** Do what a button says, in the call that is going on. */
  async control(name, button, talk, own) {
    const changed = () => {
      talk?.show(own.video, own.stream);
      this.show(talk, own);
    };
    const controls = {
      mute: () => (own.muted = !own.muted),
      camera: () => own.toggleCamera(),
      screen: () => own.toggleScreen(changed),
      device: () => this.#choose(button, talk, own),
      full: () => (document.fullscreenElement ? document.exitFullscreen() : this.element.requestFullscreen()),
      picture: () => (document.pictureInPictureElement ? document.exitPictureInPicture() : this.#part("remote").requestPictureInPicture()),
    };
    if (!own || !controls[name]) return;
    if (button.closest(".call-more") && name !== "device") this.#part("more").open = false;
    this.note("");
    try {
      await controls[name]();
    } catch (error) {
      this.note(error instanceof Refused ? error.message : "This does not work in this browser.");
    }
    changed();
  }

  /** One sentence about what went wrong; nothing for nothing. */
  note(words) {
    const note = this.#part("note");
    note.hidden = !words;
    note.textContent = words;
  }

  /** Somebody looks for it: it is here. */
  attract() {
    this.element.querySelector(`[data-when="${this.data.mode === "elsewhere" ? "elsewhere" : "talking"}"] button`)?.focus();
  }

  remove() {
    this.#rest();
    if (this.element.contains(document.activeElement)) composer().focus();
    this.element.remove();
  }

  #rest() {
    clearInterval(this.#timer);
    this.#talk = undefined;
    this.#part("remote").srcObject = this.#part("local").srcObject = null;
    for (const it of ["sees", "shows", "shares", "speaking", "hearing"]) this.element.toggleAttribute(`data-${it}`, false);
  }

  async #look(own) {
    const talk = this.#talk;
    if (this.#began !== undefined) {
      const seconds = Math.floor((performance.now() - this.#began) / 1000);
      this.#part("time").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    }
    const { quality, speaking, hearing } = await this.#stats.read(talk);
    if (talk !== this.#talk) return;
    this.element.toggleAttribute("data-hearing", hearing);
    this.element.toggleAttribute("data-speaking", speaking && !own.muted);
    const bars = this.#part("quality");
    bars.hidden = !quality;
    bars.dataset.quality = quality;
    bars.title = bars.ariaLabel = QUALITY[quality] ?? "";
  }

  #press(name, pressed) {
    this.element.querySelector(`[data-do="${name}"]`).ariaPressed = pressed;
  }

  async #choose(select, talk, own) {
    const { device } = select.dataset;
    if (device === "audiooutput") return this.#part("remote").setSinkId(select.value);
    await own.use(device, select.value);
    if (device === "audioinput") await talk?.speak(own.audio);
  }

  async #listDevices() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    for (const select of this.element.querySelectorAll("[data-device]")) {
      const chosen = select.value;
      const those = devices.filter((it) => it.kind === select.dataset.device && it.deviceId);
      select.replaceChildren(...those.map((it, index) => new Option(it.label || `${index + 1}`, it.deviceId, false, it.deviceId === chosen)));
      select.closest("label").hidden = those.length < 2 || (select.dataset.device === "audiooutput" && !("sinkId" in HTMLMediaElement.prototype));
    }
  }

  #offerWhatWorks() {
    const hide = (name, yes) => (this.element.querySelector(`[data-do="${name}"]`).hidden = yes);
    hide("full", !document.fullscreenEnabled);
    hide("picture", !document.pictureInPictureEnabled);
    hide("screen", !navigator.mediaDevices?.getDisplayMedia);
    hide("popout", window.parent === window); // it is a window of its own already
  }

  // Browsers may keep a page silent that nobody has touched since it was loaded.
  #playLater(remote) {
    this.note("Click here to hear the other side.");
    this.element.addEventListener("click", () => remote.play().then(() => this.note(""), () => {}), { once: true });
  }
}
