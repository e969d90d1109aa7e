// The calls of this tab: what the stream and the buttons say of them, and which of them is talked in here. Loaded when
// the first one begins or rings. What happens to a call is decided on the server; this only asks, shows and connects.

/** @import { ConversationOptions } from "../types.d.ts" */

import { _ } from "../core/i18n.js";
import { iconButton, make } from "../core/dom.js";
import { parseFragment } from "../messages/message_list.js";
import { loadStyles } from "../core/lazy.js";
import { LocalMedia, MediaError } from "./local_media.js";
import { Panel } from "./panel.js";
import { startRinging, stopRinging } from "./ring.js";
import { tabId } from "./tab_id.js";
import { PeerConnection } from "./peer_connection.js";
import { Signaling } from "./signaling.js";

const HEARTBEAT = 30_000; // ms between two words to the server that a call goes on; it believes two minutes
const OUTCOME_SHOWN = 3_000; // ms for which one can read what became of a call

const LIVE = ["ringing", "answered", "connected", "reconnecting"];

/** The calls of this tab. */
export class Calls {
  /** @type {ConversationOptions} */
  #options;
  #dock = document.createElement("div");
  /** @type {Map<string, Panel>} By call id. */
  #panels = new Map();
  #ready;
  /** @type {string} */
  #tabId;
  /** @type {LocalMedia | undefined} Microphone and camera, while they are in use. */
  #localMedia;
  /** @type {PeerConnection | undefined} The connection with the other tab. */
  #connection;
  /** @type {Signaling | undefined} The way on which it is made. */
  #signaling;
  /** @type {DOMStringMap[]} Signals of a round that has not begun here yet. */
  #queuedSignals = [];
  #busy = false; // a call is being begun or answered

