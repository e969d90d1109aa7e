// What Web Locks do, for pages that have none: the tabs of a browser agree over a BroadcastChannel which of them has a
// name. Who wants it claims it, and has it when nobody objects: the one who has it, or one who claims it as well and
// whose id is smaller. Two that have it all the same (one was too busy to object) find out, and the smaller id keeps
// it.

const OBJECTION = 200; // ms that the others have
const ASK_AGAIN = 3_000; // ms until one who waits claims it anew: whoever had it may have crashed

/** @typedef {"idle" | "claiming" | "waiting" | "holding"} State */

/**
 * As navigator.locks.request.
 * @template Result
 * @param {string} name
 * @param {{steal?: boolean}} options
 * @param {() => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export const request = (name, { steal = false }, work) =>
  new Promise((resolve, reject) => new Claim(name, steal, work, resolve, reject));

class Claim {
  #id = Math.random();
  /** @type {State} */
  #state = "idle";
  #channel;
  #work;
  #resolve;
  #reject;
  /** @type {ReturnType<typeof setTimeout>} */
  #timer;

  constructor(name, steal, work, resolve, reject) {
    this.#channel = new BroadcastChannel(`lock:${name}`);
    this.#channel.onmessage = ({ data }) => this.#onMessage(data);
    this.#work = work;
    this.#resolve = resolve;
    this.#reject = reject;
    addEventListener("pagehide", this.#lose);
    if (steal) {
      this.#post("steal");
      this.#hold();
    } else this.#claim();
  }

  #post(kind) {
    this.#channel.postMessage({ kind, id: this.#id });
  }

  #onMessage({ kind, id }) {
    if (this.#state === "holding") {
      if (kind === "steal" || (kind === "held" && id < this.#id)) this.#lose();
      else if (kind !== "free") this.#post("held");
    } else if (kind === "free") {
      if (this.#state === "waiting") this.#claim();
    } else if (this.#state === "claiming") {
      if (kind !== "claim" || id < this.#id) this.#wait();
      else this.#post("claim"); // it has not heard ours
    }
  }

  #claim() {
    this.#state = "claiming";
    this.#post("claim");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#hold(), OBJECTION);
  }

  #wait() {
    this.#state = "waiting";
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#claim(), ASK_AGAIN);
  }

  async #hold() {
    this.#state = "holding";
    this.#post("held");
    try {
      this.#resolve(await this.#work());
    } catch (error) {
      this.#reject(error);
    }
    this.#leave();
  }

  // Also when the page goes; one that comes back out of the browser's cache asks again.
  #lose = () => {
    this.#reject(new DOMException("Another tab has this lock now.", "AbortError"));
    this.#leave();
  };

  #leave() {
    if (this.#state === "idle") return;
    clearTimeout(this.#timer);
    if (this.#state === "holding") this.#post("free");
    this.#state = "idle";
    this.#channel.close();
    removeEventListener("pagehide", this.#lose);
  }
}
