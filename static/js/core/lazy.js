// Parts that are loaded when they are first used: what is not needed to read and to write is not waited for.

/** @import { LazyModules } from "../types.d.ts" */

import { _ } from "./i18n.js";
import { showError } from "../composer/composer.js";

const STATIC = new URL("../../", import.meta.url);

/** @type {Map<string, Promise<any>>} What has been loaded, by address. */
const loaded = new Map();

/**
 * @param {string} path in static/
 * @param {(address: string) => Promise<any>} get
 */
function once(path, get) {
  const { href } = new URL(path, STATIC);
  const forget = (/** @type {unknown} */ error) => {
    loaded.delete(href);
    throw error;
  };
  if (!loaded.has(href)) loaded.set(href, get(href).catch(forget));
  return loaded.get(href);
}

/**
 * Resolves to the module at this path in static/js. It is fetched first and then imported out of the cache: there are
 * browsers that remember for as long as a page lasts that an import has failed.
 * @template {keyof LazyModules} Path
 * @param {Path} path
 * @returns {Promise<LazyModules[Path]>}
 */
export const load = (path) =>
  once(`js/${path}`, async (address) => {
    const { ok } = await fetch(address);
    if (!ok) throw new Error(path);
    return import(address);
  });

/**
 * A part of the chat: call what this returns with what is to be done with its module. When that cannot be loaded it is
 * told, and the next use tries again. A part that is `quiet` is one that nobody has asked for (times, a sound): when it
 * cannot be loaded, or fails at its work, that stops nothing, and is reported once.
 * @template {keyof LazyModules} Path
 * @param {Path} path
 * @param {boolean} [quiet]
 */
export function lazy(path, quiet) {
  let reported = false;
  /**
   * @template Result
   * @param {(module: LazyModules[Path]) => Result | Promise<Result>} use
   * @returns {Promise<Result | undefined>}
   */
  return async (use) => {
    let module;
    try {
      module = await load(path);
      if (quiet) return await use(module);
    } catch (error) {
      if (!quiet) showError(_("This could not be loaded. Please try again."));
      else if (!reported) console.error(error);
      reported = quiet;
      return;
    }
    return use(module);
  };
}

for (const { href } of document.styleSheets) loaded.set(href, Promise.resolve());

/**
 * Load a style sheet; resolves when it is there, or cannot be had now: then the next use tries again.
 * @param {string} name
 */
export const loadStyles = (name) =>
  once(`css/${name}.css`, (href) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
    document.head.append(link);
    return new Promise((resolve, reject) => {
      link.onload = resolve;
      link.onerror = () => (link.remove(), reject());
    });
  }).catch(() => {});

/**
 * Resolves when the sheets are there that the elements of a fragment ask for: data-styles="<name> …".
 * @param {string} fragment
 */
export function loadStylesFor(fragment) {
  const names = Array.from(fragment.matchAll(/data-styles=.([\w ]+)/g), ([, names]) => names.split(" "));
  return Promise.all(names.flat().map(loadStyles));
}
