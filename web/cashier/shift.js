// Closing the shift: the till's list beside the server's statement of the same day.

import { html, useEffect, useState } from '/vendor/htm-preact.js';
import { Dialog } from './setup.js';
import { compare, readStatement } from './statement.js';

/** fetchStatement(date) is the server's answer with the CSV text; `today` tells whether the day is over. */
export function Shift({ i18n, day, today, fetchStatement, onClose }) {
  const [found, setFound] = useState({ line: 'shift_loading' });
  useEffect(() => { look(day, today, fetchStatement).then(setFound); }, []);
  return html`<${Dialog} id="shift-dialog" title=${`${i18n.t('shift_title')} · ${day.date}`} onClose=${onClose}>
    ${found.line && html`<p class="notice" data-tone=${found.line === 'shift_loading' ? '' : 'wait'} role="status">${i18n.t(found.line)}</p>`}
    ${found.rows && html`<${Result} i18n=${i18n} rows=${found.rows} />`}
    ${found.pending && html`<p class="notice" data-tone="wait">${i18n.t('shift_open')}</p>`}
    <div class="row buttons">
      ${found.csv && html`<a id="shift-save" class="button" href=${found.href} download=${`statement-${day.date}.csv`}>${i18n.t('shift_save')}</a>`}
      <button class="primary grow" autofocus onClick=${onClose}>${i18n.t('close')}</button>
    </div>
  <//>`;
}

/** Fetches list and statement anew: comparing what is old would blame nobody's mistake. */
async function look(day, today, fetchStatement) {
  const complete = await day.refresh();
  const answer = await fetchStatement(day.date);
  if (!complete || answer.kind !== 'ok') return { line: 'shift_lost' };
  const payments = day.payments();
  try {
    const rows = compare(payments, readStatement(answer.body), { isOver: day.date < today });
    const href = URL.createObjectURL(new Blob([answer.body], { type: 'text/csv' }));
    return { rows, csv: answer.body, href, pending: payments.some((payment) => payment.status === 'pending') };
  } catch {
    return { line: 'shift_unreadable' };
  }
}

function Result({ i18n, rows }) {
  const equal = rows.every((row) => row.equal);
  return html`<p id="shift-result" class="notice" data-equal=${equal} data-tone=${equal ? 'go' : 'no'} role="status">
      ${i18n.t(rows.length === 0 ? 'shift_nothing' : equal ? 'shift_equal' : 'shift_differs')}</p>
    ${rows.map((row) => html`<table key=${row.currency}>
      <thead><tr><th scope="col">${row.currency}</th><th scope="col">${i18n.t('shift_list')}</th><th scope="col">${i18n.t('shift_statement')}</th></tr></thead>
      <tbody>${line(i18n, row, 'shift_count', 'count', (n) => n)}
        ${line(i18n, row, 'shift_sales', 'sold')}${line(i18n, row, 'shift_refunds', 'refunded')}${line(i18n, row, 'shift_net', 'net')}
        ${row.later !== 0 && aside(i18n, row, 'shift_later', -row.later)}
        ${row.earlier !== 0 && html`${aside(i18n, row, 'shift_earlier', row.earlier)}${aside(i18n, row, 'shift_stated', row.stated)}`}</tbody>
    </table>`)}`;
}

function aside(i18n, { currency }, word, minor) {
  return html`<tr><th scope="row" colspan="2">${i18n.t(word)}</th><td class="amount">${i18n.money(minor, currency)}</td></tr>`;
}

function line(i18n, { currency, list, statement }, word, name, shown = (minor) => i18n.money(minor, currency)) {
  const differs = list[name] !== statement[name];
  return html`<tr data-differs=${differs}><th scope="row">${i18n.t(word)}</th>
    <td class="amount">${shown(list[name])}</td><td class="amount">${shown(statement[name])}</td></tr>`;
}
