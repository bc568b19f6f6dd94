// Makes calls with the official client and prints what it answers or throws.
// Standard input: {config, calls}, each call one of
//   {method, bizContent, notifyUrl}  at the gateway
//   {curl: [httpMethod, path, options]}  by OpenAPI v3
//   {notified: parameters}  verifies what was told at a notify_url
import { AlipaySdk } from 'alipay-sdk'

let text = ''
for await (const chunk of process.stdin) text += chunk
const { config, calls } = JSON.parse(text)
const sdk = new AlipaySdk(config)
const answers = []
for (const { method, bizContent, notifyUrl, curl, notified } of calls) {
  try {
    if (notified) answers.push({ verified: sdk.checkNotifySign(notified), verifiedV2: sdk.checkNotifySignV2(notified) })
    else if (curl) {
      const { data, responseHttpStatus } = await sdk.curl(...curl)
      answers.push({ data, status: responseHttpStatus })
    } else answers.push(await sdk.exec(method, notifyUrl ? { bizContent, notifyUrl } : { bizContent }, { validateSign: true }))
  } catch (error) {
    answers.push({ error: String(error.message), code: error.code, status: error.responseHttpStatus, links: error.links })
  }
}
console.log(JSON.stringify(answers))
