// One open event stream over fetch (an EventSource cannot send an Authorization header), read by the grammar of the
// SSE standard, with a watch on the heartbeat: a connection that died without a word is noticed, too.

/** @import { ConnectionState, Headers, StreamEvent } from "../types.d.ts" */

const HEARTBEAT_TIMEOUT = 35_000; // ms; the server says something at least every 15 s
const MAX_RETRY_DELAY = 10_000; // ms between two tries
const STALE_AFTER = 20_000; // ms; on coming back to a tab, a stream older than this is not trusted

/**
 * Compares two event ids ("<ms>-<n>"): true when `a` is later than `b`.
 * @param {string} a
 * @param {string} b
 */
export function isLater(a, b) {
  if (!a || !b) return Boolean(a);
  const [am, an] = a.split("-").map(Number);
  const [bm, bn] = b.split("-").map(Number);
  return am > bm || (am === bm && an > bn);
}

/**
 * @typedef {object} Options
 * @property {string} lastId
 * @property {Headers} headers
 * @property {(event: StreamEvent) => void} onEvent
 * @property {(state: ConnectionState) => void} onState
 * @property {() => void} onActivity something was heard of the server, or is being done about it
 * @property {() => void} onRefused the session is no longer good
 */

export class EventStream {
  #abort = new AbortController();
  #closed = false;
  #replaced = 0; // by newer streams of the same visitor: there are too many
  /** @type {(value?: any) => void} */
  #endPause = () => {};
  #lastReadAt = 0;
  /** @type {Options} */
  #options;

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    addEventListener("online", this.#resume);
    addEventListener("offline", this.#onOffline);
    addEventListener("pageshow", this.#resume);
    document.addEventListener("visibilitychange", this.#resume);
    this.#run();
  }

  close() {
    this.#closed = true;
    removeEventListener("online", this.#resume);
    removeEventListener("offline", this.#onOffline);
    removeEventListener("pageshow", this.#resume);
    document.removeEventListener("visibilitychange", this.#resume);
    this.#abort.abort();
    this.#endPause();
  }

  // The network, or the person, is back: do not sit out a pause, nor trust a stream that has long been silent.
  #resume = () => {
    if (document.hidden) return;
    if (this.#lastReadAt && Date.now() - this.#lastReadAt > STALE_AFTER) this.#abort.abort();
    this.#endPause();
  };

  // The system says so; the connection itself would not for a long time.
  #onOffline = () => this.#abort.abort();

  async #run() {
    for (let tries = 0; !this.#closed; tries++) {
      this.#options.onState(tries > 1 || !navigator.onLine ? "offline" : "connecting");
      let watchdog;
      try {
        this.#abort = new AbortController();
        const { lastId } = this.#options;
        const headers = {
          Accept: "text/event-stream",
          ...this.#options.headers(),
          ...(lastId && { "Last-Event-ID": lastId }),
        };
        const resetWatchdog = () => {
          clearTimeout(watchdog);
          watchdog = setTimeout(() => this.#abort.abort(), HEARTBEAT_TIMEOUT);
        };
        resetWatchdog();
        const response = await fetch("/w/stream", { headers, signal: this.#abort.signal, cache: "no-store" });
        if (response.status === 401) return this.#options.onRefused();
        if (!response.ok) throw new Error(String(response.status));
        tries = 0;
        this.#replaced = 0;
        this.#options.onState("online");
        await this.#read(response.body.getReader(), resetWatchdog);
      } catch {
        // Whatever went wrong, the answer is the same: come back with the last id.
      }
      clearTimeout(watchdog);
      this.#lastReadAt = 0;
      if (this.#closed) return;
      this.#options.onActivity();
      await this.#pause(tries);
    }
  }

  /**
   * Spread out, so that all tabs of a server that restarts do not come back in the same instant.
   * @param {number} tries
   * @returns {Promise<void>}
   */
  #pause(tries) {
    const longest = Math.min(500 * 2 ** tries, MAX_RETRY_DELAY);
    return new Promise((resolve) => {
      // Who was replaced waits until the page is looked at.
      const timer = this.#replaced || setTimeout(resolve, longest * (0.3 + 0.7 * Math.random()));
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #read(reader, resetWatchdog) {
    const decoder = new TextDecoder();
    let rest = "";
    let event = { type: "message", data: [], id: undefined };
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      resetWatchdog();
      this.#lastReadAt = Date.now();
      this.#options.onActivity();
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        if (line) this.#parseField(event, line);
        else {
          if (event.id !== undefined) this.#options.lastId = event.id;
          if (event.data[0] === "too-many-streams") this.#replaced = 1;
          if (event.data.length) this.#options.onEvent({ type: event.type, data: event.data.join("\n"), id: event.id });
          event = { type: "message", data: [], id: undefined };
        }
      }
    }
  }

  #parseField(event, line) {
    const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(line); // a comment, like the heartbeat, has no name
    if (name === "event") event.type = value;
    else if (name === "data") event.data.push(value);
    else if (name === "id") event.id = value;
  }
}
