package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/webhook"
)

const (
	selectRefundByID = `SELECT payment_id, refund_no, amount, currency, reason, created_at FROM refunds
		WHERE bucket = $1 AND merchant_id = $2 AND id = $3`
	lockEndpoints  = `SELECT id FROM webhooks WHERE bucket = $1 AND id IN (%s) ORDER BY id`
	insertDelivery = `INSERT INTO deliveries (bucket, webhook_id, event_id, url, body, attempts, next_at, done_at, last_answer)
		VALUES ($1, $2, $3, $4, $5, 0, $6, 0, '') ON CONFLICT (bucket, webhook_id, event_id) DO NOTHING`

	nextDelivery = `SELECT next_at FROM deliveries WHERE bucket = $1 AND done_at = 0 ORDER BY next_at LIMIT 1`
	selectDueNow = `SELECT webhook_id, event_id, url, body, attempts, next_at, last_answer FROM deliveries
		WHERE bucket = $1 AND done_at = 0 AND next_at <= $2 %s ORDER BY next_at LIMIT $3`
	postponeDelivery = `UPDATE deliveries SET next_at = $4 WHERE bucket = $1 AND webhook_id = $2 AND event_id = $3`
	selectTargets    = `SELECT id, form, url, secret FROM webhooks WHERE bucket = $1 AND id IN (%s)`
	recordDelivery   = `UPDATE deliveries SET attempts = $4, next_at = $5, done_at = $6, last_answer = $7
		WHERE bucket = $1 AND webhook_id = $2 AND event_id = $3 AND done_at = 0`
	selectWebhookIDs = `SELECT id FROM webhooks WHERE bucket = $1`
	deleteOld        = `DELETE FROM deliveries WHERE bucket = $1 AND webhook_id = $2 AND event_id < $3`
)

// Subjects implements webhook.Events.
func (db *DB) Subjects(ctx context.Context, bucket int, events []payment.Event) (about map[ids.Event]webhook.Subject, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		about = map[ids.Event]webhook.Subject{}
		for _, e := range events {
			s, err := subject(tx, bucket, e)
			if err != nil {
				return fmt.Errorf("what %v is about: %w", e.ID, err)
			}
			about[e.ID] = s
		}
		return nil
	})
	return about, err
}

func subject(tx Tx, bucket int, e payment.Event) (s webhook.Subject, err error) {
	if s.Payment, err = readPayment(tx, bucket, e.Payment); err != nil || e.Refund.IsZero() {
		return s, err
	}
	r := payment.Refund{ID: e.Refund, Merchant: e.Merchant}
	s.Refund = &r
	err = tx.Row(selectRefundByID, []any{bucket, e.Merchant, e.Refund},
		&r.Payment, &r.RefundNo, &r.Amount.Minor, &r.Amount.Currency, &r.Reason, (*stamp)(&r.CreatedAt))
	return s, err
}

// AddDeliveries implements webhook.Events. The endpoints are locked, so that none is
// removed while its deliveries are being added: nobody would delete those.
func (db *DB) AddDeliveries(ctx context.Context, bucket int, deliveries []webhook.Delivery) error {
	if len(deliveries) == 0 {
		return nil
	}
	to := map[ids.Webhook]bool{}
	for _, d := range deliveries {
		to[d.Endpoint] = true
	}
	list, args := among(2, sorted(to))
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		there := map[ids.Webhook]bool{}
		err := tx.Rows(fmt.Sprintf(lockEndpoints, list)+db.engine.ForUpdate(), append([]any{bucket}, args...), func(scan func(...any) error) error {
			var id ids.Webhook
			err := scan(&id)
			there[id] = true
			return err
		})
		for _, d := range deliveries {
			if there[d.Endpoint] {
				tx.Queue(insertDelivery, bucket, d.Endpoint, d.Event, d.URL, d.Body, micros(d.NextAt))
			}
		}
		return err
	})
}

// NextDelivery implements webhook.Queue.
func (db *DB) NextDelivery(ctx context.Context, bucket int) (at time.Time, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		err := tx.Row(nextDelivery, []any{bucket}, (*stamp)(&at))
		if errors.Is(err, ErrNotFound) {
			at, err = time.Time{}, nil
		}
		return err
	})
	return at, err
}

