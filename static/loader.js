// The one script of a page that embeds the chat: draws the bubble, frames the popup at the first click, and keeps the
// visitor's token in this page's own localStorage. Before that click nothing is stored, and nothing else is loaded
// until the bubble is pointed at.
(() => {
  const queue = window.ChatPopup || [];
  if (queue.isOpen) return; // a second tag
  const script = /** @type {HTMLScriptElement} */ (document.currentScript);
  const chat = new URL(script.src).origin;
  /** @type {Record<string, any>} */
  const settings = {
    position: "right",
    offset: 20,
    zIndex: 2147483000,
    ...window.chatPopupSettings,
    ...script.dataset,
  };

  // What is stored: {token, id, open}; nothing for somebody who never opened the chat. Of the same shape as
  // js/core/storage.js: what could not be written (storage is blocked, or full) is read from memory, as long as this
  // page lasts.
  const KEY = `chatpopup:${chat}`;
  let memory;
  const read = () => {
    try {
      return memory || JSON.parse(localStorage.getItem(KEY)) || {};
    } catch {
      return {};
    }
  };
  const write = (change) => {
    memory = change ? { ...read(), ...change } : {};
    try {
      if (change) localStorage.setItem(KEY, JSON.stringify(memory));
      else localStorage.removeItem(KEY);
      memory = null;
    } catch {}
  };

  const listeners = {};
  const emit = (event, detail) => {
    listeners[event]?.forEach((fn) => fn(detail));
    dispatchEvent(new CustomEvent(`chatpopup:${event}`, { detail }));
  };

  // A shadow root, which no style of the page reaches; a sheet, since the page's policy may forbid <style>.
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  root.adoptedStyleSheets = [sheet];
  root.innerHTML = `<button data-testid="launcher" aria-expanded="false"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M2.99 16.34a2 2 0 0 1 .1 1.17l-1.07 3.29a1 1 0 0 0 1.24 1.17l3.41-1a2 2 0 0 1 1.1.09 10 10 0 1 0-4.78-4.72"/><path d="m6 9 6 6 6-6"/></svg></button>`;
  const bubble = root.querySelector("button");
  let badge, frame, port, popupWindow;
  let queued = []; // for the popup, until its port is there
  let opened = false;
  let unread = 0;
  let profile = {}; // what the page says of its user

  const render = () => {
    const color = `#${(/^#?((?:[\da-f]{3}){1,2})$/i.exec(settings.color) || [])[1] || "0b5fff"}`;
    const offset = parseInt(settings.offset) || 0;
    const side = settings.position === "left" ? "left" : "right";
    const place = `position: fixed; z-index: ${parseInt(settings.zIndex) || 1}; ${side}: ${offset}px; bottom:`;
    sheet.replaceSync(`
      :host { all: initial }
      button { all: unset; ${place} ${offset}px; width: 56px; height: 56px; border-radius: 50%; cursor: pointer;
        background: ${color};
        color: oklch(from ${color} calc((.67 - l) * 999) 0 0); transition: transform .15s ease-out;
        ${settings.launcher === "hide" ? "display: none" : ""} }
      button:hover { transform: scale(1.04) }
      button:focus-visible { outline: 2px solid; outline-offset: -5px }
      svg { width: 26px; margin: 15px; fill: none; stroke: currentColor; stroke-width: 1.75;
        stroke-linecap: round; stroke-linejoin: round }
      [aria-expanded=true] path:first-child, [aria-expanded=false] path + path { display: none }
      span { position: absolute; top: -3px; right: -3px; min-width: 20px; padding: 0 6px; box-sizing: border-box;
        border-radius: 10px;
        background: #c62828; color: #fff; font: 600 12px/20px system-ui; text-align: center }
      iframe { ${place} ${offset + 68}px; width: 384px; height: min(680px, 100dvh - ${offset + 84}px); border: 0;
        border-radius: 16px;
        box-shadow: 0 8px 40px #0003; transform-origin: bottom ${settings.position};
        transition: opacity .16s ease-out, transform .16s ease-out, visibility .16s }
      .closed { opacity: 0; visibility: hidden; transform: scale(.94) }
      @media (max-width: 479px) {
        iframe { inset: 0; width: 100%; height: var(--visible-height, 100dvh); border-radius: 0 }
        [aria-expanded=true] { visibility: hidden }
      }
      @media (prefers-reduced-motion) { * { transition: none !important } }`);
  };

  const showUnread = (count) => {
    if (count !== unread) {
      emit("unread", { count });
      document.title = (count ? `(${count}) ` : "") + document.title.replace(/^\(\d+\) /, "");
    }
    unread = count;
    badge?.remove();
    if (count && !opened) {
      badge = document.createElement("span");
      badge.dataset.testid = "unread";
      badge.textContent = count;
      bubble.append(badge);
    }
    bubble.ariaExpanded = String(opened);
    bubble.ariaLabel = `${opened ? "Close" : "Open"} ${settings.name || "chat"}` + (count ? `, ${count} unread` : "");
  };

  const popupUrl = () => {
    const url = new URL("/popup", chat);
    for (const key of ["name", "color", "theme", "locale", "greeting"])
      if (settings[key]) url.searchParams.set(key, settings[key]);
    return url.href;
  };

  const load = () => {
    if (frame) return;
    frame = document.createElement("iframe");
    frame.className = "closed";
    frame.title = settings.name || "Chat";
    frame.dataset.testid = "popup";
    frame.allow = "camera; microphone; autoplay; clipboard-write; display-capture; fullscreen";
    frame.src = popupUrl();
    root.append(frame);
    setTimeout(
      () => frame && !port && emit("error", { reason: `The popup did not load. Do ALLOWED_ORIGINS have ${origin}?` }),
      9000,
    );
  };

  const unload = (pause = 0) => {
    const gone = frame;
    gone?.removeAttribute("data-testid");
    setTimeout(() => gone?.remove(), pause);
    port?.close();
    frame = port = null;
    queued = [];
    showUnread(0);
  };

  const post = (message) => (port ? port.postMessage(message) : queued.push(message));

  const onPopupMessage = ({ data, target }) => {
    if (data.type === "get-session")
      target.postMessage({ type: "session", token: read().token, profile, page: location.href });
    else if (data.type === "save-session") {
      write({ token: data.token, id: profile.id ?? read().id, open: opened });
      target.postMessage({ type: "session-saved" });
    } else if (data.type === "forget-session") write({ token: undefined });
    else if (data.type === "unread") showUnread(data.count);
    else if (data.type === "close") (api.close(), bubble.focus());
    else if (data.type === "popout") api.popout();
    else if (data.type === "ring") setOpen(true);
    else emit(data.type, data.detail);
  };

  // The popup says hello when it is there, and gets one end of a channel that nobody else can listen to.
  addEventListener("message", ({ source, origin, data }) => {
    const framed = source === frame?.contentWindow;
    if (!(framed || source === popupWindow) || origin !== chat || data?.chatpopup !== "hello") return;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = onPopupMessage;
    const state = { chatpopup: "port", open: opened || !framed, focus: framed && document.hasFocus() };
    /** @type {Window} */ (source).postMessage(state, chat, [port2]);
    if (framed) {
      port = port1;
      queued.splice(0).forEach(post);
    }
  });

  const setOpen = (open, focus) => {
    if (open === opened) return;
    opened = open;
    if (open) load();
    // A moment later, so that a new frame grows from the bubble too.
    setTimeout(() => frame?.classList.toggle("closed", !opened), 20);
    post({ type: open ? "open" : "close", focus });
    if (focus) frame.focus();
    showUnread(unread);
    emit(open ? "open" : "close");
  };

  const setProfile = (more) => {
    profile = { ...profile, ...more };
    if (frame) post({ type: "identify", profile });
  };

  const api = {
    open: () => (setOpen(true, true), read().token && write({ open: true })),
    close: () => (setOpen(false), read().token && write({ open: false })),
    toggle: () => (opened ? api.close() : api.open()),
    isOpen: () => opened,
    popout: () => {
      popupWindow = open(popupUrl(), "chatpopup", "width=400,height=720");
      api.close();
    },
    send: (text) => (load(), post({ type: "send", text: String(text) })),
    call: (media) => (api.open(), post({ type: "call", media: media === "video" ? media : "voice" })),
    setUser: (id, details) => {
      id = String(id);
      if ((read().id ?? id) !== id) api.reset(); // somebody else sits here now
      setProfile({ ...details, id });
    },
    setAttributes: setProfile,
    setLocale: (locale) => post({ type: "settings", locale: (settings.locale = locale) }),
    setTheme: (theme) => post({ type: "settings", theme: (settings.theme = theme) }),
    reset: () => {
      setOpen(false);
      port?.postMessage({ type: "end" });
      unload(1000); // time for the popup to tell the server
      profile = {};
      write();
    },
    on: (event, fn) => (listeners[event] ??= new Set()).add(fn),
    off: (event, fn) => listeners[event]?.delete(fn),
    push: ([name, ...rest]) => api[name]?.(...rest),
  };
  window.ChatPopup = api;
  bubble.onclick = api.toggle;
  // Whoever points at the bubble, touches it or comes to it by keyboard will most likely open it: the popup gets ready,
  // hidden, so that it is there at the click. Not sooner: most pages never open it, and cost nothing. It makes no
  // session and opens no stream before it is opened, so that who only passes by is not known to the server.
  bubble.onpointerenter = bubble.onfocus = load;
  addEventListener("keydown", ({ key }) => key === "Escape" && opened && api.close());

  // Other tabs of this site open, close and sign out together with this one.
  addEventListener("storage", ({ key }) => {
    if (key !== KEY && key) return;
    memory = null; // theirs is newer
    const { token, open } = read();
    setOpen(Boolean(token && open));
    if (!token && frame) unload();
  });

  // Whether somebody looks at this page: only then are messages read.
  for (const type of ["focus", "blur"]) addEventListener(type, () => frame && post({ type }));

  // Phones: the part of the page that the keyboard leaves free.
  window.visualViewport?.addEventListener("resize", () =>
    host.style.setProperty("--visible-height", `${visualViewport.height}px`),
  );

  // On <html>, where a page that swaps its body does not reach; put back if it replaces even that.
  const append = () => host.isConnected || document.documentElement.append(host);
  const watch = new MutationObserver(append);
  for (const node of [document, document.documentElement]) watch.observe(node, { childList: true });

  render();
  showUnread(0);
  append();
  if (settings.user) api.setUser(settings.user, { identifier_hash: settings.identifierHash });
  const { token, open: wasOpen } = read();
  if (token) wasOpen ? setOpen(true) : (window.requestIdleCallback || setTimeout)(load);
  const linkedMessage = /^#chat-message-(\w+)/.exec(location.hash);
  if (linkedMessage && token) (setOpen(true), post({ type: "jump", message: linkedMessage[1] }));
  queue.forEach(api.push);
  emit("ready");
})();
