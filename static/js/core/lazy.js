// Parts that are loaded when they are first used: what is not needed to read and to write is not waited for.

import { showError } from "../composer/composer.js";

const loaded = new Map(); // what has been loaded, by address

function once(address, get) {
  const forget = (error) => {
    loaded.delete(address);
    throw error;
  };
  if (!loaded.has(address)) loaded.set(address, get(address).catch(forget));
  return loaded.get(address);
}

const STATIC = new URL("../../", import.meta.url);
const addressOf = (path) => new URL(path, STATIC).href;

/** Resolves to the module at this path in static/js. It is fetched first and then imported out of the cache:
    there are browsers that remember for as long as a page lasts that an import has failed. */
export const load = (path) =>
  once(addressOf(`js/${path}`), async (address) => {
    const { ok, status } = await fetch(address);
    if (!ok) throw new Error(status);
    return import(address);
  });

/** A part of the chat: call what this returns with what is to be done with its module. When that cannot be loaded it is
    said (unless the part is `quiet`: nobody has asked for it), and the next use tries again. */
export function lazy(path, quiet) {
  return async (use) => {
    let part;
    try {
      part = await load(path);
    } catch {
      return quiet ? undefined : showError("This could not be loaded. Please try again.");
    }
    return use(part);
  };
}

/** The address of a style sheet. */
export const styleUrl = (name) => addressOf(`css/${name}.css`);

for (const { href } of document.styleSheets) loaded.set(href, Promise.resolve());

/** Load a style sheet; resolves when it is there, or cannot be had now: then the next use tries again. */
export const loadStyles = (name) =>
  once(styleUrl(name), (href) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
    document.head.append(link);
    return new Promise((resolve, reject) => {
      link.onload = resolve;
      link.onerror = () => (link.remove(), reject());
    });
  }).catch(() => {});

/** Resolves when the sheets are there that the elements of a fragment ask for: data-styles="<name> …". */
export function loadStylesFor(fragment) {
  const names = Array.from(fragment.matchAll(/data-styles=.([\w ]+)/g), ([, names]) => names.split(" "));
  return Promise.all(names.flat().map(loadStyles));
}
