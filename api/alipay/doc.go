// Package alipay answers tills and backends that speak Alipay's OpenAPI: one
// address, /gateway.do, with parameters in query or form, signed with RSA.
//
// It only translates. What a call means for money is decided by package payment,
// and an order is the same whether it is asked for here or at /v1.
// docs/alipay.md lists the calls, docs/divergences.md what is different.
package alipay
