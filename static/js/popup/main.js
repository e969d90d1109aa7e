// The popup: opens the visitor's session, fills the page with it, and keeps it current.

/** @import { Host } from "../types.d.ts" */

import { focusComposer, clearContext, isComposing, sendText } from "../composer/composer.js";
import { EventHandlers } from "../stream/event_handlers.js";
import * as storage from "../core/storage.js";
import { withLock } from "../core/locks.js";
import {
  openConversation,
  withHistory,
  prepareFragment,
  scrollToNew,
  setVisibility,
} from "../messages/message_list.js";
import { Outbox } from "../composer/outbox.js";
import { lazy } from "../core/lazy.js";
import { enterConversation, settleCalls, showConnection, initConversation, post } from "../messages/conversation.js";
import { onAfterSwap } from "../core/htmx_hooks.js";
import { SharedStream } from "../stream/shared_stream.js";
import { connectHost } from "./host.js";

const main = document.getElementById("main");

/** @type {Host} */
let host;
let token = null;
let user = null;
/** @type {Outbox} */
let outbox = null;
let stream = new SharedStream("chat-popup");
let started = false;
/** @type {(() => Promise<void>)[]} What is to be done when there is a session. */
const waiting = [];

const withPageCommands = lazy("popup/page_commands.js");
const withForms = lazy("popup/forms.js", true);
const withSurroundings = lazy("popup/surroundings.js", true);
const withRow = lazy("popup/conversation_row.js", true);
const headers = () => (token ? { Authorization: `Bearer ${token}` } : {});
/** Where the visitor was, also in other tabs and on other pages. */
const lastConversationKey = () => `conversation:${user}`;

const events = new EventHandlers({
  reload: () => start(),
  outbox: () => outbox,
  isLeader: () => stream.isLeader,
  onUnread: (count) => host.notify("unread", { count }),
  onMessage: (message) => runPageCommand({ type: "message", message }),
});
events.handlers.conversation = async (fragment) => {
  tellPage();
  const list = await events.load("popup/conversation_list.js");
  return list?.placeEntry(fragment, nameTeam, () => events.refresh());
};
events.handlers.appearance = (fragment) => runPageCommand({ type: "appearance", fragment });

/** @param {object} profile */
const postSession = (profile) => post("/w/session", profile, "POST", "text/html");

/** Open or continue the session, and show everything that belongs to it. */
async function openSession(profile) {
  delete document.body.dataset.refused;
  const openBefore = openConversation();
  // One tab at a time: two that begin together would be two visitors.
  await withLock("chat-session", async () => {
    const known = await host.getSession();
    token = known.token ?? null;
    profile = { ...known.profile, ...profile };
    let response = await postSession(profile);
    if (response.status === 401) {
      host.forgetSession();
      token = null;
      response = await postSession(profile);
    }
    if (!response.ok) throw Object.assign(new Error(), { response });
    const text = await response.text();
    await prepareFragment(text);
    await htmx.swap({ sourceElement: main, target: main, swap: "innerHTML", text });
    const data = document.getElementById("session").dataset;
    token = data.token;
    await host.saveSession(token);
    applySession(data);
    settleCalls();
  });
  const wanted = openBefore ?? storage.get(lastConversationKey());
  if (wanted && wanted !== openConversation() && document.getElementById(`e-${wanted}`))
    await withHistory((it) => it.open(wanted));
  for (const work of waiting.splice(0)) await work();
}

/** The token is not good any more: another tab may have a newer one, else this is somebody new. */
function sessionLost() {
  user = "";
  start();
}

function applySession(data) {
  if (user !== data.user) {
    if (user !== null) (stream.close(), (stream = new SharedStream("chat-popup")));
    user = data.user;
    outbox = new Outbox(user, headers);
    stream.begin({
      user,
      lastId: data.position,
      headers,
      onEvent: events.handle,
      onState: (state) => {
        showConnection(state);
        outbox.draw();
        if (state === "online") outbox.flush();
      },
      onRefused: sessionLost,
    });
  } else stream.resetTo(data.position);
  conversationOpened();
}

function conversationOpened() {
  nameTeam();
  if (!document.querySelector(".message")) {
    const template = document.getElementById("greeting").content.firstElementChild;
    const greeting = /** @type {HTMLElement} */ (template.cloneNode(true));
    greeting.id = "greeting-shown";
    document.getElementById("messages").append(greeting);
  }
  enterConversation();
  if (document.getElementById("prechat")) withForms(async (it) => it.askFirst((await host.getSession()).profile));
  events.refresh();
  if (document.querySelector(".entry + .entry")) withRow((it) => it.reachByKeyboard());
}

