// What is written leaves in order, exactly once. Every message is kept with an id of its own until the server has it;
// any tab may send it, and sending it again does no harm.

import * as storage from "../core/storage.js";
import { lazy, load } from "../core/lazy.js";
import { withLock } from "../core/locks.js";
import {
  showsNewest,
  messagesByClientId,
  groupMessages,
  openConversation,
  scrollToEnd,
} from "../messages/message_list.js";

const uploads = lazy("attachments/uploads.js", true);

const AGAIN = 5_000; // ms until the next try, unless the connection is back sooner

export class Outbox {
  #user;
  #name;
  #headers;
  #timer;
  #sending = false;
  #again = false; // asked for while it was being done

  /** `headers()` are sent along; `user` separates the people who use this browser. */
  constructor(user, headers) {
    this.#user = user;
    this.#name = `outbox:${user}`;
    this.#headers = headers;
    storage.onChange((name) => name === this.#name && this.draw());
    addEventListener("online", () => this.flush());
    document.addEventListener("click", (event) => this.#clicked(event));
    this.draw();
    this.flush();
  }

  /** Say something in a conversation, perhaps in answer to `reply`: it shows at once and leaves as soon as it can. Of
      `files` ({client, info}, see uploads.js) each is a message of its own; the words go with the first. */
  add(conversation, body, { reply, files, preview } = {}) {
    const at = new Date().toISOString();
    const first = { client: newId(), conversation, body, reply, preview, at };
    const entries = files?.map(({ client, facts }, index) => ({
      ...(index ? { conversation, body: "", at } : first),
      client,
      file: facts,
    }));
    this.#write([...this.#entries, ...(entries ?? [first])]);
    this.draw();
    scrollToEnd();
    this.flush();
  }

  /** The stream has brought a message: whatever became of the answer, it has arrived. */
  arrived(clientId) {
    if (this.#entries.some((entry) => entry.client === clientId)) this.#remove(clientId);
  }

  get #entries() {
    return storage.get(this.#name, []);
  }

  #write(entries) {
    storage.set(this.#name, entries.length ? entries : undefined);
  }

  #remove(client, givenUp) {
    const entry = this.#entries.find((it) => it.client === client);
    if (entry?.file) uploads(({ forget }) => forget(entry, givenUp && this.#headers()));
    this.#write(this.#entries.filter((entry) => entry.client !== client));
  }

  #change(client, change) {
    this.#write(this.#entries.map((entry) => (entry.client === client ? { ...entry, ...change } : entry)));
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
      const message = drawn ?? messages.appendChild(blank(entry, this.#user));
      message.dataset.status = entry.failed ? "failed" : "sending";
      message.querySelector(".failure")?.remove();
      if (entry.failed) message.append(failure(entry.failed));
      if (entry.file) uploads(({ draw }) => draw(message, entry));
    }
    if (!entries.length) return;
    document.getElementById("greeting-shown")?.remove();
    groupMessages();
  }

  /** Send what waits, oldest first; one tab at a time does it. */
  async flush() {
    clearTimeout(this.#timer);
    this.#again = this.#sending;
    if (this.#sending) return;
    this.#sending = true;
    try {
      if (this.#waiting.length) await withLock(this.#name, () => this.#deliver());
    } finally {
      this.#sending = false;
    }
    if (this.#again) return this.flush();
    if (this.#waiting.length) this.#timer = setTimeout(() => this.flush(), AGAIN);
  }

  get #waiting() {
    return this.#entries.filter((entry) => !entry.refused);
  }

  async #deliver() {
    const { deliver } = await load("composer/delivery.js").catch(() => ({}));
    if (!deliver) return this.#unreachable("Not sent: there is no connection.");
    await deliver({
      entries: () => this.#waiting,
      change: (client, to) => this.#change(client, to),
      sent: (client, message) => this.#sent(client, message),
      unreachable: (reason) => this.#unreachable(reason),
      flush: () => this.flush(),
      headers: this.#headers,
    });
  }

  #unreachable(reason) {
    this.#write(this.#entries.map((entry) => (entry.refused ? entry : { ...entry, failed: reason })));
    this.draw();
  }

  #sent(client, message) {
    for (const drawn of messagesByClientId(client)) {
      if (drawn.dataset.seq || !message) continue;
      drawn.id = `m-${message.id}`;
      drawn.dataset.seq = message.seq;
      drawn.dataset.status = message.status;
      drawn.querySelector(".failure")?.remove();
    }
    this.#remove(client);
  }

  #clicked({ target }) {
    const button = target.closest?.("[data-retry], [data-discard]");
    const client = button?.closest(".message")?.dataset.clientId;
    if (!client) return;
    if ("discard" in button.dataset) (this.#remove(client, true), this.draw());
    else (this.#change(client, { failed: undefined, refused: undefined }), this.flush());
  }
}

function blank({ client, conversation, body, reply, at, file }, user) {
  const message = document.getElementById("blank-message").content.querySelector(".message").cloneNode(true);
  message.id = `m-${client}`;
  message.removeAttribute("data-seq");
  message.dataset.clientId = client;
  message.dataset.conversation = conversation;
  message.dataset.sender = user;
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

function failure(reason) {
  const note = document.getElementById("blank-failure").content.firstElementChild.cloneNode(true);
  note.querySelector(".failure-reason span").textContent = reason;
  return note;
}

/** A UUID, version 4; crypto.randomUUID is missing on pages without HTTPS. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}
