// Brings to the server what waits in the outbox. Loaded when there is something to bring: without a connection this
// could do nothing anyway, and is tried again together with the message.

import { load } from "../core/lazy.js";

/** Send the entries of the outbox, oldest first: entries() are those that wait, change(client, to) notes what became of
    one, sent(client, message) that it is there, and unreachable(reason) that there is nobody to be reached. */
export async function deliver(outbox) {
  carry(outbox);
  for (let entry; (entry = next(outbox.entries()));) {
    const {
      client,
      conversation,
      body,
      reply,
      preview,
      file: { width, height, duration, waveform } = {},
      path,
    } = entry;
    const upload = path?.split("/").pop();
    let response;
    try {
      response = await fetch(`/w/conversations/${conversation}/messages`, {
        method: "POST",
        headers: { Accept: "application/json", "Content-Type": "application/json", ...outbox.headers() },
        body: JSON.stringify({
          client_id: client,
          body,
          reply_to: reply?.id,
          preview,
          upload,
          width,
          height,
          duration,
          waveform,
        }),
        signal: AbortSignal.timeout?.(15_000),
      });
    } catch {
      return outbox.unreachable("Not sent: there is no connection.");
    }
    if (response.ok) outbox.sent(client, await response.json().catch(() => null));
    else if (response.status >= 500) return outbox.unreachable("Not sent: the server is not available.");
    else {
      const { reason } = await response.json().catch(() => ({ reason: "It was not accepted." }));
      outbox.change(client, { failed: `Not sent. ${reason}`, refused: true });
    }
  }
}

// The oldest that can leave. A file waits for those that were attached before it, words do not.
function next(entries) {
  const waits = new Set();
  return entries.find(({ file, done, conversation }) => {
    if (file && !done) waits.add(conversation);
    return !file || (done && !waits.has(conversation));
  });
}

// Files are brought to the server first, and hold up no words.
async function carry(outbox) {
  const entries = () => outbox.entries().filter((it) => it.file && !it.done);
  if (!entries().length) return;
  const uploads = await load("attachments/uploads.js").catch(() =>
    outbox.unreachable("Not sent: there is no connection."),
  );
  uploads?.carryAll({ ...outbox, entries });
}
