// One stream for all tabs of a browser: over HTTP/1.1 a browser opens six connections to a host, so a stream in each
// tab would leave the seventh without any. The tab that holds a lock has the stream and relays it to the others;
// when it closes or crashes the lock passes on, and the next tab goes on from the last id it has seen.

/** @import { ConnectionState, Headers, StreamEvent } from "../types.d.ts" */

import { withLock } from "../core/locks.js";
import { EventStream, isLater } from "./event_stream.js";

const MAX_RECENT = 100; // events a tab remembers, for one that joins
const LEADER_TIMEOUT = 45_000; // ms without a word from the leader, before a tab that is looked at takes over

/**
 * @typedef {object} Options
 * @property {string} user
 * @property {string} lastId
 * @property {Headers} headers
 * @property {(event: StreamEvent) => void} onEvent
 * @property {(state: ConnectionState) => void} onState
 * @property {() => void} onRefused the session is no longer good
 */

export class SharedStream {
  #name;
  #channel;
  /** @type {string | null} */
  #user;
  /** @type {Options} */
  #options;
  /** @type {string} */
  #lastId;
  #queued = []; // relayed before this tab knew where it stands
  #recent = []; // the last events, complete since the id #completeSince
  #completeSince;
  /** @type {EventStream | null} */
  #stream = null;
  /** @type {ConnectionState} */
  #state = "connecting";
  #lastSignAt = Date.now();
  /** @type {(value?: any) => void} */
  #releaseLock = () => {};
  #watchdog;

  /**
   * Listens from the first moment on, so that nothing is missed while the page's content is being fetched.
   * @param {string} name
   */
  constructor(name) {
    this.#name = name;
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => (this.#user ? this.#onMessage(data) : this.#queued.push(data));
  }

  /**
   * The content is there, and shows everything up to `lastId`.
   * @param {Options} options
   */
  begin(options) {
    this.#options = options;
    this.#user = options.user;
    this.#lastId = this.#completeSince = options.lastId;
    for (const message of this.#queued.splice(0)) this.#onMessage(message);
    this.#post({ kind: "join", id: this.#lastId });
    this.#requestLock();
    this.#watchdog = setInterval(() => this.#checkLeader(), LEADER_TIMEOUT / 3);
  }

  /**
   * The content was fetched anew and shows everything up to `lastId`.
   * @param {string} lastId
   */
  resetTo(lastId) {
    if (!isLater(lastId, this.#lastId)) return;
    this.#lastId = this.#completeSince = lastId;
    this.#recent = [];
  }

  close() {
    clearInterval(this.#watchdog);
    this.#user = null;
    this.#channel.close();
    this.#stream?.close();
    this.#releaseLock();
  }

  /** Whether this is the tab that has the stream: what only one of them may do, it does. */
  get isLeader() {
    return Boolean(this.#stream);
  }

  #requestLock(options) {
    if (!this.#user) return;
    withLock(`${this.#name}:${this.#user}`, () => this.#lead(), options)
      .catch(() => this.#stopLeading()) // another tab took the lock away from this one
      .then(() => this.#requestLock());
  }

  // For as long as the promise is open, this tab is the leader.
  #lead() {
    if (!this.#user) return undefined;
    this.#post({ kind: "lead", id: this.#lastId });
    this.#open((event) => {
      this.#post({ kind: "event", event });
      this.#deliver(event);
    });
    return new Promise((resolve) => (this.#releaseLock = resolve));
  }

  #stopLeading() {
    this.#stream?.close();
    this.#stream = null;
  }

  #open(onEvent) {
    this.#stream = new EventStream({
      lastId: this.#lastId,
      headers: this.#options.headers,
      onRefused: this.#options.onRefused,
      onEvent,
      onState: (state) => {
        this.#setState(state);
        this.#post({ kind: "state", state });
      },
      onActivity: () => this.#post({ kind: "alive" }),
    });
  }

  #post(message) {
    this.#channel.postMessage({ ...message, user: this.#user });
  }

  #onMessage(message) {
    if (message.user !== this.#user) return;
    if (message.kind === "join") {
      if (this.#stream) this.#catchUp(message.id);
      return;
    }
    this.#lastSignAt = Date.now();
    if (this.#stream) return; // a leader that was just replaced may have had a last word on its way
    if (message.kind === "event") this.#deliver(message.event);
    else if (message.kind === "state") this.#setState(message.state);
    else if (!isLater(message.id, this.#lastId)) return;
    // The leader stands at a later event than this tab: ask it for those between, or reload when it has not got them.
    else if (message.kind === "lead") this.#post({ kind: "join", id: this.#lastId });
    else if (message.kind === "reload") this.#deliver({ type: "resync", id: message.id });
  }

  // A tab has joined that stands at `id`.
  #catchUp(id) {
    this.#post({ kind: "state", state: this.#state });
    if (isLater(this.#completeSince, id)) this.#post({ kind: "reload", id: this.#lastId });
    else for (const event of this.#recent) if (isLater(event.id, id)) this.#post({ kind: "event", event });
  }

  #deliver(event) {
    if (event.id && !isLater(event.id, this.#lastId)) return;
    if (event.id) {
      this.#lastId = event.id;
      this.#recent.push(event);
      if (this.#recent.length > MAX_RECENT) this.#completeSince = this.#recent.shift().id;
    }
    this.#options.onEvent(event);
  }

  #setState(state) {
    this.#state = state;
    this.#options.onState(state);
  }

  // A leader that the system has put to sleep keeps its lock. The tab that somebody looks at does not wait for it.
  #checkLeader() {
    if (this.#stream || document.hidden || Date.now() - this.#lastSignAt < LEADER_TIMEOUT) return;
    this.#lastSignAt = Date.now();
    this.#requestLock({ steal: true });
  }
}
