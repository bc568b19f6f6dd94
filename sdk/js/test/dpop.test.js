// DPoP proofs, checked with Node's own crypto and the access token hash printed in RFC 9449 section 7.1.

import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { generateSigningKeys, makeProof, publicJWK } from '../index.js';

const REQUEST = {
  method: 'POST', url: 'https://resource.example.org/v1/device/sync?x=1#y', nowSeconds: 1562262618.9,
  accessToken: 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU',
};

const decode = (part) => JSON.parse(Buffer.from(part, 'base64url'));

test('a proof says what RFC 9449 section 4.2 asks for, and is signed', async () => {
  const keys = await generateSigningKeys();
  const [head, body, signature] = (await makeProof(keys, REQUEST)).split('.');

  const jwk = await publicJWK(keys);
  assert.deepEqual(decode(head), { typ: 'dpop+jwt', alg: 'ES256', jwk });
  assert.deepEqual(Object.keys(jwk).sort(), ['crv', 'kty', 'x', 'y']); // never the private half

  const { jti, ...claims } = decode(body);
  assert.match(jti, /^[A-Za-z0-9_-]{22}$/);
  assert.deepEqual(claims, {
    htm: 'POST', htu: 'https://resource.example.org/v1/device/sync', iat: 1562262618,
    ath: 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo',
  });

  const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
  assert.ok(verify('sha256', `${head}.${body}`, key, Buffer.from(signature, 'base64url')));
});

test('no two proofs are the same, and without a token there is no ath', async () => {
  const keys = await generateSigningKeys();
  const jti = async () => decode((await makeProof(keys, REQUEST)).split('.')[1]).jti;
  assert.notEqual(await jti(), await jti());
  const bare = decode((await makeProof(keys, { ...REQUEST, accessToken: undefined })).split('.')[1]);
  assert.ok(!('ath' in bare));
});

test('the signing key cannot be read out', async () => {
  const { privateKey } = await generateSigningKeys();
  await assert.rejects(crypto.subtle.exportKey('jwk', privateKey), { name: /^InvalidAccess/ });
});
