// What must survive a reload: sales whose outcome is not known yet, and refunds that were sent and not answered.
// One localStorage entry each, so that two tabs of one till never overwrite each other's.
//
// localStorage.setItem has written when it returns as far as a page can know; it throws where storage is refused
// or full, and then the caller must not send.

/** makeJournal(localStorage, 'sale') keeps records under "paycode.sale.<number>". */
export function makeJournal(storage, kind) {
  const prefix = `paycode.${kind}.`;
  return {
    save: (number, record) => storage.setItem(prefix + number, JSON.stringify(record)),
    drop: (number) => storage.removeItem(prefix + number),
    load: (number) => parse(storage.getItem(prefix + number)),
    /** Every record that was not dropped. */
    all() {
      const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i)).filter((key) => key.startsWith(prefix));
      return keys.sort().map((key) => parse(storage.getItem(key))).filter(Boolean);
    },
  };
}

function parse(text) {
  try { return JSON.parse(text); } catch { return null; } // not ours: leave it alone
}
