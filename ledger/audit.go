package ledger

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/paycode/paycode/money"
)

// Books is everything an audit looks at, summed by the store in one snapshot.
type Books struct {
	Postings   int64           // how many there are
	Unbalanced []string        // transactions whose postings do not sum to zero
	Posted     map[Entry]int64 // what the postings of an account add up to, in minor units
	Balances   map[Entry]int64 // what the account's row says, in minor units
	Waiting    map[Entry]int64 // credits posted but not yet rolled up into the row
	Facts      []string        // differences between payments and their postings
}

// Entry is an account in one currency.
type Entry struct {
	Account  Account
	Currency money.Currency
}

// Report is the outcome of an audit.
type Report struct {
	Balanced    bool     `json:"balanced" doc:"true when nothing differs"`
	Postings    int64    `json:"postings" doc:"postings looked at"`
	Differences []string `json:"differences" doc:"what differs, one sentence each"`
}

// Audit recomputes every balance and says what differs. A payer's balance
// below zero is a difference too: no payment may leave one so.
func Audit(b Books) Report {
	r := Report{Postings: b.Postings, Differences: []string{}}
	for _, txn := range b.Unbalanced {
		r.Differences = append(r.Differences, fmt.Sprintf("transaction %s does not sum to zero", txn))
	}
	r.Differences = append(r.Differences, b.Facts...)
	for _, e := range b.entries() {
		posted, have := b.Posted[e], b.Balances[e]+b.Waiting[e]
		if have != posted {
			r.Differences = append(r.Differences, fmt.Sprintf("%v: postings say %v, the balance %v",
				e.Account, money.Amount{Minor: posted, Currency: e.Currency}, money.Amount{Minor: have, Currency: e.Currency}))
		}
		if e.Account.Kind == PayerBalance && b.Balances[e] < 0 {
			r.Differences = append(r.Differences, fmt.Sprintf("%v: below zero", e.Account))
		}
	}
	r.Balanced = len(r.Differences) == 0
	return r
}

// entries lists every account that anything is known of, in a fixed order.
func (b Books) entries() []Entry {
	seen := map[Entry]bool{}
	for _, of := range []map[Entry]int64{b.Posted, b.Balances, b.Waiting} {
		for e := range of {
			seen[e] = true
		}
	}
	return slices.SortedFunc(maps.Keys(seen), func(x, y Entry) int {
		return cmp.Or(cmp.Compare(x.Account.Kind, y.Account.Kind), bytes.Compare(x.Account.Owner[:], y.Account.Owner[:]), cmp.Compare(x.Currency, y.Currency))
	})
}
