// What the popup and the inbox do alike with the conversation that is open: write in it, read it, follow it.

import { compose } from "./composer.js";
import { openConversation, openLog } from "./log.js";
import { startReading } from "./reading.js";
import { act, startSheet } from "./sheet.js";
import { showTimes } from "./times.js";
import { startTyping, stopTyping } from "./typing.js";

let options;

import("./attaching.js"); // not needed for the first look

const post = (path, body, method = "POST") =>
  fetch(path, {
    method,
    headers: { Accept: "application/json", "Content-Type": "application/json", ...options.headers() },
    body: JSON.stringify(body ?? {}),
    keepalive: true, // what was read counts, even if it was the last thing on this page
  });

let loading; // of what calls take

/** The calls of this tab; loaded when one begins or rings. */
export const calls = () => (loading ??= import("../call/calls.js").then(({ Calls }) => new Calls(options)));

/** Take over the calls that the page was rendered with. */
export async function settleCalls() {
  const live = [...document.querySelectorAll("[data-live-call]")].map((it) => it.innerHTML);
  if (live.length || loading) await (await calls()).settle(live);
}

/** options: {headers(), user(), outbox(), link(message, conversation), leads(), tell(type, detail)} */
export function startRoom(given) {
  options = given;
  startReading((conversation, upto) => post(`/w/conversations/${conversation}/read`, { upto }));
  startTyping(() => openConversation() && post(`/w/conversations/${openConversation()}/typing`).catch(() => {}));
  startSheet(options);
  document.addEventListener("click", async ({ target }) => {
    const button = target.closest("[data-call]");
    if (button) await begin(button.dataset.call);
    if (target.closest("[data-leave-voice]")) document.getElementById("record")?.click();
  });
  document.getElementById("composer").addEventListener("edit-last", () => {
    const own = [...document.querySelectorAll(`.message[data-sender="${options.user()}"][data-seq]:not([data-deleted])`)];
    if (own.length) act("edit", { dataset: { message: own.at(-1).id.slice(2) } });
  });
}

/** What says who is asking, for requests of parts that are loaded later. */
export const session = () => options.headers();

// At the team's inbox, or where nobody is there but the team has an app, at that.
async function begin(media) {
  if (document.getElementById("link")?.dataset.calls === "app") {
    const { callApp, onlyInApp } = await import("../call/app.js");
    if (onlyInApp()) return callApp(media, options.headers);
  }
  (await calls()).start(media, openConversation());
}

/** A conversation was opened: show it, and write in it from now on. */
export function enter() {
  stopTyping();
  showTimes();
  compose((body, along) => options.outbox().add(openConversation(), body, along), openConversation(), change);
  options.outbox().draw();
  openLog();
}

// Resolves to why it could not be changed, if so.
async function change(id, body) {
  try {
    const response = await post(`/w/messages/${id}`, { body }, "PATCH");
    return response.ok ? "" : (await response.json()).reason;
  } catch {
    return "Not changed: there is no connection.";
  }
}
