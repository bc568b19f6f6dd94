// A stranger's conformance run: PAYCODE_URL and PAYCODE_OPERATOR_KEY name a running server and its first operator;
// PAYCODE_GROUPS, if set, the groups of checks to run, with commas between.
import assert from 'node:assert/strict'
import { finish, report } from './check.mjs'
import { offences } from './http.mjs'
import { worldFromEnvironment } from './world.mjs'

const GROUPS = ['example', 'paying', 'scanning', 'races', 'orders', 'limits', 'confirmation', 'credentials', 'guessing', 'renewal', 'webhooks', 'malformed']
const RUN_TIMEOUT_MS = 175_000

setTimeout(() => {
  report('run: done in time', new Error(`not done after ${RUN_TIMEOUT_MS / 1000} s`))
  finish()
}, RUN_TIMEOUT_MS)

const world = worldFromEnvironment()
const chosen = process.env.PAYCODE_GROUPS?.split(',') ?? GROUPS
const groups = await Promise.all(chosen.map(async (name) => (await import(`./checks/${name}.mjs`)).default))
await Promise.all(groups.map((run) => run(world)))

const last = (name, body) => Promise.resolve().then(body).then(() => report(name), (err) => report(name, err))
await last('run: every refusal was a problem with a code, no answer a 5xx', () => {
  assert.deepEqual([...new Set(offences)].slice(0, 20), [], `${offences.length} answers`)
})
await last('run: the books balance at the end', () => world.assertBalanced())
finish()
