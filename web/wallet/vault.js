// Where the wallet keeps what it knows: one IndexedDB store of named values. CryptoKeys are stored as they
// are, non-extractable; nobody can read them out of the database either.

const DATABASE = 'paycode-wallet';
const STORE = 'values';

const promised = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

async function inTransaction(mode, work) {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await promised(opening);
  try {
    const transaction = database.transaction(STORE, mode);
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const result = await work(transaction.objectStore(STORE));
    await done;
    return result;
  } finally {
    database.close();
  }
}

/** All values by name. Rejects when the browser gives the page no storage. */
export function readAll() {
  return inTransaction('readonly', async (store) => {
    const [names, values] = await Promise.all([promised(store.getAllKeys()), promised(store.getAll())]);
    return Object.fromEntries(names.map((name, i) => [name, values[i]]));
  });
}

/** Writes several values in one transaction: all or none are there after a crash. */
export function write(values) {
  return inTransaction('readwrite', (store) => {
    for (const [name, value] of Object.entries(values)) store.put(value, name);
  });
}

/** Reads, changes and writes one value in one transaction, so that two tabs never take the same slot. */
export function change(name, decide) {
  return inTransaction('readwrite', async (store) => {
    const next = decide(await promised(store.get(name)));
    store.put(next, name);
    return next;
  });
}

/** Forgets everything, keys included. */
export function wipe() {
  return inTransaction('readwrite', (store) => { store.clear(); });
}
