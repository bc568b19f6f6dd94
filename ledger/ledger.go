// Package ledger is double-entry book-keeping: what a movement of money is,
// what must balance, and how books are checked against themselves. It stores
// nothing; a store keeps postings for ever and moves balances by them.
//
// Signs: a posting with a positive amount is owed by us to the account's owner
// from now on (payers and merchants are our creditors), a negative one no
// longer. Cash is what the operator holds for them, so it carries the opposite
// sign, and every transaction sums to zero per currency.
package ledger

import (
	"errors"
	"fmt"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
)

// ErrUnbalanced is answered for postings that do not sum to zero per currency.
// It means a fault of ours, never of a caller.
var ErrUnbalanced = errors.New("ledger: postings do not sum to zero")

// Kind says what an account is for. The values are stored: never renumber them.
type Kind uint8

// The kinds of account.
const (
	PayerBalance    Kind = 1 // money a payer can spend
	MerchantPayable Kind = 2 // money owed to a merchant, to be paid out
	OperatorCash    Kind = 3 // money the operator holds outside (bank); the owner is zero
	PayerCredit     Kind = 4 // what a payer has used of his credit line: negative, since he owes it
	PayerDebt       Kind = 5 // what a payer owes because he could not pay: negative likewise
	OperatorFees    Kind = 6 // what the operator keeps of payments; the owner is zero
)

// String names the kind as audits print it.
func (k Kind) String() string {
	switch k {
	case PayerBalance:
		return "payer_balance"
	case MerchantPayable:
		return "merchant_payable"
	case OperatorCash:
		return "operator_cash"
	case PayerCredit:
		return "payer_credit"
	case PayerDebt:
		return "payer_debt"
	case OperatorFees:
		return "operator_fees"
	}
	return fmt.Sprintf("kind_%d", uint8(k))
}

// Account names one account: a kind and the 16 bytes of its owner's identifier.
type Account struct {
	Kind  Kind
	Owner [16]byte
}

// String names the account with its owner's public identifier.
func (a Account) String() string {
	switch a.Kind {
	case PayerBalance, PayerCredit, PayerDebt:
		return a.Kind.String() + ":" + ids.Payer(a.Owner).String()
	case MerchantPayable:
		return a.Kind.String() + ":" + ids.Merchant(a.Owner).String()
	}
	return a.Kind.String()
}

// Payer is the account that a payer spends from.
func Payer(id ids.Payer) Account { return Account{PayerBalance, id} }

// Merchant is the account in which a merchant's takings gather.
func Merchant(id ids.Merchant) Account { return Account{MerchantPayable, id} }

// Cash is the operator's own account, the other side of every top-up.
func Cash() Account { return Account{Kind: OperatorCash} }

// Fees is the account in which gathers what merchants pay for being paid.
func Fees() Account { return Account{Kind: OperatorFees} }

// Owed is the account of what a payer owes: kind is PayerCredit or PayerDebt.
func Owed(kind Kind, id ids.Payer) Account { return Account{kind, id} }

// Posting is one leg of a transaction. Postings are only ever added.
type Posting struct {
	Account Account
	Amount  money.Amount
}

// Transfer is the pair of postings that moves amount (positive) from one account to another.
func Transfer(from, to Account, amount money.Amount) []Posting {
	return []Posting{{from, amount.Negate()}, {to, amount}}
}

// Check reports ErrUnbalanced unless the postings sum to zero in every
// currency, and refuses an empty transaction: one that moves nothing is a fault.
func Check(postings []Posting) error {
	if len(postings) == 0 {
		return fmt.Errorf("%w: there are none", ErrUnbalanced)
	}
	sums := map[money.Currency]money.Amount{}
	for _, p := range postings {
		have, ok := sums[p.Amount.Currency]
		if !ok {
			have.Currency = p.Amount.Currency
		}
		sum, err := have.Add(p.Amount)
		if err != nil {
			return err
		}
		sums[p.Amount.Currency] = sum
	}
	for _, sum := range sums {
		if sum.Minor != 0 {
			return fmt.Errorf("%w: %v over", ErrUnbalanced, sum)
		}
	}
	return nil
}
