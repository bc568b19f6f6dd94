// Passes and receipts, held to the published vectors.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBase64url } from '../bytes.js';
import { decodeBase45, encodeBase45, toBeSigned } from '../cose.js';
import { assemble, passTimes, presentPass, shownClaims } from '../pass.js';
import { verifyReceipt } from '../receipt.js';
import { fromHex, toHex } from './hex.js';
import { vectorsOf } from './vectors.js';

const ES256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

function jwkOf({ id, key }) {
  const bytes = fromHex(key);
  const kid = String(id);
  if (bytes.length === 32) return { kid, kty: 'OKP', crv: 'Ed25519', x: toBase64url(bytes) };
  return { kid, kty: 'EC', crv: 'P-256', x: toBase64url(bytes.slice(1, 33)), y: toBase64url(bytes.slice(33)) };
}

const challengeOf = (input) => input.challenge && fromHex(input.challenge);

// With the vector's signature in place, everything else is the same to the byte.
for (const { name, input, output } of vectorsOf('present')) {
  test(`present: ${name}`, () => {
    const payload = shownClaims(input.iat, fromHex(input.nonce), challengeOf(input));
    const made = assemble(fromHex(output.pass), payload, fromHex(output.presentation).slice(-64));
    assert.equal(toHex(made.presentation), output.presentation);
    assert.equal(made.text, output.text);
    assert.deepEqual(passTimes(fromHex(output.pass)), { notBefore: input.pass.nbf, expires: input.pass.exp });
  });

  test(`present, signed here: ${name}`, async () => {
    const public_ = jwkOf({ id: 0, key: input.pass.device_key });
    const privateKey = await crypto.subtle.importKey('jwk', { ...public_, d: toBase64url(fromHex(input.device)) }, ES256, false, ['sign']);
    const publicKey = await crypto.subtle.importKey('jwk', public_, ES256, false, ['verify']);
    const pass = fromHex(output.pass);
    const { presentation } = await presentPass({ privateKey }, pass, {
      nowSeconds: input.iat + 0.9, nonce: fromHex(input.nonce), challenge: challengeOf(input),
    });
    assert.equal(toHex(presentation.slice(0, -64)), output.presentation.slice(0, -128));
    const payload = shownClaims(input.iat, fromHex(input.nonce), challengeOf(input));
    const signed = toBeSigned('paycode/presentation/v1', [0xa2, 0x01, 0x26, 0x0d, ...pass], payload);
    assert(await crypto.subtle.verify(ES256, publicKey, presentation.slice(-64), signed));
  });
}

test('two presentations of one second differ', async () => {
  const keys = await crypto.subtle.generateKey(ES256, false, ['sign', 'verify']);
  const pass = fromHex(vectorsOf('present')[0].output.pass);
  const [one, two] = await Promise.all([0, 0].map(() => presentPass(keys, pass, { nowSeconds: 1795284017 })));
  assert.notEqual(one.text, two.text);
});

test('what is no pass is not presented', () => {
  assert.throws(() => assemble(new Uint8Array(200), shownClaims(1795284017, new Uint8Array(4)), new Uint8Array(64)), { code: 'pass_malformed' });
  assert.throws(() => passTimes(new Uint8Array(200)), { code: 'pass_malformed' });
});

for (const { name, input, outcome, output } of vectorsOf('receipt')) {
  test(`receipt: ${outcome}: ${name}`, async () => {
    const due = {
      merchant: fromHex(input.merchant), terminal: input.terminal, orderRef: input.order_ref, amountMinor: input.amount, currency: input.currency,
    };
    const verified = verifyReceipt(input.text, (input.keys ?? []).map(jwkOf), due, input.now);
    if (outcome !== 'ok') return assert.rejects(verified, { code: outcome });
    const { id, terminal, orderRef, issuedAt } = await verified;
    assert.deepEqual({ id: toHex(id), terminal, order_ref: orderRef, iat: issuedAt }, output);
  });
}

// RFC 9285, sections 4.3 and 4.4.
for (const [plain, text] of [['AB', 'BB8'], ['Hello!!', '%69 VD92EX0'], ['base-45', 'UJCLQE7W581'], ['ietf!', 'QED8WEX0']]) {
  test(`base45: ${plain}`, () => {
    assert.equal(encodeBase45(Buffer.from(plain)), text);
    assert.equal(Buffer.from(decodeBase45(text)).toString(), plain);
  });
}

test('base45 has one spelling', () => {
  for (const text of ['GGW', ':::', '::', '0', 'ab', 'ÿ00', '😀0']) assert.equal(decodeBase45(text), null);
});
