// A call to somebody's mesibo app, by mesibo's own JavaScript SDK, which is loaded when the first such call is made.
// Written from the vendor's sources and never tried against the live service.

import { _ } from "../core/i18n.js";

/** @import { Headers } from "../types.d.ts" */

const SDK = "https://cdn.mesibo.com/api/mesibo.js";
/** @type {Record<number, string>} */
const STATES = {
  3: "ringing",
  5: "answered",
  0x40: "complete",
  0x42: "no answer",
  0x43: "busy",
  0x45: "offline",
  0x46: "not found",
};
const OVER = 0x40; // this and above end a call

let loading;

const load = () =>
  (loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = SDK;
    script.onload = resolve;
    script.onerror = () => {
      loading = undefined; // or it would never be tried again
      reject(new Error(_("The call could not be started: mesibo’s script did not load.")));
    };
    document.head.append(script);
  }));

/**
 * Call the team in their mesibo app. `media` is "voice" or "video"; `headers()` are those of every request; `video`
 * are the ids of the elements {local, remote} for the pictures, `audio` of the one for the sound. `onState(word)` is
 * told what becomes of it, the last time with "over". Resolves to {hangUp(), mute(), hide()}; rejects with an Error
 * whose message can be shown.
 * @param {{media: string, headers: Headers, video: {local: string, remote: string}, audio: string,
 *   onState?: (word: string) => void}} options
 * @returns {Promise<{hangUp: () => void, mute: () => void, hide: () => void}>}
 */
export async function callMesibo({ media, headers, video, audio, onState }) {
  const response = await fetch("/w/calls/mesibo", {
    method: "POST",
    headers: { Accept: "application/json", ...headers() },
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.reason);
  await load();
  const api = new /** @type {any} */ (globalThis).Mesibo();
  let over = false;
  const end = () => {
    if (!over) onState?.("over");
    over = true;
    api.stop?.();
  };
  return new Promise((resolve, reject) => {
    const call = () => {
      if (media === "video") api.setupVideoCall(video.local, video.remote, true);
      else api.setupVoiceCall(audio);
      api.call(answer.address);
      resolve({
        hangUp: () => (api.hangup(0), end()),
        mute: () => api.toggleAudioMute(),
        hide: () => api.toggleVideoMute(),
      });
    };
    let called = false;
    api.setListener({
      Mesibo_onConnectionStatus: (status) => {
        if (status === 1 && !called) ((called = true), call());
        if (status === 4) reject(new Error(_("The call could not be started: mesibo did not accept it.")));
      },
      Mesibo_onCall: () => api.hangup(0), // nobody calls a visitor
      Mesibo_onCallStatus: (_, status) => {
        onState?.(STATES[status] ?? "calling");
        if (status >= OVER) end();
      },
    });
    if (answer.app_id) api.setAppName(answer.app_id);
    api.setAccessToken(answer.token);
    api.setDatabase("mesibo");
    api.start();
  });
}
