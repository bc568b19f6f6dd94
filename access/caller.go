package access

import (
	"strings"

	"github.com/paycode/paycode/ids"
)

// Role is what a caller may do.
type Role string

// The roles that call with a key.
const (
	RoleOperator Role = "operator" // the wallet company's own backend
	RoleMerchant Role = "merchant" // a till or a merchant's backend
	RoleGate     Role = "gate"
)

// Caller is who a key stands for: an operator, one merchant or one gate.
type Caller struct {
	Role     Role
	Merchant ids.Merchant // with RoleMerchant
	Gate     ids.Gate     // with RoleGate
}

// ForOperator is the operator.
func ForOperator() Caller { return Caller{Role: RoleOperator} }

// ForMerchant is a merchant's till or backend.
func ForMerchant(id ids.Merchant) Caller { return Caller{Role: RoleMerchant, Merchant: id} }

// ForGate is a gate.
func ForGate(id ids.Gate) Caller { return Caller{Role: RoleGate, Gate: id} }

// CallerOf is the caller with a role and its Owner, as stored.
func CallerOf(r Role, owner []byte) Caller {
	c := Caller{Role: r}
	switch r {
	case RoleMerchant:
		copy(c.Merchant[:], owner)
	case RoleGate:
		copy(c.Gate[:], owner)
	}
	return c
}

// Owner is the 16 bytes of the merchant's or gate's id, empty for an operator.
func (c Caller) Owner() []byte {
	switch c.Role {
	case RoleMerchant:
		return c.Merchant[:]
	case RoleGate:
		return c.Gate[:]
	}
	return []byte{}
}

// prefix begins every key of the role.
func (r Role) prefix() string {
	switch r {
	case RoleOperator:
		return "op_"
	case RoleMerchant:
		return "mk_"
	case RoleGate:
		return "gk_"
	}
	panic("access: no such role: " + string(r))
}

// prefixOf is the prefix of the role that a key's text claims, if there is such a role.
func prefixOf(text string) (string, bool) {
	for _, r := range []Role{RoleOperator, RoleMerchant, RoleGate} {
		if strings.HasPrefix(text, r.prefix()) {
			return r.prefix(), true
		}
	}
	return "", false
}
