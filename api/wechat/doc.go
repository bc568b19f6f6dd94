// Package wechat lets tills that speak WeChat Pay take our codes: its calls of
// version 2, in XML, and of version 3, in JSON. It only translates: the payment is made by package payment,
// on the same orders as those of our own calls, and every rule about money is
// there. What differs from WeChat Pay's documents is in docs/divergences.md.
package wechat
