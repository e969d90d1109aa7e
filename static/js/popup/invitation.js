// What a link to a group leads to: asks whether to join, and under which name; then goes on as the popup.

/** @import { Host } from "../types.d.ts" */

import * as storage from "../core/storage.js";
import { loadStyles } from "../core/lazy.js";
import { showConnection } from "../messages/conversation.js";
import { parseFragment } from "../messages/message_list.js";

const token = document.body.dataset.invite;
const address = `/w/invites/${token}`;

/**
 * @param {string} path
 * @param {string | undefined} session its token
 * @param {object} [body]
 */
const ask = (path, session, body = {}) =>
  fetch(path, {
    method: "POST",
    headers: {
      Accept: "text/html",
      "Content-Type": "application/json",
      ...(session && { Authorization: `Bearer ${session}` }),
    },
    body: JSON.stringify(body),
  });

/**
 * host, main, start() and refuse(fragment) are the popup's.
 * @param {{host: Host, main: HTMLElement, start: () => Promise<void>,
 *   refuse: (fragment: string) => void}} popup
 */
export async function join({ host, main, start, refuse }) {
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
  /**
   * Begin a session and join with it before anything is shown: what is written next is meant for the group. Resolves
   * to why it cannot be.
   * @param {string} called
   */
  async function joinAs(called) {
    let session = await ask("/w/session", known, { name: called });
    if (session.status === 401) session = await ask("/w/session", undefined, { name: called }); // it has ended
    const page = await session.text();
    if (!session.ok) return page;
    const { token: own, user } = parseFragment(page).dataset;
    await host.saveSession(own);
    const joined = await ask(address, own);
    history.replaceState(null, "", "/popup"); // a reload asks no second time
    delete document.body.dataset.invite;
    const text = await joined.text();
    if (!joined.ok) return text;
    const { conversation } = parseFragment(text).dataset;
    storage.set(`conversation:${user}`, conversation); // that one is opened
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const answer = await joinAs(name.value.trim());
      if (answer) refuseInvitation(answer);
      else await start();
    } catch (error) {
      if (!(error instanceof TypeError)) console.error(error);
      showConnection("offline");
      button.disabled = false;
    }
  });
}
