// The page that embeds the popup, as seen from inside: a private channel to its loader, which keeps the token.

/** @import { Host } from "../types.d.ts" */

import { load } from "../core/lazy.js";

/**
 * The page around; where there is none, the popup keeps the token itself.
 * @returns {Promise<Host>}
 */
export async function connectHost() {
  // A window hears nobody: whoever has opened it may be a stranger, with a token of their own.
  if (window.parent === window) return (await load("popup/standalone.js")).connectWindow();
  return new Promise((resolve) => {
    addEventListener("message", function onPort({ source, origin, data, ports }) {
      if (source !== window.parent || data?.chatpopup !== "port" || !allowed(origin)) return;
      removeEventListener("message", onPort);
      resolve(openChannel(ports[0], data));
    });
    window.parent.postMessage({ chatpopup: "hello" }, "*"); // says nothing that is not known to everybody
  });
}

/** @param {string} origin */
function allowed(origin) {
  return `${location.origin} ${document.body.dataset.allowedOrigins}`.split(" ").some((it) => {
    const [start, end] = it.split("*"); // all, or https://*.example.com
    return it === origin || (end != null && origin.startsWith(start) && origin.endsWith(end));
  });
}

/**
 * @param {MessagePort} port
 * @param {{open: boolean, focus: boolean}} state
 * @returns {Host}
 */
function openChannel(port, { open, focus }) {
  /** @type {((answer: any) => void)[]} */
  const pending = [];
  /** @type {any[]} */
  const queued = [];
  /** @type {(message: any) => void} */
  let listener = null;
  port.onmessage = ({ data }) => {
    if (data.type === "session" || data.type === "session-saved") pending.shift()?.(data);
    else if (listener) listener(data);
    else queued.push(data);
  };
  /**
   * @param {object} message
   * @returns {Promise<any>}
   */
  const request = (message) =>
    new Promise((resolve) => {
      pending.push(resolve);
      port.postMessage(message);
    });
  return {
    opened: open,
    pageFocused: focus,
    getSession: () => request({ type: "get-session" }),
    saveSession: (token) => request({ type: "save-session", token }),
    forgetSession: () => port.postMessage({ type: "forget-session" }),
    notify: (type, detail) => port.postMessage({ type, detail, ...(type === "unread" ? detail : {}) }),
    onMessage: (fn) => {
      listener = fn;
      queued.splice(0).forEach(fn);
    },
  };
}
