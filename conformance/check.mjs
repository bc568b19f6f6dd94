// Named checks: each prints one line, a failed one says why, and nothing waits for ever.

const CHECK_TIMEOUT_MS = 100_000

const results = { passed: 0, failed: 0 }

/** A group runs its checks one after another; groups run beside each other. */
export function group(name, run) {
  return async (world) => {
    const check = (what, body, timeoutMs) => runCheck(`${name}: ${what}`, body, timeoutMs)
    try {
      await run(check, world)
    } catch (err) {
      report(`${name}: could be set up`, err)
    }
  }
}

async function runCheck(name, body, timeoutMs = CHECK_TIMEOUT_MS) {
  let timer
  const late = new Promise((_, refuse) => {
    timer = setTimeout(() => refuse(new Error(`not done after ${timeoutMs / 1000} s`)), timeoutMs)
  })
  try {
    await Promise.race([body(), late])
    report(name)
    return true
  } catch (err) {
    report(name, err)
    return false
  } finally {
    clearTimeout(timer)
  }
}

export function report(name, err) {
  if (!err) {
    results.passed++
    console.log(`ok ${name}`)
    return
  }
  results.failed++
  console.log(`not ok ${name}\n${indented(err)}`)
}

function indented(err) {
  const where = err.code === 'ERR_ASSERTION' ? '' : `\n${(err.stack ?? '').split('\n').slice(1, 4).join('\n')}`
  return `${err.message ?? err}${err.cause ? ` (${err.cause.message})` : ''}${where}`.split('\n').map((l) => `    ${l}`).join('\n')
}

/** Prints the count and ends the program. */
export function finish() {
  const { passed, failed } = results
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed ? 1 : 0)
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

/** Asks until `probe` answers something true, at most `timeoutMs` long. */
export async function until(what, timeoutMs, probe, everyMs = 100) {
  const end = Date.now() + timeoutMs
  for (;;) {
    const got = await probe()
    if (got) return got
    if (Date.now() > end) throw new Error(`waited ${timeoutMs / 1000} s for ${what}`)
    await sleep(everyMs)
  }
}
