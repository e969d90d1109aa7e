// What the stream brings, put on the page one event after the other.

import { markRead, newestSeq, openConversation, place } from "./log.js";
import { showTimes } from "./times.js";

const list = () => document.getElementById("list");

export class Feed {
  #last = Promise.resolve();
  #options;

  /** options: {reload(), outbox(), headers(), reading(), onUnread(count), onMessage(element)} */
  constructor(options) {
    this.#options = options;
  }

  /** Take an event; it is worked on when those before it are done. */
  take = (event) => {
    this.#last = this.#last.then(() => this.#on[event.type]?.(event.data)).catch((error) => console.error(error));
  };

  #on = {
    message: async (fragment) => {
      const message = parse(fragment);
      if (message?.dataset.mine === "true") this.#options.outbox()?.arrived(message.dataset.clientId);
      await place(fragment);
      this.#options.onMessage?.(message);
    },
    conversation: async (fragment) => {
      const entry = parse(fragment);
      const known = document.getElementById(entry.id);
      const focused = known?.contains(document.activeElement);
      known?.remove(); // its new time sorts it anew
      await htmx.swap({ sourceElement: list(), target: list(), swap: "upsert key:data-updated sort:desc", text: fragment });
      if (focused) document.querySelector(`#${entry.id} a`)?.focus();
      showTimes(list());
      this.refresh();
    },
    receipt: (fragment) => {
      const { conversation, readByAll } = parse(fragment).dataset;
      markRead(conversation, Number(readByAll));
    },
    resync: () => this.#options.reload(),
  };

  /** Count what is unread, mark what is being read, and which conversation is open. */
  refresh() {
    const open = openConversation();
    let unread = 0;
    for (const entry of list()?.children ?? []) {
      unread += Number(entry.dataset.unread);
      entry.querySelector("a").toggleAttribute("aria-current", entry.dataset.conversation === open);
      if (entry.dataset.conversation === open && entry.dataset.unread !== "0" && this.#options.reading()) this.#read(open);
    }
    this.#options.onUnread(unread);
  }

  #read(conversation) {
    fetch(`/w/conversations/${conversation}/read`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...this.#options.headers() },
      body: JSON.stringify({ upto: newestSeq() }),
    }).catch(() => {}); // told again with the next message
  }
}

function parse(fragment) {
  const template = document.createElement("template");
  template.innerHTML = fragment;
  return template.content.firstElementChild;
}
