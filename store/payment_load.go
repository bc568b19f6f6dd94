package store

import (
	"errors"
	"slices"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

const (
	paymentColumns = `id, merchant_id, order_no, payer_id, device_id, status, decline_code, superseded,
		amount, currency, refunded, method, subject, terminal_id, created_at, settled_at, expires_at`
	selectPayment      = `SELECT ` + paymentColumns + ` FROM payments WHERE bucket = $1 AND id = $2`
	selectPayerByAlias = `SELECT a.device_id, d.payer_id FROM aliases a JOIN devices d ON d.bucket = a.bucket AND d.id = a.device_id
		WHERE a.bucket = $1 AND a.alias = $2`
	selectPayerByOnline = `SELECT o.device_id, d.payer_id FROM online_codes o JOIN devices d ON d.bucket = o.bucket AND d.id = o.device_id
		WHERE o.bucket = $1 AND o.hash = $2`
	selectPurse = `SELECT p.name, p.currency, p.per_payment, p.per_day, p.count_per_day, p.confirm_above,
		a.balance, a.day, a.day_spent, a.day_count
		FROM payers p JOIN accounts a ON a.bucket = p.bucket AND a.kind = 1 AND a.owner = p.id AND a.currency = p.currency
		WHERE p.bucket = $1 AND p.id = $2`
	selectDevice = `SELECT payer_id, status, generation, key_id, held_generation, held_key_id, rotated_at,
		alias, alias_held, synced_at, burn_base, burn_bits FROM devices WHERE bucket = $1 AND id = $2`
	selectOnline = `SELECT device_id, expires_at, used FROM online_codes WHERE bucket = $1 AND hash = $2`
	selectWrong  = `SELECT merchant_id, since, count FROM wrong_codes WHERE bucket = $1 AND alias = $2 AND merchant_id IN ($3, $4)`
	selectRefund = `SELECT id, merchant_id, amount, currency, reason, created_at FROM refunds
		WHERE bucket = $1 AND payment_id = $2 AND refund_no = $3`
	selectTopUp = `SELECT id, amount, currency, created_at FROM topups WHERE bucket = $1 AND payer_id = $2 AND reference = $3`
)

// loading fills the rows that a batch of commands needs, in three steps:
// which payers are concerned (that never changes), then their purses, locked in
// payer order so that two batches never wait for each other in a circle, then
// everything else, which only the holder of the purse's lock changes.
type loading struct {
	tx     Tx
	bucket int
	lock   string
	rows   *payment.Rows
	err    error
}

func (l *loading) load(needs []payment.Need) error {
	payers, devices := map[ids.Payer]bool{}, map[ids.Device]bool{}
	for _, n := range needs {
		l.concerned(n, payers, devices)
	}
	for _, p := range sorted(payers) {
		l.purse(p)
	}
	for _, d := range sorted(devices) {
		l.device(d)
	}
	for _, n := range needs {
		l.records(n)
	}
	return l.err
}

// sorted lists the ids of a set in a fixed order.
func sorted[T ids.ID[K], K ids.Kind](set map[T]bool) []T {
	all := make([]T, 0, len(set))
	for id := range set {
		all = append(all, id)
	}
	slices.SortFunc(all, func(a, b T) int { return slices.Compare(a[:], b[:]) })
	return all
}

// row scans one row and reports whether it is there.
func (l *loading) row(query string, args []any, dest ...any) bool {
	if l.err != nil {
		return false
	}
	err := l.tx.Row(query, args, dest...)
	if err != nil && !errors.Is(err, ErrNotFound) {
		l.err = err
	}
	return err == nil
}

func (l *loading) concerned(n payment.Need, payers map[ids.Payer]bool, devices map[ids.Device]bool) {
	var payer ids.Payer
	var device ids.Device
	if !n.Payer.IsZero() {
		payers[n.Payer] = true
	}
	if !n.Device.IsZero() {
		devices[n.Device] = true
	}
	if before, there := l.payment(n.Payment); there {
		if !before.Payer.IsZero() {
			payers[before.Payer] = true
		}
		return // decided before: its code is not looked at again
	}
	switch n.Code.Form {
	case 0:
		return
	case paycode.FormOnline:
		if !l.row(selectPayerByOnline, []any{l.bucket, n.Online[:]}, &device, &payer) {
			return
		}
	default:
		if !l.row(selectPayerByAlias, []any{l.bucket, int64(n.Code.Alias)}, &device, &payer) {
			return
		}
		l.rows.Aliases[n.Code.Alias] = device
	}
	payers[payer], devices[device] = true, true
}

func (l *loading) purse(id ids.Payer) {
	p, purse := payment.Payer{ID: id}, payment.Purse{Payer: id}
	if l.row(selectPurse+l.lock, []any{l.bucket, id}, &p.Name, &p.Currency,
		&p.Limits.PerPayment, &p.Limits.PerDay, &p.Limits.CountPerDay, &p.Limits.ConfirmAbove,
		&purse.Balance.Minor, &purse.Day, &purse.DaySpent, &purse.DayCount) {
		purse.Balance.Currency = p.Currency
		l.rows.Payers[id], l.rows.Purses[id] = p, purse
	}
}

func (l *loading) device(id ids.Device) {
	d := payment.Device{ID: id}
	var bits int64
	if l.row(selectDevice, []any{l.bucket, id}, &d.Payer, &d.Status, &d.Newest.Generation, &d.Newest.KeyID,
		&d.Held.Generation, &d.Held.KeyID, (*stamp)(&d.RotatedAt), &d.Alias, &d.AliasHeld, (*stamp)(&d.SyncedAt), &d.Burned.Base, &bits) {
		d.Burned.Bits = uint64(bits)
		l.rows.Devices[id] = d
	}
}

// records loads what is looked up by the command's own keys.
func (l *loading) records(n payment.Need) {
	if _, there := l.rows.Payments[n.Payment]; there {
		l.payment(n.Payment) // again, now that nobody else can change it
		l.refund(n)
	}
	if n.Reference != "" {
		l.credit(n)
	}
	switch n.Code.Form {
	case 0:
	case paycode.FormOnline:
		o := payment.OnlineCode{Hash: n.Online}
		if l.row(selectOnline, []any{l.bucket, n.Online[:]}, &o.Device, (*stamp)(&o.ExpiresAt), &o.Used) {
			l.rows.Online[n.Online] = o
		}
	default:
		l.wrong(n)
	}
}

// payment reads a payment. One that is not there when first looked for may be
// written by another server before we do: then ours is the insert that fails.
func (l *loading) payment(id ids.Payment) (payment.Payment, bool) {
	if l.err != nil || id.IsZero() {
		return payment.Payment{}, false
	}
	p, err := readPayment(l.tx, l.bucket, id)
	switch {
	case err == nil:
		l.rows.Payments[id] = p
	case !errors.Is(err, ErrNotFound):
		l.err = err
	}
	return p, err == nil
}

func (l *loading) refund(n payment.Need) {
	if n.RefundNo == "" {
		return
	}
	r := payment.Refund{Payment: n.Payment, RefundNo: n.RefundNo}
	if l.row(selectRefund, []any{l.bucket, n.Payment, n.RefundNo}, &r.ID, &r.Merchant,
		&r.Amount.Minor, &r.Amount.Currency, &r.Reason, (*stamp)(&r.CreatedAt)) {
		l.rows.Refunds[payment.RefundKey{Payment: n.Payment, RefundNo: n.RefundNo}] = r
	}
}

func (l *loading) credit(n payment.Need) {
	c := payment.Credit{Payer: n.Payer, Reference: n.Reference}
	if l.row(selectTopUp, []any{l.bucket, n.Payer, n.Reference}, &c.ID, &c.Amount.Minor, &c.Amount.Currency, (*stamp)(&c.CreatedAt)) {
		l.rows.Credits[payment.CreditKey{Payer: n.Payer, Reference: n.Reference}] = c
	}
}

// wrong loads the counts of wrong codes. The zero merchant, whose row counts
// all of them, is written as 16 zero bytes: a key cannot be NULL.
func (l *loading) wrong(n payment.Need) {
	if l.err != nil {
		return
	}
	var all ids.Merchant
	l.err = l.tx.Rows(selectWrong, []any{l.bucket, int64(n.Code.Alias), n.Merchant[:], all[:]}, func(scan func(...any) error) error {
		k := payment.WrongKey{Alias: n.Code.Alias}
		var w payment.Wrong
		err := scan(&k.Merchant, (*stamp)(&w.Since), &w.Count)
		l.rows.Wrong[k] = w
		return err
	})
}

func readPayment(tx Tx, bucket int, id ids.Payment) (payment.Payment, error) {
	var p payment.Payment
	err := tx.Row(selectPayment, []any{bucket, id}, paymentFields(&p)...)
	return p, err
}

// paymentFields are where paymentColumns are scanned to.
func paymentFields(p *payment.Payment) []any {
	return []any{
		&p.ID, &p.Merchant, &p.OrderNo, &p.Payer, &p.Device, &p.Status, &p.Decline, &p.Superseded,
		&p.Amount.Minor, &p.Amount.Currency, &p.Refunded, &p.Method, &p.Subject, &p.TerminalID,
		(*stamp)(&p.CreatedAt), (*stamp)(&p.SettledAt), (*stamp)(&p.ExpiresAt),
	}
}
