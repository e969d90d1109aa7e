// What the browser measures of a connection: how good it is, and who is speaking.

const SPEAKING_LEVEL = 0.02; // of 1, of the loudest

/** Reads the statistics of a connection; remembers the last reading, to tell what was lost since. */
export class ConnectionStats {
  #lost = 0;
  #received = 0;

  /**
   * Resolves to {quality: "good" | "fair" | "poor" | "", speaking, remoteSpeaking}.
   * @param {import("./peer_connection.js").PeerConnection} connection
   */
  async read(connection) {
    let roundTrip;
    let lost = 0;
    let received = 0;
    let remoteLevel = 0;
    let localLevel = 0;
    for (const it of (await connection.stats()).values()) {
      if (it.type === "candidate-pair" && it.nominated && it.state === "succeeded")
        roundTrip = it.currentRoundTripTime ?? roundTrip;
      if (it.type === "inbound-rtp") {
        lost += it.packetsLost ?? 0;
        received += it.packetsReceived ?? 0;
        if (it.kind === "audio") remoteLevel = Math.max(remoteLevel, it.audioLevel ?? 0);
      }
      if (it.type === "media-source" && it.kind === "audio") localLevel = Math.max(localLevel, it.audioLevel ?? 0);
    }
    const [newLost, newReceived] = [lost - this.#lost, received - this.#received];
    [this.#lost, this.#received] = [lost, received];
    const lossRate = newLost > 0 ? newLost / (newLost + Math.max(0, newReceived)) : 0;
    return {
      quality: gradeQuality(roundTrip, lossRate),
      speaking: localLevel > SPEAKING_LEVEL,
      remoteSpeaking: remoteLevel > SPEAKING_LEVEL,
    };
  }
}

// In seconds there and back (ITU-T G.114: 150 ms one way go unnoticed, 400 ms are too many), and in packets lost.
function gradeQuality(roundTrip, lossRate) {
  if (roundTrip === undefined) return "";
  if (roundTrip > 0.8 || lossRate > 0.1) return "poor";
  return roundTrip > 0.3 || lossRate > 0.03 ? "fair" : "good";
}
