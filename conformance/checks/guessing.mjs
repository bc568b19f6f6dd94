// Wrong codes: what a guesser is told, when he is stopped, and that the payer he guesses at is not.
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { countBy, declined, expectStatus, outcomeOf, succeeded } from '../answers.mjs'
import { group } from '../check.mjs'
import { CROCKFORD, macOf, rawTextOf, TYPE_OFFLINE } from '../codes.mjs'
import { roomInWindow } from '../device.mjs'
import { fresh } from '../world.mjs'

const PER_MERCHANT = 5
const PER_DEVICE = 20
const PER_GUESSER = 50

export default group('guessing', async (check, world) => {
  await check('5 wrong digits at one merchant: refused there, the right ones still good elsewhere', async () => {
    const [guesser, honest] = await world.merchants(2)
    const device = await (await world.payer()).device()
    const right = await device.code('digits')
    const told = []
    for (const code of wrongDigits(device, PER_MERCHANT)) told.push(await guesser.charge(code))
    for (const a of told) declined(a, 'code_invalid')
    declined(await guesser.charge(right), 'too_many_attempts')
    succeeded(await honest.charge(right))
  })

  await check('the refusal is for that device: another device of the payer pays there', async () => {
    const guesser = await world.merchant()
    const [a, b] = await (await world.payer()).devices(2)
    for (const code of wrongDigits(a, PER_MERCHANT)) declined(await guesser.charge(code), 'code_invalid')
    succeeded(await guesser.charge(await b.code('digits')))
  })

  await check('4 wrong ones do not refuse', async () => {
    const guesser = await world.merchant()
    const device = await (await world.payer()).device()
    for (const code of wrongDigits(device, PER_MERCHANT - 1)) declined(await guesser.charge(code), 'code_invalid')
    succeeded(await guesser.charge(await device.code('digits')))
  })

  await check('wrong guesses raced: the 5 are not overrun', async () => {
    const guesser = await world.merchant()
    const device = await (await world.payer()).device()
    const answers = await Promise.all(wrongDigits(device, 30).map((code) => guesser.charge(code)))
    assert.deepEqual(countBy(answers, outcomeOf), { code_invalid: PER_MERCHANT, too_many_attempts: 30 - PER_MERCHANT })
  })

  await check('wrong codes tried under one order number are counted like any others', async () => {
    const [guesser, honest] = await world.merchants(2)
    const device = await (await world.payer()).device()
    const right = await device.code('digits')
    const order_no = fresh('order')
    for (const code of wrongDigits(device, PER_MERCHANT)) declined(await guesser.charge(code, { order_no }), 'code_invalid')
    declined(await guesser.charge(right, { order_no }), 'too_many_attempts')
    succeeded(await honest.charge(right))
  })

  await check('a till that asks again after a wrong code has guessed once', async () => {
    const merchant = await world.merchant()
    const device = await (await world.payer()).device()
    const [wrong] = wrongDigits(device, 1)
    const order_no = fresh('order')
    for (let i = 0; i < 3 * PER_MERCHANT; i++) declined(await merchant.charge(wrong, { order_no }), 'code_invalid')
    succeeded(await merchant.charge(await device.code('digits')))
  })

  await check('used and expired codes are no guesses: 60 of them stop nobody', async () => {
    const merchant = await world.merchant()
    const device = await (await world.payer()).device()
    const used = await device.code('digits')
    succeeded(await merchant.charge(used))
    for (let i = 0; i < 30; i++) {
      declined(await merchant.charge(used), 'code_used')
      declined(await merchant.charge(device.text({ counter: device.window(-5), alias: device.alias, nonce: 0 })), 'code_expired')
    }
    succeeded(await merchant.charge(await device.code('digits')))
  })

  await check('20 wrong ones from several merchants: digits refused everywhere, text and EMV go on, a sync mends it', async () => {
    const guessers = await world.merchants(PER_DEVICE / PER_MERCHANT)
    const honest = await world.merchant()
    const device = await (await world.payer()).device()
    const wrong = wrongDigits(device, PER_DEVICE)
    for (const [i, code] of wrong.entries()) {
      declined(await guessers[Math.floor(i / PER_MERCHANT)].charge(code), 'code_invalid')
    }
    declined(await honest.charge(await device.code('digits')), 'too_many_attempts')
    succeeded(await honest.charge(await device.code('text')))
    succeeded(await honest.charge(await device.code('emv')))
    declined(await honest.charge(await device.code('digits')), 'too_many_attempts')
    await device.sync()
    succeeded(await honest.charge(await device.code('digits')))
  })

  await check('a merchant with 50 wrong codes is refused, the payer is not', async () => {
    const [guesser, honest] = await world.merchants(2)
    const device = await (await world.payer()).device()
    const aliases = Array.from({ length: PER_GUESSER }, () => unknownDigits(device, 1)[0])
    for (const code of aliases) declined(await guesser.charge(code), 'code_invalid')
    const right = await device.code('text')
    declined(await guesser.charge(right), 'too_many_attempts', 'merchant_suspended')
    succeeded(await honest.charge(right))
  })

  await check('an unknown alias: the same answers in the same order as a wrong code for a known one', async () => {
    const [a, b] = await world.merchants(2)
    const device = await (await world.payer()).device()
    const tries = PER_MERCHANT + 3
    const known = await told(a, wrongDigits(device, tries))
    const unknown = await told(b, unknownDigits(device, tries))
    assert.deepEqual(unknown, known)
    assert.deepEqual(known.map((x) => x.body.decline_code),
      [...Array(PER_MERCHANT).fill('code_invalid'), ...Array(3).fill('too_many_attempts')])
  })

  await check('the same for text, and for a frozen device', async () => {
    const [a, b, c] = await world.merchants(3)
    const payer = await world.payer()
    const [device, frozen] = await payer.devices(2)
    await frozen.operator('freeze')
    const forged = { seed: Buffer.alloc(32, 7), alias: device.alias }
    const slot = (alias, i) => ({ counter: device.window(), alias, nonce: i })
    const stranger = Number(unknownDigits(device, 1)[0].slice(2, 11))
    const known = await told(a, [0, 1, 2].map((i) => device.text(slot(device.alias, i), forged)))
    const unknown = await told(b, [0, 1, 2].map((i) => device.text(slot(stranger, i), forged)))
    const asleep = await told(c, [0, 1, 2].map((i) => device.text(slot(frozen.alias, i), forged)))
    assert.deepEqual(known.map((x) => x.body.decline_code), ['code_invalid', 'code_invalid', 'code_invalid'])
    assert.deepEqual(unknown, known)
    assert.deepEqual(asleep, known)
  })

  await check('an old window: text says code_expired, digits only code_invalid', async () => {
    const merchant = await world.merchant()
    const device = await (await world.payer()).device()
    await roomInWindow(device, 5)
    declined(await merchant.charge(device.text(device.slot(0, -3))), 'code_expired')
    declined(await merchant.charge(device.emv(device.slot(1, -3))), 'code_expired')
    declined(await merchant.charge(device.digits(device.slot(2, -3))), 'code_invalid')
    declined(await merchant.charge(device.digits(device.slot(3, 3))), 'code_invalid')
    declined(await merchant.charge(device.text(device.slot(4, 3))), 'code_invalid')
  })

  await check('a wrong token for an old window is code_invalid, never code_expired', async () => {
    const merchant = await world.merchant()
    const device = await (await world.payer()).device()
    const forged = device.text(device.slot(0, -3), { seed: Buffer.alloc(32, 7), alias: device.alias })
    declined(await merchant.charge(forged), 'code_invalid')
  })

  await check("a code is bound to its alias and its nonce: another's token under them is invalid", async () => {
    const merchant = await world.merchant()
    const [a, b] = await (await world.payer()).devices(2)
    await roomInWindow(a, 5)
    const digits = a.digits(a.slot(1))
    declined(await merchant.charge(digits.slice(0, 2) + String(b.alias).padStart(9, '0') + digits.slice(11)), 'code_invalid')
    declined(await merchant.charge(digits.slice(0, 11) + '2' + digits.slice(12)), 'code_invalid')
    declined(await merchant.charge(a.text(a.slot(1), { seed: b.seed, alias: a.alias })), 'code_invalid')
    succeeded(await merchant.charge(digits))
  })

  await check('codes that no reading rule allows are code_malformed', async () => {
    const merchant = await world.merchant()
    const device = await (await world.payer()).device()
    const text = device.text(device.slot(0))
    const digits = device.digits(device.slot(0))
    const emv = device.emv(device.slot(0))
    const malformed = [
      'rubbish', '0', digits.slice(1), digits + '0', digits.slice(0, 17) + 'x', '99' + digits.slice(2),
      text.slice(0, -1), text + '0', 'PC2' + text.slice(3), text.slice(0, 10) + 'U' + text.slice(11),
      text.slice(0, 10) + '*' + text.slice(11), emv.slice(0, -4), emv + 'AAAA', emv.replace(/^..../, 'AAAA'), 'PP1:ABC', 'PR1:ABC',
      digits.replace(/^7/, '７'), digits.replace(/./g, (d) => String.fromCharCode(0x660 + Number(d))),
    ]
    for (const code of malformed) declined(await merchant.charge(code), 'code_malformed')
    succeeded(await merchant.charge(digits))
  })

  await check('a text of an unknown type, or with a nonce that is no digit, does not pay', async () => {
    const merchant = await world.merchant()
    const device = await (await world.payer()).device()
    const slot = device.slot(1, 1)
    const { token } = macOf(device.seed, slot)
    for (const type of [0x00, 0x02, 0x03, 0xff]) {
      declined(await merchant.charge(rawTextOf(type, slot, token)), 'code_malformed', 'code_invalid')
    }
    for (const nonce of [10, 255]) {
      const odd = { ...slot, nonce }
      declined(await merchant.charge(rawTextOf(TYPE_OFFLINE, odd, macOf(device.seed, odd).token)), 'code_malformed', 'code_invalid')
    }
    succeeded(await (await world.merchant()).charge(rawTextOf(TYPE_OFFLINE, slot, token)))
  })

  await check('the filling bits of a text do not make a second code of one slot', async () => {
    const merchant = await world.merchant()
    const device = await (await world.payer()).device()
    const text = device.text(device.slot(1, 1))
    const filled = text.slice(0, -1) + CROCKFORD[CROCKFORD.indexOf(text.at(-1)) | 1]
    succeeded(await merchant.charge(text))
    declined(await merchant.charge(filled), 'code_malformed', 'code_used')
  })
})

