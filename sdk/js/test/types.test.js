// The type declarations name exactly what the package exports.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as index from '../index.js';
import * as pass from '../pass.js';
import * as receipt from '../receipt.js';
import * as shop from '../shop.js';

for (const [name, exported] of Object.entries({ index, pass, receipt, shop })) {
  test(`${name}.d.ts and ${name}.js agree`, () => {
    const declarations = readFileSync(new URL(`../${name}.d.ts`, import.meta.url), 'utf8');
    const declared = [...declarations.matchAll(/^export (?:function|const|class) (\w+)/gm)].map(([, match]) => match);
    assert.deepEqual(declared.sort(), Object.keys(exported).sort());
  });
}
