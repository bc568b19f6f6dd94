// Showing a code: the online one if the server answers in time, else the offline one; none is long in coming.

/** How long the server may take to give an online code. */
export const ONLINE_BUDGET_MS = 800;

/** How long a server that was heard is waited for before the offline code is shown meanwhile. */
export const HEAD_START_MS = 250;

const after = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/**
 * Shows one code, or two when the online one comes late but within its budget; both can be spent, so a till
 * that caught the first is served. mint(signal) and make() answer codes; show(code) puts one up. mint is
 * undefined without network. A server that was not `heard` yet may be gone, whatever the browser thinks of the
 * network: the offline code is shown at once. One that was gets its head start, else every showing would spend
 * a slot and flicker. Returns when nothing more will be shown.
 */
export async function present({ heard, mint, make, show }) {
  if (!mint) return show(await make());
  const budget = new AbortController();
  const minted = mint(budget.signal).catch(() => null);
  setTimeout(() => budget.abort(), ONLINE_BUDGET_MS);
  const early = heard && await Promise.race([minted, after(HEAD_START_MS)]);
  if (early) return show(early);
  show(await make());
  const late = await minted;
  if (late) show(late);
}
