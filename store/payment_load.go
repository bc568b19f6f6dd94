package store

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/payment"
)

const (
	paymentColumns = `id, merchant_id, order_no, payer_id, device_id, status, decline_code, superseded,
		amount, currency, refunded, method, subject, terminal_id, created_at, settled_at, expires_at`
	selectPayment = `SELECT ` + paymentColumns + ` FROM payments WHERE bucket = $1 AND id = $2`
)

var (
	findPayments = findEach(`SELECT `+paymentColumns+` FROM payments t`, "id bytea", "")
	// A payment of a code that names nobody is under no purse's lock: two servers
	// that read it could both change it, one cancel its order, one let it go on.
	lockPayments = findEach(`SELECT `+paymentColumns+` FROM payments t`, "id bytea", "t")
	findByAlias  = findEach(`SELECT alias, device_id, payer_id, guessed FROM aliases t`, "alias bigint", "")
	findByOnline = findEach(`SELECT t.hash, t.device_id, d.payer_id FROM online_codes t JOIN devices d ON d.bucket = t.bucket AND d.id = t.device_id`,
		"t.hash bytea", "")
	findPurses = findEach(`SELECT owner, holder, currency, per_payment, per_day, count_per_day, confirm_above, balance, day, day_spent, day_count
		FROM accounts t`, "kind integer, owner bytea", "t")
	findDevices = findEach(`SELECT id, payer_id, status, generation, key_id, held_generation, held_key_id, rotated_at,
		alias, alias_held, synced_at, burn_base, burn_bits FROM devices t`, "id bytea", "")
	findOnline  = findEach(`SELECT hash, device_id, expires_at, used FROM online_codes t`, "hash bytea", "")
	findWrong   = findEach(`SELECT alias, merchant_id, since, count FROM wrong_codes t`, "alias bigint, merchant_id bytea", "t")
	findRefunds = findEach(`SELECT payment_id, refund_no, id, merchant_id, amount, currency, reason, created_at FROM refunds t`,
		"payment_id bytea, refund_no text", "")
	findTopUps = findEach(`SELECT payer_id, reference, id, amount, currency, created_at FROM topups t`, "payer_id bytea, reference text", "")
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

// owner is a device and whose it is.
type owner struct {
	device ids.Device
	payer  ids.Payer
	// guessed says that wrong codes may have been counted for the alias.
	guessed bool
}

// named are the devices that codes name.
type named struct {
	byAlias  map[paycode.Alias]owner
	byOnline map[[32]byte]owner
}

func (l *loading) namedByCodes(needs []payment.Need) named {
	n := named{map[paycode.Alias]owner{}, map[[32]byte]owner{}}
	aliases, hashes := keySet[paycode.Alias]{}, keySet[[32]byte]{}
	for _, need := range needs {
		switch need.Code.Form {
		case 0:
		case paycode.FormOnline:
			hashes[need.Online] = true
		default:
			aliases[need.Code.Alias] = true
		}
	}
	byNumber := aliases.in(cmp.Compare, func(a paycode.Alias) []any { return []any{int64(a)} })
	l.find(findByAlias, byNumber, func(scan func(...any) error) error {
		var alias paycode.Alias
		var o owner
		err := scan(&alias, &o.device, &o.payer, &o.guessed)
		n.byAlias[alias] = o
		return err
	})
	l.find(findByOnline, hashesIn(hashes), func(scan func(...any) error) error {
		var hash [32]byte
		var o owner
		err := scan(exact(hash[:]), &o.device, &o.payer)
		n.byOnline[hash] = o
		return err
	})
	return n
}

// concerned lists whose purses and which devices a batch needs.
func (l *loading) concerned(needs []payment.Need, by named) (payers keySet[ids.Payer], devices keySet[ids.Device]) {
	payers, devices = keySet[ids.Payer]{}, keySet[ids.Device]{}
	for _, n := range needs {
		if !n.Payer.IsZero() {
			payers[n.Payer] = true
		}
		if !n.Device.IsZero() {
			devices[n.Device] = true
		}
		if before, there := l.rows.Payments[n.Payment]; there {
			if !before.Payer.IsZero() {
				payers[before.Payer] = true
			}
			continue // decided before: its code is not looked at again
		}
		o, known := by.of(n)
		if !known {
			continue
		}
		payers[o.payer], devices[o.device] = true, true
		if n.Code.Form != paycode.FormOnline {
			l.rows.Aliases[n.Code.Alias] = o.device
		}
	}
	return payers, devices
}

func (by named) of(n payment.Need) (o owner, known bool) {
	switch n.Code.Form {
	case 0:
	case paycode.FormOnline:
		o, known = by.byOnline[n.Online]
	default:
		o, known = by.byAlias[n.Code.Alias]
	}
	return o, known
}

// pages looks where payers can be reached who may have to confirm: few, so that
// all others are spared the search.
func (l *loading) pages(needs []payment.Need, by named) error {
	asked := map[ids.Payer]bool{}
	for _, n := range needs {
		o, known := by.of(n)
		if known && n.Code.Form != paycode.FormOnline && n.Minor > l.rows.Payers[o.payer].Limits.ConfirmAbove {
			asked[o.payer] = true
		}
	}
	if len(asked) == 0 {
		return nil
	}
	l.find(findPages, idsIn(asked), func(scan func(...any) error) error {
		var payer ids.Payer
		var server ids.Server
		var asks int
		err := scan(&payer, &server, &asks)
		if asks == 1 {
			l.rows.Pages[payer] = append(l.rows.Pages[payer], server)
		}
		return err
	})
	return l.tx.Flush()
}

// pursesOf are the keys of payers' purses, in the order in which they are locked.
func pursesOf(payers keySet[ids.Payer]) [][]any {
	keys := idsIn(payers)
	for i := range keys {
		keys[i] = []any{int(ledger.PayerBalance), keys[i][0]}
	}
	return keys
}

func (l *loading) purses(wanted keySet[ids.Payer]) {
	l.find(findPurses, pursesOf(wanted), func(scan func(...any) error) error {
		var p payment.Payer
		var purse payment.Purse
		err := scan(&p.ID, &p.Name, &p.Currency, &p.Limits.PerPayment, &p.Limits.PerDay, &p.Limits.CountPerDay, &p.Limits.ConfirmAbove,
			&purse.Balance.Minor, &purse.Day, &purse.DaySpent, &purse.DayCount)
		purse.Payer, purse.Balance.Currency = p.ID, p.Currency
		l.rows.Payers[p.ID], l.rows.Purses[p.ID] = p, purse
		return err
	})
}

func (l *loading) devices(wanted keySet[ids.Device]) {
	l.find(findDevices, idsIn(wanted), func(scan func(...any) error) error {
		var d payment.Device
		var bits int64
		err := scan(&d.ID, &d.Payer, &d.Status, &d.Newest.Generation, &d.Newest.KeyID,
			&d.Held.Generation, &d.Held.KeyID, (*stamp)(&d.RotatedAt), &d.Alias, &d.AliasHeld, (*stamp)(&d.SyncedAt), &d.Burned.Base, &bits)
		d.Burned.Bits = uint64(bits)
		l.rows.Devices[d.ID] = d
		return err
	})
}

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
