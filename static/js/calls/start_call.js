// Where a call goes that is begun by a button.

import { lazy } from "../core/lazy.js";
import { authHeaders, withCalls } from "../messages/conversation.js";
import { openConversation } from "../messages/message_list.js";

const withAppCalls = lazy("calls/app_call.js");

/**
 * Call the team at its inbox, or, where nobody is there but the team has an app, at that.
 * @param {"voice" | "video"} media
 */
export async function startCall(media) {
  const here = () => withCalls((it) => it.start(media, openConversation()));
  if (document.getElementById("mesibo-status")?.dataset.calls !== "app") return here();
  await withAppCalls(({ callApp, onlyInApp }) => (onlyInApp() ? callApp(media, authHeaders) : here()));
}
