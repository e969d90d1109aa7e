// The popup: opens the visitor's session, fills the page with it, and keeps it current.

import { focusComposer, leave, say } from "../composer/composer.js";
import { Feed } from "../stream/event_handlers.js";
import * as kept from "../core/storage.js";
import { inTurn } from "../core/locks.js";
import { openConversation, past, ready, scrollToEnd, setLooking, showTimes } from "../messages/message_list.js";
import { Outbox } from "../composer/outbox.js";
import { calls, enter, settleCalls, showConnection, startRoom } from "../messages/conversation.js";
import { afterSwap } from "../core/htmx_hooks.js";
import { Tabs } from "../stream/shared_stream.js";
import { connectHost } from "./host.js";

const main = document.getElementById("main");
const html = document.documentElement;

let host;
let token = null;
let user = null;
let outbox = null;
let tabs = new Tabs("chat-popup");
let dialled; // a call that the page has asked for, until there is a session
let begun = false;
let linked; // the message that a link leads to, once there is a session

const headers = () => (token ? { Authorization: `Bearer ${token}` } : {});
const last = () => `conversation:${user}`; // where the visitor was, also in other tabs and on other pages

const feed = new Feed({
  reload: () => start(),
  outbox: () => outbox,
  leads: () => tabs.leads,
  onUnread: (count) => {
    const list = document.getElementById("list");
    if (list?.hidden && list.children.length > 1) showList(list);
    host.tell("unread", { count });
  },
  onMessage: (message) =>
    host.tell("message", {
      id: message.id.slice(2),
      mine: message.dataset.mine === "true",
      body: message.querySelector(".body").textContent.trim(),
    }),
  onEntry: () => nameTeam(),
});

// There is a second conversation.
async function showList(list) {
  list.dataset.dress = "conversation_list message_content";
  await ready(list.outerHTML);
  list.hidden = false;
}

async function post(path, body) {
  return fetch(path, {
    method: "POST",
    headers: { Accept: "text/html", "Content-Type": "application/json", ...headers() },
    body: JSON.stringify(body ?? {}),
  });
}

/** Open or continue the session, and show everything that belongs to it. */
async function session(profile) {
  const before = openConversation();
  // One tab at a time: two that begin together would be two visitors.
  await inTurn("chat-session", async () => {
    const known = await host.ask();
    token = known.token ?? null;
    profile = { ...known.profile, ...profile };
    let response = await post("/w/session", profile);
    if (response.status === 401) {
      host.forget();
      token = null;
      response = await post("/w/session", profile);
    }
    if (!response.ok) throw Object.assign(new Error(), { response });
    const text = await response.text();
    await ready(text);
    await htmx.swap({ sourceElement: main, target: main, swap: "innerHTML", text });
    const data = document.getElementById("session").dataset;
    token = data.token;
    await host.session(token);
    show(data);
    settleCalls();
  });
  const wanted = before ?? kept.get(last());
  if (wanted && wanted !== openConversation() && document.getElementById(`e-${wanted}`)) await past((it) => it.open(wanted));
  if (linked) await follow(linked);
}

function show(data) {
  if (user !== data.user) {
    if (user) tabs.close(), (tabs = new Tabs("chat-popup"));
    user = data.user;
    outbox = new Outbox(user, headers);
    tabs.begin({
      user,
      lastId: data.position,
      headers,
      onEvent: feed.take,
      onState: (state) => {
        showConnection(state);
        if (state === "online") outbox.flush();
      },
      onRefused: () => start(),
    });
  } else tabs.moved(data.position);
  opened();
}

function opened() {
  nameTeam();
  if (!document.querySelector(".message")) {
    const greeting = document.getElementById("greeting").content.firstElementChild.cloneNode(true);
    greeting.id = "greeting-shown";
    document.getElementById("messages").append(greeting);
  }
  enter();
  if (dialled) dial(dialled);
  feed.refresh();
}

/** On this page the team bears the name and the picture that its tag says. */
function nameTeam() {
  const avatar = document.getElementById("greeting").content.querySelector(".avatar");
  for (const place of document.querySelectorAll(".of-team")) {
    place.querySelector(".team-name").textContent = document.body.dataset.team;
    place.querySelector(".avatar")?.replaceWith(avatar.cloneNode(true));
  }
}

/** Call the team. */
async function dial(media) {
  dialled = user ? undefined : media;
  if (user) await calls((it) => it.start(media, document.querySelector(".entry.of-team").dataset.conversation));
}

/** What there is to begin with is begun once. */
function begin() {
  if (!begun) start();
  begun = true;
}

/** Begin, and try again for as long as the server cannot be reached. */
async function start(profile) {
  for (let pause = 500; ; pause = Math.min(pause * 2, 10_000)) {
    try {
      return await session(profile);
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
  main.innerHTML = fragment;
  host.tell("error", { reason: main.textContent.trim() });
}

/** Show the message that a link leads to; nothing happens when it is not for this visitor. */
async function follow(message) {
  linked = message;
  if (!user) return;
  linked = undefined;
  const response = await fetch(`/w/messages/${message}`, { headers: { Accept: "application/json", ...headers() } });
  if (!response.ok) return;
  const { conversation, seq } = await response.json();
  await past((it) => it.jump(conversation, seq, message));
}

const commands = {
  open: ({ focus }) => {
    begin();
    setLooking({ open: true });
    if (focus) focusComposer();
    scrollToEnd();
  },
  close: () => setLooking({ open: false }),
  focus: () => setLooking({ pageFocused: true }),
  blur: () => setLooking({ pageFocused: false }),
  send: ({ text }) => (begin(), say(text)),
  call: ({ media }) => (begin(), dial(media)),
  jump: ({ message }) => (begin(), follow(message)),
  identify: () => begun && start(),
  look: ({ theme, locale }) => {
    if (theme) html.dataset.theme = theme;
    if (locale) html.dataset.locale = locale;
    showTimes();
  },
};

document.getElementById("close").addEventListener("click", () => host.tell("close"));
document.addEventListener("keydown", (event) => {
  // Escape closes what is open: first the sheet (by itself), then what the composer is about, then the popup.
  if (event.key === "Escape" && !document.querySelector("dialog[open]") && !leave()) host.tell("close");
});
document.addEventListener("htmx:config:request", ({ detail }) => Object.assign(detail.ctx.request.headers, headers()));
afterSwap((target) => {
  if (target.id === "sheet-body") nameTeam();
  if (!user || target.id !== "conversation") return;
  kept.set(last(), openConversation());
  opened();
});

startRoom({
  headers,
  user: () => user,
  outbox: () => outbox,
  link: async (message) => `${(await host.ask()).page.replace(/#.*/, "")}#chat-message-${message}`,
  leads: () => tabs.leads,
  tell: (type, detail) => host.tell(type, detail),
});
host = await connectHost();
setLooking({ open: host.opened, pageFocused: host.pageFocused });
host.onMessage((message) => commands[message.type]?.(message));
if (document.body.dataset.invite) await (await import("./invitation.js")).join({ host, main, headers, start, refuse });
else {
  if (host.opened) focusComposer();
  // Made ready because the pointer came near, by somebody who may never open it: no session and no stream until then.
  if (host.opened || (await host.ask()).token) begin();
}