/** Digits for this device that no live window makes. */
function wrongDigits(device, n) {
  const live = new Set()
  for (const offset of [-2, -1, 0, 1, 2]) {
    for (let nonce = 0; nonce < 10; nonce++) live.add(device.digits({ counter: device.window(offset), alias: device.alias, nonce }))
  }
  const head = device.profile.prefix + String(device.alias).padStart(9, '0')
  return Array.from({ length: n }, () => {
    for (;;) {
      const code = head + String(randomInt(10_000_000)).padStart(7, '0')
      if (!live.has(code)) return code
    }
  })
}

/** Digits for one alias that is (but for a chance in millions) nobody's. */
function unknownDigits(device, n) {
  const alias = String(randomInt(100_000_000, 1_000_000_000))
  return Array.from({ length: n }, () => device.profile.prefix + alias + String(randomInt(10_000_000)).padStart(7, '0'))
}

/** What a merchant is told, try after try, without what must differ: ids, order numbers and times. */
async function told(merchant, codes) {
  const heard = []
  for (const code of codes) {
    const answer = await merchant.charge(code)
    const { id, order_no, merchant_id, created_at, settled_at, ...body } = expectStatus(answer, 200, 201)
    const headers = Object.fromEntries([...answer.headers].filter(([name]) => !/^(date|location|x-request-id|content-length|etag)$/.test(name)))
    heard.push({ status: answer.status, settled: settled_at !== undefined, body, headers })
  }
  return heard
}
