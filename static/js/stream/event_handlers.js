// What the stream brings, put on the page one event after the other.

/** @import { LazyModules, StreamEvent } from "../types.d.ts" */

import * as storage from "../core/storage.js";
import { lazy, load } from "../core/lazy.js";
import { isVisible, openConversation, parseFragment, prepareFragment, showTimes } from "../messages/message_list.js";
import { withCalls, refreshSheet, stopTyping, withTyping } from "../messages/conversation.js";
import { conversationLoaded } from "../core/htmx_hooks.js";

const CHIME_DELAY = 500; // ms that somebody has for reading a message, before it sounds

const withAnnouncer = lazy("messages/announcer.js", true);
const withChime = lazy("messages/chime.js", true);

const isMuted = (conversation) => Boolean(storage.get(`muted:${conversation}`));

/**
 * @typedef {object} Options
 * @property {() => void} reload
 * @property {() => import("../composer/outbox.js").Outbox} outbox
 * @property {() => boolean} isLeader
 * @property {(count: number) => void} onUnread
 * @property {(conversation: string) => boolean} [isQuiet] no sound is wanted for it
 * @property {(message: HTMLElement) => void} [onMessage]
 */

export class EventHandlers {
  #queue = Promise.resolve();
  /** @type {Record<string, string>} When somebody has sent what came of theirs last. */
  #sentAt = {};
  /** @type {Options} */
  #options;

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    addEventListener("chat-muted", () => this.refresh());
    storage.onChange((name) => name.startsWith("muted:") && this.refresh());
  }

  /**
   * Take an event; it is worked on when those before it are done. While messages are being loaded it waits for them:
   * what is new may be missing among them, and there is nothing yet to put it in.
   * @param {StreamEvent} event
   */
  handle = (event) => {
    this.#queue = this.#queue
      .then(() => conversationLoaded)
      .then(() => this.handlers[event.type]?.(event.data))
      .catch(console.error);
  };

  /** @type {Record<string, (fragment: string) => any>} By the name of the event; a page may add its own. */
  handlers = {
    message: async (fragment) => {
      const message = parseFragment(fragment);
      const { mine, clientId, sender, conversation, kind, seq } = message.dataset;
      if (mine === "true") this.#options.outbox()?.confirm(clientId);
      this.#sentAt[sender] = message.querySelector("time")?.dateTime;
      stopTyping(sender);
      await this.#placeMessage(fragment);
      this.#options.onMessage?.(message);
      if (mine === "true") return;
      if (isVisible() && !isMuted(conversation)) withAnnouncer(({ announce }) => announce(message));
      if (kind !== "system") setTimeout(() => this.#playChime(conversation, seq), CHIME_DELAY);
    },
    "message-update": (fragment) => this.#placeMessage(fragment, true),
    receipt: async (fragment) => {
      const { conversation, deliveredToAll, readByAll } = parseFragment(fragment).dataset;
      if (conversation === openConversation())
        (await this.load("messages/placement.js"))?.markStatus(conversation, Number(deliveredToAll), Number(readByAll));
      await refreshSheet(`receipt:${conversation}`);
    },
    typing: (fragment) => {
      const it = parseFragment(fragment);
      const { conversation, user, at } = it.dataset;
      // What they were writing then may be there already: nothing says in which order the two come.
      if (conversation === openConversation() && !(at <= this.#sentAt[user]))
        withTyping(({ showTyping }) => showTyping(it.dataset, it.textContent));
    },
    presence: (fragment) => {
      const { user } = parseFragment(fragment).dataset;
      for (const target of document.querySelectorAll(`[data-presence="${CSS.escape(user)}"]`)) {
        target.innerHTML = fragment;
        showTimes(target);
      }
    },
    call: (fragment) => withCalls((it) => it.handle(fragment)),
    // Everybody learns whether the team's apps are connected; the team, what is the matter.
    "mesibo-status": (fragment) => {
      const target = document.getElementById("mesibo-status");
      if (target?.dataset.audience === parseFragment(fragment).dataset.audience) target.innerHTML = fragment;
    },
    resync: () => this.#options.reload(),
  };

  /** Count what is unread, and mark which conversation is open. */
  refresh() {
    const conversation = openConversation();
    let unread = 0;
    for (const entry of document.querySelectorAll("#list .entry")) {
      const muted = isMuted(entry.dataset.conversation);
      if (!muted) unread += Number(entry.dataset.unread);
      entry.classList.toggle("muted", muted);
      entry.querySelector("a").toggleAttribute("aria-current", entry.dataset.conversation === conversation);
    }
    this.#options.onUnread(unread);
  }

  /**
   * A module that puts on the page what an event has brought; where it cannot be had, all of the page is loaded anew.
   * @template {keyof LazyModules} Path
   * @param {Path} path
   * @returns {Promise<LazyModules[Path] | undefined>}
   */
  load = (path) => load(path).catch(() => (this.#options.reload(), undefined));

  /**
   * @param {string} fragment
   * @param {boolean} [update]
   */
  async #placeMessage(fragment, update) {
    const [placement] = await Promise.all([this.load("messages/placement.js"), prepareFragment(fragment)]);
    await placement?.placeMessage(fragment, update);
  }

  // In one tab only, and only for what none of them has shown to somebody meanwhile.
  async #playChime(conversation, seq) {
    const unread = Number(document.getElementById(`e-${conversation}`)?.dataset.unread);
    const { isLeader, isQuiet } = this.#options;
    if (!unread || !isLeader() || isMuted(conversation) || isQuiet?.(conversation)) return;
    await withChime((it) => it.chime(conversation, seq));
  }
}
