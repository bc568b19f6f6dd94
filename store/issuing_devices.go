package store

import (
	"context"
	"fmt"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/payment"
)

const (
	deviceColumns = `id, payer_id, kind, name, status, public_key, seal_key, token_hash,
		generation, key_id, held_generation, held_key_id, rotated_at, alias, alias_held, synced_at, created_at, burn_base, burn_bits`
	insertDevice = `INSERT INTO devices (bucket, ` + deviceColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`
	selectWholeDevice   = `SELECT ` + deviceColumns + ` FROM devices WHERE bucket = $1 AND id = $2`
	selectDeviceByToken = `SELECT ` + deviceColumns + ` FROM devices WHERE bucket = $1 AND token_hash = $2`
	selectDevicesOf     = `SELECT ` + deviceColumns + ` FROM devices WHERE bucket = $1 AND payer_id = $2 ORDER BY id`
	selectPayerOfDevice = `SELECT payer_id FROM devices WHERE bucket = $1 AND id = $2`
	lockPurse           = `SELECT owner FROM accounts WHERE bucket = $1 AND kind = $2 AND owner = $3`
	updateToken         = `UPDATE devices SET token_hash = $3 WHERE bucket = $1 AND id = $2`
	updateIssued        = `UPDATE devices SET status = $3, generation = $4, key_id = $5, held_generation = $6, held_key_id = $7,
		rotated_at = $8, alias = $9, alias_held = $10, synced_at = $11 WHERE bucket = $1 AND id = $2`
	selectAliases = `SELECT alias, issued_at FROM aliases WHERE bucket = $1 AND device_id = $2 ORDER BY issued_at`
	insertAlias   = `INSERT INTO aliases (bucket, alias, device_id, payer_id, issued_at, guessed) VALUES ($1, $2, $3, $4, $5, 0)
		ON CONFLICT (bucket, alias) DO NOTHING`
	deleteAlias  = `DELETE FROM aliases WHERE bucket = $1 AND alias = $2 AND device_id = $3`
	deleteWrong  = `DELETE FROM wrong_codes WHERE bucket = $1 AND alias = $2`
	upsertOnline = `INSERT INTO online_codes (bucket, device_id, hash, expires_at, used) VALUES ($1, $2, $3, $4, 0)
		ON CONFLICT (bucket, device_id) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at, used = 0`
	countWithKey = `SELECT COUNT(*) FROM devices WHERE bucket = $1 AND status <> 'revoked'
		AND (key_id = $2 OR held_key_id = $2 AND rotated_at > $3)`
)

// exact scans a value of just its length into the array behind it.
type exact []byte

// Scan implements sql.Scanner.
func (e exact) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok || len(b) != len(e) {
		return fmt.Errorf("store: %d bytes kept as %T of another length", len(e), src)
	}
	copy(e, b)
	return nil
}

func scanDevice(scan func(...any) error) (d issuing.Device, err error) {
	var bits int64
	err = scan(&d.ID, &d.Payer, &d.Kind, &d.Name, &d.Status, exact(d.PublicKey[:]), exact(d.SealKey[:]), exact(d.TokenHash[:]),
		&d.Newest.Generation, &d.Newest.KeyID, &d.Held.Generation, &d.Held.KeyID, (*stamp)(&d.RotatedAt),
		&d.Alias, &d.AliasHeld, (*stamp)(&d.SyncedAt), (*stamp)(&d.CreatedAt), &d.Burned.Base, &bits)
	d.Burned.Bits = uint64(bits)
	return d, err
}

// oneDevice reads the only device of a query, or ErrNotFound.
func oneDevice(tx Tx, query string, args ...any) (d issuing.Device, err error) {
	found := false
	err = tx.Rows(query, args, func(scan func(...any) error) error {
		found = true
		d, err = scanDevice(scan)
		return err
	})
	if err == nil && !found {
		err = ErrNotFound
	}
	return d, err
}

func readDevice(tx Tx, bucket int, id ids.Device, lock string) (issuing.Device, error) {
	return oneDevice(tx, selectWholeDevice+lock, bucket, id)
}

func devicesOf(tx Tx, bucket int, payer ids.Payer) (all []issuing.Device, err error) {
	err = tx.Rows(selectDevicesOf, []any{bucket, payer}, func(scan func(...any) error) error {
		d, err := scanDevice(scan)
		all = append(all, d)
		return err
	})
	return all, err
}

// Device implements issuing.DeviceStore.
func (db *DB) Device(ctx context.Context, id ids.Device) (d issuing.Device, err error) {
	err = db.engine.Read(ctx, func(tx Tx) (err error) {
		d, err = readDevice(tx, id.Bucket(db.Buckets()), id, "")
		return err
	})
	return d, notThere(err, issuing.ErrNotFound)
}

// DeviceByToken implements issuing.DeviceStore.
func (db *DB) DeviceByToken(ctx context.Context, bucket int, hash [32]byte) (d issuing.Device, err error) {
	err = db.engine.Read(ctx, func(tx Tx) (err error) {
		d, err = oneDevice(tx, selectDeviceByToken, bucket, hash[:])
		return err
	})
	return d, notThere(err, issuing.ErrNotFound)
}

// lockDevice reads a device under the lock that payments take, that of its
// payer's purse, and its own.
func lockDevice(tx Tx, bucket int, id ids.Device, lock string) (d issuing.Device, err error) {
	var payer ids.Payer
	if err := tx.Row(selectPayerOfDevice, []any{bucket, id}, &payer); err != nil {
		return d, err
	}
	if err := tx.Row(lockPurse+lock, []any{bucket, int(ledger.PayerBalance), payer}, &payer); err != nil {
		return d, err
	}
	return readDevice(tx, bucket, id, lock)
}

// ChangeDevice implements issuing.DeviceStore. It takes the lock that payments
// take, that of the payer's purse, so that neither sees the other half done.
func (db *DB) ChangeDevice(ctx context.Context, id ids.Device, decide func(issuing.Device, []issuing.IssuedAlias) (issuing.Change, error)) (d issuing.Device, err error) {
	bucket := id.Bucket(db.Buckets())
	err = db.engine.Write(ctx, bucket, func(tx Tx) error {
		was, err := lockDevice(tx, bucket, id, db.engine.ForUpdate())
		if err != nil {
			return err
		}
		issued, err := aliasesOf(tx, bucket, id)
		if err != nil {
			return err
		}
		change, err := decide(was, issued)
		if err != nil {
			return err
		}
		d = change.Device
		return saveChange(tx, bucket, change)
	})
	return d, notThere(err, issuing.ErrNotFound)
}

func aliasesOf(tx Tx, bucket int, id ids.Device) (all []issuing.IssuedAlias, err error) {
	err = tx.Rows(selectAliases, []any{bucket, id}, func(scan func(...any) error) error {
		var a issuing.IssuedAlias
		err := scan(&a.Alias, (*stamp)(&a.At))
		all = append(all, a)
		return err
	})
	return all, err
}

func saveChange(tx Tx, bucket int, c issuing.Change) error {
	d := c.Device
	tx.QueueOne(updateIssued, bucket, d.ID, string(d.Status), int64(d.Newest.Generation), int64(d.Newest.KeyID),
		int64(d.Held.Generation), int64(d.Held.KeyID), micros(d.RotatedAt), int64(d.Alias), flag(d.AliasHeld), micros(d.SyncedAt))
	for _, a := range c.Drop {
		tx.Queue(deleteAlias, bucket, int64(a.Alias), d.ID)
	}
	if c.Online != nil {
		tx.QueueOne(upsertOnline, bucket, d.ID, c.Online.Hash[:], micros(c.Online.ExpiresAt))
	}
	if c.Forgive {
		tx.Queue(deleteWrong, bucket, int64(d.Alias))
	}
	if !c.Status.IsZero() {
		event := payment.Event{ID: c.Status, Kind: issuing.EventOf(d.Status), Payer: d.Payer, Device: d.ID}
		tx.Each(insertEvents, bucket, [][]any{eventRow(event)})
	}
	if c.Issue.At.IsZero() {
		return nil
	}
	return issueAlias(tx, bucket, d, c.Issue)
}

// issueAlias gives a device an alias that nobody has, and forgets the wrong
// codes of whoever had it before.
func issueAlias(tx Tx, bucket int, d issuing.Device, a issuing.IssuedAlias) error {
	n, err := tx.Exec(insertAlias, bucket, int64(a.Alias), d.ID, d.Payer, micros(a.At))
	if err != nil {
		return err
	}
	if n == 0 {
		return issuing.ErrAliasTaken
	}
	tx.Queue(deleteWrong, bucket, int64(a.Alias))
	return nil
}

func addDevice(tx Tx, bucket int, d issuing.Device) {
	tx.QueueOne(insertDevice, bucket, d.ID, d.Payer, string(d.Kind), d.Name, string(d.Status), d.PublicKey[:], d.SealKey[:], d.TokenHash[:],
		int64(d.Newest.Generation), int64(d.Newest.KeyID), int64(d.Held.Generation), int64(d.Held.KeyID), micros(d.RotatedAt),
		int64(d.Alias), flag(d.AliasHeld), micros(d.SyncedAt), micros(d.CreatedAt), int64(d.Burned.Base), int64(d.Burned.Bits))
}

// DevicesWithKey implements issuing.KeyUse: tills count as well whose keys are sealed under the master key.
func (db *DB) DevicesWithKey(ctx context.Context, keyID uint32, since time.Time) (n int64, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		n = 0
		for bucket := range db.Buckets() {
			var here int64
			if err := tx.Row(countWithKey, []any{bucket, int64(keyID), micros(since)}, &here); err != nil {
				return err
			}
			n += here
			for _, sealed := range []string{countWeChatKeys, countWeChatV3Keys} {
				if err := tx.Row(sealed, []any{bucket, int64(keyID)}, &here); err != nil {
					return err
				}
				n += here
			}
		}
		return nil
	})
	return n, err
}
