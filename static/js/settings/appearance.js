// How the chat would look: the real popup beside the form, told of what is being typed, and the bubble below it.

import { onAfterSwap } from "../core/htmx_hooks.js";

/** @type {MessagePort} */
let port;
let latest = ""; // what the popup is to look like, also when it was not there yet

const tell = () => port && latest && port.postMessage({ type: "appearance", fragment: latest });

// The popup says hello as it does on any page, and is answered as a loader does whose visitor has not opened it: it
// makes no session.
addEventListener("message", ({ source, origin, data }) => {
  const frame = /** @type {HTMLIFrameElement} */ (document.getElementById("preview"));
  if (source !== frame?.contentWindow || origin !== location.origin || data?.chatpopup !== "hello") return;
  const { port1, port2 } = new MessageChannel();
  port = port1;
  port.onmessage = ({ data: { type } }) => type === "get-session" && port.postMessage({ type: "session", profile: {} });
  frame.contentWindow.postMessage({ chatpopup: "port", open: false }, origin, [port2]);
  tell();
});

// Only now: a popup that says hello before somebody listens is never answered.
const preview = /** @type {HTMLIFrameElement} */ (document.getElementById("preview"));
if (preview) preview.src = preview.dataset.src;

onAfterSwap((target) => {
  if (target.id !== "preview-look") return;
  const look = target.querySelector("[data-launcher]");
  latest = look.outerHTML;
  tell();
  showLauncher(/** @type {HTMLElement} */ (look).dataset);
  document.getElementById("contrast").replaceChildren(target.querySelector(".contrast"));
});

/** @param {DOMStringMap} look */
function showLauncher({ tokens, launcher }) {
  const { position, icon, label } = JSON.parse(launcher);
  const bubble = document.querySelector(".preview-launcher");
  for (const it of document.querySelectorAll("[data-side]")) it.dataset.side = position || "right";
  bubble.querySelector("b").textContent = label;
  bubble.querySelector("path").setAttribute("d", icon || bubble.dataset.icon);
  document.documentElement.style.cssText = tokens;
}
