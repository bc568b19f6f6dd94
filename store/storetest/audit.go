package storetest

import (
	"strings"
	"testing"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/settlement"
)

// bookkeeping is an office with one payment of every kind in its books.
type bookkeeping struct {
	*office
	person
	merchant ids.Merchant
	paid     payment.Payment // 300, of which 100 were refunded
	declined payment.Payment
	canceled payment.Payment // 40, paid before
	refund   payment.Refund
	charged  payment.Payment   // 100 with a fee of 16, of which 5 went back with a refund of 30
	returned payment.Refund    // that one
	undone   payment.Payment   // 50 with a fee of 8, canceled
	payout   settlement.Payout // 20, of another merchant, sent back
	ride     payment.Payment   // 2000, of which 500 are still owed
}

func newBookkeeping(o *office) *bookkeeping {
	b := &bookkeeping{office: o, person: o.person(1000), merchant: o.merchant()}
	b.payout = b.paidOutAndBack(100, 20) // first: it has everything rolled up
	b.paid = o.charge(b.merchant, o.order(), o.text(b.person, 0), 300)
	b.declined = o.charge(b.merchant, o.order(), o.text(b.person, 0), 300)
	b.canceled = o.charge(b.merchant, o.order(), o.text(b.person, 1), 40)
	_, err := o.pay.Cancel(o.Context(), b.canceled.ID, b.merchant)
	o.must(err)
	b.refund, _, err = o.pay.Refund(o.Context(), b.paid.ID, b.merchant, "r1", 100, "")
	o.must(err)
	_, err = o.pay.CancelOrder(o.Context(), b.merchant, o.order())
	o.must(err)
	rated := o.rated(1600)
	b.charged = o.charge(rated, o.order(), o.text(b.person, 2), 100)
	b.returned, _, err = o.pay.Refund(o.Context(), b.charged.ID, rated, "r1", 30, "")
	o.must(err)
	b.undone = o.charge(rated, o.order(), o.text(b.person, 3), 50)
	_, err = o.pay.Cancel(o.Context(), b.undone.ID, rated)
	o.must(err)
	debtor := o.person(0)
	for debtor.payer.Bucket(o.ids.Buckets) != b.payer.Bucket(o.ids.Buckets) {
		debtor = o.person(0)
	}
	b.ride = o.fare(debtor, b.merchant, 2000, false)
	o.topUp(debtor, "a part", 1500, false)
	return b
}

// paidOutAndBack pays a merchant a part of what he earned, in the payer's bucket,
// and takes it back.
func (b *bookkeeping) paidOutAndBack(earned, out int64) settlement.Payout {
	m := b.office.merchant()
	for m.Bucket(b.ids.Buckets) != b.payer.Bucket(b.ids.Buckets) {
		m = b.office.merchant()
	}
	b.earn(m, 1, earned)
	s := b.settlement(b.db)
	_, _, err := s.PayOut(b.Context(), payOf(m, "p1", out))
	b.must(err)
	p, err := s.Return(b.Context(), m, "p1")
	b.must(err)
	return p
}

// Audit runs the part of the suite that spoils books in every way that they can
// be wrong in, and wants each to be found.
func Audit(t *testing.T, open OpenEngine) {
	tests := map[string]func(*office){}
	for name, m := range mutations {
		tests[name] = func(o *office) { spoil(o, m) }
	}
	tests["opposite errors in two buckets"] = oppositeErrors
	eachBuckets(t, open, tests)
}

// oppositeErrors: a merchant's account has a row in every bucket that he was
// paid from; moving money between the rows leaves their sum as it was.
func oppositeErrors(o *office) {
	m := o.merchant()
	for range 8 * o.engine.Buckets() {
		o.charge(m, o.order(), o.text(o.person(10), 0), 10)
	}
	o.must(o.relay(o.db).Drain(o.Context()))
	o.wantBalanced()
	for i, change := range []int{1, -1} {
		o.sql(i*(o.engine.Buckets()-1), `UPDATE accounts SET balance = balance + $2 WHERE bucket = $1 AND owner = $3`, change, m)
	}
	report, err := o.db.Audit(o.Context())
	o.must(err)
	if want := o.engine.Buckets() == 1; report.Balanced != want { // in one row the two undo each other
		o.Errorf("balanced: %v, %q", report.Balanced, report.Differences)
	}
}

