// The one script of a page that embeds the chat: draws the bubble, frames the popup at the first click, and keeps the
// visitor's token in this page's own localStorage. Before that click nothing is stored, and nothing else is loaded
// until the bubble is pointed at.
(() => {
  const queue = window.ChatPopup; // or an element of the page that has this id
  if (queue?.isOpen) return; // a second tag
  // Where this script came from: its own trace tells it also in a module, in an import() and under a tag manager, where
  // there is no current script. The tag, if there is one, is the one with that address.
  const address = document.currentScript?.["src"] || /http\S+?(?=:\d+:\d)/.exec(new Error().stack)?.[0];
  if (!address) return;
  const script = [...document.scripts].find(({ src }) => src === address);
  const chat = new URL(address).origin;
  /** @type {Record<string, any>} */
  const tag = { ...window.chatPopupSettings, ...script?.dataset };
  // What the owner has set stands between the two: the server puts it in the place of `site`.
  /** @type {Record<string, any>} */
  const settings = { offset: 20, ...site, ...tag };

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
      change ? localStorage.setItem(KEY, JSON.stringify(memory)) : localStorage.removeItem(KEY);
      memory = null;
    } catch {}
  };

  // What the page hands us may throw; that is told, and stops nothing.
  const attempt = (work) => {
    try {
      work();
    } catch (error) {
      console.error(error);
    }
  };

  const make = (tag, testid, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.dataset.testid = testid;
    element.append(...children);
    return element;
  };

  const listeners = {};
  const emit = (event, detail) => {
    listeners[event]?.forEach((fn) => attempt(() => fn(detail)));
    dispatchEvent(new CustomEvent(`chatpopup:${event}`, { detail }));
  };

  // A shadow root, which no style of the page reaches; a sheet, since the page's policy may forbid <style>; built of
  // nodes, since it may forbid markup in strings (Trusted Types).
  const host = document.createElement("div");
  host.style.cssText = "all: initial !important";
  const root = host.attachShadow({ mode: "open" });
  const [icon, shape] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  icon.append(shape);
  const label = new Text();
  const bubble = make("button", "launcher", {}, icon, label);
  // What is heard of a message while the chat is closed: nobody hears into a frame that is hidden.
  const status = make("p", "status", { role: "status" });
  root.append(bubble, status);
  let badge, failure, frame, port, popupWindow;
  let queued = []; // for the popup, until its port is there
  let opened = false;
  let unread = 0;
  let profile = {}; // what the page says of its user

  const render = () => {
    const color = `#${/^#?((?:[\da-f]{3}){1,2})$/i.exec(settings.color)?.[1] || "0b5fff"}`;
    const offset = parseInt(settings.offset) || 0;
    const side = settings.position === "left" ? "left" : "right";
    const place = `position: fixed; z-index: ${parseInt(settings.zIndex) || 2147483000}; ${side}: ${offset}px; bottom:`;
    const css = `
      button { all: unset; ${place} ${offset}px; display: ${settings.launcher === "hide" ? "none" : "flex"};
        min-width: 56px; padding-right: ${settings.label && 20}px; border-radius: 28px; cursor: pointer;
        background: ${color}; box-shadow: 0 0 0 1px #8888;
        color: oklch(from ${color} calc((.67 - l) * 999) 0 0); font: 600 15px/56px system-ui }
      button:focus-visible { outline: 2px solid; outline-offset: -5px }
      svg { width: 24px; height: 24px; margin: 16px; fill: none; stroke: currentColor; stroke-width: 1.75;
        stroke-linecap: round; stroke-linejoin: round }
      span { position: absolute; top: -3px; right: -3px; padding: 0 6px;
        border-radius: 16px; background: #c62828; color: #fff;
        font: 600 12px/20px system-ui; text-align: center }
      iframe, section { ${place} ${offset + 68}px; width: 384px; border: 0; border-radius: 16px;
        box-shadow: 0 0 0 1px #8883, 0 8px 40px #0003 }
      p { position: fixed; clip-path: inset(50%) }
      section { max-width: min(344px, 100% - ${2 * offset + 40}px); padding: 20px; background: canvas;
        font: 15px/1.5 system-ui }
      iframe { height: min(680px, 100dvh - ${offset + 84}px);
        transition: opacity .16s ease-out, transform .16s ease-out, visibility .16s }
      .closed { opacity: 0; visibility: hidden; transform: scale(.94) }
      @media (max-width: 479px), (max-height: 479px) {
        iframe { inset: var(--top, 0) 0 0; width: 100%; height: var(--height, 100dvh); border-radius: 0 }
        :has(~ iframe:not(.closed)) { visibility: hidden }
      }
      @media (prefers-reduced-motion) { * { transition: none !important } }
      @media print { * { display: none !important } }`;
    if (root.adoptedStyleSheets) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      root.adoptedStyleSheets = [sheet];
    } else root.append(Object.assign(document.createElement("style"), { textContent: css }));
    showUnread(unread);
  };

  const showUnread = (count) => {
    if (count !== unread) {
      emit("unread", { count });
      // Only what was put before it here is taken away again: "(3)" may be the page's own.
      const { title } = document;
      const ours = unread ? `(${unread}) ` : "";
      document.title = (count ? `(${count}) ` : "") + (title.indexOf(ours) ? title : title.slice(ours.length));
    }
    unread = count;
    badge?.remove();
    if (count && !opened) {
      badge = make("span", "unread", { textContent: count });
      bubble.append(badge);
    }
    label.textContent = settings.label;
    shape.setAttribute("d", opened ? "m6 9 6 6 6-6" : settings.icon || "m3 21 1.6-4.8a9 9 0 1 1 3.2 3.2z");
    bubble.ariaExpanded = String(opened);
    bubble.ariaLabel = `${opened ? "Close" : "Open"} ${settings.name || "chat"}` + (count ? `, ${count} unread` : "");
  };

  const popupUrl = () => {
    const url = new URL("/popup", chat);
    for (const key of ["name", "color", "theme", "locale", "greeting"])
      if (tag[key]) url.searchParams.set(key, tag[key]);
    return url.href;
  };

  const load = () => {
    if (frame) return;
    frame = make("iframe", "popup", {
      className: "closed",
      title: settings.name || "Chat",
      allow: "camera; microphone; autoplay; clipboard-write; display-capture; fullscreen",
      src: popupUrl(),
    });
    root.append(frame);
  };

  // Its place says that the popup is not there, with a way out. Gone again if it was only slow.
  const showFailure = (code, reason, way) => {
    if (!frame || port || failure || !opened) return;
    way ??= make("a", "link", { href: popupUrl(), target: "_blank", textContent: "Open it in a window" });
    root.append((failure = make("section", "failure", { role: "alert" }, reason, way)));
    show();
    emit("error", { code, reason });
  };

  // The popup has not said hello. A module of this script's address, which the page's policy lets in, finds out why; if
  // that does not come either, the server is away.
  const fail = () => {
    port ||
      import(`${chat}/widget.js?failure`).then(
        (it) => it.tell(popupUrl(), showFailure),
        () => {},
      );
    setTimeout(showFailure, 900, "server-away", "The chat cannot be reached. ");
  };

  const unload = (pause = 0) => {
    frame?.removeAttribute("data-testid");
    setTimeout((gone) => gone?.remove(), pause, frame);
    port?.close();
    frame = port = failure = failure?.remove();
    showUnread(0);
  };

  const post = (message) => (port ? port.postMessage(message) : queued.push(message));

  const onPopupMessage = ({ data: { type, token, count, detail }, target }) => {
    if (type === "get-session")
      target.postMessage({
        type: "session",
        token: read().token,
        profile,
        page: [document.URL, document.title, document.referrer],
      });
    else if (type === "save-session") {
      write({ token, id: profile.id ?? read().id, open: opened });
      target.postMessage({ type: "session-saved" });
    } else if (type === "forget-session") write({ token });
    else if (type === "unread") showUnread(count);
    else if (type === "announce") status.textContent = detail.words;
    else if (type === "close") (api.close(), bubble.focus());
    else if (type === "popout") api.popout();
    else if (type === "ticket") {
      if (detail) (api.close(), (popupWindow.location = `${popupUrl()}#popout=${detail}`));
      else popupWindow.close();
    } else if (type === "ring") setOpen(true);
    else if (type === "appearance") (Object.assign(settings, detail, tag), render());
    else emit(type, detail);
  };

  // The popup says hello when it is there, and gets one end of a channel that nobody else can listen to.
  const onHello = ({ source, origin, data }) => {
    if (source !== frame?.contentWindow || origin !== chat || data?.chatpopup !== "hello") return;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = onPopupMessage;
    source.postMessage({ chatpopup: "port", open: opened, focus: document.hasFocus() }, chat, [port2]);
    port = port1;
    failure = failure?.remove();
    show();
    queued.splice(0).forEach(post);
  };

  const show = () => frame && (frame.className = opened && !failure ? "" : "closed");

  const setOpen = (open, focus) => {
    if (open === opened) return;
    opened = open;
    if (failure) unload(); // the next time it may be there
    if (open) (load(), setTimeout(fail, 2000));
    // A moment later, so that a new frame grows from the bubble too; and only what is shown can take the focus.
    setTimeout(() => {
      show();
      if (focus && opened) frame?.focus();
      post({ type: opened ? "open" : "close", focus });
    }, 20);
    showUnread(unread);
    emit(open ? "open" : "close");
  };

  // By the visitor, or in their name: on the next page it is as it was left.
  const choose = (open) => (setOpen(open, open), read().token && write({ open }));

  const setProfile = (more) => {
    Object.assign(profile, more);
    if (frame) post({ type: "identify", profile });
  };

  const api = {
    open: () => choose(true),
    close: () => choose(false),
    toggle: () => choose(!opened),
    isOpen: () => opened,
    // The window is led to the chat when the popup has a ticket for it, with which it goes on with the session.
    popout: () => {
      popupWindow = open("", "chatpopup", "width=400,height=720");
      api.open();
      post({ type: popupWindow ? "popout" : "blocked" });
    },
    send: (text) => (load(), post({ type: "send", text: String(text) })),
    call: (media) => (api.open(), post({ type: "call", media: media === "video" ? media : "voice" })),
    form: (name) => (api.open(), post({ type: "form", name })),
    setUser: (id, details) => {
      id = String(id);
      if ((read().id ?? id) !== id) api.reset(); // somebody else sits here now
      setProfile({ ...details, id });
    },
    setAttributes: setProfile,
    setLocale: (locale) => post({ type: "settings", locale: (tag.locale = locale) }),
    setTheme: (theme) => post({ type: "settings", theme: (tag.theme = theme) }),
    reset: () => {
      setOpen(false);
      port?.postMessage({ type: "end" });
      unload(1000); // time for the popup to tell the server
      queued = [];
      profile = {};
      write();
    },
    on: (event, fn) => (listeners[event] ??= new Set()).add(fn),
    off: (event, fn) => listeners[event]?.delete(fn),
    push: (call) => attempt(() => api[call[0]](...call.slice(1))),
  };
  window.ChatPopup = api;
  bubble.onclick = api.toggle;
  // Whoever points at the bubble, touches it or comes to it by keyboard will most likely open it: the popup gets ready,
  // hidden, so that it is there at the click. Not sooner: most pages never open it, and cost nothing. It makes no
  // session and opens no stream before it is opened, so that who only passes by is not known to the server.
  bubble.onpointerenter = bubble.onfocus = load;

  // Pressed in the chat or on the bubble: elsewhere it is meant for the page.
  host.onkeydown = ({ key, defaultPrevented }) => {
    if (key === "Escape" && !defaultPrevented) api.close();
  };

  // Phones: the part of the page that the keyboard leaves free. What is only zoomed stays as large as it is.
  const fit = () => {
    const { height, scale, offsetTop } = visualViewport;
    host.style.cssText += `--height: ${height * scale}px; --top: ${scale > 1.01 ? 0 : offsetTop}px`;
  };

  // On <html>, where a page that swaps its body does not reach; put back if it replaces even that. A page that writes
  // itself anew (document.write) loses its listeners as well; to add those that are there changes nothing.
  const watch = new MutationObserver(() => host.isConnected || append());

  const listening = {
    message: onHello,
    // Other tabs of this site open, close and sign out together with this one.
    storage: ({ key }) => {
      if (key && key !== KEY) return;
      memory = null; // theirs is newer
      const { token, open } = read();
      setOpen(!!(token && open));
      if (!token && frame) unload();
    },
    // Whether somebody looks at this page: only then are messages read.
    focus: ({ type }) => frame && post({ type }),
    blur: ({ type }) => frame && post({ type }),
    // What bears the name of a form opens it.
    click: ({ target }) => (target = target.closest?.("[data-chat-form]")) && api.form(target.dataset.chatForm),
  };
  const append = () => {
    const html = document.documentElement;
    if (!html) return;
    html.append(host);
    for (const node of [document, html]) watch.observe(node, { childList: true });
    for (const type in listening) addEventListener(type, listening[type]);
    window.visualViewport?.addEventListener("resize", fit);
    window.visualViewport?.addEventListener("scroll", fit);
  };

  render();
  append();
  if (settings.user) api.setUser(settings.user, { identifier_hash: settings.identifierHash });
  if (read().token) {
    const [, message] = /^#chat-message-(\w+)/.exec(location.hash) || [];
    read().open || message ? setOpen(true) : (window.requestIdleCallback || setTimeout)(load);
    if (message) post({ type: "jump", message });
  }
  if (Array.isArray(queue)) queue.forEach(api.push);
  emit("ready");
})();
