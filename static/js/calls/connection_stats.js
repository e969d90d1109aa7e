// What the browser measures of a connection: how good it is, and who is speaking.

const SPEAKING = 0.02; // of 1, of the loudest

/** Reads the statistics of a talk; remembers the last reading, to tell what was lost since. */
export class Stats {
  #lost = 0;
  #received = 0;

  /** Resolves to {quality: "good" | "fair" | "poor" | "", speaking, hearing}. */
  async read(talk) {
    let trip;
    let lost = 0;
    let received = 0;
    let heard = 0;
    let spoken = 0;
    for (const it of (await talk.stats()).values()) {
      if (it.type === "candidate-pair" && it.nominated && it.state === "succeeded") trip = it.currentRoundTripTime ?? trip;
      if (it.type === "inbound-rtp") {
        lost += it.packetsLost ?? 0;
        received += it.packetsReceived ?? 0;
        if (it.kind === "audio") heard = Math.max(heard, it.audioLevel ?? 0);
      }
      if (it.type === "media-source" && it.kind === "audio") spoken = Math.max(spoken, it.audioLevel ?? 0);
    }
    const [newLost, newReceived] = [lost - this.#lost, received - this.#received];
    [this.#lost, this.#received] = [lost, received];
    const share = newLost > 0 ? newLost / (newLost + Math.max(0, newReceived)) : 0;
    return { quality: grade(trip, share), speaking: spoken > SPEAKING, hearing: heard > SPEAKING };
  }
}

// In seconds there and back (ITU-T G.114: 150 ms one way go unnoticed, 400 ms are too many), and in packets lost.
function grade(trip, share) {
  if (trip === undefined) return "";
  if (trip > 0.8 || share > 0.1) return "poor";
  return trip > 0.3 || share > 0.03 ? "fair" : "good";
}
