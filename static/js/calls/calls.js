// The calls of this tab: what the stream and the buttons say of them, and which of them is talked in here. Loaded when
// the first one begins or rings. What happens to a call is decided on the server; this only asks, shows and connects.

import { parse } from "../messages/message_list.js";
import { dress } from "../core/lazy.js";
import { Own, Refused } from "./local_media.js";
import { Panel } from "./panel.js";
import { startRinging, stopRinging } from "./ring.js";
import { tabId } from "./tab_id.js";
import { Talk } from "./peer_connection.js";
import { Wire } from "./signaling.js";

const HERE = 30_000; // ms between two words to the server that a call goes on; it believes two minutes
const FAREWELL = 3_000; // ms for which one can read what became of a call

const LIVE = ["ringing", "answered", "connected", "reconnecting"];

export class Calls {
  #options;
  #dock = document.createElement("div");
  #panels = new Map(); // by call id
  #ready;
  #tab;
  #own; // microphone and camera, while they are in use
  #talk; // the connection with the other tab
  #wire; // and the way on which it is made
  #early = []; // signals of a round that has not begun here yet
  #busy = false; // a call is being begun or answered

  /** options: {headers(), leads(), tell(type, detail)} */
  constructor(options) {
    this.#options = options;
    this.#dock.id = "calls";
    this.#ready = this.#prepare();
    document.querySelector("[data-calls-here]").after(this.#dock);
    addEventListener("pagehide", () => this.#leave());
    setInterval(() => this.#stillHere(), HERE);
  }

  /** Nothing is shown before it has its style, nor done before this tab has its name. */
  async #prepare() {
    const styled = dress("call");
    this.#tab = await tabId();
    await styled;
  }

  /** Take what the stream has brought: the state of a call, or what the tab at its other end says. */
  async take(fragment) {
    await this.#ready;
    const it = parse(fragment);
    if ("signal" in it.dataset) this.#heard(it.dataset);
    else this.#changed(it);
  }

  /** The page was rendered with these calls, and there are no others. The one that was talked in here goes on. */
  async settle(fragments) {
    for (const fragment of fragments) await this.take(fragment);
    const ids = fragments.map((fragment) => parse(fragment).dataset.callId);
    for (const [id, panel] of this.#panels) if (!ids.includes(id) && LIVE.includes(panel.data.state)) this.#forget(panel);
    const panel = this.#current;
    // A window that was popped out of a page is there to go on with its call.
    if (panel && !this.#own && (panel.data.mode !== "elsewhere" || window.opener)) this.#join(panel);
  }

  /** Call the other side of a conversation by "voice" or "video". */
  async start(media, conversation) {
    if (this.#busy || this.#current) return this.#current?.attract();
    await this.#withOwn(media === "video", async () => {
      await this.#ready;
      await this.#ask("/w/calls", { conversation, media, tab: this.#tab });
    });
  }

  /** The call that somebody is in, here or in another tab of theirs. */
  get #current() {
    return [...this.#panels.values()].find(({ data }) => ["calling", "talking", "elsewhere"].includes(data.mode));
  }

  #changed(incoming) {
    const { callId, media, state, role, version } = incoming.dataset;
    let panel = this.#panels.get(callId);
    panel?.learn(incoming.dataset.ice);
    if (panel && Number(version) < Number(panel.data.version)) return; // it was overtaken on its way
    const mode = this.#modeOf(incoming.dataset);
    const before = panel?.data.mode;
    if (before === "over") return; // it has been said, by the stream or by the answer to a request
    if (!panel) {
      const justBegun = role === "caller" && this.#busy; // and busy at once
      if (mode === "none" || (mode === "over" && !justBegun)) return; // nothing to do with this tab
      for (const old of this.#panels.values()) if (old.data.mode === "over") this.#forget(old);
      panel = new Panel(incoming, (name, button) => this.#do(name, panel, button));
      this.#panels.set(callId, panel);
      this.#dock.append(panel.element);
    }
    panel.update(incoming, mode);
    if (mode === "none" || (mode === "over" && ["ringing", "elsewhere"].includes(before))) this.#forget(panel);
    else if (mode === "over") setTimeout(() => this.#forget(panel), FAREWELL);
    if (mode === "ringing" && !before) this.#options.tell("ring");
    this.#rest();
    this.#ring();
    this.#connect(panel);
    this.#options.tell("call", { id: callId, media, state, role });
  }

  /** What this tab has to do with a call. */
  #modeOf({ state, role, mine, inTab }) {
    if (!LIVE.includes(state)) return "over";
    if (state === "ringing" && role === "callee") return "ringing";
    if (mine !== "true") return "none"; // a colleague has answered
    if (inTab !== this.#tab) return "elsewhere";
    return state === "ringing" ? "calling" : "talking";
  }

  #ring() {
    const modes = [...this.#panels.values()].map((panel) => panel.data.mode);
    const ringing = [...this.#panels.values()].find((panel) => panel.data.mode === "ringing");
    if (modes.includes("calling")) startRinging("calling", () => true);
    else if (ringing && !this.#current) startRinging("ringing", this.#options.leads, ringing.data);
    else stopRinging();
  }

  /** Begin to connect with the other tab, or begin anew, when all that it takes is there. */
  #connect(panel) {
    const { mode, callId, role } = panel.data;
    const round = Number(panel.data.round);
    if (mode !== "talking" || !this.#own || !panel.ice || this.#talk?.round === round) return;
    this.#hangTalk();
    const tell = (name, body) => this.#send(`/w/calls/${callId}/${name}`, { tab: this.#tab, round, ...body });
    this.#wire = new Wire(tell, (fragment) => this.take(fragment));
    this.#talk = new Talk({
      ice: panel.ice,
      polite: role === "callee",
      round,
      own: this.#own,
      wire: this.#wire,
      onChange: () => panel.show(this.#talk, this.#own),
    });
    panel.talk(this.#talk, this.#own);
    for (const signal of this.#early.splice(0)) this.#heard(signal);
  }

  #heard(signal) {
    const panel = this.#panels.get(signal.callId);
    if (signal.to !== this.#tab || !panel) return;
    const round = Number(signal.round);
    const current = panel.data.mode === "talking" ? this.#talk?.round : undefined;
    if (current === round) this.#talk.hear(signal.signal, Number(signal.n), JSON.parse(signal.said));
    else if (!(current > round)) this.#early.push(signal);
  }

  #do(name, panel, button) {
    const actions = {
      answer: () => this.#answer(panel, panel.data.media === "video"),
      "answer-voice": () => this.#answer(panel, false),
      decline: () => this.#signal(panel, "decline"),
      hangup: () => this.#signal(panel, "hangup"),
      join: () => this.#join(panel),
      popout: () => this.#options.tell("popout"),
    };
    if (actions[name]) actions[name]();
    else panel.control(name, button, this.#talk, this.#own);
  }

  #answer(panel, video) {
    return this.#withOwn(video, () => this.#signal(panel, "answer"), panel);
  }

  /** Go on with a call in this tab: after it was loaded anew, or in another one's place. */
  #join(panel) {
    return this.#withOwn(panel.data.media === "video", () => this.#signal(panel, "join"), panel);
  }

  /** Do something that takes a microphone, and perhaps a camera; say why when they cannot be had. */
  async #withOwn(video, work, panel) {
    if (this.#busy) return;
    this.#busy = true;
    this.#say("");
    try {
      this.#own ??= await Own.open(video);
      await work();
      if (panel) this.#connect(panel);
    } catch (error) {
      if (!(error instanceof Refused)) console.error(error);
      const words = error instanceof Refused ? error.message : "The call cannot be made at the moment: please try again.";
      if (panel?.element.isConnected) panel.note(words);
      else this.#say(words);
    }
    this.#busy = false;
    this.#rest();
  }

  async #signal(panel, name) {
    return this.#ask(`/w/calls/${panel.data.callId}/${name}`, { tab: this.#tab });
  }

  async #ask(path, body) {
    const response = await this.#send(path, body);
    const text = await response.text();
    if (response.ok) return this.take(text);
    throw new Refused(parse(text)?.textContent || "The server is not available at the moment: please try again.");
  }

  #send(path, body) {
    return fetch(path, {
      method: "POST",
      headers: { Accept: "text/html", "Content-Type": "application/json", ...this.#options.headers() },
      body: JSON.stringify(body),
      keepalive: path.endsWith("/leave"),
    });
  }

  #leave() {
    const panel = this.#current;
    if (!panel || panel.data.mode === "elsewhere") return;
    const { callId, round } = panel.data;
    this.#send(`/w/calls/${callId}/leave`, { tab: this.#tab, round }).catch(() => {});
  }

  #stillHere() {
    if (this.#current?.data.state === "connected" && this.#talk) this.#wire.say("here");
  }

  #hangTalk() {
    this.#talk?.close();
    this.#wire?.close();
    this.#talk = this.#wire = undefined;
  }

  /** Give microphone and camera back when no call of this tab takes them any more. */
  #rest() {
    if (this.#busy || [...this.#panels.values()].some(({ data }) => ["calling", "talking"].includes(data.mode))) return;
    this.#hangTalk();
    this.#own?.close();
    this.#own = undefined;
    this.#early = [];
  }

  #forget(panel) {
    panel.remove();
    this.#panels.delete(panel.data.callId);
    this.#rest();
    this.#ring();
  }

  /** One sentence where the call would be. */
  #say(words) {
    this.#dock.querySelector(":scope > .call-note")?.remove();
    if (!words) return;
    const note = Object.assign(document.createElement("p"), { className: "call-note", role: "alert" });
    this.#dock.prepend(note);
    note.innerHTML = '<span></span><button class="button quiet" type="button" aria-label="Close"><svg class="icon" aria-hidden="true"><use href="#i-close"/></svg></button>';
    note.firstChild.textContent = words;
    note.lastChild.onclick = () => note.remove();
  }
}
