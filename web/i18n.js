// One small dictionary mechanism for all pages.
//
//   const i18n = makeI18n({
//     en: { hello: 'Hello {name}', paid: { one: '{n} payment', other: '{n} payments' } },
//     zh: { hello: '你好,{name}', paid: { other: '{n} 笔付款' } },
//   });
//   i18n.t('hello', { name: 'Ada' });   i18n.t('paid', { n: 2 });   // plural forms are chosen by `n`
//   i18n.money(1250, 'CNY');            // "¥12.50": integer minor units, never a float from the server
//   i18n.use('zh'); i18n.onChange(render);
//
// Text comes out as text: put it on the page with textContent or a template that escapes.

const STORED_LANGUAGE = 'paycode.language';

/** The language to start with: the stored choice, else the first of the browser's that is known, else the first known. */
export function chooseLanguage(known, stored, preferred) {
  if (known.includes(stored)) return stored;
  const short = preferred.map((tag) => tag.toLowerCase().split('-')[0]);
  return short.find((tag) => known.includes(tag)) ?? known[0];
}

/** Fills `{name}` from values; an unknown name stays visible, so that a slip is seen. */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Minor units to what Intl wants. Exact for every amount a JSON number holds (2^53). */
export function majorUnits(amountMinor, fractionDigits) {
  return amountMinor / 10 ** fractionDigits;
}

/** makeI18n({en: {...}, zh: {...}}) — see the top of this file. The first language is the one that is complete. */
export function makeI18n(messages) {
  const known = Object.keys(messages);
  const listeners = new Set();
  let language = chooseLanguage(known, readStored(), navigator.languages ?? [navigator.language]);
  applyToDocument(language);

  const locale = () => (language === 'zh' ? 'zh-CN' : navigator.languages?.find((l) => l.startsWith(language)) ?? language);

  function t(key, values = {}) {
    const message = messages[language][key] ?? messages[known[0]][key];
    if (message === undefined) return key;
    if (typeof message === 'string') return fill(message, values);
    const form = new Intl.PluralRules(language).select(values.n);
    return fill(message[form] ?? message.other, values);
  }

  /** Has the dictionary this key? For texts chosen by a server's code, with a general text behind them. */
  const has = (key) => key in messages[known[0]];

  function money(amountMinor, currency) {
    const format = new Intl.NumberFormat(locale(), { style: 'currency', currency, currencyDisplay: 'narrowSymbol' });
    return format.format(majorUnits(amountMinor, format.resolvedOptions().maximumFractionDigits));
  }

  /** "45 sec", "13 min": seconds up to two minutes, whole minutes above. */
  function duration(seconds) {
    const [value, unit] = seconds < 120 ? [seconds, 'second'] : [Math.round(seconds / 60), 'minute'];
    return new Intl.NumberFormat(locale(), { style: 'unit', unit, unitDisplay: 'short' }).format(value);
  }

  const dateFormat = (options) => (date) => new Intl.DateTimeFormat(locale(), options).format(new Date(date));

  function use(next) {
    language = next;
    writeStored(next);
    applyToDocument(next);
    for (const listener of listeners) listener(next);
  }

  return {
    t, has, money, duration, use,
    /** More words, for what is loaded later. */
    add(more) { for (const each of known) Object.assign(messages[each], more[each]); },
    time: dateFormat({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
    timeWithSeconds: dateFormat({ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }),
    day: dateFormat({ weekday: 'long', day: 'numeric', month: 'long' }),
    dayAndTime: dateFormat({ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
    get language() { return language; },
    /** The language after this one, for a one-button switch. */
    get next() { return known[(known.indexOf(language) + 1) % known.length]; },
    /** Calls back on every change of language; returns a function that stops it. */
    onChange(listener) { listeners.add(listener); return () => listeners.delete(listener); },
  };
}

// A browser may refuse storage altogether (private windows); the page then simply follows the browser's language.
function readStored() {
  try { return localStorage.getItem(STORED_LANGUAGE); } catch { return null; }
}

function writeStored(language) {
  try { localStorage.setItem(STORED_LANGUAGE, language); } catch { /* the choice lasts for this visit */ }
}

function applyToDocument(language) {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : language;
}
