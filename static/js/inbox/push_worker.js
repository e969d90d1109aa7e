// The service worker of the inbox: shows what is pushed, and leads a click to its conversation. It keeps nothing.

const worker = /** @type {any} */ (self); // a ServiceWorkerGlobalScope, of which a page's types know nothing

const ICON = "/static/newest/icons/inbox-192.png"; // whatever its version is

const windows = () => worker.clients.matchAll({ type: "window", includeUncontrolled: true });
const isInbox = ({ url }) => /^\/inbox(\/|$)/.test(new URL(url).pathname);

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener("push", (event) => event.waitUntil(show(event.data.json())));

/** @param {{kind?: string, conversation: string, title: string, body: string, url: string}} told */
async function show({ kind = "message", conversation, title, body, url }) {
  const isCall = kind === "call";
  const isShown = kind.startsWith("call") ? isInbox : (it) => new URL(it.url).pathname === url; // a call, in any inbox
  for (const it of await windows()) if (it.focused && isShown(it)) return; // it is looked at
  // One a conversation, whether it came by push or from an open tab; a call stays until somebody does something.
  const options = { body, tag: conversation, renotify: true, requireInteraction: isCall, data: { url }, icon: ICON };
  await worker.registration.showNotification(title, options);
}

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(lead(event.notification.data.url));
});

/** Open a conversation in the tab that is there; in a new one when there is none. */
async function lead(url) {
  const tabs = (await windows()).filter(isInbox);
  const tab = tabs.find((it) => new URL(it.url).pathname === url) ?? tabs.find((it) => it.focused) ?? tabs[0];
  if (!tab) return worker.clients.openWindow(url);
  tab.postMessage({ kind: "open", url });
  return tab.focus().catch(() => {}); // a browser may want the click to be younger
}

worker.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

async function renew({ oldSubscription, newSubscription }) {
  const wanted = oldSubscription?.options;
  const it = newSubscription ?? (wanted && (await worker.registration.pushManager.subscribe(wanted)));
  if (!it) return;
  const { endpoint, keys } = it.toJSON();
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  await fetch("/inbox/push", { method: "POST", headers, body: JSON.stringify({ endpoint, ...keys }) });
}
