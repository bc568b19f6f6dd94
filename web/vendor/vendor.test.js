import test from 'node:test';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

test('the files of others are the ones that update.sh pins', () => {
  execFileSync('sh', [fileURLToPath(new URL('check.sh', import.meta.url))], { stdio: 'pipe' });
});
