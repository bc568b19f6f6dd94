// The cashier's side of the HTTP contract: one function per call, each of which answers and never throws.
//
// An answer is believed only if it is one that our server can have given: JSON about the order that was asked for,
// or a problem document with a code. A captive portal's page, a proxy's error, half a body or silence are all "lost".

/** After so long without an answer a request counts as lost. */
export const ANSWER_WITHIN_MS = 5_000;

/** Refusals that come from something on the way, or from a server that has not looked yet. */
const NOT_AN_ANSWER = new Set([408, 421, 425, 429]);

/** readAnswer classifies an HTTP answer: {kind: 'ok', body} | {kind: 'absent'} | {kind: 'problem', status, code} | {kind: 'lost', why}. */
export function readAnswer(status, contentType, text) {
  if (status >= 500 || NOT_AN_ANSWER.has(status)) return { kind: 'lost', why: 'server_busy' };
  if (!/^application\/(problem\+)?json\b/i.test(contentType ?? '')) return { kind: 'lost', why: 'not_our_server' };
  let body;
  try { body = JSON.parse(text); } catch { return { kind: 'lost', why: 'cut_off' }; }
  if (status >= 200 && status < 300) return { kind: 'ok', body };
  if (typeof body?.code !== 'string') return { kind: 'lost', why: 'not_our_server' };
  return status === 404 ? { kind: 'absent' } : { kind: 'problem', status, code: body.code };
}

/** asPayment turns an 'ok' answer into {kind: 'payment'}, if it is a payment and, where `orderNo` is given, that order's. */
export function asPayment(answer, orderNo) {
  if (answer.kind !== 'ok') return answer;
  const payment = answer.body;
  const complete = typeof payment?.id === 'string' && typeof payment.status === 'string';
  if (!complete || (orderNo && payment.order_no !== orderNo)) return { kind: 'lost', why: 'not_our_server' };
  return { kind: 'payment', payment };
}

/** makeServer talks to the server of this page with the merchant's key. `fetch` and `timeoutSignal` are handed in for tests. */
export function makeServer(key, { fetch = globalThis.fetch.bind(globalThis), timeoutSignal = AbortSignal.timeout.bind(AbortSignal) } = {}) {
  async function call(method, path, body, read = readAnswer) {
    try {
      const response = await fetch(path, {
        method,
        headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
        body: body && JSON.stringify(body),
        cache: 'no-store',
        credentials: 'omit',
        redirect: 'error', // the key goes to this server or nowhere
        signal: timeoutSignal(ANSWER_WITHIN_MS),
      });
      return read(response.status, response.headers.get('content-type'), await response.text());
    } catch (error) {
      return { kind: 'lost', why: error.name === 'TimeoutError' ? 'no_answer_in_time' : 'no_connection' };
    }
  }

  const segment = encodeURIComponent;
  const payment = async (orderNo, ...request) => asPayment(await call(...request), orderNo);

  return {
    merchant: () => call('GET', '/v1/merchant'),
    issuer: () => call('GET', '/v1/issuer/keys'),
    charge: (sale) => payment(sale.orderNo, 'POST', '/v1/payments', {
      order_no: sale.orderNo, code: sale.code, amount: sale.amountMinor, currency: sale.currency, terminal_id: sale.terminalId,
    }),
    ask: (orderNo) => payment(orderNo, 'GET', `/v1/payments?order_no=${segment(orderNo)}`),
    watch: (id) => payment(null, 'GET', `/v1/payments/${segment(id)}`),
    cancelPayment: (id) => payment(null, 'POST', `/v1/payments/${segment(id)}/cancel`),
    cancelOrder: (orderNo) => payment(orderNo, 'POST', `/v1/orders/${segment(orderNo)}/cancel`),
    refund: (id, { refundNo, amountMinor, reason }) => call('POST', `/v1/payments/${segment(id)}/refunds`, {
      refund_no: refundNo, amount: amountMinor, reason,
    }),
    /** One page of a day's payments: {payments, next_cursor?}. */
    day: (date, cursor) => call('GET', `/v1/payments?date=${date}&limit=200${cursor ? `&cursor=${segment(cursor)}` : ''}`),
    /** The day's statement: {kind: 'ok', body: the CSV text}. */
    statement: (date) => call('GET', `/v1/statements/${date}`, undefined, (status, contentType, text) =>
      (status === 200 && /^text\/csv\b/i.test(contentType ?? '') ? { kind: 'ok', body: text } : readAnswer(status, contentType, text))),
  };
}
