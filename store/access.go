package store

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
)

const (
	keyColumns        = `hash, head, role, owner, created_at, revoked_at`
	insertKey         = `INSERT INTO api_keys (bucket, ` + keyColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	selectKey         = `SELECT ` + keyColumns + ` FROM api_keys WHERE bucket = $1 AND hash = $2`
	selectKeysOf      = `SELECT ` + keyColumns + ` FROM api_keys WHERE bucket = $1 AND owner = $2`
	revokeKey         = `UPDATE api_keys SET revoked_at = $3 WHERE bucket = $1 AND hash = $2 AND revoked_at = 0`
	insertNewMerchant = `INSERT INTO merchants (bucket, id, name, currency, status, wrong_since, wrong_count, refused_until, created_at, fee_bp)
		VALUES ($1, $2, $3, $4, $5, 0, 0, 0, $6, $7)`
	selectWholeMerchant  = `SELECT name, currency, status, created_at, COALESCE(fee_bp, 0) FROM merchants WHERE bucket = $1 AND id = $2`
	updateMerchantStatus = `UPDATE merchants SET status = $3 WHERE bucket = $1 AND id = $2`
	updateMerchantFee    = `UPDATE merchants SET fee_bp = $3 WHERE bucket = $1 AND id = $2`
	insertGate           = `INSERT INTO gates (bucket, id, name, line, station, kind, merchant_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	selectGate           = `SELECT name, line, station, COALESCE(kind, ''), merchant_id, created_at FROM gates WHERE bucket = $1 AND id = $2`
)

// AddKey implements access.KeyStore.
func (db *DB) AddKey(ctx context.Context, k access.Key) error {
	bucket := hashBucket(k.Hash, db.Buckets())
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		tx.QueueOne(insertKey, bucket, k.Hash[:], k.Head, string(k.Caller.Role), k.Caller.Owner(), micros(k.CreatedAt), micros(k.RevokedAt))
		return nil
	})
}

// Key implements access.KeyStore.
func (db *DB) Key(ctx context.Context, hash [32]byte) (k access.Key, err error) {
	bucket := hashBucket(hash, db.Buckets())
	found := false
	err = db.engine.Read(ctx, func(tx Tx) error {
		return tx.Rows(selectKey, []any{bucket, hash[:]}, func(scan func(...any) error) error {
			found = true
			k, err = scanKey(scan)
			return err
		})
	})
	if err == nil && !found {
		err = access.ErrKeyUnknown
	}
	return k, err
}

func scanKey(scan func(...any) error) (k access.Key, err error) {
	var role access.Role
	var owner []byte
	err = scan(exact(k.Hash[:]), &k.Head, &role, &owner, (*stamp)(&k.CreatedAt), (*stamp)(&k.RevokedAt))
	k.Caller = access.CallerOf(role, owner)
	return k, err
}

// Keys implements access.KeyStore. Keys are kept by their hash, so all buckets are asked.
func (db *DB) Keys(ctx context.Context, owner access.Caller) (all []access.Key, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		all = nil
		for bucket := range db.Buckets() {
			err := tx.Rows(selectKeysOf, []any{bucket, owner.Owner()}, func(scan func(...any) error) error {
				k, err := scanKey(scan)
				all = append(all, k)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	slices.SortFunc(all, func(a, b access.Key) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), strings.Compare(a.Head, b.Head))
	})
	return all, err
}

// RevokeKey implements access.KeyStore.
func (db *DB) RevokeKey(ctx context.Context, hash [32]byte, at time.Time) error {
	bucket := hashBucket(hash, db.Buckets())
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		_, err := tx.Exec(revokeKey, bucket, hash[:], micros(at))
		return err
	})
}

// AddMerchant implements access.Store.
func (db *DB) AddMerchant(ctx context.Context, m access.Merchant) error {
	bucket := m.ID.Bucket(db.Buckets())
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		tx.QueueOne(insertNewMerchant, bucket, m.ID, m.Name, string(m.Currency), string(m.Status), micros(m.CreatedAt), m.FeeBP)
		return nil
	})
}

// EnsureMerchant implements access.Store.
func (db *DB) EnsureMerchant(ctx context.Context, m access.Merchant) error {
	bucket := m.ID.Bucket(db.Buckets())
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		_, err := tx.Exec(insertNewMerchant+" ON CONFLICT (bucket, id) DO NOTHING",
			bucket, m.ID, m.Name, string(m.Currency), string(m.Status), micros(m.CreatedAt), m.FeeBP)
		return err
	})
}

// Merchant implements access.Store.
func (db *DB) Merchant(ctx context.Context, id ids.Merchant) (access.Merchant, error) {
	m := access.Merchant{ID: id}
	err := db.engine.Read(ctx, func(tx Tx) error {
		return tx.Row(selectWholeMerchant, []any{id.Bucket(db.Buckets()), id}, &m.Name, &m.Currency, &m.Status, (*stamp)(&m.CreatedAt), &m.FeeBP)
	})
	return m, notThere(err, access.ErrNotFound)
}

// SetMerchantStatus implements access.Store.
func (db *DB) SetMerchantStatus(ctx context.Context, id ids.Merchant, s access.MerchantStatus) error {
	return db.setMerchant(ctx, updateMerchantStatus, id, string(s))
}

// SetMerchantFee implements access.Store.
func (db *DB) SetMerchantFee(ctx context.Context, id ids.Merchant, bp int) error {
	return db.setMerchant(ctx, updateMerchantFee, id, bp)
}

func (db *DB) setMerchant(ctx context.Context, update string, id ids.Merchant, to any) error {
	bucket := id.Bucket(db.Buckets())
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		n, err := tx.Exec(update, bucket, id, to)
		if err == nil && n == 0 {
			return access.ErrNotFound
		}
		return err
	})
}

// AddGate implements access.Store.
func (db *DB) AddGate(ctx context.Context, g access.Gate) error {
	bucket := g.ID.Bucket(db.Buckets())
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		tx.QueueOne(insertGate, bucket, g.ID, g.Name, g.Line, g.Station, string(g.Kind), g.Merchant, micros(g.CreatedAt))
		return nil
	})
}

// Gate implements access.Store.
func (db *DB) Gate(ctx context.Context, id ids.Gate) (access.Gate, error) {
	g := access.Gate{ID: id}
	err := db.engine.Read(ctx, func(tx Tx) error {
		return tx.Row(selectGate, []any{id.Bucket(db.Buckets()), id}, &g.Name, &g.Line, &g.Station, &g.Kind, &g.Merchant, (*stamp)(&g.CreatedAt))
	})
	return g, notThere(err, access.ErrNotFound)
}
