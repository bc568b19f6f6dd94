// Calls a server as tills do, with the clients that they use. It reads one JSON
// object {url, appid, mchid, key, steps: [{client, call, params}]} and prints an
// array with what came of each step: {data} or {error}.
import { generateKeyPairSync } from 'node:crypto'
import { text } from 'node:stream/consumers'
import axiosPlugin from 'wechatpay-axios-plugin'
import tenpay from 'tenpay'

const { url, appid, mchid, key, steps } = JSON.parse(await text(process.stdin))

const till = tenpay.init({ appid, mchid, partnerKey: key, spbill_create_ip: '127.0.0.1' })
for (const name in till.urls) till.urls[name] = till.urls[name].replace(/^https:\/\/[^/]+/, url)

// It wants keys of version 3 as well, though nothing here is signed with them.
const pair = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } })
const plugin = new axiosPlugin.Wechatpay({
  mchid, serial: '1', privateKey: pair.privateKey, certs: { 2: pair.publicKey }, secret: key, baseURL: url,
})
const paths = {
  micropay: plugin.v2.pay.micropay, orderQuery: plugin.v2.pay.orderquery, reverse: plugin.v2.secapi.pay.reverse,
  refund: plugin.v2.secapi.pay.refund, refundQuery: plugin.v2.pay.refundquery,
}
const clients = {
  tenpay: (call, params) => till[call](params),
  axios: async (call, params) => (await paths[call].post({ appid, mch_id: mchid, ...params })).data,
}

const results = []
for (const { client, call, params } of steps) {
  try {
    results.push({ data: await clients[client](call, params) })
  } catch (e) {
    results.push({ error: e.response?.data?.err_code ?? String(e.message || e) })
  }
}
process.stdout.write(JSON.stringify(results))
