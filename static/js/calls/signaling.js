// What this tab has to say about a connection, told to the server in order and until it is heard. ICE candidates that
// come up while something is under way go together.

const AGAIN = 500; // ms until the next try, then doubled
const LONGEST = 8_000;
const AT_ONCE = 40; // candidates that the server takes at a time

export class Wire {
  #post;
  #onAnswer;
  #queue = [];
  #candidates = [];
  #n = 0;
  #sending = false;
  #closed = false;

  /** `post(name, body)` resolves to a response; what the server answers goes to `onAnswer(fragment)`. */
  constructor(post, onAnswer) {
    this.#post = post;
    this.#onAnswer = onAnswer;
  }

  /** Tell the server what has happened: "connected", "lost", "here". */
  say(name) {
    if (this.#queue.some((it) => it.name === name)) return;
    this.#push(name, {});
  }

  /** Send a session description to the other tab. */
  describe({ type, sdp }) {
    this.#gather();
    this.#push("description", { n: ++this.#n, description: { type, sdp } });
  }

  /** Send an ICE candidate to the other tab; none means that there are no more. */
  offer(candidate) {
    this.#candidates.push(candidate?.toJSON?.() ?? { candidate: "" });
    this.#run();
  }

  close() {
    this.#closed = true;
  }

  #push(name, body) {
    this.#queue.push({ name, body });
    this.#run();
  }

  // Behind what was queued before them, so that they never overtake the description that they belong to.
  #gather() {
    while (this.#candidates.length)
      this.#queue.push({ name: "candidates", body: { n: ++this.#n, candidates: this.#candidates.splice(0, AT_ONCE) } });
  }

  async #run() {
    if (this.#sending) return;
    this.#sending = true;
    for (let pause = AGAIN; !this.#closed; ) {
      if (!this.#queue.length) this.#gather();
      if (!this.#queue.length) break;
      const { name, body } = this.#queue[0];
      const response = await this.#post(name, body).catch(() => null);
      if (response && response.status < 500 && response.status !== 429) {
        this.#queue.shift();
        pause = AGAIN;
        if (response.status === 200) this.#onAnswer(await response.text());
        continue;
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause = Math.min(pause * 2, LONGEST);
    }
    this.#sending = false;
  }
}