// ClaimDeliveries implements webhook.Queue.
func (db *DB) ClaimDeliveries(ctx context.Context, bucket int, c webhook.Claiming) (jobs []webhook.Job, more bool, err error) {
	err = db.engine.Write(ctx, bucket, func(tx Tx) error {
		seen := 0
		jobs, seen, err = dueJobs(tx, bucket, c, db.skipLocked())
		if more = seen == c.Limit || seen > len(jobs); err != nil || len(jobs) == 0 {
			return err
		}
		for _, j := range jobs {
			tx.Queue(postponeDelivery, bucket, j.Endpoint, j.Event, micros(c.Until))
		}
		return addTargets(tx, bucket, jobs)
	})
	return jobs, more, err
}

// skipLocked locks rows of a queue: what another server claims just now is its own.
func (db *DB) skipLocked() string {
	if lock := db.engine.ForUpdate(); lock != "" {
		return lock + " SKIP LOCKED"
	}
	return ""
}

// dueJobs lists due deliveries, no more of one endpoint than there is room for,
// and says how many were looked at.
func dueJobs(tx Tx, bucket int, c webhook.Claiming, lock string) (jobs []webhook.Job, seen int, err error) {
	but, args := "", []any{bucket, micros(c.Now), c.Limit}
	if len(c.Full) > 0 {
		list, full := among(4, c.Full)
		but, args = "AND webhook_id NOT IN ("+list+")", append(args, full...)
	}
	taken := map[ids.Webhook]int{}
	err = tx.Rows(fmt.Sprintf(selectDueNow, but)+lock, args, func(scan func(...any) error) error {
		var j webhook.Job
		err := scan(&j.Endpoint, &j.Event, &j.URL, &j.Body, &j.Attempts, (*stamp)(&j.NextAt), &j.LastAnswer)
		if seen++; err == nil && taken[j.Endpoint] < c.Room(j.Endpoint) {
			taken[j.Endpoint]++
			jobs = append(jobs, j)
		}
		return err
	})
	return jobs, seen, err
}

// addTargets fills in where jobs go.
func addTargets(tx Tx, bucket int, jobs []webhook.Job) error {
	endpoints := map[ids.Webhook]bool{}
	for _, j := range jobs {
		endpoints[j.Endpoint] = true
	}
	list, args := among(2, sorted(endpoints))
	return tx.Rows(fmt.Sprintf(selectTargets, list), append([]any{bucket}, args...), func(scan func(...any) error) error {
		var t webhook.Job
		if err := scan(&t.Endpoint, &t.Form, &t.URL, exact(t.Secret[:])); err != nil {
			return err
		}
		for i := range jobs {
			if jobs[i].Endpoint != t.Endpoint {
				continue
			}
			if jobs[i].Form, jobs[i].Secret = t.Form, t.Secret; jobs[i].URL == "" {
				jobs[i].URL = t.URL
			}
		}
		return nil
	})
}

// RecordDeliveries implements webhook.Queue.
func (db *DB) RecordDeliveries(ctx context.Context, bucket int, deliveries []webhook.Delivery) error {
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		for _, d := range deliveries {
			tx.Queue(recordDelivery, bucket, d.Endpoint, d.Event, d.Attempts, micros(d.NextAt), micros(d.DoneAt), d.LastAnswer)
		}
		return nil
	})
}

// ForgetDeliveries implements webhook.Queue: one endpoint at a time, because the
// key of a delivery begins with its endpoint.
func (db *DB) ForgetDeliveries(ctx context.Context, bucket int, before time.Time) error {
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		var all []ids.Webhook
		err := tx.Rows(selectWebhookIDs, []any{bucket}, func(scan func(...any) error) error {
			var id ids.Webhook
			err := scan(&id)
			all = append(all, id)
			return err
		})
		for _, id := range all {
			tx.Queue(deleteOld, bucket, id, firstID(before))
		}
		return err
	})
}

// firstID is the smallest identifier that can be made at a time.
func firstID(t time.Time) []byte {
	id, ms := make([]byte, 16), uint64(max(t.UnixMilli(), 0))
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	return id
}
