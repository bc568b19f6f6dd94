package store

import (
	"context"
	"slices"
	"time"

	"github.com/paycode/paycode/clearing"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
)

const (
	boardingColumns = `presentation_id, payer_id, device_id, gate_id, seq, merchant_id, line, station, at, kind, cap, currency, on_credit`
	selectBoardings = `SELECT ` + boardingColumns + ` FROM boardings WHERE bucket = $1 AND device_id = $2 AND at >= $3 AND at < $4`
	insertCopy      = `INSERT INTO copies (bucket, presentation_id, gate_id, seq, payer_id, device_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (bucket, presentation_id, gate_id, seq) DO NOTHING`
	selectCopies = `SELECT presentation_id, gate_id, seq, at, payer_id, device_id FROM copies WHERE bucket = $1 AND payer_id = $2 ORDER BY at DESC LIMIT $3`

	rideColumns = `id, first_tap, payer_id, device_id, status, merchant_id, gate_id, line, from_station, to_station,
		began_at, entered_at, exited_at, closes_at, fare, charge, currency, on_credit, payment_id, void_id, work, version`
	selectRides      = `SELECT ` + rideColumns + ` FROM rides WHERE bucket = $1 AND device_id = $2 AND began_at >= $3 AND began_at < $4`
	selectUnfinished = `SELECT ` + rideColumns + ` FROM rides WHERE bucket = $1 AND device_id = $2 AND began_at >= $3 AND began_at < $4 AND work > 0 ORDER BY began_at, id`
	selectLeft       = `SELECT ` + rideColumns + ` FROM rides WHERE bucket = $1 AND work > 0 AND changed_at < $2 ORDER BY changed_at LIMIT $3`
	selectTooLong    = `SELECT ` + rideColumns + ` FROM rides WHERE bucket = $1 AND status = 'open' AND closes_at <= $2 ORDER BY closes_at LIMIT $3`
	settleRide       = `UPDATE rides SET work = CASE WHEN work = 2 THEN 3 ELSE 0 END, void_id = NULL, changed_at = $3
		WHERE bucket = $1 AND id = $2 AND version = $4 AND work IN (1, 2)`
	selectRidesOf = `SELECT r.id, r.first_tap, r.payer_id, r.device_id, r.status, r.merchant_id, r.gate_id, r.line, r.from_station, r.to_station,
		r.began_at, r.entered_at, r.exited_at, r.closes_at, r.fare, r.charge, r.currency, r.on_credit, r.payment_id, r.void_id, r.work, r.version, COALESCE(l.open, 0)
		FROM rides r LEFT JOIN loans l ON l.bucket = r.bucket AND l.payment_id = r.payment_id AND l.kind = 5
		WHERE r.bucket = $1 AND r.payer_id = $2 AND r.id < $3 ORDER BY r.id DESC LIMIT $4`
)

var (
	findBoardings   = findEach(`SELECT presentation_id, gate_id, seq FROM boardings t`, "presentation_id bytea", "")
	insertBoardings = insertNew("boardings", `presentation_id bytea, payer_id uuid, device_id uuid, gate_id uuid, seq bigint, merchant_id uuid,
		line text, station text, at bigint, kind text, cap bigint, currency text, on_credit integer`, "presentation_id")
	insertRides = insertNew("rides", `id uuid, first_tap bytea, payer_id uuid, device_id uuid, status text, merchant_id uuid, gate_id uuid,
		line text, from_station text, to_station text, began_at bigint, entered_at bigint, exited_at bigint, closes_at bigint, fare bigint, charge bigint,
		currency text, on_credit integer, payment_id uuid, void_id uuid, work integer, version integer, changed_at bigint`, "id")
	updateRides = updateEach("rides", "id uuid", `status text, to_station text, entered_at bigint, exited_at bigint, fare bigint, charge bigint,
		payment_id uuid, void_id uuid, work integer, version integer, changed_at bigint`)
)

