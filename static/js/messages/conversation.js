// What the popup and the inbox do alike with the conversation that is open: write in it, read it, follow it. What its
// buttons lead to is loaded when it is first used.

import "../attachments/file_input.js";
import { compose } from "../composer/composer.js";
import { late } from "../core/lazy.js";
import { openConversation, openLog, past, showTimes } from "./message_list.js";

const AGAIN = 3_000; // ms between two words to the others that somebody writes here

const sheet = late("core/sheet.js");
const actions = late("messages/actions.js");
const callsHere = late("calls/calls.js");
const callsInApp = late("calls/app_call.js");

/** What says that others are writing. */
export const typing = late("messages/typing.js", true);

// The thin line under the header: silent while all is well, and not hasty to speak.
const WORDS = {
  online: "",
  connecting: "Connecting…",
  offline: "No connection. What you write will be sent later.",
};

const line = document.getElementById("connection");
const dialog = document.getElementById("sheet");
const text = document.getElementById("composer-text");

let options;
let ownCalls; // of this tab, once one has begun or rung
let told = 0; // when the others were last told that somebody writes here

export const post = (path, body, method = "POST") =>
  fetch(path, {
    method,
    headers: { Accept: "application/json", "Content-Type": "application/json", ...session() },
    body: JSON.stringify(body ?? {}),
    keepalive: true, // what was read counts, even if it was the last thing on this page
  });

/** What says who is asking. */
export const session = () => options.headers();

/** Show "online", "connecting" or "offline". */
export function showConnection(state) {
  line.dataset.state = state;
  line.textContent = WORDS[state];
}

/** Do something with the calls of this tab. */
export const calls = (use) => callsHere(({ Calls }) => use((ownCalls ??= new Calls(options))));

/** Take over the calls that the page was rendered with. */
export async function settleCalls() {
  const live = [...document.querySelectorAll("[data-live-call]")].map((it) => it.innerHTML);
  if (live.length || ownCalls) await calls((it) => it.settle(live));
}

/** Do what a button's data-act says. */
export const act = (name, button) => actions((it) => it[name](button, options));

/** What the sheet shows, if it is open, may have changed ("receipt:<conversation id>", say). */
export async function refreshSheet(change) {
  if (dialog.open) await sheet((it) => it.refresh(change));
}

/** Somebody has sent what they wrote, or (without a user) another conversation was opened. */
export function stopTyping(user) {
  if (!document.getElementById("typing").hidden) typing((it) => it.stopTyping(user));
}

/** options: {headers(), user(), outbox(), link(message, conversation), leads(), tell(type, detail)} */
export function startRoom(given) {
  options = given;
  document.addEventListener("click", clicked);
  document.addEventListener("input", ({ target }) => target.matches("[data-seek]") && act("seek", target));
  text.addEventListener("input", () => {
    if (!text.value.trim() || !openConversation() || Date.now() - told < AGAIN) return;
    told = Date.now();
    post(`/w/conversations/${openConversation()}/typing`).catch(() => {});
  });
  text.form.addEventListener("edit-last", () => {
    const own = [...document.querySelectorAll(`.message[data-sender="${options.user()}"][data-seq]:not([data-deleted])`)];
    if (own.length) act("edit", { dataset: { message: own.at(-1).id.slice(2) } });
  });
}

async function clicked(event) {
  const find = (selector) => event.target.closest(selector);
  const opener = find("[hx-target='#sheet-body']");
  if (opener && !dialog.contains(opener)) {
    if (!dialog.open) dialog.firstElementChild.replaceChildren(); // of a time when the sheet could not be loaded
    sheet((it) => it.expect(opener));
  }
  const link = find("[data-jump]");
  if (link) {
    event.preventDefault();
    dialog.close();
    past((it) => it.jump(link.dataset.conversation ?? openConversation(), link.dataset.jump, link.dataset.original));
  }
  const button = find("[data-act]");
  if (button && !((event.ctrlKey || event.metaKey) && button.href)) {
    if (button.href) event.preventDefault(); // else it opens in another tab as ever
    act(button.dataset.act, button);
  }
  const call = find("[data-call]");
  if (call) await begin(call.dataset.call);
  if (find("[data-leave-voice]")) document.getElementById("record")?.click();
}

// At the team's inbox, or where nobody is there but the team has an app, at that.
async function begin(media) {
  const here = () => calls((it) => it.start(media, openConversation()));
  if (document.getElementById("link")?.dataset.calls !== "app") return here();
  await callsInApp(({ callApp, onlyInApp }) => (onlyInApp() ? callApp(media, session) : here()));
}

/** A conversation was opened: show it, and write in it from now on. */
export function enter() {
  stopTyping();
  told = 0;
  showTimes();
  compose((body, along) => {
    told = 0; // to the others a message ends the writing
    options.outbox().add(openConversation(), body, along);
  }, openConversation());
  options.outbox().draw();
  openLog();
}
