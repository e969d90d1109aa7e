// The files of messages that have not left yet, in this browser (IndexedDB) until the server has them: a reload, a
// crash or another tab finds them again. Where storage is blocked or full, a file lasts as long as its page.

const NAME = "chat-uploads";

/** @typedef {{blob: File, poster?: Blob}} StoredFile */

/** @type {Map<string, StoredFile>} By client id. */
const memory = new Map();

/** @returns {Promise<IDBDatabase>} */
function database() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(NAME, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(NAME);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = reject;
  });
}

/**
 * @param {IDBTransactionMode} mode
 * @param {(files: IDBObjectStore) => IDBRequest} work
 * @returns {Promise<any>} undefined also when storage is blocked, or full
 */
async function request(mode, work) {
  try {
    const connection = await database();
    const asked = work(connection.transaction(NAME, mode).objectStore(NAME));
    return await new Promise((resolve, reject) => {
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = reject;
    }).finally(() => connection.close());
  } catch {
    return undefined;
  }
}

/**
 * Keep a file, and a poster if it has one, until it is forgotten.
 * @param {string} client
 * @param {File} blob
 * @param {Blob} [poster]
 */
export function storeFile(client, blob, poster) {
  memory.set(client, { blob, poster });
  request("readwrite", (files) => files.put({ blob, poster }, client));
}

/**
 * @param {string} client
 * @returns {Promise<StoredFile | undefined>}
 */
export const findFile = async (client) => memory.get(client) ?? request("readonly", (files) => files.get(client));

/** @param {string} client */
export function forgetFile(client) {
  memory.delete(client);
  request("readwrite", (files) => files.delete(client));
}