/** On this page the team bears the name and the picture that its tag says. */
function nameTeam() {
  const avatar = document.getElementById("greeting").content.querySelector(".avatar");
  for (const place of document.querySelectorAll(".of-team")) {
    place.querySelector(".team-name").textContent = document.body.dataset.team;
    place.querySelector(".avatar")?.replaceWith(avatar.cloneNode(true));
  }
}

/** Do this, once there is a session. */
function inSession(work) {
  startOnce();
  user ? work() : waiting.push(work);
}

/** What there is to begin with is begun once. */
function startOnce() {
  if (!started) start();
  started = true;
}

/** Begin, and try again for as long as the server cannot be reached. */
async function start(profile) {
  for (let pause = 500; ; pause = Math.min(pause * 2, 10_000)) {
    try {
      return await openSession(profile);
    } catch (error) {
      const { response } = error;
      if (!response && !(error instanceof TypeError)) console.error(error);
      if (response && response.status < 500 && response.status !== 429) return refuse(await response.text());
      showConnection("offline");
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

function refuse(fragment) {
  document.body.dataset.refused = "";
  main.innerHTML = fragment;
  host.notify("error", { code: main.querySelector("p")?.dataset.error, reason: main.textContent.trim() });
}

/** To a team that has been asked something. */
const tellPage = () => document.querySelector(".message") && withSurroundings((it) => it.tell(host));
const runPageCommand = (message) => withPageCommands((it) => it[message.type]?.(message, host, nameTeam));

/** @type {Record<string, (message: any) => void>} */
const commands = {
  open: ({ focus }) => {
    startOnce();
    setVisibility({ open: true });
    if (focus) focusComposer();
    scrollToNew();
    inSession(tellPage);
  },
  end: () => (stream.close(), post("/w/session", {}, "DELETE")),
  close: () => setVisibility({ open: false }),
  focus: () => setVisibility({ pageFocused: true }),
  // From the page into the chat, perhaps; and it may have become another page without being loaded.
  blur: () => (setVisibility({ pageFocused: false }), user && tellPage()),
  send: ({ text }) => (startOnce(), sendText(text)),
  call: (message) => inSession(() => runPageCommand(message)),
  popout: (message) => inSession(() => runPageCommand(message)),
  form: (message) => inSession(() => runPageCommand(message)),
  // Nothing happens when it is not for this visitor.
  jump: ({ message }) => inSession(() => withHistory((it) => it.follow(message))),
  identify: () => started && start(),
};

document.getElementById("close").addEventListener("click", () => host.notify("close"));
document.addEventListener("keydown", (event) => {
  // Escape closes what is open: first the sheet (by itself), then what the composer is about, then the popup.
  const free = event.key === "Escape" && !event.defaultPrevented && !isComposing(event);
  if (free && !document.querySelector("dialog[open]") && !clearContext()) host.notify("close");
});
document.addEventListener("chat:unauthorized", sessionLost);
document.addEventListener("htmx:config:request", (/** @type {CustomEventInit} */ { detail }) =>
  Object.assign(detail.ctx.request.headers, headers()),
);
onAfterSwap((target) => {
  if (target.id === "sheet-body") nameTeam();
  if (!user || target.id !== "conversation") return;
  storage.set(lastConversationKey(), openConversation());
  conversationOpened();
});

initConversation({
  headers,
  user: () => user,
  outbox: () => outbox,
  link: async (message) => `${(await host.getSession()).page[0].replace(/#.*/, "")}#chat-message-${message}`,
  isLeader: () => stream.isLeader,
  notifyHost: (type, detail) => host.notify(type, detail),
});
host = await connectHost();
setVisibility({ open: host.opened, pageFocused: host.pageFocused });
host.onMessage((message) => (commands[message.type] ?? runPageCommand)(message));
if (document.body.dataset.invite) await (await import("./invitation.js")).join({ host, main, start, refuse });
else {
  if (host.opened) focusComposer();
  // Made ready because the pointer came near, by somebody who may never open it: no session and no stream until then.
  if (host.opened || (await host.getSession()).token) startOnce();
}
