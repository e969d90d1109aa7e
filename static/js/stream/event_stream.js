// One open event stream over fetch (an EventSource cannot send an Authorization header), read by the grammar of the
// SSE standard, with a watch on the heartbeat: a connection that died without a word is noticed, too.

const SILENCE = 35_000; // ms; the server says something at least every 15 s
const LONGEST_WAIT = 10_000; // ms between two tries
const STALE = 20_000; // ms; on coming back to a tab, a stream older than this is not trusted

/** Compares two event ids ("<ms>-<n>"): true when `a` is later than `b`. */
export function later(a, b) {
  if (!a || !b) return Boolean(a);
  const [am, an] = a.split("-").map(Number);
  const [bm, bn] = b.split("-").map(Number);
  return am > bm || (am === bm && an > bn);
}

export class Stream {
  #abort = new AbortController();
  #closed = false;
  #wake = () => {};
  #heard = 0;
  #options;

  /** options: {lastId, headers(), onEvent({type, data, id}), onState(name), onSign()} */
  constructor(options) {
    this.#options = options;
    addEventListener("online", this.#awake);
    addEventListener("offline", this.#cut);
    addEventListener("pageshow", this.#awake);
    document.addEventListener("visibilitychange", this.#awake);
    this.#run();
  }

  close() {
    this.#closed = true;
    removeEventListener("online", this.#awake);
    removeEventListener("offline", this.#cut);
    removeEventListener("pageshow", this.#awake);
    document.removeEventListener("visibilitychange", this.#awake);
    this.#abort.abort();
    this.#wake();
  }

  // The network, or the person, is back: do not sit out a pause, nor trust a stream that has long been silent.
  #awake = () => {
    if (document.hidden) return;
    if (this.#heard && Date.now() - this.#heard > STALE) this.#abort.abort();
    this.#wake();
  };

  // The system says so; the connection itself would not for a long time.
  #cut = () => this.#abort.abort();

  async #run() {
    for (let tries = 0; !this.#closed; tries++) {
      this.#options.onState(tries > 1 || !navigator.onLine ? "offline" : "connecting");
      let watch;
      try {
        this.#abort = new AbortController();
        const { lastId } = this.#options;
        const headers = { Accept: "text/event-stream", ...this.#options.headers(), ...(lastId && { "Last-Event-ID": lastId }) };
        const listen = () => {
          clearTimeout(watch);
          watch = setTimeout(() => this.#abort.abort(), SILENCE);
        };
        listen();
        const response = await fetch("/w/stream", { headers, signal: this.#abort.signal, cache: "no-store" });
        if (response.status === 401) return this.#options.onRefused();
        if (!response.ok) throw new Error(response.status);
        tries = 0;
        this.#options.onState("online");
        await this.#read(response.body.getReader(), listen);
      } catch {
        // Whatever went wrong, the answer is the same: come back with the last id.
      }
      clearTimeout(watch);
      this.#heard = 0;
      if (this.#closed) return;
      this.#options.onSign?.();
      await this.#pause(tries);
    }
  }

  // Spread out, so that all tabs of a server that restarts do not come back in the same instant.
  #pause(tries) {
    const longest = Math.min(500 * 2 ** tries, LONGEST_WAIT);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, longest * (0.3 + 0.7 * Math.random()));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #read(reader, listen) {
    const decoder = new TextDecoder();
    let rest = "";
    let event = { type: "message", data: [], id: undefined };
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      listen();
      this.#heard = Date.now();
      this.#options.onSign?.();
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        if (line) this.#field(event, line);
        else {
          if (event.id !== undefined) this.#options.lastId = event.id;
          if (event.data.length) this.#options.onEvent({ type: event.type, data: event.data.join("\n"), id: event.id });
          event = { type: "message", data: [], id: undefined };
        }
      }
    }
  }

  #field(event, line) {
    const colon = line.indexOf(":");
    if (colon === 0) return; // a comment: the heartbeat
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") event.type = value;
    else if (name === "data") event.data.push(value);
    else if (name === "id") event.id = value;
  }
}
