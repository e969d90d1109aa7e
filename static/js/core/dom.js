// How the parts that are loaded later draw themselves: elements, and the icons (Lucide 1.62.0) that only they use.

import { _ } from "./i18n.js";

/** @type {Record<string, string>} */
const ICONS = {
  download: '<path d="M12 15V3"/><path d="M21 15v4a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-4"/><path d="m7 10 5 5 5-5"/>',
  file: `
    <path d="M6 22a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2h8a2.4 2.4 0 0 1 1.704.706l3.588 3.588A2.4 2.4 0 0 1 20 8v12a2 2 0
      0 1-2 2z"/>
    <path d="M14 2v5a1 1 0 0 0 1 1h5"/>`,
  flip: `
    <path d="M8 3H5a2 2 0 0 0-2 2v14c0 1.1.9 2 2 2h3"/>
    <path d="M16 3h3a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2h-3"/>
    <path d="M12 20v2"/>
    <path d="M12 14v2"/>
    <path d="M12 8v2"/>
    <path d="M12 2v2"/>`,
  full: `
    <path d="M8 3H5a2 2 0 0 0-2 2v3"/>
    <path d="M21 8V5a2 2 0 0 0-2-2h-3"/>
    <path d="M3 16v3a2 2 0 0 0 2 2h3"/>
    <path d="M16 21h3a2 2 0 0 0 2-2v-3"/>`,
  left: '<path d="m15 18-6-6 6-6"/>',
  lock: '<rect width="18" height="11" x="3" y="11" rx="2" ry="2"/><path d="M7 11V7a5 5 0 0 1 10 0v4"/>',
  pause: '<rect x="14" y="3" width="5" height="18" rx="1"/><rect x="5" y="3" width="5" height="18" rx="1"/>',
  play: '<path d="M5 5a2 2 0 0 1 3.008-1.728l11.997 6.998a2 2 0 0 1 .003 3.458l-12 7A2 2 0 0 1 5 19z"/>',
  right: '<path d="m9 18 6-6-6-6"/>',
  stop: '<rect width="14" height="14" x="5" y="5" rx="2"/>',
  switch: `
    <path d="M11 19H4a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2h5"/>
    <path d="M13 5h7a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2h-5"/>
    <circle cx="12" cy="12" r="3"/>
    <path d="m18 22-3-3 3-3"/>
    <path d="m6 2 3 3-3 3"/>`,
  timer: '<path d="M10 2h4"/><path d="m12 14 3-3"/><circle cx="12" cy="14" r="8"/>',
  trash: `
    <path d="M10 11v6"/>
    <path d="M14 11v6"/>
    <path d="M19 6v14a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2V6"/>
    <path d="M3 6h18"/>
    <path d="M8 6V4a2 2 0 0 1 2-2h4a2 2 0 0 1 2 2v2"/>`,
  video: `
    <path d="m16 13 5.223 3.482a.5.5 0 0 0 .777-.416V7.87a.5.5 0 0 0-.752-.432L16 10.5"/>
    <rect x="2" y="6" width="14" height="12" rx="2"/>`,
  "zoom-in": '<circle cx="11" cy="11" r="8"/><path d="m21 21-4.35-4.35"/><path d="M11 8v6"/><path d="M8 11h6"/>',
  "zoom-out": '<circle cx="11" cy="11" r="8"/><path d="m21 21-4.35-4.35"/><path d="M8 11h6"/>',
};

/**
 * An element with properties (those with a hyphen are set as attributes) and children.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [properties]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-")) element.setAttribute(name, value);
    else Object.assign(element, { [name]: value });
  }
  element.append(...children);
  return element;
}

/** @param {string} name of one of those above, or of the page's sprite */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.innerHTML = ICONS[name] ?? `<use href="#i-${name}"/>`;
  return svg;
}

/**
 * A quiet button that shows an icon.
 * @param {string} name
 * @param {string} label
 * @param {() => void} [onclick]
 * @param {Record<string, any>} [properties]
 */
export const iconButton = (name, label, onclick, properties = {}) =>
  make(
    "button",
    { type: "button", className: "button quiet", ariaLabel: label, title: label, onclick, ...properties },
    icon(name),
  );

const ONE_DECIMAL = { minimumFractionDigits: 1, maximumFractionDigits: 1 };

/**
 * Seconds as 0:12.
 * @param {number} seconds
 */
export function formatDuration(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/**
 * Bytes as people say them.
 * @param {number} bytes
 */
export const formatBytes = (bytes) =>
  bytes < 1024 * 1000
    ? _("%(size)s KB", { size: Math.max(1, Math.round(bytes / 1024)) })
    : _("%(size)s MB", { size: (bytes / 1024 ** 2).toLocaleString(undefined, ONE_DECIMAL) });
