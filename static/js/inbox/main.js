// The inbox: the same stream, list and messages as the popup, for the team; and what the team works with.

import { _ } from "../core/i18n.js";
import { focusComposer, clearContext, isComposing } from "../composer/composer.js";
import { EventHandlers } from "../stream/event_handlers.js";
import "../attachments/refresh_urls.js";
import { openConversation, parseFragment, showTimes, withHistory } from "../messages/message_list.js";
import { Outbox } from "../composer/outbox.js";
import { enterConversation, post, settleCalls, showConnection, initConversation } from "../messages/conversation.js";
import { updateHead } from "../messages/head.js";
import { onAfterSwap } from "../core/htmx_hooks.js";
import { SharedStream } from "../stream/shared_stream.js";
import * as alerts from "./alerts.js";
import { closeCanned } from "./canned.js";
import * as colleagues from "./colleagues.js";
import { placeEntry, placeNews, showCounts } from "./list.js";
import { setNote } from "./note.js";
import "./shortcuts.js";
import "./tab_stop.js";
import { refreshVisitor } from "./visitor_panel.js";
import { notify } from "./work.js";

htmx.config.morphIgnore.push("open"); // what an agent has unfolded beside a conversation stays so

const { user, position } = document.body.dataset;
const title = document.title;
const headers = () => ({});
const stream = new SharedStream("chat-inbox");
const outbox = new Outbox(user, headers);
// What stands above a conversation depends on these.
const HEAD = ["title", "picture", "members", "left", "status", "assignee", "labels", "snoozedUntil"];
const availability = document.getElementById("availability");

// Begin anew; in the list, when the conversation that is open has been deleted.
async function reload() {
  const conversation = openConversation();
  const response = conversation && (await fetch(`/w/conversations/${conversation}/head`).catch(() => null));
  if (response?.status === 404) location.assign(`/inbox${location.search}`);
  else location.reload();
}

const events = new EventHandlers({
  reload,
  outbox: () => outbox,
  isLeader: () => stream.isLeader,
  isQuiet: alerts.isQuiet,
  onUnread: (count) => {
    document.title = count ? `(${count}) ${title}` : title;
    alerts.markIcon(count);
  },
  onMessage: (message) => {
    colleagues.noticeAnswer(message);
    if (stream.isLeader) alerts.messageCame(message);
  },
});
// Rows come by the stream, by scrolling, and once the pointer rests: the open one is marked among all of them.
new MutationObserver(() => events.refresh()).observe(document.getElementById("list"), { childList: true });
Object.assign(events.handlers, {
  conversation: async (fragment) => {
    const placed = await placeEntry(fragment);
    const entry = parseFragment(fragment);
    if (!placed || entry.dataset.conversation !== openConversation()) return;
    if (HEAD.every((name) => placed.before?.[name] === entry.dataset[name])) return;
    await updateHead(entry);
    showTimes();
  },
  people: async (fragment) => {
    const shown = document.querySelector("[data-visitor]")?.dataset.visitor;
    if (shown && parseFragment(fragment).dataset.people.split(" ").includes(shown)) await refreshVisitor();
  },
  counts: showCounts,
  appearance: (fragment) => (document.documentElement.style.cssText = parseFragment(fragment).dataset.tokens),
  preferences: alerts.choose,
  viewing: colleagues.showColleague,
  agent: (fragment) => {
    const { agent, available } = parseFragment(fragment).dataset;
    if (agent === user) availability.ariaChecked = available;
  },
  mention: (fragment) => {
    const mention = parseFragment(fragment);
    const text = (selector) => mention.querySelector(selector).textContent;
    notify(_("%(name)s has mentioned you: %(summary)s", { name: text("b"), summary: text("span") }));
  },
});

// The stream brings whole messages of the conversations that this agent has opened last, and of all others in brief who
// says what. What is open here is among the others only when a tab has lain untouched for long: it is loaded again.
for (const name of ["message", "message-update"]) {
  const handle = events.handlers[name];
  events.handlers[name] = async (fragment) => {
    const message = parseFragment(fragment);
    const { brief, conversation, seq, version = 0, revision } = message.dataset;
    if (brief !== undefined && revision !== undefined) await placeNews(message);
    if (brief !== undefined && conversation === openConversation()) {
      const shown = /** @type {HTMLElement | null} */ (document.querySelector(`#messages [data-seq="${seq}"]`));
      if (!(Number(shown?.dataset.version) >= Number(version))) await withHistory((it) => it.open(conversation));
    }
    await handle(fragment);
  };
}

availability.addEventListener("click", () => {
  const available = availability.ariaChecked !== "true";
  availability.ariaChecked = String(available);
  post("/w/agents/me", { available: available ? 1 : 0 }, "PATCH");
});

function conversationOpened() {
  const conversation = openConversation();
  document.body.toggleAttribute("data-opened", Boolean(conversation));
  setNote(false);
  closeCanned();
  if (conversation) {
    enterConversation();
    colleagues.enter();
  }
  events.refresh();
}

// A conversation that was opened in place has an address of its own all the same.
onAfterSwap((target) => {
  if (target.matches(".person-notes, .visitor-identity")) showTimes();
  if (target.id !== "conversation") return;
  const address = `/inbox/${openConversation()}`;
  if (location.pathname !== address) history.pushState(null, "", address + location.search);
  conversationOpened();
  focusComposer();
});
addEventListener("popstate", () => location.reload());
document.addEventListener("keydown", (event) => event.key === "Escape" && !isComposing(event) && clearContext());

initConversation({
  headers,
  user: () => user,
  outbox: () => outbox,
  link: (message, conversation) => `${location.origin}/inbox/${conversation}?message=${message}`,
  isLeader: () => stream.isLeader,
  notifyHost: () => {},
});
showTimes();
conversationOpened();
const linkedMessage = new URLSearchParams(location.search).get("message");
const linkedElement = linkedMessage && document.getElementById(`m-${linkedMessage}`);
if (linkedElement) withHistory((it) => it.jump(openConversation(), linkedElement.dataset.seq, linkedMessage));
settleCalls();
stream.begin({
  user,
  lastId: position,
  headers,
  onEvent: events.handle,
  onState: (state) => {
    showConnection(state);
    if (state === "online") outbox.flush();
  },
  onRefused: () => location.reload(),
});
// A notification was clicked: its conversation opens in the tab that is there.
navigator.serviceWorker?.addEventListener("message", ({ data }) => {
  if (data.kind === "open") withHistory((it) => it.open(data.url.split("/").at(-1)));
});