  /** @param {ConversationOptions} options */
  constructor(options) {
    this.#options = options;
    this.#dock.id = "calls";
    this.#ready = this.#prepare();
    document.querySelector("[data-calls-here]").after(this.#dock);
    addEventListener("pagehide", () => this.#leaveCall());
    setInterval(() => this.#sendHeartbeat(), HEARTBEAT);
  }

  /** Nothing is shown before it has its style, nor done before this tab has its name. */
  async #prepare() {
    const styles = Promise.all(["forms", "call"].map(loadStyles));
    this.#tabId = await tabId();
    await styles;
  }

  /**
   * Take what the stream has brought: the state of a call, or what the tab at its other end says.
   * @param {string} fragment
   */
  async handle(fragment) {
    await this.#ready;
    const it = parseFragment(fragment);
    if ("signal" in it.dataset) this.#onSignal(it.dataset);
    else this.#onState(it);
  }

  /**
   * The page was rendered with these calls, and there are no others. The one that was talked in here goes on.
   * @param {string[]} fragments
   */
  async settle(fragments) {
    for (const fragment of fragments) await this.handle(fragment);
    const ids = fragments.map((fragment) => parseFragment(fragment).dataset.callId);
    for (const [id, panel] of this.#panels)
      if (!ids.includes(id) && LIVE.includes(panel.data.state)) this.#remove(panel);
    const panel = this.#current;
    // A window that was popped out of a page is there to go on with its call.
    if (panel && !this.#localMedia && (panel.data.mode !== "elsewhere" || window.opener)) this.#join(panel);
  }

  /**
   * Call the other side of a conversation by "voice" or "video".
   * @param {string} media
   * @param {string} conversation
   */
  async start(media, conversation) {
    if (this.#busy || this.#current) return this.#current?.focus();
    await this.#withLocalMedia(media === "video", async () => {
      await this.#ready;
      await this.#request("/w/calls", { conversation, media, tab: this.#tabId });
    });
  }

  /** The call that somebody is in, here or in another tab of theirs. */
  get #current() {
    return [...this.#panels.values()].find(({ data }) => ["calling", "talking", "elsewhere"].includes(data.mode));
  }

  #onState(incoming) {
    const { callId, media, state, role, version } = incoming.dataset;
    let panel = this.#panels.get(callId);
    panel?.setIceServers(incoming.dataset.ice);
    if (panel && Number(version) < Number(panel.data.version)) return; // it was overtaken on its way
    const mode = this.#modeOf(incoming.dataset);
    const modeBefore = panel?.data.mode;
    if (modeBefore === "over") return; // it has been shown, by the stream or by the answer to a request
    if (!panel) {
      const justBegun = role === "caller" && this.#busy; // and busy at once
      if (mode === "none" || (mode === "over" && !justBegun)) return; // nothing to do with this tab
      for (const old of this.#panels.values()) if (old.data.mode === "over") this.#remove(old);
      panel = new Panel(incoming, (name, button) => this.#runAction(name, panel, button));
      this.#panels.set(callId, panel);
      this.#dock.append(panel.element);
    }
    panel.update(incoming, mode);
    if (mode === "none" || (mode === "over" && ["ringing", "elsewhere"].includes(modeBefore))) this.#remove(panel);
    else if (mode === "over") setTimeout(() => this.#remove(panel), OUTCOME_SHOWN);
    if (mode === "ringing" && !modeBefore) this.#options.notifyHost("ring");
    this.#releaseMedia();
    this.#ring();
    this.#connect(panel);
    this.#options.notifyHost("call", { id: callId, media, state, role });
  }

  /** What this tab has to do with a call. */
  #modeOf({ state, role, mine, inTab }) {
    if (!LIVE.includes(state)) return "over";
    if (state === "ringing" && role === "callee") return "ringing";
    if (mine !== "true") return "none"; // a colleague has answered
    if (inTab !== this.#tabId) return "elsewhere";
    return state === "ringing" ? "calling" : "talking";
  }

  #ring() {
    const modes = [...this.#panels.values()].map((panel) => panel.data.mode);
    const ringing = [...this.#panels.values()].find((panel) => panel.data.mode === "ringing");
    if (modes.includes("calling")) startRinging("calling", () => true);
    else if (ringing && !this.#current) startRinging("ringing", this.#options.isLeader, ringing.data);
    else stopRinging();
  }

  /** Begin to connect with the other tab, or begin anew, when all that it takes is there. */
  #connect(panel) {
    const { mode, callId, role } = panel.data;
    const round = Number(panel.data.round);
    if (mode !== "talking" || !this.#localMedia || !panel.ice || this.#connection?.round === round) return;
    this.#closeConnection();
    const post = (name, body) => this.#send(`/w/calls/${callId}/${name}`, { tab: this.#tabId, round, ...body });
    this.#signaling = new Signaling(post, (fragment) => this.handle(fragment));
    this.#connection = new PeerConnection({
      ice: panel.ice,
      polite: role === "callee",
      round,
      localMedia: this.#localMedia,
      signaling: this.#signaling,
      onChange: () => panel.showMedia(this.#connection, this.#localMedia),
    });
    panel.attach(this.#connection, this.#localMedia);
    for (const signal of this.#queuedSignals.splice(0)) this.#onSignal(signal);
  }

  #onSignal(signal) {
    const panel = this.#panels.get(signal.callId);
    if (signal.to !== this.#tabId || !panel) return;
    const round = Number(signal.round);
    const current = panel.data.mode === "talking" ? this.#connection?.round : undefined;
    if (current === round) this.#connection.onSignal(signal.signal, Number(signal.n), JSON.parse(signal.payload));
    else if (!(current > round)) this.#queuedSignals.push(signal);
  }

  #runAction(name, panel, button) {
    const actions = {
      answer: () => this.#answer(panel, panel.data.media === "video"),
      "answer-voice": () => this.#answer(panel, false),
      decline: () => this.#signal(panel, "decline"),
      hangup: () => this.#signal(panel, "hangup"),
      join: () => this.#join(panel),
      popout: () => this.#options.notifyHost("popout"),
    };
    if (actions[name]) actions[name]();
    else panel.control(name, button, this.#connection, this.#localMedia);
  }

  #answer(panel, video) {
    return this.#withLocalMedia(video, () => this.#signal(panel, "answer"), panel);
  }

  /** Go on with a call in this tab: after it was loaded anew, or in another one's place. */
  #join(panel) {
    return this.#withLocalMedia(panel.data.media === "video", () => this.#signal(panel, "join"), panel);
  }

  /** Do something that takes a microphone, and perhaps a camera; say why when they cannot be had. */
  async #withLocalMedia(video, work, panel) {
    if (this.#busy) return;
    this.#busy = true;
    this.#showNote("");
    try {
      this.#localMedia ??= await LocalMedia.open(video);
      await work();
      if (panel) this.#connect(panel);
    } catch (error) {
      if (!(error instanceof MediaError)) console.error(error);
      const text =
        error instanceof MediaError ? error.message : _("The call cannot be made at the moment: please try again.");
      if (panel?.element.isConnected) panel.note(text);
      else this.#showNote(text);
    }
    this.#busy = false;
    this.#releaseMedia();
  }

  async #signal(panel, name) {
    return this.#request(`/w/calls/${panel.data.callId}/${name}`, { tab: this.#tabId });
  }

  async #request(path, body) {
    const response = await this.#send(path, body);
    const text = await response.text();
    if (response.ok) return this.handle(text);
    throw new MediaError(
      parseFragment(text)?.textContent || _("The server is not available at the moment: please try again."),
    );
  }

  #send(path, body) {
    return fetch(path, {
      method: "POST",
      headers: { Accept: "text/html", "Content-Type": "application/json", ...this.#options.headers() },
      body: JSON.stringify(body),
      keepalive: path.endsWith("/leave"),
    });
  }

  #leaveCall() {
    const panel = this.#current;
    if (!panel || panel.data.mode === "elsewhere") return;
    const { callId, round } = panel.data;
    this.#send(`/w/calls/${callId}/leave`, { tab: this.#tabId, round }).catch(() => {});
  }

  #sendHeartbeat() {
    if (this.#current?.data.state === "connected" && this.#connection) this.#signaling.report("here");
  }

  #closeConnection() {
    this.#connection?.close();
    this.#signaling?.close();
    this.#connection = this.#signaling = undefined;
  }

  /** Give microphone and camera back when no call of this tab takes them any more. */
  #releaseMedia() {
    if (this.#busy || [...this.#panels.values()].some(({ data }) => ["calling", "talking"].includes(data.mode))) return;
    this.#closeConnection();
    this.#localMedia?.close();
    this.#localMedia = undefined;
    this.#queuedSignals = [];
  }

  #remove(panel) {
    panel.remove();
    this.#panels.delete(panel.data.callId);
    this.#releaseMedia();
    this.#ring();
  }

  /** One sentence where the call would be. */
  #showNote(text) {
    this.#dock.querySelector(":scope > .call-note")?.remove();
    if (!text) return;
    const close = iconButton("close", _("Close"), () => note.remove());
    const note = make("p", { className: "call-note", role: "alert" }, make("span"), close);
    this.#dock.prepend(note);
    note.firstChild.textContent = text; // an alert is heard when it changes
  }
}
