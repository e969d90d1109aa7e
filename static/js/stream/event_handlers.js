// What the stream brings, put on the page one event after the other.

import * as kept from "../core/storage.js";
import { late } from "../core/lazy.js";
import { markStatus, openConversation, parse, past, place, showTimes } from "../messages/message_list.js";
import { calls, refreshSheet, stopTyping, typing } from "../messages/conversation.js";
import { placeAmong } from "../core/htmx_hooks.js";

const UNREAD = 500; // ms that somebody has for reading a message, before it sounds

const chime = late("messages/chime.js", true);

const list = () => document.getElementById("list");
const entryOf = (conversation) => document.getElementById(`e-${conversation}`);
const isMuted = (conversation) => Boolean(kept.get(`muted:${conversation}`));

export class Feed {
  #last = Promise.resolve();
  #options;

  /** options: {reload(), outbox(), leads(), onUnread(count), onMessage(element), onEntry(element)} */
  constructor(options) {
    this.#options = options;
    addEventListener("chat-muted", () => this.refresh());
    kept.onChange((name) => name.startsWith("muted:") && this.refresh());
  }

  /** Take an event; it is worked on when those before it are done. */
  take = (event) => {
    this.#last = this.#last.then(() => this.#on[event.type]?.(event.data)).catch((error) => console.error(error));
  };

  #on = {
    message: async (fragment) => {
      const message = parse(fragment);
      const { mine, clientId, sender, conversation, kind, seq } = message.dataset;
      if (mine === "true") this.#options.outbox()?.arrived(clientId);
      stopTyping(sender);
      await place(fragment);
      this.#options.onMessage?.(message);
      if (mine === "false" && kind !== "system") setTimeout(() => this.#sound(conversation, seq), UNREAD);
    },
    "message-update": (fragment) => place(fragment, true),
    conversation: async (fragment) => {
      const entry = parse(fragment);
      const { conversation, revision } = entry.dataset;
      const known = document.getElementById(entry.id);
      if (Number(known?.dataset.revision) > Number(revision)) return; // it was overtaken on its way
      const focused = known?.contains(document.activeElement);
      known?.remove(); // its new time sorts it anew
      await placeAmong(list(), fragment, entry.id, (it) => it.dataset.updated < entry.dataset.updated);
      const placed = document.getElementById(entry.id);
      if (focused) placed.querySelector("a").focus();
      this.#options.onEntry?.(placed);
      showTimes(list());
      this.refresh();
      if (known && conversation === openConversation() && surroundings(known) !== surroundings(placed)) await this.#surround(placed);
    },
    receipt: async (fragment) => {
      const { conversation, deliveredToAll, readByAll } = parse(fragment).dataset;
      markStatus(conversation, Number(deliveredToAll), Number(readByAll));
      await refreshSheet(`receipt:${conversation}`);
    },
    typing: (fragment) => {
      const it = parse(fragment);
      if (it.dataset.conversation === openConversation()) typing(({ showTyping }) => showTyping(it.dataset, it.textContent));
    },
    presence: (fragment) => {
      for (const place of document.querySelectorAll(`[data-presence="${CSS.escape(parse(fragment).dataset.user)}"]`)) {
        place.innerHTML = fragment;
        showTimes(place);
      }
    },
    call: (fragment) => calls((it) => it.take(fragment)),
    // Everybody is told whether the link to the team's apps is there; the team, what is the matter with it.
    link: (fragment) => {
      const place = document.getElementById("link");
      if (place?.dataset.audience === parse(fragment).dataset.audience) place.innerHTML = fragment;
    },
    resync: () => this.#options.reload(),
  };

  /** Count what is unread, and mark which conversation is open. */
  refresh() {
    const conversation = openConversation();
    let unread = 0;
    for (const entry of list()?.children ?? []) {
      const muted = isMuted(entry.dataset.conversation);
      if (!muted) unread += Number(entry.dataset.unread);
      entry.classList.toggle("muted", muted);
      entry.querySelector("a").toggleAttribute("aria-current", entry.dataset.conversation === conversation);
    }
    this.#options.onUnread(unread);
  }

  // In one tab only, and only for what none of them has shown to somebody meanwhile.
  async #sound(conversation, seq) {
    const unread = Number(entryOf(conversation)?.dataset.unread);
    if (!unread || !this.#options.leads() || isMuted(conversation)) return;
    await chime((it) => it.chime(conversation, seq));
  }

  // The members or the name have changed; who was taken in again reads on from the beginning.
  async #surround(entry) {
    const { conversation } = entry.dataset;
    const shown = document.getElementById("conversation");
    if ("left" in shown.dataset && !("left" in entry.dataset)) return past((it) => it.open(conversation));
    shown.toggleAttribute("data-left", "left" in entry.dataset);
    await htmx.ajax("GET", `/w/conversations/${conversation}/head`, { target: "#head", swap: "innerHTML" });
    await refreshSheet(`conversation:${conversation}`);
    this.#options.onEntry?.(entry);
  }
}

const surroundings = ({ dataset }) => [dataset.title, dataset.picture, dataset.members, "left" in dataset].join("\n");
