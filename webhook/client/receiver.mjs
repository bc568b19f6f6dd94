// Receives webhooks: PAYCODE_WEBHOOK_SECRET=whsec_… PORT=8000 node receiver.mjs
import { createServer } from 'node:http'
import { Webhook } from 'standardwebhooks'

const hook = new Webhook(process.env.PAYCODE_WEBHOOK_SECRET)
const seen = new Set() // a shop keeps these in its database, in the transaction of what an event changes

const server = createServer(async (req, res) => {
  const chunks = []
  for await (const chunk of req) chunks.push(chunk)
  const body = Buffer.concat(chunks).toString() // verified as it came, not as it is written again
  let event
  try {
    event = hook.verify(body, req.headers) // throws: not signed by the secret, or more than five minutes old
  } catch {
    return res.writeHead(400).end()
  }
  const id = req.headers['webhook-id']
  if (!seen.has(id)) {
    seen.add(id)
    console.log(id, event.type)
  }
  res.writeHead(204).end()
})
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('port', server.address().port))
