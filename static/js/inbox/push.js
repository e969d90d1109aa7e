// Push in this browser: whether it is on, and the switch for it.

const SCOPE = "/inbox";

/** Why it cannot be switched on here, by the name of the sentence that says so; "" when it can. */
export function obstacle() {
  if (!("serviceWorker" in navigator) || !("PushManager" in globalThis)) return "unsupported";
  return Notification.permission === "denied" ? "denied" : "";
}

/** The service worker of the inbox, which is registered with the first need for it. */
export const registration = () => navigator.serviceWorker.register("/inbox-worker.js", { scope: SCOPE });

/** What this browser is subscribed with; null when it is not. */
export async function subscription() {
  const known = await navigator.serviceWorker?.getRegistration(SCOPE);
  return (await known?.pushManager?.getSubscription()) ?? null;
}

const ask = (method, body) =>
  fetch("/inbox/push", {
    method,
    headers: { Accept: "application/json", ...(body && { "Content-Type": "application/json" }) },
    body: body && JSON.stringify(body),
  });

/**
 * Subscribe this browser. Must begin in the click: browsers ask for the permission only then.
 * @throws with the sentence of the server, or the browser's
 */
export async function turnOn() {
  if ((await Notification.requestPermission()) !== "granted") throw new Error("denied");
  await registration();
  const { pushManager } = await navigator.serviceWorker.ready;
  const { key } = await (await ask("GET", null)).json();
  const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  const { endpoint, keys } = made.toJSON();
  const answer = await ask("POST", { endpoint, ...keys });
  if (answer.ok) return;
  await made.unsubscribe();
  throw new Error((await answer.json()).reason);
}

export async function turnOff() {
  const known = await subscription();
  if (!known) return;
  await ask("DELETE", { endpoint: known.endpoint });
  await known.unsubscribe();
}
