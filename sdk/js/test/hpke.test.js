// The receiving side of HPKE, against RFC 9180 appendix A.3.1 and the published vectors, which Go has sealed.

import assert from 'node:assert/strict';
import { createECDH } from 'node:crypto';
import { test } from 'node:test';
import { deriveSession, formatTypeID, importSeed, openSealed, openSeed, slotMAC, toBase64url } from '../index.js';
import { fromHex, toHex } from './hex.js';
import { vectorsOf } from './vectors.js';

const RFC_9180_A31 = {
  privateKey: 'f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2',
  enc: '04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4',
  info: '4f6465206f6e2061204772656369616e2055726e',
  aad: '436f756e742d30',
  ciphertext: '5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434',
  plaintext: '4265617574792069732074727574682c20747275746820626561757479',
};

async function pairOf(privateKeyHex) {
  const P256 = { name: 'ECDH', namedCurve: 'P-256' };
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(privateKeyHex, 'hex');
  const point = new Uint8Array(ecdh.getPublicKey());
  const jwk = { kty: 'EC', crv: 'P-256', x: toBase64url(point.slice(1, 33)), y: toBase64url(point.slice(33)) };
  return {
    privateKey: await crypto.subtle.importKey('jwk', { ...jwk, d: toBase64url(fromHex(privateKeyHex)) }, P256, false, ['deriveBits']),
    publicKey: await crypto.subtle.importKey('jwk', jwk, P256, true, []),
  };
}

const messageOf = ({ enc, ciphertext, info, aad }) => ({
  enc: fromHex(enc), ciphertext: fromHex(ciphertext), info: fromHex(info), aad: fromHex(aad),
});

test('RFC 9180 A.3.1, first message', async () => {
  const opened = await openSealed(await pairOf(RFC_9180_A31.privateKey), messageOf(RFC_9180_A31));
  assert.equal(toHex(opened), RFC_9180_A31.plaintext);
});

for (const field of ['enc', 'ciphertext', 'info', 'aad']) {
  test(`one flipped bit in ${field} does not open`, async () => {
    const message = messageOf(RFC_9180_A31);
    message[field][message[field].length - 1] ^= 1;
    await assert.rejects(openSealed(await pairOf(RFC_9180_A31.privateKey), message));
  });
}

// A seed key cannot be looked at; two are the same when they make the same mac.
const macOf = async (seedKey) => toHex(await slotMAC(await deriveSession(seedKey, 29921400), 123456789, 3));

for (const { name, input, outcome, output } of vectorsOf('seal')) {
  test(`seal: ${name}`, async () => {
    const sealed = { enc: toBase64url(fromHex(input.enc)), ciphertext: toBase64url(fromHex(input.ciphertext)) };
    const deviceID = formatTypeID('dev', fromHex(input.device));
    const opening = openSeed(await pairOf(input.private_key), sealed, deviceID, input.generation);
    if (outcome !== 'ok') return assert.rejects(opening, { code: outcome });
    const key = await opening;
    assert.equal(key.extractable, false);
    assert.equal(await macOf(key), await macOf(await importSeed(fromHex(output.seed))));
  });
}
