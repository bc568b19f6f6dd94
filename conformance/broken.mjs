// Broken requests: what an object, a text, a number can be got wrong as.

const MEGABYTE = 1 << 20
const DEPTH = 100_000

/** Bodies that are no JSON object at all: name → { raw, headers }. Each must be refused. */
export function brokenBodies(valid) {
  const text = JSON.stringify(valid)
  return {
    'an empty body': { raw: '' },
    'a truncated object': { raw: text.slice(0, -2) },
    'a lone brace': { raw: '{' },
    'an array': { raw: '[]' },
    'an array of the object': { raw: `[${text}]` },
    'a string': { raw: '"x"' },
    'null': { raw: 'null' },
    'a number': { raw: '17' },
    'two objects': { raw: text + text },
    'something after the object': { raw: `${text} x` },
    'bytes that are no UTF-8': { raw: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]) },
    'single quotes': { raw: text.replaceAll('"', "'") },
    'a member of one megabyte': { raw: `{"padding":"${'a'.repeat(MEGABYTE)}",${text.slice(1)}` },
    'one megabyte of blanks': { raw: ' '.repeat(MEGABYTE) + text },
    'deeply nested arrays': { raw: '['.repeat(DEPTH) },
    'deeply nested objects': { raw: '{"a":'.repeat(DEPTH) },
    'text/plain': { raw: text, headers: { 'Content-Type': 'text/plain' } },
    'a form': { raw: new URLSearchParams(Object.entries(valid).map(([k, v]) => [k, String(v)])).toString(), headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
  }
}

const others = { string: [17, true, [], {}, 1.5], integer: ['100', true, [], {}, 1.5, 'x'], object: ['x', 17, [], true], array: ['x', 17, {}, true], boolean: ['x', 17, [], {}] }
others.number = others.integer

const amounts = ['-1', '0', '0.5', '12.34', '-9223372036854775809', '9223372036854775808', '1e30', '1e400', '"1"', 'null']
const currencies = ['', 'CN', 'CNYY', 'cny', '123', 'C Y', '￥￥￥', 'CN\u0000']
const texts = ['', '\u0000', 'a\u0000b', 'a\nb', 'a\u001bb', 'a\u007fb', 'x'.repeat(5000)]

/** Spellings of one member that must be refused: name → JSON text of the whole body. */
export function brokenMembers(valid, members) {
  const out = {}
  const put = (name, spelled, what) => {
    const rest = Object.entries(valid).filter(([k]) => k !== name).map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`)
    out[`${name}: ${what.slice(0, 40)}`] = { raw: `{${[...rest, `${JSON.stringify(name)}:${spelled}`].join(',')}}` }
  }
  for (const [name, { type, required }] of Object.entries(members)) {
    if (!(name in valid)) continue
    for (const value of others[type] ?? []) put(name, JSON.stringify(value), JSON.stringify(value))
    if (required) out[`${name}: left out`] = { raw: JSON.stringify({ ...valid, [name]: undefined }) }
    if (name === 'amount') for (const a of amounts) put(name, a, a)
    if (name === 'currency') for (const c of currencies) put(name, JSON.stringify(c), JSON.stringify(c))
    if (type === 'integer' && name !== 'amount') for (const a of ['-1', '1e30', '9223372036854775808']) put(name, a, a)
    if (type === 'string' && !['currency', 'code'].includes(name)) {
      for (const t of texts) if (t || required) put(name, JSON.stringify(t), JSON.stringify(t))
      put(name, '"\\ud800"', 'a lone surrogate')
    }
  }
  return out
}

/** Path segments that are no id. */
export const brokenIDs = [
  'x', '0', '-1', '%00', '%ff', '%F0%9F%92%B3', '%2e%2e%2fadmin', "'%20OR%201=1--", '%0a', 'a'.repeat(5000),
  'pay_', 'payer_00000000000000000000000000', 'pay_8zzzzzzzzzzzzzzzzzzzzzzzzz', 'PAY_01JFJA0YRCFGZRMQ9F3R69Q2KP',
  'pay_01jfja0yrcfgzrmq9f3r69q2kpx', 'pay_01jfja0yrcfgzrmq9f3r69q2k', 'pay_01jfja0yrcfgzrmq9f3r69q2ku', 'ride_01jfja0yrcfgzrmq9f3r69q2kp',
]
