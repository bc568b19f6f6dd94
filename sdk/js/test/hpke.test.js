// The receiving side of HPKE, against RFC 9180 appendix A.3.1 and against what another implementation sealed.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { deriveSession, importSeed, openSealed, openSeed, slotMAC, toBase64url } from '../index.js';
import { fromHex, toHex } from './hex.js';

const RFC_9180_A31 = {
  privateKey: 'f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2',
  publicKey: '04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0',
  enc: '04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4',
  info: '4f6465206f6e2061204772656369616e2055726e',
  aad: '436f756e742d30',
  ciphertext: '5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434',
  plaintext: '4265617574792069732074727574682c20747275746820626561757479',
};

async function importPair(jwk) {
  const P256 = { name: 'ECDH', namedCurve: 'P-256' };
  const { d, ...publicJWK } = jwk;
  return {
    privateKey: await crypto.subtle.importKey('jwk', jwk, P256, false, ['deriveBits']),
    publicKey: await crypto.subtle.importKey('jwk', publicJWK, P256, true, []),
  };
}

function pairOfVector({ privateKey, publicKey }) {
  const point = fromHex(publicKey);
  const jwk = { kty: 'EC', crv: 'P-256', x: toBase64url(point.slice(1, 33)), y: toBase64url(point.slice(33)), d: toBase64url(fromHex(privateKey)) };
  return importPair(jwk);
}

const bytesOf = ({ enc, ciphertext, info, aad }) => ({
  enc: fromHex(enc), ciphertext: fromHex(ciphertext), info: fromHex(info), aad: fromHex(aad),
});

test('RFC 9180 A.3.1, first message', async () => {
  const opened = await openSealed(await pairOfVector(RFC_9180_A31), bytesOf(RFC_9180_A31));
  assert.equal(toHex(opened), RFC_9180_A31.plaintext);
});

for (const field of ['enc', 'ciphertext', 'info', 'aad']) {
  test(`one flipped bit in ${field} does not open`, async () => {
    const message = bytesOf(RFC_9180_A31);
    message[field][message[field].length - 1] ^= 1;
    await assert.rejects(openSealed(await pairOfVector(RFC_9180_A31), message));
  });
}

const SEALED = JSON.parse(readFileSync(new URL('sealed.json', import.meta.url)));

test('a seed sealed by Go opens, as a key that cannot be read out', async () => {
  const key = await openSeed(await importPair(SEALED.seal_key), SEALED, SEALED.device_id, SEALED.generation);
  assert.equal(key.extractable, false);
  const mac = (seedKey) => deriveSession(seedKey, 29921400).then((session) => slotMAC(session, 123456789, 3));
  const known = await importSeed(fromHex('68dc8fa10bb25015685c44b210587aee185dbb62d89a5d62ec1e67c747164b0b'));
  assert.deepEqual(await mac(key), await mac(known));
});

test('a seed sealed for another device or generation does not open', async () => {
  const keys = await importPair(SEALED.seal_key);
  await assert.rejects(openSeed(keys, SEALED, SEALED.device_id, 2));
  await assert.rejects(openSeed(keys, SEALED, 'dev_01jfja0yrcfgzrmq9f3r69q2kq', 1));
});
