// Where an opened chat stands, for the team: the page, and what the browser around it is like.

/** @import { Host } from "../types.d.ts" */

import { authHeaders, post } from "../messages/conversation.js";
import { isOpen } from "../messages/message_list.js";

let told = "";

/** What one holds in one's hand, or sits at. */
function screenKind() {
  if (Math.min(screen.width, screen.height) < 600) return "phone";
  return matchMedia("(pointer: coarse)").matches ? "tablet" : "computer";
}

/**
 * Tell it, unless this session was told. Nothing is told of a page on which the chat is closed.
 * @param {Host} host
 */
export async function tell(host) {
  const [page, title, referrer] = (await host.getSession()).page;
  const surroundings = {
    page,
    title: title?.replace(/^\(\d+\) /, ""), // how many are unread: that is ours
    referrer,
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    screen: screenKind(),
  };
  const key = JSON.stringify([authHeaders(), surroundings]);
  if (told === key || !isOpen()) return;
  told = key;
  post("/w/session", surroundings, "PATCH").catch(() => {}); // nobody misses it
}
