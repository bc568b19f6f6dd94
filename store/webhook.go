package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/webhook"
)

const (
	insertEndpoint = `INSERT INTO webhooks (bucket, id, merchant_id, url, secret, events, created_at, retired, failing_since, disabled_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0)`
	lockMerchant    = `SELECT id FROM merchants WHERE bucket = $1 AND id = $2`
	countEndpoints  = `SELECT COUNT(*) FROM webhooks WHERE bucket = $1 AND merchant_id = $2 AND form = ''`
	endpointColumns = `id, merchant_id, form, url, events, created_at, failing_since, disabled_at`
	selectEndpoints = `SELECT ` + endpointColumns + ` FROM webhooks WHERE bucket = $1 AND merchant_id = $2 AND form = '' ORDER BY id`
	selectListening = `SELECT ` + endpointColumns + ` FROM webhooks WHERE bucket = $1 AND merchant_id IN (%s)`
	deleteEndpoint  = `DELETE FROM webhooks WHERE bucket = $1 AND id = $2 AND merchant_id = $3 AND form = ''`
	deleteAllTo     = `DELETE FROM deliveries WHERE bucket = $1 AND webhook_id = $2`
	selectEndpoint  = `SELECT ` + endpointColumns + `, secret, retired FROM webhooks WHERE bucket = $1 AND id = $2 AND merchant_id = $3 AND form = ''`
	updateEndpoint  = `UPDATE webhooks SET url = $3, events = $4, failing_since = $5, disabled_at = $6, secret = $7, retired = $8
		WHERE bucket = $1 AND id = $2`
)

// AddEndpoint implements webhook.Endpoints. The merchant is locked, so that
// no two requests count the same endpoints.
func (db *DB) AddEndpoint(ctx context.Context, e webhook.Endpoint, most int) error {
	bucket := e.Merchant.Bucket(db.Buckets())
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		if err := tx.Rows(lockMerchant+db.engine.ForUpdate(), []any{bucket, e.Merchant}, none); err != nil {
			return err
		}
		var have int
		if err := tx.Row(countEndpoints, []any{bucket, e.Merchant}, &have); err != nil {
			return err
		}
		if have >= most {
			return webhook.ErrTooMany
		}
		tx.QueueOne(insertEndpoint, bucket, e.ID, e.Merchant, e.URL, e.Secret[:], kindsText(e.Events), micros(e.CreatedAt), retiredBytes(e.Retired))
		return nil
	})
}

// kindsText is how the kinds of an endpoint are kept: separated by spaces.
func kindsText(kinds []payment.EventKind) string {
	var names []string
	for _, k := range kinds {
		names = append(names, string(k))
	}
	return strings.Join(names, " ")
}

// scanEndpoint scans endpointColumns, and what else is selected.
func scanEndpoint(scan func(...any) error, more ...any) (e webhook.Endpoint, err error) {
	var events string
	err = scan(append([]any{&e.ID, &e.Merchant, &e.Form, &e.URL, &events, (*stamp)(&e.CreatedAt), (*stamp)(&e.FailingSince), (*stamp)(&e.DisabledAt)}, more...)...)
	for name := range strings.FieldsSeq(events) {
		e.Events = append(e.Events, payment.EventKind(name))
	}
	return e, err
}

// Endpoints implements webhook.Endpoints.
func (db *DB) Endpoints(ctx context.Context, merchant ids.Merchant) ([]webhook.Endpoint, error) {
	return db.endpoints(ctx, selectEndpoints, merchant.Bucket(db.Buckets()), merchant)
}

// ListeningEndpoints implements webhook.Events.
func (db *DB) ListeningEndpoints(ctx context.Context, bucket int, merchants []ids.Merchant) ([]webhook.Endpoint, error) {
	list, args := among(2, merchants)
	return db.endpoints(ctx, fmt.Sprintf(selectListening, list), append([]any{bucket}, args...)...)
}

func (db *DB) endpoints(ctx context.Context, query string, args ...any) (all []webhook.Endpoint, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		all = nil
		return tx.Rows(query, args, func(scan func(...any) error) error {
			e, err := scanEndpoint(scan)
			all = append(all, e)
			return err
		})
	})
	return all, err
}

// RemoveEndpoint implements webhook.Endpoints.
func (db *DB) RemoveEndpoint(ctx context.Context, merchant ids.Merchant, id ids.Webhook) error {
	bucket := merchant.Bucket(db.Buckets())
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		n, err := tx.Exec(deleteEndpoint, bucket, id, merchant)
		if err == nil && n == 0 {
			return webhook.ErrNotFound
		}
		tx.Queue(deleteAllTo, bucket, id)
		return err
	})
}

// ChangeEndpoint implements webhook.Endpoints.
func (db *DB) ChangeEndpoint(ctx context.Context, merchant ids.Merchant, id ids.Webhook, change func(*webhook.Endpoint) error) (e webhook.Endpoint, err error) {
	bucket := merchant.Bucket(db.Buckets())
	err = db.engine.Write(ctx, bucket, func(tx Tx) error {
		if e, err = endpointOf(tx, bucket, merchant, id, db.engine.ForUpdate()); err != nil {
			return err
		}
		if err := change(&e); err != nil {
			return err
		}
		tx.QueueOne(updateEndpoint, bucket, id, e.URL, kindsText(e.Events), micros(e.FailingSince), micros(e.DisabledAt), e.Secret[:], retiredBytes(e.Retired))
		return nil
	})
	return e, err
}

// endpointOf is a merchant's endpoint with its secrets. webhook.ErrNotFound.
func endpointOf(tx Tx, bucket int, merchant ids.Merchant, id ids.Webhook, lock string) (e webhook.Endpoint, err error) {
	found := false
	err = tx.Rows(selectEndpoint+lock, []any{bucket, id, merchant}, func(scan func(...any) error) error {
		var secret webhook.Secret
		var retired []byte
		found = true
		if e, err = scanEndpoint(scan, exact(secret[:]), &retired); err == nil {
			e.Secret = secret
			e.Retired, err = parseRetired(retired)
		}
		return err
	})
	if err == nil && !found {
		err = webhook.ErrNotFound
	}
	return e, err
}

// retiredSize is what one retired secret takes: a time and the secret.
const retiredSize = 8 + len(webhook.Secret{})

func retiredBytes(all []webhook.Retired) []byte {
	b := make([]byte, 0, len(all)*retiredSize)
	for _, r := range all {
		b = append(binary.BigEndian.AppendUint64(b, uint64(micros(r.Until))), r.Secret[:]...)
	}
	return b
}

func parseRetired(b []byte) (all []webhook.Retired, err error) {
	if len(b)%retiredSize != 0 {
		return nil, fmt.Errorf("store: retired secrets of %d bytes", len(b))
	}
	for one := range slices.Chunk(b, retiredSize) {
		r := webhook.Retired{Until: fromMicros(int64(binary.BigEndian.Uint64(one)))}
		copy(r.Secret[:], one[8:])
		all = append(all, r)
	}
	return all, nil
}