// Board implements clearing.RideStore.
func (db *DB) Board(ctx context.Context, o clearing.Owner, add []clearing.Boarding, wide, days clearing.Span, now time.Time,
	plan func([]clearing.Boarding, []clearing.Ride) []clearing.Ride) (copies [][32]byte, err error) {
	bucket := o.Device.Bucket(db.Buckets())
	err = db.engine.Write(ctx, bucket, func(tx Tx) (err error) {
		if err := tx.Row(lockPurse+db.engine.ForUpdate(), []any{bucket, int(ledger.PayerBalance), o.Payer}, new(ids.Payer)); err != nil {
			return err
		}
		if copies, err = board(tx, bucket, add); err != nil {
			return err
		}
		taps, err := boardingsOf(tx, bucket, o.Device, wide)
		if err != nil {
			return err
		}
		rides, err := ridesIn(tx, selectRides, bucket, o.Device, micros(days.From), micros(days.To))
		if err != nil {
			return err
		}
		saveRides(tx, bucket, rides, plan(taps, rides), now)
		return nil
	})
	return copies, err
}

// board adds the taps whose presentation is new, and notes those that were
// another tap as copies.
func board(tx Tx, bucket int, add []clearing.Boarding) (copies [][32]byte, err error) {
	type where struct {
		gate ids.Gate
		seq  int64
	}
	known, wanted := map[[32]byte]where{}, keySet[[32]byte]{}
	for _, b := range add {
		wanted[b.Presentation] = true
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	tx.Find(findBoardings, bucket, hashesIn(wanted), func(scan func(...any) error) error {
		var id [32]byte
		var w where
		err := scan(exact(id[:]), &w.gate, &w.seq)
		known[id] = w
		return err
	})
	if err := tx.Flush(); err != nil {
		return nil, err
	}
	var rows [][]any
	for _, b := range add {
		here := where{b.Gate, int64(b.Seq)}
		switch was, there := known[b.Presentation]; {
		case !there:
			known[b.Presentation] = here
			rows = append(rows, []any{b.Presentation[:], b.Payer[:], b.Device[:], b.Gate[:], int64(b.Seq), b.Merchant[:], b.Line, b.Station,
				micros(b.At), string(b.Kind), b.Cap.Minor, string(b.Cap.Currency), flag(b.OnCredit)})
		case was != here:
			copies = append(copies, b.Presentation)
			tx.Queue(insertCopy, bucket, b.Presentation[:], b.Gate, int64(b.Seq), b.Payer, b.Device, micros(b.At))
		}
	}
	if len(rows) > 0 {
		tx.Each(insertBoardings, bucket, inKeyOrder(rows))
	}
	return copies, tx.Flush()
}

func boardingsOf(tx Tx, bucket int, device ids.Device, in clearing.Span) (all []clearing.Boarding, err error) {
	err = tx.Rows(selectBoardings, []any{bucket, device, micros(in.From), micros(in.To)}, func(scan func(...any) error) error {
		var b clearing.Boarding
		var seq int64
		err := scan(exact(b.Presentation[:]), &b.Payer, &b.Device, &b.Gate, &seq, &b.Merchant, &b.Line, &b.Station,
			(*stamp)(&b.At), &b.Kind, &b.Cap.Minor, &b.Cap.Currency, &b.OnCredit)
		b.Seq = uint64(seq)
		all = append(all, b)
		return err
	})
	return all, err
}

// rideFields are where rideColumns are scanned to.
func rideFields(r *clearing.Ride) []any {
	return []any{
		&r.ID, exact(r.First[:]), &r.Payer, &r.Device, &r.Status, &r.Merchant, &r.Gate, &r.Line, &r.From, &r.To,
		(*stamp)(&r.Began), (*stamp)(&r.Entered), (*stamp)(&r.Exited), (*stamp)(&r.Closes), &r.Fare, &r.Charge, &r.Currency,
		&r.OnCredit, &r.Payment, &r.Void, &r.Work, &r.Version,
	}
}

func ridesIn(tx Tx, query string, args ...any) (all []clearing.Ride, err error) {
	err = tx.Rows(query, args, func(scan func(...any) error) error {
		var r clearing.Ride
		err := scan(rideFields(&r)...)
		all = append(all, r)
		return err
	})
	return all, err
}

func saveRides(tx Tx, bucket int, known, changed []clearing.Ride, now time.Time) {
	var fresh, others [][]any
	for _, r := range changed {
		if slices.ContainsFunc(known, func(k clearing.Ride) bool { return k.ID == r.ID }) {
			others = append(others, []any{r.ID[:], string(r.Status), r.To, micros(r.Entered), micros(r.Exited), r.Fare, r.Charge,
				orNull(r.Payment), orNull(r.Void), int(r.Work), r.Version, micros(now)})
			continue
		}
		fresh = append(fresh, []any{r.ID[:], r.First[:], r.Payer[:], r.Device[:], string(r.Status), r.Merchant[:], r.Gate[:], r.Line, r.From, r.To,
			micros(r.Began), micros(r.Entered), micros(r.Exited), micros(r.Closes), r.Fare, r.Charge, string(r.Currency), flag(r.OnCredit),
			orNull(r.Payment), orNull(r.Void), int(r.Work), r.Version, micros(now)})
	}
	if len(fresh) > 0 {
		tx.Each(insertRides, bucket, inKeyOrder(fresh))
	}
	if len(others) > 0 {
		tx.Each(updateRides, bucket, inKeyOrder(others))
	}
}

// Unfinished implements clearing.RideStore.
func (db *DB) Unfinished(ctx context.Context, o clearing.Owner, days clearing.Span) (all []clearing.Ride, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		all, err = ridesIn(tx, selectUnfinished, o.Device.Bucket(db.Buckets()), o.Device, micros(days.From), micros(days.To))
		return err
	})
	return all, err
}

