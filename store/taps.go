package store

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/paycode/paycode/clearing"
	"github.com/paycode/paycode/ids"
)

const (
	tapColumns      = `gate_id, seq, at, kind, presentation, presentation_id, payer_id, device_id, reason, received_at`
	selectUncleared = `SELECT ` + tapColumns + ` FROM taps WHERE bucket = $1 AND cleared = 0 AND received_at < $2 ORDER BY received_at, gate_id, seq LIMIT $3`
	selectTapsSince = `SELECT ` + tapColumns + ` FROM taps WHERE bucket = $1 AND reason = '' AND at >= $2 AND (gate_id, seq) > ($3, $4)
		ORDER BY gate_id, seq LIMIT $5`
	countTaps     = `SELECT COUNT(*) FROM taps WHERE bucket = $1 AND reason = '' AND at >= $2`
	selectLastSeq = `SELECT seq FROM taps WHERE bucket = $1 AND gate_id = $2 ORDER BY seq DESC LIMIT 1`
)

var (
	findTaps   = findEach(`SELECT `+tapColumns+` FROM taps t`, "gate_id uuid, seq bigint", "")
	insertTaps = insertNew("taps", `gate_id uuid, seq bigint, at bigint, kind text, presentation bytea, presentation_id bytea,
		payer_id uuid, device_id uuid, reason text, received_at bigint, cleared integer`, "gate_id, seq")
	markTaps = updateEach("taps", "gate_id uuid, seq bigint", "cleared integer")
)

var _ clearing.Store = (*DB)(nil)

// File implements clearing.TapStore.
func (db *DB) File(ctx context.Context, gate ids.Gate, after uint64, taps []clearing.Filed) (kept []clearing.Filed, fresh []bool, err error) {
	bucket := gate.Bucket(db.Buckets())
	taps = slices.SortedFunc(slices.Values(taps), func(a, b clearing.Filed) int {
		if a.Seq < b.Seq {
			return -1
		}
		return 1
	})
	err = db.engine.Write(ctx, bucket, func(tx Tx) error {
		known, keys := map[uint64]clearing.Filed{}, make([][]any, len(taps))
		for i, t := range taps {
			keys[i] = []any{gate[:], int64(t.Seq)}
		}
		tx.Find(findTaps, bucket, keys, func(scan func(...any) error) error {
			f, err := scanTap(scan)
			known[f.Seq] = f
			return err
		})
		last, err := lastSeq(tx, bucket, gate) // sends what was queued, too
		if err == nil && last < after {
			err = clearing.ErrForgotten
		}
		if err != nil {
			return err
		}
		kept, fresh = make([]clearing.Filed, len(taps)), make([]bool, len(taps))
		var rows [][]any
		for i, t := range taps {
			was, there := known[t.Seq]
			if kept[i], fresh[i] = was, !there; there {
				continue
			}
			kept[i] = t
			rows = append(rows, []any{gate[:], int64(t.Seq), micros(t.At), string(t.Kind), t.Presentation, t.PresentationID[:],
				orNull(t.Owner.Payer), orNull(t.Owner.Device), string(t.Reason), micros(t.ReceivedAt), flag(t.Reason != "")})
		}
		if len(rows) > 0 {
			tx.Each(insertTaps, bucket, rows)
		}
		return nil
	})
	return kept, fresh, err
}

func scanTap(scan func(...any) error) (f clearing.Filed, err error) {
	var seq int64
	err = scan(&f.Gate, &seq, (*stamp)(&f.At), &f.Kind, &f.Presentation, exact(f.PresentationID[:]), &f.Owner.Payer, &f.Owner.Device, &f.Reason, (*stamp)(&f.ReceivedAt))
	f.Seq, f.Presentation = uint64(seq), bytes.Clone(f.Presentation)
	return f, err
}

func (db *DB) taps(ctx context.Context, query string, args ...any) (all []clearing.Filed, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		all = nil
		return tx.Rows(query, args, func(scan func(...any) error) error {
			f, err := scanTap(scan)
			all = append(all, f)
			return err
		})
	})
	return all, err
}

// Uncleared implements clearing.TapStore.
func (db *DB) Uncleared(ctx context.Context, bucket int, before time.Time, limit int) ([]clearing.Filed, error) {
	return db.taps(ctx, selectUncleared, bucket, micros(before), limit)
}

// TapsSince implements clearing.TapStore.
func (db *DB) TapsSince(ctx context.Context, bucket int, from time.Time, behind clearing.Filed, limit int) ([]clearing.Filed, error) {
	return db.taps(ctx, selectTapsSince, bucket, micros(from), behind.Gate[:], int64(behind.Seq), limit)
}

// CountTaps implements clearing.TapStore.
func (db *DB) CountTaps(ctx context.Context, from time.Time) (n int64, err error) {
	err = db.engine.Report(ctx, func(tx Tx) error {
		n = 0
		for bucket := range db.Buckets() {
			var here int64
			if err := tx.Row(countTaps, []any{bucket, micros(from)}, &here); err != nil {
				return err
			}
			n += here
		}
		return nil
	})
	return n, err
}

// MarkCleared implements clearing.TapStore.
func (db *DB) MarkCleared(ctx context.Context, gate ids.Gate, seqs []uint64) error {
	bucket := gate.Bucket(db.Buckets())
	rows := make([][]any, len(seqs))
	for i, seq := range slices.Sorted(slices.Values(seqs)) {
		rows[i] = []any{gate[:], int64(seq), 1}
	}
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		tx.Each(markTaps, bucket, rows)
		return nil
	})
}

// LastSeq implements clearing.TapStore.
func (db *DB) LastSeq(ctx context.Context, gate ids.Gate) (last uint64, err error) {
	err = db.engine.Read(ctx, func(tx Tx) (err error) {
		last, err = lastSeq(tx, gate.Bucket(db.Buckets()), gate)
		return err
	})
	return last, err
}

func lastSeq(tx Tx, bucket int, gate ids.Gate) (uint64, error) {
	var seq int64
	err := tx.Row(selectLastSeq, []any{bucket, gate}, &seq)
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return uint64(seq), err
}
