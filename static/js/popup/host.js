// The page that embeds the popup, as seen from inside: a private channel to its loader, which keeps the token.

import { load } from "../core/lazy.js";

const NO_ANSWER = 1_000; // ms; a window may have been opened by a page that knows nothing of us

/** Resolves to {opened, pageFocused, getSession(), saveSession(token), forgetSession(), notify(type, detail), onMessage(fn)}. */
export function connectHost() {
  if (window.parent !== window) return handshake(window.parent);
  const standalone = async () => (await load("popup/standalone.js")).standalone();
  if (!window.opener) return standalone();
  const silence = new Promise((resolve) => setTimeout(resolve, NO_ANSWER)).then(standalone);
  return Promise.race([handshake(window.opener), silence]);
}

function allowed(origin) {
  const origins = document.body.dataset.allowedOrigins.split(" ");
  return origin === location.origin || origins.includes("*") || origins.includes(origin);
}

function handshake(loader) {
  return new Promise((resolve) => {
    addEventListener("message", function onPort({ source, origin, data, ports }) {
      if (source !== loader || data?.chatpopup !== "port" || !allowed(origin)) return;
      removeEventListener("message", onPort);
      resolve(openChannel(ports[0], data));
    });
    loader.postMessage({ chatpopup: "hello" }, "*"); // says nothing that is not known to everybody
  });
}

function openChannel(port, { open, focus }) {
  const pending = [];
  const queued = [];
  let listener = null;
  port.onmessage = ({ data }) => {
    if (data.type === "session" || data.type === "session-saved") pending.shift()?.(data);
    else if (listener) listener(data);
    else queued.push(data);
  };
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
    notify: (type, detail) => {
      if (type === "close" && window.parent === window)
        window.close(); // popped out of the page
      else port.postMessage({ type, detail, ...(type === "unread" ? detail : {}) });
    },
    onMessage: (fn) => {
      listener = fn;
      queued.splice(0).forEach(fn);
    },
  };
}
