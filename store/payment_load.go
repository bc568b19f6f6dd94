package store

import (
	"bytes"
	"maps"
	"slices"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

const (
	paymentColumns = `id, merchant_id, order_no, payer_id, device_id, status, decline_code, superseded,
		amount, currency, refunded, COALESCE(fee_bp, 0) AS fee_bp, COALESCE(fee, 0) AS fee, method, subject, terminal_id, created_at, settled_at, expires_at`
	selectPayment = `SELECT ` + paymentColumns + ` FROM payments WHERE bucket = $1 AND id = $2`
)

var (
	findPayments = findEach(`SELECT `+paymentColumns+` FROM payments t`, "id uuid", "")
	// A payment of a code that names nobody is under no purse's lock: two servers
	// that read it could both change it, one cancel its order, one let it go on.
	lockPayments = findEach(`SELECT `+paymentColumns+` FROM payments t`, "id uuid", "t")
	findByAlias  = findEach(`SELECT alias, device_id, payer_id, guessed FROM aliases t`, "alias bigint", "")
	findByOnline = findEach(`SELECT t.hash, t.device_id, d.payer_id FROM online_codes t JOIN devices d ON d.bucket = t.bucket AND d.id = t.device_id`,
		"t.hash bytea", "")
	findPurses = findEach(`SELECT owner, holder, currency, per_payment, per_day, count_per_day, confirm_above, balance, day, day_spent, day_count
		FROM accounts t`, "kind integer, owner uuid", "t")
	findDevices = findEach(`SELECT id, payer_id, status, generation, key_id, held_generation, held_key_id, rotated_at,
		alias, alias_held, synced_at, burn_base, burn_bits FROM devices t`, "id uuid", "")
	findOnline  = findEach(`SELECT hash, device_id, expires_at, used FROM online_codes t`, "hash bytea", "")
	findWrong   = findEach(`SELECT alias, merchant_id, since, count FROM wrong_codes t`, "alias bigint, merchant_id uuid", "t")
	findRefunds = findEach(`SELECT payment_id, refund_no, id, merchant_id, amount, currency, reason, created_at FROM refunds t`,
		"payment_id uuid, refund_no text", "")
	findScans  = findEach(`SELECT payer_id, reference, payment_id FROM scans t`, "payer_id uuid, reference text", "")
	findTopUps = findEach(`SELECT payer_id, reference, id, amount, currency, created_at FROM topups t`, "payer_id uuid, reference text", "")
)

// loading fills the rows that a batch of commands needs, in two steps. First,
// which payers are concerned: that never changes. Then their purses, locked in
// the order of the payers, so that two batches never wait for each other in a
// circle; and behind them everything that only the holder of a purse's lock
// changes. Wrong codes for an alias that nobody has are under no purse: those
// rows are locked themselves, likewise in order.
type loading struct {
	tx     Tx
	bucket int
	rows   *payment.Rows
	// careful has everything looked for, also what cannot be there: the last
	// run found that something was, as a batch does that is tried again after
	// its commit was cut off.
	careful bool
}

func (l *loading) load(needs []payment.Need) error {
	l.paymentsBefore(needs)
	named := l.namedByCodes(needs)
	if err := l.tx.Flush(); err != nil {
		return err
	}
	payers, devices := l.concerned(needs, named)
	l.purses(payers)
	l.devices(devices)
	l.records(needs, named)
	if err := l.tx.Flush(); err != nil {
		return err
	}
	return l.pages(needs, named)
}

// keySet lists the keys of a search, each once.
type keySet[K comparable] map[K]bool

// in lists the keys in a fixed order.
func (s keySet[K]) in(compare func(a, b K) int, values func(K) []any) [][]any {
	keys := slices.SortedFunc(maps.Keys(s), compare)
	all := make([][]any, len(keys))
	for i, k := range keys {
		all[i] = values(k)
	}
	return all
}

// paymentsBefore looks for payments that were decided earlier.
func (l *loading) paymentsBefore(needs []payment.Need) {
	wanted := keySet[ids.Payment]{}
	for _, n := range needs {
		if !n.Payment.IsZero() && (!n.Fresh || l.careful) {
			wanted[n.Payment] = true
		}
	}
	l.payments(findPayments, wanted)
}

// payments reads payments. One that is not there when first looked for may be
// written by another server before we do: then ours is the insert that fails.
func (l *loading) payments(by *ForEach, wanted keySet[ids.Payment]) {
	l.find(by, idsIn(wanted), func(scan func(...any) error) error {
		var p payment.Payment
		err := scan(paymentFields(&p)...)
		l.rows.Payments[p.ID] = p
		return err
	})
}

// find is Find of what there is a key for.
func (l *loading) find(s *ForEach, keys [][]any, found func(scan func(...any) error) error) {
	if len(keys) > 0 {
		l.tx.Find(s, l.bucket, keys, found)
	}
}

// sorted lists the ids of a set in a fixed order.
func sorted[T ids.ID[K], K ids.Kind](set map[T]bool) []T {
	return slices.SortedFunc(maps.Keys(set), func(a, b T) int { return bytes.Compare(a[:], b[:]) })
}

func idsIn[T ids.ID[K], K ids.Kind](set map[T]bool) [][]any {
	all := make([][]any, 0, len(set))
	for _, id := range sorted[T, K](set) {
		all = append(all, []any{id[:]})
	}
	return all
}

func hashesIn(set keySet[[32]byte]) [][]any {
	return set.in(func(a, b [32]byte) int { return bytes.Compare(a[:], b[:]) }, func(h [32]byte) []any { return []any{h[:]} })
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
		&p.Amount.Minor, &p.Amount.Currency, &p.Refunded, &p.FeeBP, &p.Fee, &p.Method, &p.Subject, &p.TerminalID,
		(*stamp)(&p.CreatedAt), (*stamp)(&p.SettledAt), (*stamp)(&p.ExpiresAt),
	}
}
