package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/webhook"
)

const (
	deliveryColumns = `webhook_id, event_id, url, attempts, earlier, next_at, done_at, last_answer, tries`
	selectLog       = `SELECT ` + deliveryColumns + ` FROM deliveries WHERE bucket = $1 AND webhook_id = $2 AND event_id < $3 ORDER BY event_id DESC LIMIT $4`
	selectDelivery  = `SELECT ` + deliveryColumns + ` FROM deliveries WHERE bucket = $1 AND webhook_id = $2 AND event_id = $3`
	// A delivery that was given up has no answer that begins with 2.
	selectFailed = `SELECT event_id FROM deliveries WHERE bucket = $1 AND webhook_id = $2 AND event_id >= $3
		AND done_at > 0 AND last_answer NOT LIKE '2%' ORDER BY event_id LIMIT $4`
	beginAgain = `UPDATE deliveries SET next_at = $4, done_at = 0, earlier = attempts WHERE bucket = $1 AND webhook_id = $2 AND event_id = $3`
)

// Deliveries implements webhook.Endpoints.
func (db *DB) Deliveries(ctx context.Context, merchant ids.Merchant, id ids.Webhook, before ids.Event, limit int) (log []webhook.Delivery, err error) {
	bucket := merchant.Bucket(db.Buckets())
	err = db.engine.Read(ctx, func(tx Tx) error {
		log = nil
		if _, err := endpointOf(tx, bucket, merchant, id, ""); err != nil {
			return err
		}
		return tx.Rows(selectLog, []any{bucket, id, behind(before), limit}, func(scan func(...any) error) error {
			d, err := scanDelivery(scan)
			log = append(log, d)
			return err
		})
	})
	return log, err
}

func scanDelivery(scan func(...any) error, more ...any) (d webhook.Delivery, err error) {
	var tries string
	err = scan(append([]any{&d.Endpoint, &d.Event, &d.URL, &d.Attempts, &d.Earlier, (*stamp)(&d.NextAt), (*stamp)(&d.DoneAt), &d.LastAnswer, &tries}, more...)...)
	if err == nil {
		d.Tries, err = parseTries(tries)
	}
	return d, err
}

// keptTry is how an attempt is kept; times as everywhere, in microseconds.
type keptTry struct {
	At     int64  `json:"at"`
	TookMS int64  `json:"took_ms"`
	Answer string `json:"answer"`
}

func triesText(tries []webhook.Try) (string, error) {
	all := make([]keptTry, len(tries))
	for i, t := range tries {
		all[i] = keptTry{micros(t.At), t.Took.Milliseconds(), t.Answer}
	}
	text, err := json.Marshal(all)
	return string(text), err
}

func parseTries(text string) (tries []webhook.Try, err error) {
	var all []keptTry
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("store: attempts of a delivery: %w", err)
	}
	for _, t := range all {
		tries = append(tries, webhook.Try{At: fromMicros(t.At), Took: time.Duration(t.TookMS) * time.Millisecond, Answer: t.Answer})
	}
	return tries, nil
}

// enabled answers webhook.ErrNotFound for what is no endpoint of a merchant, and
// webhook.ErrDisabled for one to which nothing would be sent.
func enabled(tx Tx, bucket int, merchant ids.Merchant, id ids.Webhook) error {
	e, err := endpointOf(tx, bucket, merchant, id, "")
	if err == nil && !e.DisabledAt.IsZero() {
		err = webhook.ErrDisabled
	}
	return err
}

// Redeliver implements webhook.Endpoints.
func (db *DB) Redeliver(ctx context.Context, merchant ids.Merchant, id ids.Webhook, event ids.Event, now time.Time) (d webhook.Delivery, err error) {
	bucket := merchant.Bucket(db.Buckets())
	err = db.engine.Write(ctx, bucket, func(tx Tx) error {
		if err := enabled(tx, bucket, merchant, id); err != nil {
			return err
		}
		n, err := tx.Exec(beginAgain, bucket, id, event, micros(now))
		if err == nil && n == 0 {
			err = webhook.ErrNotFound
		}
		if err != nil {
			return err
		}
		return tx.Rows(selectDelivery, []any{bucket, id, event}, func(scan func(...any) error) (err error) {
			d, err = scanDelivery(scan)
			return err
		})
	})
	return d, err
}

// RedeliverFailed implements webhook.Endpoints.
func (db *DB) RedeliverFailed(ctx context.Context, merchant ids.Merchant, id ids.Webhook, since, now time.Time, limit int) (n int, err error) {
	bucket := merchant.Bucket(db.Buckets())
	err = db.engine.Write(ctx, bucket, func(tx Tx) error {
		if err := enabled(tx, bucket, merchant, id); err != nil {
			return err
		}
		var failed []ids.Event
		err := tx.Rows(selectFailed+db.engine.ForUpdate(), []any{bucket, id, firstID(since), limit}, func(scan func(...any) error) error {
			var event ids.Event
			err := scan(&event)
			failed = append(failed, event)
			return err
		})
		for _, event := range failed {
			tx.Queue(beginAgain, bucket, id, event, micros(now))
		}
		n = len(failed)
		return err
	})
	return n, err
}
