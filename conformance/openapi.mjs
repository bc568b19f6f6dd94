// The server's own description of itself, read for its calls and the members of their bodies.
import { expectStatus } from './answers.mjs'

const METHODS = ['get', 'put', 'post', 'delete', 'patch']

export async function describe(server) {
  const answer = await server.call('GET', '/openapi.json')
  return new Description(expectStatus(answer, 200))
}

class Description {
  constructor(document) {
    this.document = document
    this.calls = []
    for (const [path, item] of Object.entries(document.paths)) {
      for (const method of METHODS) {
        if (item[method]) this.calls.push(this.call(method.toUpperCase(), path, item[method], item.parameters))
      }
    }
  }

  call(method, path, operation, shared = []) {
    const request = this.resolve(operation.requestBody)
    const content = request?.content ?? {}
    const [mediaType] = Object.keys(content)
    const schema = this.resolve(content[mediaType]?.schema)
    const parameters = [...shared, ...(operation.parameters ?? [])].map((p) => this.resolve(p))
    return { name: `${method} ${path}`, method, path, mediaType, schema, parameters, bodyRequired: request?.required === true, members: this.members(schema) }
  }

  /** The members of an object schema: name → { type, required }. */
  members(schema) {
    const members = {}
    for (const part of [schema, ...(schema?.allOf ?? []).map((s) => this.resolve(s))]) {
      for (const [name, raw] of Object.entries(part?.properties ?? {})) {
        const type = [this.resolve(raw)?.type].flat().find((t) => t !== 'null')
        members[name] = { type, required: (part.required ?? []).includes(name) }
      }
    }
    return members
  }

  resolve(node) {
    for (let hops = 0; node?.$ref && hops < 20; hops++) {
      node = node.$ref.slice(2).split('/').reduce((at, key) => at?.[key.replaceAll('~1', '/').replaceAll('~0', '~')], this.document)
    }
    return node
  }
}
