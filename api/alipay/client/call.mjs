// Makes calls with the official client and prints what it answers or throws.
// Standard input: {config, calls: [{method, bizContent}]}.
import { AlipaySdk } from 'alipay-sdk'

let text = ''
for await (const chunk of process.stdin) text += chunk
const { config, calls } = JSON.parse(text)
const sdk = new AlipaySdk(config)
const answers = []
for (const { method, bizContent } of calls) {
  try {
    answers.push(await sdk.exec(method, { bizContent }, { validateSign: true }))
  } catch (error) {
    answers.push({ error: String(error.message) })
  }
}
console.log(JSON.stringify(answers))
