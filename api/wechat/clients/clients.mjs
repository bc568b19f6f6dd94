// Calls a server as tills do, with the clients that they use. It reads one JSON
// object {url, appid, mchid, key, v3: {serial, privateKey, certs, key}, steps: [{client, call, params}]}
// and prints an array with what came of each step: {data} or {error}.
import { text } from 'node:stream/consumers'
import axiosPlugin from 'wechatpay-axios-plugin'
import tenpay from 'tenpay'

const { url, appid, mchid, key, v3, steps } = JSON.parse(await text(process.stdin))

const till = tenpay.init({ appid, mchid, partnerKey: key, spbill_create_ip: '127.0.0.1' })
for (const name in till.urls) till.urls[name] = till.urls[name].replace(/^https:\/\/[^/]+/, url)

const { serial, privateKey, certs } = v3
const plugin = new axiosPlugin.Wechatpay({ mchid, serial, privateKey, certs, secret: key, baseURL: url })
const paths = {
  micropay: plugin.v2.pay.micropay, orderQuery: plugin.v2.pay.orderquery, reverse: plugin.v2.secapi.pay.reverse,
  refund: plugin.v2.secapi.pay.refund, refundQuery: plugin.v2.pay.refundquery,
}

const { transactions } = plugin.v3.pay
const { refunds } = plugin.v3.refund.domestic
const calls = {
  codepay: p => transactions.codepay.post({ appid, mchid, ...p }),
  native: p => transactions.native.post({ appid, mchid, ...p }),
  query: p => transactions.outTradeNo.$out_trade_no$.get({ ...p, params: { mchid } }),
  transaction: p => transactions.id.$transaction_id$.get({ ...p, params: { mchid } }),
  reverse: p => transactions.outTradeNo.$out_trade_no$.reverse.post({ appid, mchid }, p),
  close: p => transactions.outTradeNo.$out_trade_no$.close.post({ mchid }, p),
  refund: p => refunds.post(p),
  refundQuery: p => refunds.$out_refund_no$.get(p),
  certificates: async () => {
    const { data: { data: [{ serial_no, encrypt_certificate: e }] } } = await plugin.v3.certificates.get()
    return { data: { serial_no, certificate: axiosPlugin.Aes.AesGcm.decrypt(e.ciphertext, v3.key, e.nonce, e.associated_data) } }
  },
}

const clients = {
  tenpay: (call, params) => till[call](params),
  axios: async (call, params) => (await paths[call].post({ appid, mch_id: mchid, ...params })).data,
  v3: async (call, params) => (await calls[call](params)).data || {},
}

const results = []
for (const { client, call, params } of steps) {
  try {
    results.push({ data: await clients[client](call, params) })
  } catch (e) {
    const told = e.response?.data
    results.push({ error: told?.err_code ?? told?.code ?? String(e.message || e), status: e.response?.status })
  }
}
process.stdout.write(JSON.stringify(results))
