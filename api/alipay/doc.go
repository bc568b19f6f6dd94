// Package alipay answers tills and backends that speak Alipay's OpenAPI: at one
// address, /gateway.do, with parameters in query or form, and by version 3, JSON
// under /v3/alipay/. Both are signed with RSA, and so are the answers, and what a
// merchant is told at his notify_url.
//
// It only translates. What a call means for money is decided by package payment,
// and an order is the same whether it is asked for here or at /v1.
// docs/alipay.md lists the calls, docs/divergences.md what is different.
package alipay
