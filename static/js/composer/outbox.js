// What is written leaves in order, exactly once. Every message is kept with an id of its own until the server has it;
// any tab may send it, and sending it again does no harm. Each is stored under a name of its own, which sorts by time:
// tabs that write at once do not overwrite each other's.

/** @import { FileInfo, Headers, MessageExtra, OutboxEntry } from "../types.d.ts" */

import { _ } from "../core/i18n.js";
import * as storage from "../core/storage.js";
import { lazy, load, loadStyles } from "../core/lazy.js";
import { withLock } from "../core/locks.js";
import {
  groupMessages,
  messagesByClientId,
  openConversation,
  scrollToEnd,
  showsNewest,
} from "../messages/message_list.js";

const withUploads = lazy("attachments/uploads.js", true);
const withUploadPreview = lazy("attachments/upload_preview.js", true);

const RETRY_DELAY = 5_000; // ms until the next try, unless the connection is back sooner

let lastOrder = 0;

/** Sorts behind everything that this tab has sent, and among those of other tabs by time. */
const nextOrder = () => (lastOrder = Math.max(lastOrder + 1, Date.now() * 1000));

const isConnected = () => navigator.onLine && document.getElementById("connection").dataset.state === "online";

export class Outbox {
  #user;
  #name;
  #headers;
  /** @type {ReturnType<typeof setTimeout>} */
  #timer;
  #sending = false;
  #flushAgain = false; // asked for while it was being done

  /**
   * `headers()` are sent along; `user` separates the people who use this browser.
   * @param {string} user
   * @param {Headers} headers
   */
  constructor(user, headers) {
    this.#user = user;
    this.#name = `outbox:${user}:`;
    this.#headers = headers;
    storage.onChange((name) => name.startsWith(this.#name) && this.draw());
    addEventListener("online", () => this.flush());
    document.addEventListener("click", (event) => this.#onClick(event));
    this.draw();
    this.flush();
  }

  /**
   * Say something in a conversation, perhaps in answer to `reply`: it shows at once and leaves as soon as it can. Of
   * `files` (see uploads.js) each is a message of its own; the words go with the first.
   * @param {string} conversation
   * @param {string} body
   * @param {MessageExtra} [extra]
   */
  add(conversation, body, { files, ...extra } = {}) {
    const at = new Date().toISOString();
    const first = { conversation, body, ...extra, at };
    (files ?? [{}]).forEach(({ client = newId(), info }, index) => {
      const key = `${this.#name}${nextOrder()}:${client}`;
      const content = index ? { ...first, body: "", reply: undefined } : first;
      this.#write({ ...content, key, client, file: info });
    });
    this.draw();
    scrollToEnd();
    this.flush();
  }

  /**
   * The stream has brought a message: whatever became of the answer, it has arrived.
   * @param {string} clientId
   */
  confirm(clientId) {
    this.#remove(clientId);
  }

  /** @returns {OutboxEntry[]} */
  get #entries() {
    return storage.names(this.#name).map((key) => storage.get(key));
  }

  get #waiting() {
    return this.#entries.filter((entry) => !entry.refused);
  }

  /** @param {string} client */
  #find(client) {
    return this.#entries.find((entry) => entry.client === client);
  }

  /** @param {OutboxEntry} entry */
  #write(entry) {
    storage.set(entry.key, entry);
  }

  /**
   * @param {string} client
   * @param {boolean} [discarded]
   */
  #remove(client, discarded) {
    const entry = this.#find(client);
    if (!entry) return;
    if (entry.file) withUploads(({ forget }) => forget(entry, discarded && this.#headers()));
    storage.set(entry.key, undefined);
  }

  /**
   * @param {string} client
   * @param {Partial<OutboxEntry>} change
   */
  #change(client, change) {
    const entry = this.#find(client);
    if (entry) this.#write({ ...entry, ...change });
    this.draw();
  }

