// Package access knows who calls: operators, merchants and gates by their API
// keys. It also keeps what merchants and gates are.
package access
