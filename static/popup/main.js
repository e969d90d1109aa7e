// The popup: opens the visitor's session, fills the page with it, and keeps it current.

import { compose, focusComposer } from "../chat/composer.js";
import { showConnection } from "../chat/connection.js";
import { Feed } from "../chat/feed.js";
import { inTurn } from "../chat/locks.js";
import { openConversation, scrollToEnd } from "../chat/log.js";
import { Outbox } from "../chat/outbox.js";
import { afterSwap } from "../chat/swaps.js";
import { Tabs } from "../chat/tabs.js";
import { showTimes } from "../chat/times.js";
import { connectHost } from "./host.js";

const main = document.getElementById("main");
const html = document.documentElement;

let host;
let opened = false;
let token = null;
let user = null;
let outbox = null;
let tabs = new Tabs("chat-popup");
let early = []; // written before there is a conversation to write to

const headers = () => (token ? { Authorization: `Bearer ${token}` } : {});

const feed = new Feed({
  headers,
  reload: () => start(),
  outbox: () => outbox,
  reading: () => opened && !document.hidden,
  onUnread: (count) => host.tell("unread", { count }),
  onMessage: ({ id, dataset, children }) =>
    host.tell("message", { id: id.slice(2), mine: dataset.mine === "true", body: children[1].textContent.trim() }),
});

async function post(profile) {
  return fetch("/w/session", {
    method: "POST",
    headers: { Accept: "text/html", "Content-Type": "application/json", ...headers() },
    body: JSON.stringify(profile ?? {}),
  });
}

/** Open or continue the session, and show everything that belongs to it. */
async function session() {
  // One tab at a time: two that begin together would be two visitors.
  await inTurn("chat-session", async () => {
    const kept = await host.ask();
    token = kept.token ?? null;
    let response = await post(kept.profile);
    if (response.status === 401) {
      host.forget();
      token = null;
      response = await post(kept.profile);
    }
    if (!response.ok) throw Object.assign(new Error(), { response });
    await htmx.swap({ sourceElement: main, target: main, swap: "innerHTML", text: await response.text() });
    const data = document.getElementById("session").dataset;
    token = data.token;
    await host.session(token);
    show(data);
  });
}

function show(data) {
  showTimes();
  if (!document.querySelector(".message")) {
    const greeting = document.getElementById("greeting").content.firstElementChild.cloneNode(true);
    greeting.id = "greeting-shown";
    document.getElementById("messages").append(greeting);
  }
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
  } else {
    tabs.moved(data.position);
    outbox.draw();
  }
  composeHere();
  scrollToEnd();
  feed.refresh();
}

function composeHere() {
  compose(say, openConversation());
  for (const body of early.splice(0)) say(body);
}

function say(body) {
  if (outbox) outbox.add(openConversation(), body);
  else early.push(body);
}

/** Begin, and try again for as long as the server cannot be reached. */
async function start() {
  for (let pause = 500; ; pause = Math.min(pause * 2, 10_000)) {
    try {
      return await session();
    } catch ({ response }) {
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

const commands = {
  open: ({ focus }) => {
    opened = true;
    if (focus) focusComposer();
    scrollToEnd();
    feed.refresh();
  },
  close: () => (opened = false),
  send: ({ text }) => say(text),
  identify: () => start(),
  look: ({ theme, locale }) => {
    if (theme) html.dataset.theme = theme;
    if (locale) html.dataset.locale = locale;
    showTimes();
  },
};

document.getElementById("close").addEventListener("click", () => host.tell("close"));
document.addEventListener("keydown", (event) => event.key === "Escape" && host.tell("close"));
document.addEventListener("visibilitychange", () => user && feed.refresh());
document.addEventListener("htmx:config:request", ({ detail }) => Object.assign(detail.ctx.request.headers, headers()));
afterSwap((target) => {
  if (user && target.id === "conversation") composeHere(), outbox.draw(), scrollToEnd(), feed.refresh();
});

compose(say);
host = await connectHost();
opened = host.opened;
host.onMessage((message) => commands[message.type]?.(message));
if (opened) focusComposer();
await start();
