// Package api is the HTTP contract, version 1: the calls of operators, devices
// and merchants, described as OpenAPI 3.1 at /openapi.json and for people at
// /docs.
//
// It decides nothing about money. A call is authenticated, its body is read and
// held against the schema, the service that it belongs to is asked, and what
// that answers is written as JSON; what it refuses with becomes a problem
// document (RFC 9457) by the one table in problems.go. Declines are no errors:
// the payment exists, and says why it was declined.
package api
