// The connection between two tabs: "perfect negotiation" as the WebRTC specification has it (example 10.7), so that
// either side may change what it sends at any time; candidates as they come up; another way when the network changes.

const GRACE = 2_500; // ms that a connection may be interrupted before another way is looked for

/** @typedef {{ice: RTCIceServer[], polite: boolean, round: number, localMedia: import("./local_media.js").LocalMedia,
      signaling: import("./signaling.js").Signaling, onChange: () => void}} Options */

export class PeerConnection {
  #pc;
  #polite;
  #signaling;
  #onChange;
  #makingOffer = false;
  #ignoringOffer = false;
  #settingAnswer = false;
  #lastSignal = 0;
  /** @type {Promise<any>} */
  #queue = Promise.resolve();
  /** @type {ReturnType<typeof setTimeout>} */
  #timer;
  #localMedia;
  /** @type {RTCRtpSender | undefined} */
  #audio;
  /** @type {RTCRtpSender | undefined} */
  #video;

  /** What the other side sends. */
  remote = new MediaStream();

  /** @param {Options} options */
  constructor({ ice, polite, round, localMedia, signaling, onChange }) {
    this.round = round;
    this.#polite = polite;
    this.#signaling = signaling;
    this.#onChange = onChange;
    const pc = (this.#pc = new RTCPeerConnection({ iceServers: ice }));
    pc.onnegotiationneeded = () => this.#makeOffer();
    pc.onicecandidate = ({ candidate }) => signaling.sendCandidate(candidate);
    pc.onconnectionstatechange = () => this.#onStateChange();
    pc.ontrack = ({ track }) => {
      this.remote.addTrack(track);
      track.onmute = track.onunmute = track.onended = onChange;
      onChange();
    };
    this.#localMedia = localMedia;
    // Two first offers would collide. Later ones may, and do no harm; but then there are candidates already.
    if (!polite) this.#addTracks();
    addEventListener("online", this.#onNetworkChange);
    navigator.connection?.addEventListener("change", this.#onNetworkChange);
  }

  get state() {
    return this.#pc.connectionState;
  }

  /** Whether the other side sends a picture. */
  get hasRemoteVideo() {
    return this.remote.getVideoTracks().some((track) => !track.muted && track.readyState === "live");
  }

  stats() {
    return this.#pc.getStats();
  }

  /**
   * Send another picture, or none.
   * @param {MediaStreamTrack | undefined} track
   * @param {MediaStream} stream
   */
  setVideo(track, stream) {
    if (!this.#audio) return; // it has not begun: what there is then is sent
    if (track && this.#video) this.#video.replaceTrack(track);
    else if (track) this.#video = this.#pc.addTrack(track, stream);
    else if (this.#video) (this.#pc.removeTrack(this.#video), (this.#video = undefined));
  }

  /**
   * Send another microphone's sound.
   * @param {MediaStreamTrack} track
   */
  setAudio(track) {
    return this.#audio?.replaceTrack(track);
  }

  /**
   * What the other tab has sent, number `n`; what comes again is not taken twice.
   * @param {string} signal "description" or "candidates"
   * @param {number} n
   * @param {any} payload
   */
  onSignal(signal, n, payload) {
    if (n <= this.#lastSignal) return;
    this.#lastSignal = n;
    this.#queue = this.#queue
      .then(() => (signal === "description" ? this.#onDescription(payload) : this.#addCandidates(payload)))
      .catch((error) => this.#pc.signalingState === "closed" || console.error(error));
  }

  close() {
    clearTimeout(this.#timer);
    removeEventListener("online", this.#onNetworkChange);
    navigator.connection?.removeEventListener("change", this.#onNetworkChange);
    this.#pc.close();
  }

  #addTracks() {
    this.#audio = this.#pc.addTrack(this.#localMedia.audio, this.#localMedia.stream);
    this.setVideo(this.#localMedia.video, this.#localMedia.stream);
  }

  async #makeOffer() {
    try {
      this.#makingOffer = true;
      await this.#pc.setLocalDescription();
      this.#signaling.sendDescription(this.#pc.localDescription);
    } catch (error) {
      if (this.#pc.signalingState !== "closed") console.error(error);
    } finally {
      this.#makingOffer = false;
    }
  }

  async #onDescription(description) {
    const pc = this.#pc;
    const free = !this.#makingOffer && (pc.signalingState === "stable" || this.#settingAnswer);
    const collides = description.type === "offer" && !free;
    this.#ignoringOffer = !this.#polite && collides;
    if (this.#ignoringOffer) return;
    this.#settingAnswer = description.type === "answer";
    try {
      await pc.setRemoteDescription(description);
    } finally {
      this.#settingAnswer = false;
    }
    if (description.type === "answer") return;
    if (!this.#audio) this.#addTracks();
    await pc.setLocalDescription();
    this.#signaling.sendDescription(pc.localDescription);
  }

  async #addCandidates(candidates) {
    for (const candidate of candidates)
      await this.#pc.addIceCandidate(candidate).catch((error) => this.#ignoringOffer || console.warn(error));
  }

  #onStateChange() {
    clearTimeout(this.#timer);
    const { connectionState } = this.#pc;
    if (connectionState === "connected") this.#signaling.report("connected");
    // Not both at once: the polite side leaves it to the other for a while.
    const delay = (connectionState === "failed" ? 0 : GRACE) + (this.#polite ? GRACE : 0);
    if (["disconnected", "failed"].includes(connectionState)) this.#timer = setTimeout(() => this.#restart(), delay);
    this.#onChange();
  }

  #restart() {
    this.#signaling.report("lost");
    this.#pc.restartIce();
  }

  // The network is another one; the old way may seem to be open for a long time.
  #onNetworkChange = () => this.#pc.restartIce();
}
