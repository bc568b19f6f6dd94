package store

import (
	"context"
	"slices"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
)

const (
	updateAliasHeld = `UPDATE devices SET alias_held = 1 WHERE bucket = $1 AND id = $2 AND alias = $3`
	deleteAliases   = `DELETE FROM aliases WHERE bucket = $1 AND device_id = $2
		AND issued_at < (SELECT issued_at FROM aliases WHERE bucket = $1 AND alias = $3)`
	markGuessed = `UPDATE aliases SET guessed = 1 WHERE bucket = $1 AND alias = $2 AND guessed = 0`

	selectScan = `SELECT payment_id FROM scans WHERE bucket = $1 AND payer_id = $2 AND reference = $3`

	selectBalance = `SELECT a.balance, p.currency FROM payers p
		JOIN accounts a ON a.bucket = p.bucket AND a.kind = 1 AND a.owner = p.id AND a.currency = p.currency
		WHERE p.bucket = $1 AND p.id = $2`
)

var (
	insertPayments = insertNew("payments", `id uuid, merchant_id uuid, order_no text, payer_id uuid, device_id uuid,
		status text, decline_code text, superseded integer, amount bigint, currency text, refunded bigint, fee_bp integer, fee bigint, method text,
		subject text, terminal_id text, created_at bigint, settled_at bigint, expires_at bigint`, "id")
	updatePayments = updateEach("payments", "id uuid",
		"status text, decline_code text, superseded integer, refunded bigint, settled_at bigint, expires_at bigint")
	insertRefunds = insertNew("refunds", `payment_id uuid, refund_no text, id uuid, merchant_id uuid, amount bigint, currency text,
		reason text, created_at bigint`, "payment_id, refund_no")
	insertTopUps  = insertNew("topups", "payer_id uuid, reference text, id uuid, amount bigint, currency text, created_at bigint", "payer_id, reference")
	insertScans   = insertNew("scans", "payer_id uuid, reference text, payment_id uuid", "payer_id, reference")
	updateDevices = updateEach("devices", "id uuid", "burn_base bigint, burn_bits bigint, held_generation bigint, held_key_id bigint")
	useOnline     = updateEach("online_codes", "device_id uuid, hash bytea", "used integer")
	updatePurses  = updateEach("accounts", "kind integer, owner uuid, currency text", "balance bigint, day bigint, day_spent bigint, day_count bigint")
	insertWrong   = insertNew("wrong_codes", "alias bigint, merchant_id uuid, since bigint, count bigint", "alias, merchant_id")
	updateWrong   = updateEach("wrong_codes", "alias bigint, merchant_id uuid", "since bigint, count bigint")

	insertTransfers = insertNew("transfers", `txn_id uuid, leg integer, currency text, kind integer, owner uuid, amount bigint,
		other_kind integer, other_owner uuid, other_amount bigint, created_at bigint`, "txn_id, leg")
	insertEvents = insertNew("outbox", `id uuid, kind text, payer_id uuid, device_id uuid, merchant_id uuid, payment_id uuid, refund_id uuid,
		account_kind integer, account_owner uuid, currency text, credit bigint, fee bigint, created_at bigint`, "id")
)

// Update implements payment.Store.
func (db *DB) Update(ctx context.Context, bucket int, needs []payment.Need, decide func(*payment.Rows)) error {
	again := false
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		orders := claimOrders(tx, bucket, needs)
		decide := func(r *payment.Rows) {
			r.Claimed = orders.claimed()
			decide(r)
		}
		l := loading{tx, bucket, payment.NewRows(), again}
		if !again {
			again = true
			if done, err := l.hope(needs, decide); done || err != nil {
				return err
			}
			l.rows = payment.NewRows()
		}
		if err := l.load(needs); err != nil {
			return err
		}
		decide(l.rows)
		saving{tx, bucket, l.rows}.save()
		return nil
	})
}

// saving queues what the batch has changed. A row that was to be inserted or
// changed and was not means that another server was quicker: ErrRace.
type saving struct {
	tx     Tx
	bucket int
	rows   *payment.Rows
}

func (s saving) save() {
	s.payments()
	s.refunds()
	s.topUps()
	s.scans()
	s.devices()
	s.online()
	s.purses()
	s.wrong()
	s.loans()
	s.postings()
	s.events()
}

// each queues a statement that there are rows for.
func (s saving) each(statement *ForEach, rows [][]any) {
	if len(rows) > 0 {
		s.tx.Each(statement, s.bucket, rows)
	}
}

// payments writes in the order of the ids: payments of codes that name nobody
// are under no purse's lock.
func (s saving) payments() {
	var fresh, changed [][]any
	for _, id := range sorted(s.rows.Changes.Payments.Marked) {
		p := s.rows.Payments[id]
		if !s.rows.Changes.Payments.Marked[id] {
			changed = append(changed, []any{p.ID[:], string(p.Status), string(p.Decline), flag(p.Superseded), p.Refunded, micros(p.SettledAt), micros(p.ExpiresAt)})
			continue
		}
		fresh = append(fresh, []any{p.ID[:], p.Merchant[:], p.OrderNo, orNull(p.Payer), orNull(p.Device), string(p.Status), string(p.Decline),
			flag(p.Superseded), p.Amount.Minor, string(p.Amount.Currency), p.Refunded, p.FeeBP, p.Fee, string(p.Method), p.Subject, p.TerminalID,
			micros(p.CreatedAt), micros(p.SettledAt), micros(p.ExpiresAt)})
	}
	s.each(insertPayments, fresh)
	s.each(updatePayments, changed)
}

