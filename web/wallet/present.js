// Showing a code: the online one if the server answers in time, else the offline one, always under half a second.

/** How long the server may take to give an online code. */
export const ONLINE_BUDGET_MS = 800;

/** How long an empty card waits for it before the offline code is shown meanwhile. */
export const EMPTY_CARD_MS = 250;

const after = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/**
 * Shows one code, or two when the online one comes late but within its budget; both can be spent, so a till
 * that caught the first is served. mint(signal) and make() answer codes; show(code) puts one up. mint is
 * undefined without network. Returns when nothing more will be shown.
 */
export async function present({ mint, make, show }) {
  if (!mint) return show(await make());
  const budget = new AbortController();
  const minted = mint(budget.signal).catch(() => null);
  setTimeout(() => budget.abort(), ONLINE_BUDGET_MS);
  const early = await Promise.race([minted, after(EMPTY_CARD_MS)]);
  if (early) return show(early);
  show(await make());
  const late = await minted;
  if (late) show(late);
}
