// The inbox: the same stream, list and messages as the popup, at a desk.

import { focusComposer, leave } from "../composer/composer.js";
import { Feed } from "../stream/event_handlers.js";
import "../attachments/refresh_urls.js";
import { openConversation, past } from "../messages/message_list.js";
import { Outbox } from "../composer/outbox.js";
import { enter, settleCalls, showConnection, startRoom } from "../messages/conversation.js";
import { afterSwap } from "../core/htmx_hooks.js";
import { Tabs } from "../stream/shared_stream.js";
import { showTimes } from "../core/times.js";

const { user, position } = document.body.dataset;
const title = document.title;
const headers = () => ({});
const tabs = new Tabs("chat-inbox");
const outbox = new Outbox(user, headers);

const feed = new Feed({
  reload: () => location.reload(),
  outbox: () => outbox,
  leads: () => tabs.leads,
  onUnread: (count) => (document.title = count ? `(${count}) ${title}` : title),
});

function opened() {
  const conversation = openConversation();
  document.body.toggleAttribute("data-opened", Boolean(conversation));
  if (conversation) enter();
  feed.refresh();
}

// A conversation that was opened in place has an address of its own all the same.
afterSwap((target) => {
  if (target.id !== "conversation") return;
  const address = `/inbox/${openConversation()}`;
  if (location.pathname !== address) history.pushState(null, "", address);
  opened();
  focusComposer();
});
addEventListener("popstate", () => location.reload());
document.addEventListener("keydown", (event) => event.key === "Escape" && leave());

startRoom({
  headers,
  user: () => user,
  outbox: () => outbox,
  link: (message, conversation) => `${location.origin}/inbox/${conversation}?message=${message}`,
  leads: () => tabs.leads,
  tell: () => {},
});
showTimes();
opened();
const linked = new URLSearchParams(location.search).get("message");
const found = linked && document.getElementById(`m-${linked}`);
if (found) past((it) => it.jump(openConversation(), found.dataset.seq, linked));
settleCalls();
tabs.begin({
  user,
  lastId: position,
  headers,
  onEvent: feed.take,
  onState: (state) => {
    showConnection(state);
    if (state === "online") outbox.flush();
  },
  onRefused: () => location.reload(),
});