// Settled implements clearing.RideStore.
func (db *DB) Settled(ctx context.Context, r clearing.Ride, at time.Time) error {
	bucket := r.ID.Bucket(db.Buckets())
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		_, err := tx.Exec(settleRide, bucket, r.ID, micros(at), r.Version)
		return err
	})
}

// Waiting implements clearing.RideStore.
func (db *DB) Waiting(ctx context.Context, bucket int, before, now time.Time, limit int) (all []clearing.Ride, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		due, err := ridesIn(tx, selectLeft, bucket, micros(before), limit)
		if err != nil {
			return err
		}
		open, err := ridesIn(tx, selectTooLong, bucket, micros(now), limit)
		all = append(due, open...)
		return err
	})
	return all, err
}

// Rides lists a payer's rides, newest first, those older than before (the zero
// id: all), at most limit.
func (db *DB) Rides(ctx context.Context, payer ids.Payer, before ids.Ride, limit int) (all []clearing.History, err error) {
	from := lastID
	if !before.IsZero() {
		from = before[:]
	}
	err = db.engine.Read(ctx, func(tx Tx) error {
		all = nil
		return tx.Rows(selectRidesOf, []any{payer.Bucket(db.Buckets()), payer, from, limit}, func(scan func(...any) error) error {
			var h clearing.History
			err := scan(append(rideFields(&h.Ride), &h.InDebt)...)
			all = append(all, h)
			return err
		})
	})
	return all, err
}

// Copies lists the presentations of a payer that were let in twice, newest first, at most limit.
func (db *DB) Copies(ctx context.Context, payer ids.Payer, limit int) (all []clearing.Copy, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		all = nil
		return tx.Rows(selectCopies, []any{payer.Bucket(db.Buckets()), payer, limit}, func(scan func(...any) error) error {
			var c clearing.Copy
			var seq int64
			err := scan(exact(c.Presentation[:]), &c.Gate, &seq, (*stamp)(&c.At), &c.Payer, &c.Device)
			c.Seq = uint64(seq)
			all = append(all, c)
			return err
		})
	})
	return all, err
}
