// The connection between two tabs: "perfect negotiation" as the WebRTC specification has it (example 10.7), so that
// either side may change what it sends at any time; candidates as they come up; another way when the network changes.

const DOUBT = 2_500; // ms that a connection may be interrupted before another way is looked for

export class Talk {
  #pc;
  #polite;
  #wire;
  #onChange;
  #making = false;
  #ignoring = false;
  #settling = false;
  #heard = 0;
  #last = Promise.resolve();
  #timer;
  #own;
  #audio;
  #video;

  /** What the other side sends. */
  remote = new MediaStream();

  /** options: {ice, polite, round, own, wire, onChange()} */
  constructor({ ice, polite, round, own, wire, onChange }) {
    this.round = round;
    this.#polite = polite;
    this.#wire = wire;
    this.#onChange = onChange;
    const pc = (this.#pc = new RTCPeerConnection({ iceServers: ice }));
    pc.onnegotiationneeded = () => this.#offer();
    pc.onicecandidate = ({ candidate }) => wire.offer(candidate);
    pc.onconnectionstatechange = () => this.#moved();
    pc.ontrack = ({ track }) => {
      this.remote.addTrack(track);
      track.onmute = track.onunmute = track.onended = onChange;
      onChange();
    };
    this.#own = own;
    // Two first offers would collide. Later ones may, and do no harm; but then there are candidates already.
    if (!polite) this.#begin();
    addEventListener("online", this.#elsewise);
    navigator.connection?.addEventListener("change", this.#elsewise);
  }

  get state() {
    return this.#pc.connectionState;
  }

  /** Whether the other side sends a picture. */
  get seesOther() {
    return this.remote.getVideoTracks().some((track) => !track.muted && track.readyState === "live");
  }

  stats() {
    return this.#pc.getStats();
  }

  /** Send another picture, or none. */
  show(track, stream) {
    if (!this.#audio) return; // it has not begun: what there is then is sent
    if (track && this.#video) this.#video.replaceTrack(track);
    else if (track) this.#video = this.#pc.addTrack(track, stream);
    else if (this.#video) this.#pc.removeTrack(this.#video), (this.#video = undefined);
  }

  /** Send another microphone's sound. */
  speak(track) {
    return this.#audio?.replaceTrack(track);
  }

  /** What the other tab has sent, number `n`; what comes again is not taken twice. */
  hear(signal, n, said) {
    if (n <= this.#heard) return;
    this.#heard = n;
    this.#last = this.#last.then(() => (signal === "description" ? this.#described(said) : this.#found(said))).catch((error) => this.#pc.signalingState === "closed" || console.error(error));
  }

  close() {
    clearTimeout(this.#timer);
    removeEventListener("online", this.#elsewise);
    navigator.connection?.removeEventListener("change", this.#elsewise);
    this.#pc.close();
  }

  #begin() {
    this.#audio = this.#pc.addTrack(this.#own.audio, this.#own.stream);
    this.show(this.#own.video, this.#own.stream);
  }

  async #offer() {
    try {
      this.#making = true;
      await this.#pc.setLocalDescription();
      this.#wire.describe(this.#pc.localDescription);
    } catch (error) {
      if (this.#pc.signalingState !== "closed") console.error(error);
    } finally {
      this.#making = false;
    }
  }

  async #described(description) {
    const pc = this.#pc;
    const free = !this.#making && (pc.signalingState === "stable" || this.#settling);
    const collides = description.type === "offer" && !free;
    this.#ignoring = !this.#polite && collides;
    if (this.#ignoring) return;
    this.#settling = description.type === "answer";
    try {
      await pc.setRemoteDescription(description);
    } finally {
      this.#settling = false;
    }
    if (description.type === "answer") return;
    if (!this.#audio) this.#begin();
    await pc.setLocalDescription();
    this.#wire.describe(pc.localDescription);
  }

  async #found(candidates) {
    for (const candidate of candidates)
      await this.#pc.addIceCandidate(candidate).catch((error) => this.#ignoring || console.warn(error));
  }

  #moved() {
    clearTimeout(this.#timer);
    const { connectionState } = this.#pc;
    if (connectionState === "connected") this.#wire.say("connected");
    // Not both at once: the polite side leaves it to the other for a while.
    const patience = (connectionState === "failed" ? 0 : DOUBT) + (this.#polite ? DOUBT : 0);
    if (["disconnected", "failed"].includes(connectionState)) this.#timer = setTimeout(() => this.#restart(), patience);
    this.#onChange();
  }

  #restart() {
    this.#wire.say("lost");
    this.#pc.restartIce();
  }

  // The network is another one; the old way may seem to be open for a long time.
  #elsewise = () => this.#pc.restartIce();
}
