// The full-page states of a sale. One sign, one word, the amount the largest thing, and what to do next.
//
// An outcome: {state, sale, payment?, reason?, step?, why?, resumed?, offline?, paidMs?}
//   state: sending | waiting | paid | refused | lost | known-canceled; step (while lost): asking | repeating | canceling

import { html, useEffect, useLayoutEffect, useRef, useState } from '/vendor/htm-preact.js';
import { sign } from './icons.js';

const TONES = { paid: 'go', refused: 'no', waiting: 'wait', lost: 'wait', sending: '', 'known-canceled': 'quiet' };
const BODIES = { paid: Paid, refused: Refused, waiting: Waiting, lost: Lost, sending: Sending, 'known-canceled': Canceled };

const CONFIRM_WITHIN_MS = 60_000; // for a server that does not say until when

/** The sheet over the whole page. actions: next, retry, cancel, print. */
export function Outcome({ i18n, outcome, actions }) {
  const { state, sale } = outcome;
  const titles = { 'known-canceled': 'known_canceled' };
  const sheet = useRef(null);
  useLayoutEffect(() => { if (!sheet.current.contains(document.activeElement)) sheet.current.focus(); }, [state]); // and it is read out
  return html`<section id="outcome" class="sheet" ref=${sheet} tabindex="-1" data-state=${state} data-tone=${TONES[state]} role="alertdialog" aria-modal="true"
      aria-labelledby="outcome-title" aria-describedby="outcome-body">
    ${sign(state)}
    <h1 id="outcome-title">${i18n.t(titles[state] ?? state)}</h1>
    <p id="outcome-amount" class="amount">${i18n.money(sale.amountMinor, sale.currency)}</p>
    <${BODIES[state]} key=${state} i18n=${i18n} outcome=${outcome} actions=${actions} />
  </section>`;
}

/** The reason of a refusal in words, and what to do: [why, todo]. */
export function reasonInWords(i18n, code = 'unknown') {
  const known = i18n.has(`todo_${code}`);
  return known ? [i18n.t(`why_${code}`), i18n.t(`todo_${code}`)] : [i18n.t('why_other', { code }), i18n.t('todo_other')];
}

function Button({ id, kind = '', onClick, children }) {
  const button = useRef(null);
  useLayoutEffect(() => { if (kind === 'primary') button.current.focus(); }, []);
  return html`<button id=${id} class=${kind} ref=${button} type="button" onClick=${onClick}>${children}</button>`;
}

function Facts({ i18n, outcome: { sale, payment, paidMs } }) {
  const rows = [
    ['order_no', sale.orderNo],
    ['payer', payment?.payer?.masked],
    ['time', (payment || paidMs) && i18n.timeWithSeconds(payment ? payment.settled_at ?? payment.created_at : new Date(paidMs).toISOString())],
    ['till', sale.terminalId],
  ].filter(([, value]) => value);
  return html`<dl class="facts">${rows.map(([name, value]) => html`<dt>${i18n.t(name)}</dt><dd class="mono">${value}</dd>`)}</dl>`;
}

function Paid({ i18n, outcome, actions }) {
  return html`<div id="outcome-body" class="stack center"><${Facts} i18n=${i18n} outcome=${outcome} />
    ${outcome.paidMs && html`<p id="outcome-receipt" class="soft">${i18n.t('paid_by_receipt')}</p>`}
    <div class="row buttons">
      <${Button} id="print" onClick=${actions.print}>${i18n.t('print')}<//>
      <${Button} id="next" kind="primary" onClick=${actions.next}>${i18n.t('next')}<//>
    </div></div>`;
}

function Refused({ i18n, outcome, actions }) {
  const [why, todo] = reasonInWords(i18n, outcome.reason);
  return html`<div id="outcome-body" class="stack center">
    <p id="outcome-reason" class="why" data-reason=${outcome.reason}>${why}</p>
    <p id="outcome-todo">${todo}</p>
    <div class="row buttons">
      <${Button} id="next" onClick=${actions.next}>${i18n.t('new_sale')}<//>
      <${Button} id="retry" kind="primary" onClick=${actions.retry}>${i18n.t(outcome.offline ? 'receipt_retry' : 'retry')}<//>
    </div></div>`;
}

function Canceled({ i18n, outcome: { sale }, actions }) {
  const amount = i18n.money(sale.amountMinor, sale.currency);
  return html`<div id="outcome-body" class="stack center">
    <p id="outcome-reason" class="why">${i18n.t('known_canceled_about')}</p>
    <p class="mono soft">${sale.orderNo}</p>
    <div class="row buttons">
      <${Button} id="retry" onClick=${actions.retry}>${i18n.t('retry_sale', { amount })}<//>
      <${Button} id="next" kind="primary" onClick=${actions.next}>${i18n.t('new_sale')}<//>
    </div></div>`;
}

function Sending({ i18n }) {
  return html`<div id="outcome-body"><p id="outcome-reason" class="why">${i18n.t('sending_about')}</p></div>`;
}

function Waiting({ i18n, outcome, actions }) {
  const { created_at, expires_at } = outcome.payment;
  const lifeMs = Date.parse(expires_at) - Date.parse(created_at) || CONFIRM_WITHIN_MS; // a span: this clock may be wrong
  const [sinceMs] = useState(() => Date.now());
  const left = useSecondsUntil(sinceMs + lifeMs);
  return html`<div id="outcome-body" class="stack center">
    <p id="outcome-reason" class="why">${i18n.t('waiting_about')}</p>
    <p class="countdown" role="timer" aria-label=${i18n.t('waiting_timer')}>${i18n.t('seconds_left', { n: left })}</p>
    <div class="remaining" aria-hidden="true"><i style=${{ inlineSize: `${Math.min(100, (left / (lifeMs / 1000)) * 100)}%` }}></i></div>
    <div class="row buttons"><${CancelButton} i18n=${i18n} word="cancel" outcome=${outcome} onCancel=${actions.cancel} /></div></div>`;
}

function Lost({ i18n, outcome, actions }) {
  const { step, why, resumed } = outcome;
  return html`<div id="outcome-body" class="stack center">
    <p class="why">${i18n.t('lost_about')}</p>
    <ol class="steps"><li aria-current=${step !== 'canceling' ? 'step' : undefined}>${i18n.t('step_asking')}</li>
      <li aria-current=${step === 'canceling' ? 'step' : undefined}>${i18n.t('step_canceling')}</li><li>${i18n.t('step_known')}</li></ol>
    <p id="outcome-reason" data-step=${step} role="status">${resumed && `${i18n.t('lost_resumed')} `}${i18n.t(`lost_${step}`)}</p>
    <p class="soft">${why && i18n.has(`why_${why}`) ? i18n.t(`why_${why}`) : '\u00a0'}</p>
    <p class="mono soft">${outcome.sale.orderNo}</p>
    <div class="row buttons"><${CancelButton} i18n=${i18n} word="give_up" outcome=${outcome} onCancel=${actions.cancel} /></div></div>`;
}

function CancelButton({ i18n, word, outcome, onCancel }) {
  const canceling = outcome.sale.canceling || outcome.step === 'canceling';
  return html`<button id="cancel" type="button" disabled=${canceling} onClick=${onCancel}>${i18n.t(canceling ? 'canceling_now' : word)}</button>`;
}

function useSecondsUntil(untilMs) {
  const left = () => Math.max(0, Math.ceil((untilMs - Date.now()) / 1000));
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    const timer = setInterval(() => setSeconds(left()), 250);
    return () => clearInterval(timer);
  }, [untilMs]);
  return seconds;
}
