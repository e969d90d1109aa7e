// A call to the team's mesibo app: for when nobody is in the inbox at whom it could ring. mesibo's script makes it; this
// is the row that shows it. Never tried against the live service.

import { dress } from "../core/lazy.js";
import { callMesibo } from "./mesibo.js";

const FAREWELL = 3_000; // ms for which one can read what became of it
const WORDS = {
  calling: "Calling…",
  ringing: "Ringing…",
  answered: "Connected",
  complete: "The call is over.",
  "no answer": "Nobody answered.",
  busy: "They are in another call.",
  offline: "They cannot be reached now.",
  "not found": "They cannot be reached.",
};

let going;

/** Whether a team that can be called in its app is there and nowhere else: nobody has the inbox open. */
export const onlyInApp = () => Boolean(document.querySelector('#head [data-user="team"][data-desk="false"]'));

/** Call by "voice" or "video"; says why when it cannot be made. */
export async function callApp(media, headers) {
  if (going) return;
  const row = (going = draw(media));
  const say = (words) => (row.querySelector(".app-call-state").textContent = words);
  const close = (words) => {
    if (words) say(words);
    row.querySelectorAll("button").forEach((button) => button.remove());
    setTimeout(() => row.remove(), FAREWELL);
    going = undefined;
  };
  try {
    const call = await callMesibo({
      media,
      headers,
      audio: "app-call-sound",
      video: { local: "app-call-own", remote: "app-call-other" },
      onState: (word) => (word === "over" ? close() : say(WORDS[word])),
    });
    row.querySelector("[data-mute]").onclick = ({ target }) => {
      call.mute();
      target.ariaPressed = String(target.ariaPressed !== "true");
    };
    row.querySelector("[data-hang-up]").onclick = () => call.hangUp();
  } catch (error) {
    close(error.message);
  }
}

function draw(media) {
  dress("app_call");
  const row = Object.assign(document.createElement("section"), { className: "app-call", ariaLabel: "Call" });
  row.innerHTML = `<p class="app-call-state" role="status">${WORDS.calling}</p>
<button class="button" type="button" aria-pressed="false" data-mute>Mute</button>
<button class="button app-call-end" type="button" data-hang-up>Hang up</button>
${media === "video" ? '<div class="app-call-stage"><video id="app-call-other" autoplay playsinline></video><video id="app-call-own" autoplay playsinline muted></video></div>' : '<audio id="app-call-sound" autoplay></audio>'}`;
  document.getElementById("link").before(row);
  return row;
}
