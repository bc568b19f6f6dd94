package store

import (
	"bytes"
	"cmp"
	"strings"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

// records loads what is looked up by the commands' own keys, payments once more
// now that nobody else can change them.
func (l *loading) records(needs []payment.Need, by named) {
	again, refunds, topUps := keySet[ids.Payment]{}, keySet[payment.RefundKey]{}, keySet[payment.CreditKey]{}
	hashes, wrong := keySet[[32]byte]{}, keySet[payment.WrongKey]{}
	for _, n := range needs {
		if _, there := l.rows.Payments[n.Payment]; there {
			again[n.Payment] = true
			if n.RefundNo != "" {
				refunds[payment.RefundKey{Payment: n.Payment, RefundNo: n.RefundNo}] = true
			}
		}
		if n.Reference != "" {
			topUps[payment.CreditKey{Payer: n.Payer, Reference: n.Reference}] = true
		}
		switch n.Code.Form {
		case 0:
		case paycode.FormOnline:
			hashes[n.Online] = true
		default:
			if o, known := by.of(n); known && !o.guessed && !l.careful {
				continue
			}
			wrong[payment.WrongKey{Alias: n.Code.Alias, Merchant: n.Merchant}] = true
			wrong[payment.WrongKey{Alias: n.Code.Alias}] = true
		}
	}
	l.payments(lockPayments, again)
	l.refunds(refunds)
	l.topUps(topUps)
	l.scans(needs)
	l.loans(needs)
	l.online(hashes)
	l.wrong(wrong)
}

func (l *loading) refunds(wanted keySet[payment.RefundKey]) {
	byNumber := wanted.in(compareRefunds, func(k payment.RefundKey) []any { return []any{k.Payment[:], k.RefundNo} })
	l.find(findRefunds, byNumber, func(scan func(...any) error) error {
		var r payment.Refund
		err := scan(&r.Payment, &r.RefundNo, &r.ID, &r.Merchant, &r.Amount.Minor, &r.Amount.Currency, &r.Reason, (*stamp)(&r.CreatedAt))
		l.rows.Refunds[payment.RefundKey{Payment: r.Payment, RefundNo: r.RefundNo}] = r
		return err
	})
}

func compareRefunds(a, b payment.RefundKey) int {
	return cmp.Or(bytes.Compare(a.Payment[:], b.Payment[:]), strings.Compare(a.RefundNo, b.RefundNo))
}

func (l *loading) topUps(wanted keySet[payment.CreditKey]) {
	byReference := wanted.in(func(a, b payment.CreditKey) int {
		return cmp.Or(bytes.Compare(a.Payer[:], b.Payer[:]), strings.Compare(a.Reference, b.Reference))
	}, func(k payment.CreditKey) []any { return []any{k.Payer[:], k.Reference} })
	l.find(findTopUps, byReference, func(scan func(...any) error) error {
		var c payment.Credit
		err := scan(&c.Payer, &c.Reference, &c.ID, &c.Amount.Minor, &c.Amount.Currency, (*stamp)(&c.CreatedAt))
		l.rows.Credits[payment.CreditKey{Payer: c.Payer, Reference: c.Reference}] = c
		return err
	})
}

func (l *loading) scans(needs []payment.Need) {
	wanted := keySet[payment.ScanKey]{}
	for _, n := range needs {
		if n.Scan != (payment.ScanKey{}) {
			wanted[n.Scan] = true
		}
	}
	byReference := wanted.in(compareScans, func(k payment.ScanKey) []any { return []any{k.Payer[:], k.Reference} })
	l.find(findScans, byReference, func(scan func(...any) error) error {
		var k payment.ScanKey
		var id ids.Payment
		err := scan(&k.Payer, &k.Reference, &id)
		l.rows.Scans[k] = id
		return err
	})
}

func compareScans(a, b payment.ScanKey) int {
	return cmp.Or(bytes.Compare(a.Payer[:], b.Payer[:]), strings.Compare(a.Reference, b.Reference))
}

func (l *loading) online(wanted keySet[[32]byte]) {
	l.find(findOnline, hashesIn(wanted), func(scan func(...any) error) error {
		var o payment.OnlineCode
		err := scan(exact(o.Hash[:]), &o.Device, (*stamp)(&o.ExpiresAt), &o.Used)
		l.rows.Online[o.Hash] = o
		return err
	})
}

// wrong loads the counts of wrong codes. The zero merchant, whose row counts
// all of them, is written as 16 zero bytes: a key cannot be NULL.
func (l *loading) wrong(wanted keySet[payment.WrongKey]) {
	byAlias := wanted.in(compareWrong, func(k payment.WrongKey) []any { return []any{int64(k.Alias), k.Merchant[:]} })
	l.find(findWrong, byAlias, func(scan func(...any) error) error {
		var k payment.WrongKey
		var w payment.Wrong
		err := scan(&k.Alias, exact(k.Merchant[:]), (*stamp)(&w.Since), &w.Count)
		l.rows.Wrong[k] = w
		return err
	})
}

func compareWrong(a, b payment.WrongKey) int {
	return cmp.Or(cmp.Compare(a.Alias, b.Alias), bytes.Compare(a.Merchant[:], b.Merchant[:]))
}