  /** Draw what waits in the opened conversation. */
  draw() {
    const messages = document.getElementById("messages");
    if (!messages || !showsNewest()) return;
    const entries = this.#entries.filter((entry) => entry.conversation === openConversation());
    for (const drawn of messages.querySelectorAll(".message:not([data-seq])"))
      if (!entries.some((entry) => entry.client === drawn.dataset.clientId)) drawn.remove();
    for (const entry of entries) {
      const [drawn] = messagesByClientId(entry.client);
      if (drawn?.dataset.seq) continue;
      const message = drawn ?? messages.appendChild(renderPending(entry, this.#user));
      // Without a connection nothing is wrong with the message: it waits, and leaves by itself.
      const waits = entry.failed && !entry.refused && !isConnected();
      const failed = entry.failed && !waits;
      message.dataset.status = failed ? "failed" : "sending";
      message.toggleAttribute("data-waiting", Boolean(waits));
      message.querySelector(".failure")?.remove();
      if (failed) message.append(renderFailure(entry.failed));
      if (entry.file) withUploadPreview(({ draw }) => draw(message, entry));
    }
    if (!entries.length) return;
    document.getElementById("greeting-shown")?.remove();
    groupMessages();
  }

  /** Send what waits, oldest first; one tab at a time does it. */
  async flush() {
    clearTimeout(this.#timer);
    this.#flushAgain = this.#sending;
    if (this.#sending) return;
    this.#sending = true;
    try {
      if (this.#waiting.length) await withLock(this.#name, () => this.#deliver());
    } finally {
      this.#sending = false;
    }
    if (this.#flushAgain) this.flush();
    else if (this.#waiting.length) this.#timer = setTimeout(() => this.flush(), RETRY_DELAY);
  }

  async #deliver() {
    loadStyles("failure"); // while there is a connection
    const delivery = await load("composer/delivery.js").catch(() => {});
    if (!delivery) return this.#unreachable(_("Not sent: there is no connection."));
    await delivery.deliver({
      entries: () => this.#waiting,
      change: (client, to) => this.#change(client, to),
      sent: (client, message) => this.#sent(client, message),
      unreachable: (reason) => this.#unreachable(reason),
      flush: () => this.flush(),
      headers: this.#headers,
    });
  }

  /** @param {string} reason */
  #unreachable(reason) {
    for (const entry of this.#waiting) this.#write({ ...entry, failed: reason });
    this.draw();
  }

  /**
   * @param {string} client
   * @param {{id: string, seq: number, status: string} | null} message
   */
  #sent(client, message) {
    for (const drawn of messagesByClientId(client)) {
      if (drawn.dataset.seq || !message) continue;
      drawn.id = `m-${message.id}`;
      drawn.dataset.seq = String(message.seq);
      drawn.dataset.status = message.status;
      drawn.querySelector(".failure")?.remove();
    }
    this.#remove(client);
  }

  /** @param {MouseEvent} event */
  #onClick({ target }) {
    const button = /** @type {HTMLElement} */ (target).closest("[data-retry], [data-discard]");
    const client = button?.closest(".message")?.dataset.clientId;
    if (!client) return;
    if ("discard" in button.dataset) (this.#remove(client, true), this.draw());
    else (this.#change(client, { failed: undefined, refused: undefined }), this.flush());
  }
}

/**
 * @param {OutboxEntry} entry
 * @param {string} user
 */
function renderPending({ client, conversation, body, reply, at, file }, user) {
  const message = fromTemplate("blank-message").querySelector(".message");
  message.id = `m-${client}`;
  message.removeAttribute("data-seq");
  message.setAttribute("aria-labelledby", (message.querySelector("[id^=by-]").id += client));
  Object.assign(message.dataset, { clientId: client, conversation, sender: user });
  if (file) message.dataset.kind = file.kind;
  message.querySelector(".body").textContent = body;
  const quote = message.querySelector(".quote");
  if (reply) {
    Object.assign(quote.dataset, { original: reply.id, jump: reply.seq });
    quote.querySelector("b").textContent = reply.name;
    quote.querySelector("span").textContent = reply.excerpt;
  } else quote.remove();
  message.querySelector("time").setAttribute("datetime", at);
  return message;
}

/** @param {string} reason */
function renderFailure(reason) {
  const failure = fromTemplate("blank-failure");
  failure.querySelector(".failure-reason span").textContent = reason;
  return failure;
}

/**
 * A copy of what a <template> of the page holds.
 * @param {"blank-message" | "blank-failure"} id
 */
const fromTemplate = (id) => document.importNode(document.getElementById(id).content, true);

/** A UUID: by the File API the address of a blob ends with one; crypto.randomUUID is missing on pages without HTTPS. */
export function newId() {
  const url = URL.createObjectURL(new Blob());
  URL.revokeObjectURL(url);
  return url.slice(-36);
}
