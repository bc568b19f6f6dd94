package store

import (
	"context"
	"time"

	"github.com/paycode/paycode/issuing"
)

const (
	insertPass   = `INSERT INTO passes (bucket, id, device_id, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT (bucket, id) DO NOTHING`
	deletePasses = `DELETE FROM passes WHERE bucket = $1 AND device_id = $2 AND expires_at <= $3`
)

// AddPass implements issuing.PassStore. It takes the lock that a freeze takes, so
// that a pass is there before it or not at all.
func (db *DB) AddPass(ctx context.Context, p issuing.IssuedPass, now time.Time) error {
	bucket := p.Device.Bucket(db.Buckets())
	err := db.engine.Write(ctx, bucket, func(tx Tx) error {
		d, err := lockDevice(tx, bucket, p.Device, db.engine.ForUpdate())
		if err != nil {
			return err
		}
		if err := d.Usable(); err != nil {
			return err
		}
		tx.Queue(deletePasses, bucket, p.Device, micros(now))
		tx.QueueOne(insertPass, bucket, p.ID[:], p.Device, micros(p.Expires))
		return nil
	})
	return notThere(err, issuing.ErrNotFound)
}
