// A call to the team's mesibo app: for when nobody is in the inbox at whom it could ring. mesibo's script makes it;
// this is the row that shows it. Never tried against the live service.

/** @import { Headers } from "../types.d.ts" */

import { _ } from "../core/i18n.js";
import { loadStyles } from "../core/lazy.js";
import { callMesibo } from "./mesibo.js";

const OUTCOME_SHOWN = 3_000; // ms for which one can read what became of it
/** @type {Record<string, string>} */
const STATE_TEXTS = {
  calling: _("Calling…"),
  ringing: _("Ringing…"),
  answered: _("Connected"),
  complete: _("The call is over."),
  "no answer": _("Nobody answered."),
  busy: _("They are in another call."),
  offline: _("They cannot be reached now."),
  "not found": _("They cannot be reached."),
};

/** @type {HTMLElement | undefined} */
let currentCall;

/** Whether a team that can be called in its app is there and nowhere else: nobody has the inbox open. */
export const onlyInApp = () => Boolean(document.querySelector('#head [data-user="team"][data-inbox-open="false"]'));

/**
 * Call by "voice" or "video"; says why when it cannot be made.
 * @param {"voice" | "video"} media
 * @param {Headers} headers
 */
export async function callApp(media, headers) {
  if (currentCall) return;
  const row = (currentCall = render(media));
  const showState = (text) => (row.querySelector(".app-call-state").textContent = text);
  const close = (text) => {
    if (text) showState(text);
    row.querySelectorAll("button").forEach((button) => button.remove());
    setTimeout(() => row.remove(), OUTCOME_SHOWN);
    currentCall = undefined;
  };
  try {
    const call = await callMesibo({
      media,
      headers,
      audio: "app-call-audio",
      video: { local: "app-call-local", remote: "app-call-remote" },
      onState: (word) => (word === "over" ? close() : showState(STATE_TEXTS[word])),
    });
    row.querySelector("[data-mute]").onclick = (event) => {
      const target = /** @type {HTMLElement} */ (event.currentTarget);
      call.mute();
      target.ariaPressed = String(target.ariaPressed !== "true");
    };
    row.querySelector("[data-hang-up]").onclick = () => call.hangUp();
  } catch (error) {
    close(error.message);
  }
}

function render(media) {
  loadStyles("app_call");
  const row = Object.assign(document.createElement("section"), { className: "app-call", ariaLabel: _("Call") });
  const stage = `
    <div class="app-call-stage">
      <video id="app-call-remote" autoplay playsinline></video>
      <video id="app-call-local" autoplay playsinline muted></video>
    </div>`;
  row.innerHTML = `
    <p class="app-call-state" role="status">${STATE_TEXTS.calling}</p>
    <button class="button" type="button" aria-pressed="false" data-mute>${_("Mute")}</button>
    <button class="button app-call-end" type="button" data-hang-up>${_("Hang up")}</button>
    ${media === "video" ? stage : '<audio id="app-call-audio" autoplay></audio>'}`;
  document.getElementById("mesibo-status").before(row);
  return row;
}