// mutation changes one row behind the back of the books.
type mutation struct {
	query string // $1 is the bucket
	args  func(*bookkeeping) []any
	says  string // a part of what the audit must say
	rolls bool   // after all credits were rolled up
}

func aPaid(b *bookkeeping) []any     { return []any{b.paid.ID} }
func aCanceled(b *bookkeeping) []any { return []any{b.canceled.ID} }
func aRefund(b *bookkeeping) []any   { return []any{b.refund.ID} }
func aPayout(b *bookkeeping) []any   { return []any{b.payout.ID} }
func aCharged(b *bookkeeping) []any  { return []any{b.charged.ID} }
func aReturned(b *bookkeeping) []any { return []any{b.returned.ID} }
func anUndone(b *bookkeeping) []any  { return []any{b.undone.ID} }
func aRide(b *bookkeeping) []any     { return []any{b.ride.ID} }
func aPayer(b *bookkeeping) []any    { return []any{b.payer} }
func aMerchant(b *bookkeeping) []any { return []any{b.merchant} }

const intoNowhere = `INSERT INTO transfers (bucket, txn_id, leg, currency, kind, owner, amount, other_kind, other_owner, other_amount, created_at)
	VALUES ($1, $2, 0, 'CNY', 1, $2, 0, 1, $2, 0, 1)`

