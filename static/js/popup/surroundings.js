// What the browser around an opened chat is like, for the team: told once to each session that has said something.

import { authHeaders, post } from "../messages/conversation.js";

let told = "";

/** What one holds in one's hand, or sits at. */
function screenKind() {
  if (Math.min(screen.width, screen.height) < 600) return "phone";
  return matchMedia("(pointer: coarse)").matches ? "tablet" : "computer";
}

/** Tell it, unless this session was told. */
export function tellSurroundings() {
  const session = JSON.stringify(authHeaders());
  if (told === session) return;
  told = session;
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  post("/w/session", { time_zone: timeZone, screen: screenKind() }, "PATCH").catch(() => {}); // nobody misses it
}
