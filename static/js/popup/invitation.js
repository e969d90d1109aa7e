// What a link to a group leads to: asks whether to join, and under which name; then goes on as the popup.

/** @import { Headers, Host } from "../types.d.ts" */

import { loadStyles } from "../core/lazy.js";
import { showConnection } from "../messages/conversation.js";

const token = document.body.dataset.invite;
const address = `/w/invites/${token}`;

/**
 * host, main, headers(), start(profile) and refuse(fragment) are the popup's.
 * @param {{host: Host, main: HTMLElement, headers: Headers, start: (profile: object) => Promise<void>,
 *   refuse: (fragment: string) => void}} popup
 */
export async function join({ host, main, headers, start, refuse }) {
  const { token: known } = await host.getSession();
  const response = await fetch(address, {
    headers: { Accept: "text/html", ...(known && { Authorization: `Bearer ${known}` }) },
  });
  await Promise.all(["forms", "invitation"].map(loadStyles));
  showConnection("online");
  /** @param {string} fragment why it is no longer good */
  const refuseInvitation = (fragment) => {
    refuse(fragment);
    const template = /** @type {HTMLTemplateElement} */ (document.getElementById("invitation-refused"));
    const refused = document.importNode(template.content, true);
    refused.querySelector("div").prepend(main.firstElementChild);
    main.append(refused);
  };
  if (!response.ok) return refuseInvitation(await response.text());
  await htmx.swap({ sourceElement: main, target: main, swap: "innerHTML", text: await response.text() });
  const form = document.getElementById("invitation");
  const name = /** @type {HTMLInputElement} */ (form.elements.namedItem("name"));
  name.focus();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.querySelector("button").disabled = true;
    await start({ name: name.value.trim() });
    const joined = await fetch(address, { method: "POST", headers: { Accept: "text/html", ...headers() } });
    history.replaceState(null, "", "/popup"); // a reload asks no second time
    if (!joined.ok) return refuseInvitation(await joined.text());
    delete document.body.dataset.invite;
    const conversation = document.getElementById("conversation");
    await htmx.swap({
      sourceElement: conversation,
      target: conversation,
      swap: "outerHTML",
      text: await joined.text(),
    });
  });
}
