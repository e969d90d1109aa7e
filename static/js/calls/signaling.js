// What this tab has to say about a connection, told to the server in order and until it is heard. ICE candidates that
// come up while something is under way go together.

const RETRY_DELAY = 500; // ms until the next try, then doubled
const MAX_RETRY_DELAY = 8_000;
const MAX_CANDIDATES = 40; // candidates that the server takes at a time

export class Signaling {
  #post;
  #onAnswer;
  /** @type {{name: string, body: object}[]} */
  #queue = [];
  #candidates = [];
  #lastNumber = 0;
  #sending = false;
  #closed = false;

  /**
   * `post(name, body)` resolves to a response; what the server answers goes to `onAnswer(fragment)`.
   * @param {(name: string, body: object) => Promise<Response>} post
   * @param {(fragment: string) => void} onAnswer
   */
  constructor(post, onAnswer) {
    this.#post = post;
    this.#onAnswer = onAnswer;
  }

  /**
   * Tell the server what has happened: "connected", "lost", "here".
   * @param {string} name
   */
  report(name) {
    if (this.#queue.some((it) => it.name === name)) return;
    this.#push(name, {});
  }

  /**
   * Send a session description to the other tab.
   * @param {RTCSessionDescription} description
   */
  sendDescription({ type, sdp }) {
    this.#queueCandidates();
    this.#push("description", { n: ++this.#lastNumber, description: { type, sdp } });
  }

  /**
   * Send an ICE candidate to the other tab; none means that there are no more.
   * @param {RTCIceCandidate | null} candidate
   */
  sendCandidate(candidate) {
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
  #queueCandidates() {
    while (this.#candidates.length)
      this.#queue.push({
        name: "candidates",
        body: { n: ++this.#lastNumber, candidates: this.#candidates.splice(0, MAX_CANDIDATES) },
      });
  }

  async #run() {
    if (this.#sending) return;
    this.#sending = true;
    for (let pause = RETRY_DELAY; !this.#closed;) {
      if (!this.#queue.length) this.#queueCandidates();
      if (!this.#queue.length) break;
      const { name, body } = this.#queue[0];
      const response = await this.#post(name, body).catch(() => null);
      if (response && response.status < 500 && response.status !== 429) {
        this.#queue.shift();
        pause = RETRY_DELAY;
        if (response.status === 200) this.#onAnswer(await response.text());
        continue;
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause = Math.min(pause * 2, MAX_RETRY_DELAY);
    }
    this.#sending = false;
  }
}
