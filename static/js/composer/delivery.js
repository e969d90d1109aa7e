// Brings to the server what waits in the outbox. Loaded when there is something to bring: without a connection this
// could do nothing anyway, and is tried again together with the message.

/** @import { DeliveryOptions, OutboxEntry } from "../types.d.ts" */

import { _ } from "../core/i18n.js";
import { load } from "../core/lazy.js";

/**
 * Send the entries of the outbox, oldest first: entries() are those that wait, change(client, to) notes what became of
 * one, sent(client, message) that it is there, and unreachable(reason) that there is nobody to be reached.
 * @param {DeliveryOptions} outbox
 */
export async function deliver(outbox) {
  upload(outbox);
  const held = document.getElementById("prechat")?.dataset.conversation; // where a form is asked first
  const isHeld = (/** @type {OutboxEntry} */ it) => it.conversation === held;
  if (held && outbox.entries().some(isHeld)) {
    const forms = await load("popup/forms.js").catch(() => {});
    if (!forms) return outbox.unreachable(_("Not sent: there is no connection."));
    forms.hold(outbox.flush);
  }
  for (let entry; (entry = next(outbox.entries().filter((it) => !isHeld(it))));) {
    let response;
    try {
      response = await send(entry, outbox.headers());
    } catch {
      return outbox.unreachable(_("Not sent: there is no connection."));
    }
    if (response.status === 401) {
      document.dispatchEvent(new Event("chat:unauthorized")); // with the next session it is sent again
      return outbox.unreachable(_("Not sent: the session has ended."));
    }
    if (response.ok) outbox.sent(entry.client, await response.json().catch(() => null));
    else if (response.status === 429)
      return outbox.unreachable(_("Not sent: too much at once. It will be sent later."));
    else if (response.status >= 500) return outbox.unreachable(_("Not sent: the server is not available."));
    else {
      const { reason } = await response.json().catch(() => ({ reason: _("It was not accepted.") }));
      outbox.change(entry.client, { failed: _("Not sent. %(reason)s", { reason }), refused: true });
    }
  }
}

/**
 * @param {OutboxEntry} entry
 * @param {Record<string, string>} headers
 */
function send({ client, conversation, body, reply, preview, private: isPrivate, file, path }, headers) {
  const { width, height, duration, waveform } = file ?? {};
  const upload = path?.split("/").pop();
  const media = { upload, width, height, duration, waveform };
  const form = { client_id: client, body, reply_to: reply?.id, preview, private: isPrivate, ...media };
  return fetch(`/w/conversations/${conversation}/messages`, {
    method: "POST",
    headers: { Accept: "application/json", "Content-Type": "application/json", ...headers },
    body: JSON.stringify(form),
    signal: AbortSignal.timeout?.(15_000),
  });
}

/**
 * The oldest that can leave. A file waits for those that were attached before it, words do not.
 * @param {OutboxEntry[]} entries
 */
function next(entries) {
  const waits = new Set();
  return entries.find(({ file, done, conversation }) => {
    if (file && !done) waits.add(conversation);
    return !file || (done && !waits.has(conversation));
  });
}

/**
 * Files are brought to the server first, and hold up no words.
 * @param {DeliveryOptions} outbox
 */
async function upload(outbox) {
  const entries = () => outbox.entries().filter((it) => it.file && !it.done);
  if (!entries().length) return;
  const uploads = await load("attachments/uploads.js").catch(() => {});
  if (uploads) uploads.uploadAll({ ...outbox, entries });
  else outbox.unreachable(_("Not sent: there is no connection."));
}