// orNull is an id as it is kept where there may be none.
func orNull[T ids.ID[K], K ids.Kind](id T) []byte {
	if id == (T{}) {
		return nil
	}
	return id[:]
}

func (s saving) refunds() {
	var rows [][]any
	for _, r := range s.rows.Changes.Refunds {
		rows = append(rows, []any{r.Payment[:], r.RefundNo, r.ID[:], r.Merchant[:], r.Amount.Minor, string(r.Amount.Currency), r.Reason, micros(r.CreatedAt)})
	}
	s.each(insertRefunds, rows)
}

func (s saving) topUps() {
	var rows [][]any
	for _, t := range s.rows.Changes.Credits {
		rows = append(rows, []any{t.Payer[:], t.Reference, t.ID[:], t.Amount.Minor, string(t.Amount.Currency), micros(t.CreatedAt)})
	}
	s.each(insertTopUps, rows)
}

func (s saving) scans() {
	var rows [][]any
	for _, x := range s.rows.Changes.Scans {
		rows = append(rows, []any{x.Payer[:], x.Reference, x.Payment[:]})
	}
	s.each(insertScans, rows)
}

// devices writes the columns that a charge owns; the others are issuing's.
func (s saving) devices() {
	var rows [][]any
	for _, id := range s.rows.Changes.Devices.Keys {
		d := s.rows.Devices[id]
		rows = append(rows, []any{d.ID[:], int64(d.Burned.Base), int64(d.Burned.Bits), int64(d.Held.Generation), int64(d.Held.KeyID)})
		if d.Shown != 0 {
			// A sync may have issued a newer alias meanwhile: then this one shows nothing about it.
			s.tx.Queue(updateAliasHeld, s.bucket, d.ID, int64(d.Shown))
			s.tx.Queue(deleteAliases, s.bucket, d.ID, int64(d.Shown))
		}
	}
	s.each(updateDevices, rows)
}

func (s saving) online() {
	var rows [][]any
	for _, hash := range s.rows.Changes.Online.Keys {
		device := s.rows.Online[hash].Device
		rows = append(rows, []any{device[:], hash[:], 1})
	}
	s.each(useOnline, rows)
}

func (s saving) purses() {
	var rows [][]any
	for _, id := range s.rows.Changes.Purses.Keys {
		p := s.rows.Purses[id]
		rows = append(rows, []any{int(ledger.PayerBalance), p.Payer[:], string(p.Balance.Currency), p.Balance.Minor, p.Day, p.DaySpent, p.DayCount})
	}
	s.each(updatePurses, rows)
}

// wrong writes in the order of the keys: those of aliases that nobody has are
// under no purse's lock.
func (s saving) wrong() {
	var fresh, changed [][]any
	for _, k := range slices.SortedFunc(slices.Values(s.rows.Changes.Wrong.Keys), compareWrong) {
		w := s.rows.Wrong[k]
		row := []any{int64(k.Alias), k.Merchant[:], micros(w.Since), w.Count}
		if s.rows.Changes.Wrong.Marked[k] {
			fresh = append(fresh, row)
			s.tx.Queue(markGuessed, s.bucket, int64(k.Alias))
		} else {
			changed = append(changed, row)
		}
	}
	s.each(insertWrong, fresh)
	s.each(updateWrong, changed)
}

// postings writes each pair in one row: a posting never stands alone.
func (s saving) postings() {
	var rows [][]any
	for _, t := range s.rows.Changes.Postings {
		rows = appendTransfers(rows, t)
	}
	s.each(insertTransfers, rows)
}

func appendTransfers(rows [][]any, t payment.Transaction) [][]any {
	for i := 0; i < len(t.Postings); i += 2 {
		one, other := t.Postings[i], t.Postings[i+1]
		rows = append(rows, []any{t.ID[:], t.FirstLeg + i, string(one.Amount.Currency), int(one.Account.Kind), one.Account.Owner[:],
			one.Amount.Minor, int(other.Account.Kind), other.Account.Owner[:], other.Amount.Minor, micros(t.At)})
	}
	return rows
}

func (s saving) events() {
	var rows [][]any
	for _, e := range s.rows.Changes.Events {
		rows = append(rows, eventRow(e))
	}
	s.each(insertEvents, rows)
}

func eventRow(e payment.Event) []any {
	c := e.Credit
	return []any{e.ID[:], string(e.Kind), orNull(e.Payer), orNull(e.Device), orNull(e.Merchant), orNull(e.Payment), orNull(e.Refund),
		int(c.Account.Kind), c.Account.Owner[:], string(c.Amount.Currency), c.Amount.Minor, e.Fee, micros(e.ID.Time())}
}

// flag is a truth as both engines keep it in an INTEGER.
func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Payment implements payment.Reader.
func (db *DB) Payment(ctx context.Context, id ids.Payment) (p payment.Payment, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		p, err = readPayment(tx, id.Bucket(db.Buckets()), id)
		return err
	})
	return p, notFound(err)
}

// Scan implements payment.Reader.
func (db *DB) Scan(ctx context.Context, k payment.ScanKey) (p payment.Payment, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		var id ids.Payment
		bucket := k.Payer.Bucket(db.Buckets())
		if err := tx.Row(selectScan, []any{bucket, k.Payer, k.Reference}, &id); err != nil {
			return err
		}
		p, err = readPayment(tx, bucket, id)
		return err
	})
	return p, notFound(err)
}

// Balance implements payment.Reader.
func (db *DB) Balance(ctx context.Context, id ids.Payer) (a money.Amount, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		return tx.Row(selectBalance, []any{id.Bucket(db.Buckets()), id}, &a.Minor, &a.Currency)
	})
	return a, notFound(err)
}