var mutations = map[string]mutation{
	"a payer's balance":           {`UPDATE accounts SET balance = balance + 1 WHERE bucket = $1 AND owner = $2`, aPayer, "payer_balance:", false},
	"a balance below zero":        {`UPDATE accounts SET balance = -1 WHERE bucket = $1 AND owner = $2`, aPayer, "below zero", false},
	"a merchant's balance":        {`UPDATE accounts SET balance = balance + 1 WHERE bucket = $1 AND owner = $2`, aMerchant, "merchant_payable:", true},
	"the operator's cash":         {`UPDATE accounts SET balance = balance + 1 WHERE bucket = $1 AND kind = 3`, nil, "operator_cash", true},
	"a waiting credit":            {`UPDATE outbox SET credit = credit + 1 WHERE bucket = $1 AND payment_id = $2 AND kind = 'payment.succeeded'`, aPaid, "merchant_payable:", false},
	"a credit lost":               {`DELETE FROM outbox WHERE bucket = $1 AND refund_id = $2`, aRefund, "merchant_payable:", false},
	"an account from nowhere":     {`INSERT INTO accounts (bucket, kind, owner, currency, balance, day, day_spent, day_count, per_payment, per_day, count_per_day, confirm_above, holder) VALUES ($1, 2, $2, 'EUR', 5, 0, 0, 0, 0, 0, 0, 0, '')`, aMerchant, "postings say 0.00 EUR", false},
	"a leg changed":               {`UPDATE transfers SET amount = amount + 1 WHERE bucket = $1 AND txn_id = $2 AND leg = 0`, aPaid, "does not sum to zero", false},
	"both legs changed":           {`UPDATE transfers SET amount = amount * 2, other_amount = other_amount * 2 WHERE bucket = $1 AND txn_id = $2`, aPaid, "postings do not say", false},
	"a leg of somebody else":      {`UPDATE transfers SET other_owner = owner WHERE bucket = $1 AND txn_id = $2`, aPaid, "postings do not say", false},
	"all legs lost":               {`DELETE FROM transfers WHERE bucket = $1 AND txn_id = $2`, aPaid, "its 0 postings", false},
	"legs renumbered":             {`UPDATE transfers SET leg = leg + 4 WHERE bucket = $1 AND txn_id = $2`, aPaid, "postings do not say", false},
	"legs in another currency":    {`UPDATE transfers SET currency = 'EUR' WHERE bucket = $1 AND txn_id = $2`, aPaid, "postings do not say", false},
	"a reversal lost":             {`DELETE FROM transfers WHERE bucket = $1 AND txn_id = $2 AND leg = 2`, aCanceled, "is canceled, which its 2 postings", false},
	"the amount of a payment":     {`UPDATE payments SET amount = amount + 1 WHERE bucket = $1 AND id = $2`, aPaid, "postings do not say", false},
	"the merchant of a payment":   {`UPDATE payments SET merchant_id = payer_id WHERE bucket = $1 AND id = $2`, aPaid, "postings do not say", false},
	"a success called declined":   {`UPDATE payments SET status = 'declined' WHERE bucket = $1 AND id = $2`, aPaid, "is declined, which its 2 postings", false},
	"a success called canceled":   {`UPDATE payments SET status = 'canceled' WHERE bucket = $1 AND id = $2`, aPaid, "is canceled, which its 2 postings", false},
	"a reversal called success":   {`UPDATE payments SET status = 'succeeded' WHERE bucket = $1 AND id = $2`, aCanceled, "is succeeded, which its 4 postings", false},
	"a decline called success":    {`UPDATE payments SET status = 'succeeded' WHERE bucket = $1 AND id = $2`, func(b *bookkeeping) []any { return []any{b.declined.ID} }, "its 0 postings", false},
	"the refunded sum":            {`UPDATE payments SET refunded = refunded + 1 WHERE bucket = $1 AND id = $2`, aPaid, "its refunds add up to 100", false},
	"more refunded than paid":     {`UPDATE payments SET refunded = 301 WHERE bucket = $1 AND id = $2`, aPaid, "with 301 refunded", false},
	"a part called all":           {`UPDATE payments SET status = 'refunded' WHERE bucket = $1 AND id = $2`, aPaid, "is refunded with 100 refunded", false},
	"a refund forgotten":          {`UPDATE payments SET status = 'succeeded' WHERE bucket = $1 AND id = $2`, aPaid, "is succeeded with 100 refunded", false},
	"a refund lost":               {`DELETE FROM refunds WHERE bucket = $1 AND id = $2`, aRefund, "its refunds add up to 0", false},
	"the amount of a refund":      {`UPDATE refunds SET amount = 99 WHERE bucket = $1 AND id = $2`, aRefund, "refund ref_", false},
	"the postings of a refund":    {`DELETE FROM transfers WHERE bucket = $1 AND txn_id = $2`, aRefund, "its 0 postings", false},
	"the merchant of a refund":    {`UPDATE refunds SET merchant_id = payment_id WHERE bucket = $1 AND id = $2`, aRefund, "refund ref_", false},
	"the amount of a top-up":      {`UPDATE topups SET amount = amount + 1 WHERE bucket = $1 AND payer_id = $2`, aPayer, "top-up top_", false},
	"a top-up lost":               {`DELETE FROM topups WHERE bucket = $1 AND payer_id = $2`, aPayer, "belongs to no payment", false},
	"the owner of a top-up":       {`UPDATE topups SET payer_id = id WHERE bucket = $1 AND payer_id = $2`, aPayer, "top-up top_", false},
	"a payment lost":              {`DELETE FROM payments WHERE bucket = $1 AND id = $2`, aPaid, "belongs to no payment", false},
	"postings from nowhere":       {intoNowhere, aPayer, "belongs to no payment", false},
	"the amount of a loan":        {`UPDATE loans SET amount = amount + 1 WHERE bucket = $1 AND payment_id = $2`, aRide, "loan loan_", false},
	"a loan called repaid":        {`UPDATE loans SET open = 0 WHERE bucket = $1 AND payment_id = $2`, aRide, "loan loan_", false},
	"more repaid than was":        {`UPDATE loans SET repaid = repaid + 1 WHERE bucket = $1 AND payment_id = $2`, aRide, "differs by", false},
	"a loan lost":                 {`DELETE FROM loans WHERE bucket = $1 AND payment_id = $2`, aRide, "or loan", false},
	"a repayment lost":            {`DELETE FROM transfers WHERE bucket = $1 AND kind = 1 AND other_kind = 5`, nil, "differs by", false},
	"what a payer owes":           {`UPDATE accounts SET balance = balance + 1 WHERE bucket = $1 AND kind = 5`, nil, "payer_debt:", false},
	"a ride not taken":            {`DELETE FROM transfers WHERE bucket = $1 AND txn_id = $2`, aRide, "its 0 postings", false},
	"the fee of a payment":        {`UPDATE payments SET fee = fee + 1 WHERE bucket = $1 AND id = $2`, aCharged, "has a fee of 17, its rate makes 16", false},
	"the rate of a payment":       {`UPDATE payments SET fee_bp = 1700 WHERE bucket = $1 AND id = $2`, aCharged, "has a fee of 16, its rate makes 17", false},
	"a fee forgotten":             {`UPDATE payments SET fee_bp = NULL, fee = NULL WHERE bucket = $1 AND id = $2`, aCharged, "postings do not say", false},
	"a fee not posted":            {`DELETE FROM transfers WHERE bucket = $1 AND txn_id = $2 AND leg = 8`, aCharged, "which its 2 postings do not say", false},
	"a fee kept by somebody else": {`UPDATE transfers SET other_kind = 3 WHERE bucket = $1 AND txn_id = $2 AND leg = 8`, aCharged, "postings do not say", false},
	"a fee of nothing":            {`UPDATE transfers SET leg = 8 WHERE bucket = $1 AND txn_id = $2 AND leg = 0`, aPaid, "postings do not say", false},
	"a fee that stays canceled":   {`DELETE FROM transfers WHERE bucket = $1 AND txn_id = $2 AND leg = 10`, anUndone, "is canceled, which its 6 postings", false},
	"a fee not given back":        {`DELETE FROM transfers WHERE bucket = $1 AND txn_id = $2 AND leg = 8`, aReturned, "refunds gave back 0 of its fee, and the operator 0; it should be 5", false},
	"a fee given by nobody":       {`UPDATE transfers SET other_kind = 3 WHERE bucket = $1 AND txn_id = $2 AND leg = 8`, aReturned, "gave back 5 of its fee, and the operator 0", false},
	"a waiting fee":               {`UPDATE outbox SET fee = fee + 1 WHERE bucket = $1 AND payment_id = $2 AND kind = 'payment.succeeded'`, aCharged, "operator_fees", false},
	"the operator's fees":         {`UPDATE accounts SET balance = balance + 1 WHERE bucket = $1 AND kind = 6`, nil, "operator_fees", true},
	"the amount of a payout":      {`UPDATE payouts SET amount = amount + 1 WHERE bucket = $1 AND id = $2`, aPayout, "payout po_", false},
	"the merchant of a payout":    {`UPDATE payouts SET merchant_id = id WHERE bucket = $1 AND id = $2`, aPayout, "payout po_", false},
	"a payout lost":               {`DELETE FROM payouts WHERE bucket = $1 AND id = $2`, aPayout, "belongs to no payment", false},
	"a return forgotten":          {`UPDATE payouts SET returned_at = 0 WHERE bucket = $1 AND id = $2`, aPayout, "is not what its 4 postings say", false},
	"a return lost":               {`DELETE FROM transfers WHERE bucket = $1 AND txn_id = $2 AND leg = 2`, aPayout, "is not what its 2 postings say", false},
	"a payout to somebody else":   {`UPDATE transfers SET other_kind = 6 WHERE bucket = $1 AND txn_id = $2 AND leg = 0`, aPayout, "payout po_", false},
	"a leg more behind a decline": {intoNowhere, func(b *bookkeeping) []any { return []any{b.declined.ID} }, "is declined, which its 2 postings", false},
}

func spoil(o *office, m mutation) {
	b := newBookkeeping(o)
	r := o.relay(o.db)
	if m.rolls {
		o.must(r.Drain(o.Context()))
	}
	o.wantBalanced()
	var args []any
	if m.args != nil {
		args = m.args(b)
	}
	if n := o.sql(b.payer.Bucket(o.engine.Buckets()), m.query, args...); n == 0 {
		o.Fatal("nothing was changed")
	}
	report, err := o.db.Audit(o.Context())
	o.must(err)
	if report.Balanced || !strings.Contains(strings.Join(report.Differences, "\n"), m.says) {
		o.Errorf("the audit says balanced: %v, and not %q: %q", report.Balanced, m.says, report.Differences)
	}
}
