package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/payment"
)

const (
	insertExternalID = `INSERT INTO external_ids (bucket, external_id, payer_id) VALUES ($1, $2, $3)
		ON CONFLICT (bucket, external_id) DO NOTHING`
	selectExternalID = `SELECT payer_id FROM external_ids WHERE bucket = $1 AND external_id = $2`
	insertPayer      = `INSERT INTO payers (bucket, id, external_id, name, currency, created_at)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (bucket, id) DO NOTHING`
	insertPurse = `INSERT INTO accounts (bucket, kind, owner, currency, balance, day, day_spent, day_count, per_payment, per_day, count_per_day, confirm_above, holder)
		VALUES ($1, $2, $3, $4, 0, 0, 0, 0, $5, $6, $7, $8, $9) ON CONFLICT (bucket, kind, owner, currency) DO NOTHING`
	selectPayer = `SELECT p.external_id, p.name, p.currency, a.per_payment, a.per_day, a.count_per_day, a.confirm_above, p.created_at
		FROM payers p JOIN accounts a ON a.bucket = p.bucket AND a.kind = 1 AND a.owner = p.id AND a.currency = p.currency
		WHERE p.bucket = $1 AND p.id = $2`
	updateLimits = `UPDATE accounts SET per_payment = $4, per_day = $5, count_per_day = $6, confirm_above = $7
		WHERE bucket = $1 AND kind = $2 AND owner = $3`
	insertTicket = `INSERT INTO tickets (bucket, hash, payer_id, expires_at) VALUES ($1, $2, $3, $4)`
	selectTicket = `SELECT payer_id, expires_at, device_id FROM tickets WHERE bucket = $1 AND hash = $2`
	useTicket    = `UPDATE tickets SET device_id = $3 WHERE bucket = $1 AND hash = $2 AND device_id IS NULL`
	insertProof  = `INSERT INTO proofs (bucket, device_id, jti, expires_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (bucket, device_id, jti) DO NOTHING`
	// Two for each one that comes, so that what is kept shrinks to the live ones
	// and no transaction has much to do.
	deleteOldProofs = `DELETE FROM proofs WHERE bucket = $1 AND (device_id, jti) IN
		(SELECT device_id, jti FROM proofs WHERE bucket = $1 AND expires_at < $2 ORDER BY expires_at LIMIT 2)`
)

var _ issuing.Store = (*DB)(nil)
var _ access.Store = (*DB)(nil)

// notThere is err, or instead of ErrNotFound what the asking package calls it.
func notThere(err, meaning error) error {
	if errors.Is(err, ErrNotFound) {
		return meaning
	}
	return err
}

// hashBucket is where a row is kept whose key says nothing about a bucket.
func hashBucket(hash [32]byte, buckets int) int {
	return int(binary.BigEndian.Uint64(hash[:]) % uint64(buckets))
}

// ClaimExternalID implements issuing.PayerStore. Its row is kept in a bucket of
// the external id, because nobody knows the payer's yet.
func (db *DB) ClaimExternalID(ctx context.Context, externalID string, candidate ids.Payer) (id ids.Payer, err error) {
	bucket := hashBucket(sha256.Sum256([]byte(externalID)), db.Buckets())
	err = db.engine.Write(ctx, bucket, func(tx Tx) error {
		if _, err := tx.Exec(insertExternalID, bucket, externalID, candidate); err != nil {
			return err
		}
		return tx.Row(selectExternalID, []any{bucket, externalID}, &id)
	})
	return id, err
}

// AddPayer implements issuing.PayerStore: a payer begins with an empty purse.
func (db *DB) AddPayer(ctx context.Context, p issuing.Payer) (got issuing.Payer, err error) {
	bucket := p.ID.Bucket(db.Buckets())
	err = db.engine.Write(ctx, bucket, func(tx Tx) (err error) {
		n, err := tx.Exec(insertPayer, bucket, p.ID, p.ExternalID, p.Name, string(p.Currency), micros(p.CreatedAt))
		if err != nil {
			return err
		}
		if n == 1 {
			tx.QueueOne(insertPurse, bucket, int(ledger.PayerBalance), p.ID, string(p.Currency),
				p.Limits.PerPayment, p.Limits.PerDay, p.Limits.CountPerDay, p.Limits.ConfirmAbove, p.Name)
		}
		got, err = readPayer(tx, bucket, p.ID)
		return err
	})
	return got, err
}

