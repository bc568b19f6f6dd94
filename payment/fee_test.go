package payment

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/money"
)

func TestFeeIsDecidedWithThePayment(t *testing.T) {
	for _, c := range []struct {
		minor int64
		bp    int
		want  int64
	}{
		{1250, 0, 0}, {1250, 60, 8}, {1249, 60, 7}, {1, 60, 0}, {1, 5000, 1}, {1250, 10_000, 1250}, {1250, 20_000, 1250},
		{money.MaxMinor, 10_000, money.MaxMinor},
	} {
		p := Payment{Amount: cny(c.minor)}.Charged(c.bp)
		if p.Fee != c.want || p.FeeBP != c.bp {
			t.Errorf("%d at %d: %+v, want %d", c.minor, c.bp, p.Fee, c.want)
		}
	}
}

// kept are the postings of a fee, with the transaction that they belong to.
func kept(txn [16]byte, leg int, minor int64) *Transaction {
	return &Transaction{ID: txn, FirstLeg: leg, Postings: ledger.Transfer(ledger.Merchant(shop), ledger.Fees(), cny(minor)), At: testNow}
}

func TestFeesArePosted(t *testing.T) {
	c := charge(t)
	c.Merchant.FeeBP = 60
	paid := Decide(world(), c)
	want := ledger.Posting{Account: ledger.Merchant(shop), Amount: cny(1242)}
	if diff := cmp.Diff(kept(c.ID, 8, 8), paid.Fee); diff != "" || paid.Event.Credit != want || paid.Event.Fee != 8 || paid.Payment.Fee != 8 {
		t.Errorf("paid: %+v\n%s", paid.Event, diff)
	}

	s := world()
	s.Payment, s.Purse = paid.Payment, paid.Purse
	canceled := Decide(s, Cancel{ID: c.ID, Merchant: shop})
	if diff := cmp.Diff(kept(c.ID, 10, -8), canceled.Fee); diff != "" || canceled.Event.Credit.Amount != cny(-1242) || canceled.Event.Fee != -8 {
		t.Errorf("canceled: %+v\n%s", canceled.Event, diff)
	}
	refunded := Decide(s, Refunding{ID: ids.Refund{7}, Payment: c.ID, Merchant: shop, RefundNo: "r", Minor: 625})
	if diff := cmp.Diff(kept(ids.Refund{7}, 8, -4), refunded.Fee); diff != "" || refunded.Event.Credit.Amount != cny(-621) || refunded.Event.Fee != -4 {
		t.Errorf("refunded: %+v\n%s", refunded.Event, diff)
	}
}

func TestAPendingPaymentKeepsItsRate(t *testing.T) {
	s, c := world(), charge(t)
	s.Payer.Limits.ConfirmAbove, c.Merchant.FeeBP = 1000, 60
	asked := Decide(s, c)
	if asked.Payment.Status != Pending || asked.Fee != nil || asked.Event.Fee != 0 {
		t.Fatalf("%+v", asked)
	}
	s.Payment = asked.Payment
	if e := Decide(s, Confirm{ID: c.ID, Device: s.Device.ID, Accept: true}); e.Fee == nil || e.Event.Fee != 8 {
		t.Errorf("confirmed: %+v", e)
	}
	s.Now = s.Now.Add(time.Hour)
	if e := Decide(s, Expire{ID: c.ID}); e.Payment.Status != Declined || e.Fee != nil {
		t.Errorf("expired: %+v", e)
	}
}

func TestNoRateNoFee(t *testing.T) {
	c := charge(t)
	if e := Decide(world(), c); e.Fee != nil || e.Event.Fee != 0 || e.Payment.Fee != 0 {
		t.Errorf("%+v", e)
	}
	c.Merchant.FeeBP, c.Amount = 60, cny(1) // rounded to nothing: a transaction that moves nothing is a fault
	if e := Decide(world(), c); e.Fee != nil || e.Event.Fee != 0 {
		t.Errorf("%+v", e)
	}
}

// TestRefundsGiveTheFeeBack: however a payment is refunded, part by part, no
// more of its fee is given back than of itself, and with the last all of it.
func TestRefundsGiveTheFeeBack(t *testing.T) {
	for range 3000 {
		p := Payment{ID: ids.Payment{4}, Merchant: shop, Payer: payerID, Status: Succeeded, Amount: cny(1 + rand.Int64N(1000))}.Charged(rand.IntN(money.BasisPoints + 1))
		if rand.IntN(10) == 0 {
			p = Payment{Merchant: shop, Payer: payerID, Status: Succeeded, Amount: cny(money.MaxMinor - rand.Int64N(1e6))}.Charged(rand.IntN(money.BasisPoints + 1))
		}
		fee, s := p.Fee, world()
		s.Payment = &p
		for left := p.Amount.Minor; left > 0; {
			part := 1 + rand.Int64N(left)
			e := Decide(s, Refunding{Payment: p.ID, Merchant: shop, RefundNo: "r", Minor: part})
			if e.Err != nil {
				t.Fatal(e.Err)
			}
			back := -e.Event.Fee
			if back < 0 || back > part || (back != 0) != (e.Fee != nil) || e.Event.Credit.Amount.Minor != back-part {
				t.Fatalf("a refund of %d gave back %d of the fee of %d: %+v", part, back, p.Fee, e.Event)
			}
			left, fee, s.Payment = left-part, fee-back, e.Payment
		}
		if fee != 0 {
			t.Fatalf("%d of the fee of %d is left after all of %v was refunded", fee, p.Fee, p.Amount)
		}
	}
}

func TestAFareHasAFee(t *testing.T) {
	s := world()
	e := Decide(s, Fare{ID: ids.Payment{4}, Loan: ids.Loan{5}, Payer: payerID, Merchant: shop, Amount: cny(20_000), FeeBP: 60})
	if e.Lent == nil || e.Fee == nil || e.Event.Fee != 120 || e.Event.Credit.Amount != cny(19_880) {
		t.Errorf("%+v", e)
	}
}

// TestNoRateCostsNothing: what a merchant without a rate is charged allocates no more for the rule.
func TestNoRateCostsNothing(t *testing.T) {
	p, s := Payment{Amount: cny(5)}, world()
	e := Effects{Event: &Event{}}
	if n := testing.AllocsPerRun(100, func() { e = e.keep(s, p.Charged(0), feeLeg, 0) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
