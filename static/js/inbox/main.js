// The inbox: the same stream, list and messages as the popup, for the team.

import { focusComposer, clearContext } from "../composer/composer.js";
import { EventHandlers } from "../stream/event_handlers.js";
import "../attachments/refresh_urls.js";
import { openConversation, withHistory } from "../messages/message_list.js";
import { Outbox } from "../composer/outbox.js";
import { enterConversation, settleCalls, showConnection, initConversation } from "../messages/conversation.js";
import { onAfterSwap } from "../core/htmx_hooks.js";
import { SharedStream } from "../stream/shared_stream.js";
import { showTimes } from "../core/times.js";

const { user, position } = document.body.dataset;
const title = document.title;
const headers = () => ({});
const stream = new SharedStream("chat-inbox");
const outbox = new Outbox(user, headers);

const events = new EventHandlers({
  reload: () => location.reload(),
  outbox: () => outbox,
  isLeader: () => stream.isLeader,
  onUnread: (count) => (document.title = count ? `(${count}) ${title}` : title),
});

function conversationOpened() {
  const conversation = openConversation();
  document.body.toggleAttribute("data-opened", Boolean(conversation));
  if (conversation) enterConversation();
  events.refresh();
}

// A conversation that was opened in place has an address of its own all the same.
onAfterSwap((target) => {
  if (target.id !== "conversation") return;
  const address = `/inbox/${openConversation()}`;
  if (location.pathname !== address) history.pushState(null, "", address);
  conversationOpened();
  focusComposer();
});
addEventListener("popstate", () => location.reload());
document.addEventListener("keydown", (event) => event.key === "Escape" && clearContext());

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
