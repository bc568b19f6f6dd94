// One HTTP call and what was wrong with its answer, whoever asked.

const CALL_TIMEOUT_MS = 30_000

/** Every answer of the run that no answer may be: filled by call, judged at the end. */
export const offences = []

export class Server {
  constructor(base) {
    this.base = base.replace(/\/+$/, '')
  }

  /**
   * Sends and reads everything. `json` is serialised; `raw` goes as it is.
   * Answers { status, headers, text, body } where body is the parsed JSON, if it is JSON.
   */
  async call(method, path, { json, raw, headers = {}, what } = {}) {
    const body = json === undefined ? raw : JSON.stringify(json)
    const sent = { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers }
    const res = await fetch(this.base + path, {
      method, body, headers: sent, redirect: 'manual', signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    })
    const text = await res.text()
    const answer = { status: res.status, headers: res.headers, text, body: parse(text, res), request: what ?? `${method} ${path}` }
    const wrong = problemWith(answer)
    if (wrong && !path.match(/^\/(readyz|healthz)/)) offences.push(`${answer.request}: ${wrong}`)
    return answer
  }
}

function parse(text, res) {
  if (!/json/.test(res.headers.get('content-type') ?? '')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Says why an answer breaks the rule "problem+json with a stable code, never a 5xx", or nothing. */
export function problemWith({ status, headers, body, text }) {
  if (status >= 500) return `answered ${status}: ${text.slice(0, 200)}`
  if (status < 400) return ''
  const type = headers.get('content-type') ?? 'no content type'
  if (!/^application\/problem\+json\b/.test(type)) return `${status} came as ${type}: ${text.slice(0, 120)}`
  if (typeof body?.code !== 'string' || body.code === '') return `${status} without a code: ${text.slice(0, 200)}`
  return ''
}

export const brief = (a) => `${a.request} -> ${a.status} ${a.text.slice(0, 400)}`

export const bearer = (key) => ({ Authorization: `Bearer ${key}` })
