// Server-sent events as the WHATWG text defines the stream: fields, a blank line ends an event.
import { until } from './check.mjs'

export class EventStream {
  constructor() {
    this.events = []
    this.stopper = new AbortController()
  }

  /** Opens the stream of one device and waits until the server has answered. */
  static async open(device) {
    const path = '/v1/device/events'
    const stream = new EventStream()
    const headers = { ...device.credentials('GET', path), Accept: 'text/event-stream' }
    const res = await fetch(device.world.server.base + path, { headers, signal: stream.stopper.signal })
    const type = res.headers.get('content-type') ?? ''
    if (res.status !== 200 || !type.startsWith('text/event-stream')) {
      throw new Error(`GET ${path} -> ${res.status} ${type}: ${(await res.text()).slice(0, 200)}`)
    }
    stream.reading = stream.read(res.body).catch(() => {})
    return stream
  }

  async read(body) {
    let rest = ''
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + chunk).split(/\r?\n\r?\n/)
      rest = blocks.pop()
      for (const block of blocks) this.take(block)
    }
  }

  take(block) {
    const event = { type: 'message', data: [] }
    for (const line of block.split(/\r?\n/)) {
      const [, field, value] = line.match(/^([^:]*):? ?(.*)$/)
      if (field === 'event') event.type = value
      if (field === 'data') event.data.push(value)
    }
    if (event.data.length) this.events.push({ type: event.type, data: event.data.join('\n') })
  }

  /** Waits for an event of a type whose data names `id`. */
  await(type, id, timeoutMs = 10_000) {
    return until(`the event ${type}`, timeoutMs, () => this.events.find((e) => e.type === type && (!id || e.data.includes(id))), 50)
  }

  async close() {
    this.stopper.abort()
    await this.reading
  }
}