// Payer implements issuing.PayerStore.
func (db *DB) Payer(ctx context.Context, id ids.Payer) (p issuing.Payer, err error) {
	bucket := id.Bucket(db.Buckets())
	err = db.engine.Read(ctx, func(tx Tx) (err error) {
		if p, err = readPayer(tx, bucket, id); err != nil {
			return err
		}
		p.Devices, err = devicesOf(tx, bucket, id)
		return err
	})
	return p, notThere(err, issuing.ErrNotFound)
}

func readPayer(tx Tx, bucket int, id ids.Payer) (issuing.Payer, error) {
	p := issuing.Payer{Payer: payment.Payer{ID: id}}
	err := tx.Row(selectPayer, []any{bucket, id}, &p.ExternalID, &p.Name, &p.Currency,
		&p.Limits.PerPayment, &p.Limits.PerDay, &p.Limits.CountPerDay, &p.Limits.ConfirmAbove, (*stamp)(&p.CreatedAt))
	return p, err
}

// SetLimits implements issuing.PayerStore.
func (db *DB) SetLimits(ctx context.Context, id ids.Payer, l payment.Limits) error {
	bucket := id.Bucket(db.Buckets())
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		n, err := tx.Exec(updateLimits, bucket, int(ledger.PayerBalance), id, l.PerPayment, l.PerDay, l.CountPerDay, l.ConfirmAbove)
		if err == nil && n == 0 {
			return issuing.ErrNotFound
		}
		return err
	})
}

// AddTicket implements issuing.TicketStore.
func (db *DB) AddTicket(ctx context.Context, t issuing.Ticket) error {
	bucket := t.Payer.Bucket(db.Buckets())
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		_, err := tx.Exec(insertTicket, bucket, t.Hash[:], t.Payer, micros(t.ExpiresAt))
		return err
	})
}

// Enrol implements issuing.TicketStore.
func (db *DB) Enrol(ctx context.Context, bucket int, ticket [32]byte, decide func(issuing.Ticket, *issuing.Device) (issuing.Device, error)) (d issuing.Device, err error) {
	err = db.engine.Write(ctx, bucket, func(tx Tx) error {
		t := issuing.Ticket{Hash: ticket}
		err := tx.Row(selectTicket+db.engine.ForUpdate(), []any{bucket, ticket[:]}, &t.Payer, (*stamp)(&t.ExpiresAt), &t.Device)
		if err != nil {
			return notThere(err, issuing.ErrTicketInvalid)
		}
		var old *issuing.Device
		if !t.Device.IsZero() {
			enrolled, err := readDevice(tx, bucket, t.Device, "")
			if err != nil {
				return err
			}
			old = &enrolled
		}
		if d, err = decide(t, old); err != nil {
			return err
		}
		if old != nil {
			tx.QueueOne(updateToken, bucket, d.ID, d.TokenHash[:])
			return nil
		}
		tx.QueueOne(useTicket, bucket, ticket[:], d.ID)
		addDevice(tx, bucket, d)
		return issueAlias(tx, bucket, d, issuing.IssuedAlias{Alias: d.Alias, At: d.CreatedAt})
	})
	return d, err
}

// SpendProof implements issuing.Store.
func (db *DB) SpendProof(ctx context.Context, device ids.Device, jti [16]byte, until, now time.Time) (fresh bool, err error) {
	bucket := device.Bucket(db.Buckets())
	err = db.engine.Write(ctx, bucket, func(tx Tx) error {
		n, err := tx.Exec(insertProof, bucket, device, jti[:], micros(until))
		fresh = n == 1
		tx.Queue(deleteOldProofs, bucket, micros(now))
		return err
	})
	return fresh, err
}
