// Why the popup cannot be shown on a page. The loader asks for it when the popup does not come; it is sent by the
// loader's own address (widget/web/views/popup.py), so it imports nothing. Each code stands in the README's table.

const WAIT = 350; // ms for the browser to report what it has refused

/** A sentence in the reader's language: the server has put it here. */
const _ = (/** @type {string} */ sentence) => sentence;

/**
 * Find out why the popup at `url` is not there, and show it.
 * @param {string} url
 * @param {(code: string, reason: string, way: Node) => void} show
 */
export async function tell(url, show) {
  const code = window.origin === "null" ? "sandboxed" : refused ? "origin-not-allowed" : await refusedFrame(url);
  const reason = `${_("The chat cannot be shown on this page.")} `;
  show(code, reason, code === "sandboxed" ? addressInWords(url) : link(url));
}

/** @param {string} url */
function link(url) {
  const element = Object.assign(document.createElement("a"), { href: url, target: "_blank" });
  element.dataset.testid = "link";
  element.textContent = _("Open it in a window");
  return element;
}

/**
 * In a sandbox a link leads nowhere, or into a window that is in the same sandbox.
 * @param {string} url
 */
function addressInWords(url) {
  const words = document.createElement("div");
  const address = document.createElement("b");
  address.style.cssText = "user-select: all; -webkit-user-select: all; overflow-wrap: anywhere";
  address.textContent = url;
  words.append(`${_("Please copy this address into a new window:")} `, address);
  return words;
}

/**
 * The frame is tried once more, out of sight, and what the browser says of it is listened to.
 * @param {string} url
 * @returns {Promise<string>}
 */
async function refusedFrame(url) {
  const frame = Object.assign(document.createElement("iframe"), { src: url });
  frame.style.cssText = "display: none !important";
  const over = new AbortController();
  const found = await new Promise((resolve) => {
    const onViolation = ({ effectiveDirective, blockedURI }) => {
      if (effectiveDirective === "frame-src" && url.startsWith(blockedURI)) resolve("policy-blocked");
    };
    document.addEventListener("securitypolicyviolation", onViolation, { signal: over.signal });
    // Only Chromium reports this one; elsewhere it is what is most likely in the way of a page that is isolated.
    const observer = window.ReportingObserver && new ReportingObserver(() => resolve("isolated-page"), ISOLATION);
    observer?.observe();
    over.signal.addEventListener("abort", () => observer?.disconnect());
    document.documentElement.append(frame);
    setTimeout(resolve, WAIT, !observer && window.crossOriginIsolated ? "isolated-page" : "popup-blocked");
  });
  over.abort();
  frame.remove();
  return found;
}

const ISOLATION = { types: ["coep"], buffered: true };
