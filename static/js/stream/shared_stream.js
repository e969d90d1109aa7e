// One stream for all tabs of a browser: over HTTP/1.1 a browser opens six connections to a host, so a stream in each
// tab would leave the seventh without any. The tab that holds a Web Lock has the stream and relays it to the others;
// when it closes or crashes the lock passes on, and the next tab goes on from the last id it has seen.

import { locksWork } from "../core/locks.js";
import { Stream, later } from "./event_stream.js";

const RECENT = 100; // events a tab remembers, for one that joins
const NO_SIGN = 45_000; // ms without a word from the leader, before a tab that is looked at takes over

export class Tabs {
  #name;
  #channel;
  #user;
  #options;
  #lastId;
  #early = []; // relayed before this tab knew where it stands
  #recent = []; // the last events, complete since the id #since
  #since;
  #stream = null;
  #alone = false;
  #state = "connecting";
  #sign = Date.now();
  #release = () => {};
  #watch;

  /** Listens from the first moment on, so that nothing is missed while the page's content is being fetched. */
  constructor(name) {
    this.#name = name;
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => (this.#user ? this.#hear(data) : this.#early.push(data));
  }

  /** The content is there, and shows everything up to `lastId`. options: {user, lastId, headers(), onEvent, onState, onRefused} */
  begin(options) {
    this.#options = options;
    this.#user = options.user;
    this.#lastId = this.#since = options.lastId;
    for (const message of this.#early.splice(0)) this.#hear(message);
    this.#post({ kind: "who", id: this.#lastId });
    this.#elect();
    this.#watch = setInterval(() => this.#doubt(), NO_SIGN / 3);
  }

  /** The content was fetched anew and shows everything up to `lastId`. */
  moved(lastId) {
    if (!later(lastId, this.#lastId)) return;
    this.#lastId = this.#since = lastId;
    this.#recent = [];
  }

  close() {
    clearInterval(this.#watch);
    this.#user = null;
    this.#channel.close();
    this.#stream?.close();
    this.#release();
  }

  /** Whether this is the tab that has the stream: what only one of them may do, it does. */
  get leads() {
    return Boolean(this.#stream);
  }

  get #lock() {
    return `${this.#name}:${this.#user}`;
  }

  async #elect() {
    if (await locksWork()) this.#queue();
    else this.#standAlone();
  }

  #queue(options = {}) {
    if (!this.#user) return;
    navigator.locks
      .request(this.#lock, options, () => this.#lead())
      .catch(() => this.#follow()) // another tab took the lock away from this one
      .then(() => this.#queue());
  }

  // For as long as the promise is open, this tab is the leader.
  #lead() {
    if (!this.#user) return undefined;
    this.#post({ kind: "lead", id: this.#lastId });
    this.#open((event) => {
      this.#post({ kind: "event", event });
      this.#take(event);
    });
    return new Promise((resolve) => (this.#release = resolve));
  }

  #follow() {
    this.#stream?.close();
    this.#stream = null;
  }

  #standAlone() {
    if (!this.#user) return;
    this.#alone = true;
    this.#open((event) => this.#take(event));
  }

  #open(onEvent) {
    this.#stream = new Stream({
      lastId: this.#lastId,
      headers: this.#options.headers,
      onRefused: this.#options.onRefused,
      onEvent,
      onState: (state) => {
        this.#show(state);
        this.#post({ kind: "state", state });
      },
      onSign: () => this.#post({ kind: "sign" }),
    });
  }

  #post(message) {
    if (!this.#alone) this.#channel.postMessage({ ...message, user: this.#user });
  }

  #hear(message) {
    if (message.user !== this.#user || this.#alone) return;
    if (message.kind === "who") {
      if (this.#stream) this.#welcome(message.id);
      return;
    }
    this.#sign = Date.now();
    if (this.#stream) return; // a leader that was just replaced may have had a last word on its way
    if (message.kind === "event") this.#take(message.event);
    else if (message.kind === "state") this.#show(message.state);
    else if (!later(message.id, this.#lastId)) return;
    // The leader stands at a later event than this tab: ask it for those between, or reload when it has not got them.
    else if (message.kind === "lead") this.#post({ kind: "who", id: this.#lastId });
    else if (message.kind === "reload") this.#take({ type: "resync", id: message.id });
  }

  // A tab has joined that stands at `id`.
  #welcome(id) {
    this.#post({ kind: "state", state: this.#state });
    if (later(this.#since, id)) this.#post({ kind: "reload", id: this.#lastId });
    else for (const event of this.#recent) if (later(event.id, id)) this.#post({ kind: "event", event });
  }

  #take(event) {
    if (event.id && !later(event.id, this.#lastId)) return;
    if (event.id) {
      this.#lastId = event.id;
      this.#recent.push(event);
      if (this.#recent.length > RECENT) this.#since = this.#recent.shift().id;
    }
    this.#options.onEvent(event);
  }

  #show(state) {
    this.#state = state;
    this.#options.onState(state);
  }

  // A leader that the system has put to sleep keeps its lock. The tab that somebody looks at does not wait for it.
  #doubt() {
    if (this.#alone || this.#stream || document.hidden || Date.now() - this.#sign < NO_SIGN) return;
    this.#sign = Date.now();
    this.#queue({ steal: true });
  }
}
