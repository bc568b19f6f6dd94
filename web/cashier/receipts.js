// The receipts that this till has taken, each once: in IndexedDB, on the disk before anybody is told "paid".

const DATABASE = 'paycode-till';
const STORE = 'receipts';

/** A receipt is good for minutes; this is for a clock that was wrong by days. */
const KEEP_MS = 7 * 24 * 3600_000;

/** By how much a clock may be set back without an alarm. */
const MAY_STEP_MS = 5_000;

const promised = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

async function inTransaction(work) {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => {
    const store = opening.result.createObjectStore(STORE, { keyPath: 'id' });
    for (const name of ['takenMs', 'orderNo']) store.createIndex(name, name);
  };
  const database = await promised(opening);
  try {
    const transaction = database.transaction(STORE, 'readwrite', { durability: 'strict' });
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

/**
 * Takes a receipt { id, orderNo, amountMinor, currency, paidMs, takenMs } in one transaction, so that of two tabs one
 * takes it. Resolves, when it is on the disk, to { taken }; to { before } when it was taken before; to { behind: true }
 * when the clock shows a time at which later ones were taken already. Rejects when the browser keeps nothing.
 */
export function takeReceipt(receipt) {
  return inTransaction(async (store) => {
    const before = await promised(store.get(receipt.id));
    if (before) return { before };
    const newest = await promised(store.index('takenMs').openCursor(null, 'prev'));
    if (newest && receipt.takenMs < newest.value.takenMs - MAY_STEP_MS) return { behind: true };
    await promised(store.add(receipt));
    return { taken: receipt };
  });
}

/** The receipt that was taken for an order, or undefined. */
export const takenFor = (orderNo) => inTransaction((store) => promised(store.index('orderNo').get(orderNo)));

/** Forgets what is long over at nowMs, a time that the server has confirmed. */
export function forgetReceipts(nowMs) {
  return inTransaction(async (store) => {
    for (const key of await promised(store.index('takenMs').getAllKeys(IDBKeyRange.upperBound(nowMs - KEEP_MS)))) store.delete(key);
  });
}
