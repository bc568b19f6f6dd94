// The page as a whole, a function of its state.

import { html } from '/vendor/htm-preact.js';
import { exponentOf } from '../amount.js';
import { listIcon, saleIcon, settingsIcon, soundOffIcon, soundOnIcon } from './icons.js';
import { Outcome } from './outcome.js';
import { Refund } from './refund.js';
import { Sale } from './sale.js';
import { Scanning } from './scanning.js';
import { Settings, Setup } from './setup.js';
import { Shift } from './shift.js';
import { Showing } from './showing.js';
import { Today } from './today.js';

export function App({ i18n, state, openRefunds, today, actions }) {
  if (!state.merchant) {
    return html`<${Header} i18n=${i18n} state=${state} actions=${actions} />
      <${Setup} i18n=${i18n} known=${state.key} problem=${state.keyProblem} checking=${state.checking} onKey=${actions.key} />`;
  }
  const { outcome } = state;
  // While the outcome's sheet is there, what lies under it is out of reach of keys, clicks and screen readers.
  return html`
    <div class="behind" inert=${Boolean(outcome)}>
      <a class="skip" href="#sale">${i18n.t('skip')}</a>
      <${Header} i18n=${i18n} state=${state} actions=${actions} />
      <main class="desk" data-tab=${state.tab}>
        <div id="sale" class="left" tabindex="-1"><${Left} i18n=${i18n} state=${state} actions=${actions} /></div>
        ${state.day && html`<${Today} i18n=${i18n} day=${state.day} today=${today} openRefunds=${openRefunds} notice=${state.dayNotice}
          actions=${{ refund: actions.refunding, refresh: actions.refreshDay, showDay: actions.showDay, shift: () => actions.shifting(true) }} />`}
      </main>
      <${Tabs} i18n=${i18n} tab=${state.tab} onTab=${actions.tab} />
      <${Dialogs} i18n=${i18n} state=${state} today=${today} actions=${actions} />
    </div>
    ${outcome && html`<${Outcome} i18n=${i18n} outcome=${outcome} actions=${actions} />`}`;
}

function Left({ i18n, state, actions }) {
  const { currency } = state.merchant;
  if (state.outcome) return null; // the amount field comes back fresh, and takes the focus
  if (state.offline) {
    return html`<${Showing} i18n=${i18n} offline=${state.offline} notice=${state.scanNotice}
      actions=${{ scan: actions.scanReceipt, code: actions.receipt, back: actions.back }} />`;
  }
  if (state.sale) {
    return html`<${Scanning} i18n=${i18n} amount=${i18n.money(state.sale.amountMinor, currency)} notice=${state.scanNotice}
      onCode=${actions.code} onBack=${actions.back} />`;
  }
  return html`<${Sale} i18n=${i18n} text=${state.text} exponent=${exponentOf(currency)} currency=${currency}
    notice=${state.saleNotice && i18n.t(state.saleNotice)} online=${state.online}
    onText=${actions.text} onCharge=${actions.scan} onShow=${actions.showCode} />`;
}

function Header({ i18n, state, actions }) {
  return html`<header class="bar">
    <h1 class="grow">${state.merchant?.name ?? i18n.t('title')}</h1>
    <span id="link" class="badge" data-tone=${state.online ? 'go' : 'wait'} role="status">${i18n.t(state.online ? 'online' : 'offline')}</span>
    ${state.merchant && html`<button id="sound" class="plain icon" aria-pressed=${state.sound} title=${i18n.t(state.sound ? 'sound_on' : 'sound_off')}
      aria-label=${i18n.t('sound_on')} onClick=${actions.sound}>${state.sound ? soundOnIcon() : soundOffIcon()}</button>
    <button id="settings" class="plain icon" title=${i18n.t('settings')} aria-label=${i18n.t('settings')} onClick=${() => actions.settings(true)}>${settingsIcon()}</button>`}
    <button id="language" class="plain" lang=${i18n.language === 'zh' ? 'en' : 'zh-CN'} onClick=${actions.language}>${i18n.t('other_language')}</button>
  </header>`;
}

function Tabs({ i18n, tab, onTab }) {
  const button = (name, icon) => html`<button id=${`tab-${name}`} aria-current=${tab === name ? 'page' : undefined}
    onClick=${() => onTab(name)}>${icon()}${i18n.t(`tab_${name}`)}</button>`;
  return html`<nav class="tabs" aria-label=${i18n.t('title')}>${button('sale', saleIcon)}${button('today', listIcon)}</nav>`;
}

function Dialogs({ i18n, state, today, actions }) {
  const { refunding, shifting, settings, day } = state;
  return html`
    ${refunding && html`<${Refund} i18n=${i18n} payment=${refunding} open=${actions.openRefundOf(refunding)}
      onRefund=${(refund, onLost) => actions.refund(refunding, refund, onLost)} onClose=${() => actions.refunding(null)} />`}
    ${shifting && html`<${Shift} i18n=${i18n} day=${day} today=${today} fetchStatement=${actions.statement} onClose=${() => actions.shifting(false)} />`}
    ${settings && html`<${Settings} i18n=${i18n} merchant=${state.merchant} tillId=${state.tillId} keyShown=${state.key.slice(0, 8)}
      onForget=${actions.forgetKey} onClose=${() => actions.settings(false)} />`}`;
}
