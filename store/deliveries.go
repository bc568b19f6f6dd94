package store

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/webhook"
)

const (
	selectRefundByID = `SELECT payment_id, refund_no, amount, currency, reason, created_at FROM refunds
		WHERE bucket = $1 AND merchant_id = $2 AND id = $3`
	lockEndpoints  = `SELECT id FROM webhooks WHERE bucket = $1 AND id IN (%s) ORDER BY id`
	insertDelivery = `INSERT INTO deliveries (bucket, webhook_id, event_id, url, body, attempts, next_at, done_at, last_answer, earlier, tries)
		VALUES ($1, $2, $3, $4, $5, 0, $6, 0, '', 0, '[]') ON CONFLICT (bucket, webhook_id, event_id) DO NOTHING`

	nextDelivery = `SELECT next_at FROM deliveries WHERE bucket = $1 AND done_at = 0 ORDER BY next_at LIMIT 1`
	selectDueNow = `SELECT ` + deliveryColumns + `, body FROM deliveries
		WHERE bucket = $1 AND done_at = 0 AND next_at <= $2 %s ORDER BY next_at LIMIT $3`
	postponeDelivery = `UPDATE deliveries SET next_at = $4 WHERE bucket = $1 AND webhook_id = $2 AND event_id = $3`
	selectTargets    = `SELECT id, form, url, secret, retired, disabled_at FROM webhooks WHERE bucket = $1 AND id IN (%s)`
	recordDelivery   = `UPDATE deliveries SET attempts = $4, next_at = $5, done_at = $6, last_answer = $7, tries = $8
		WHERE bucket = $1 AND webhook_id = $2 AND event_id = $3 AND done_at = 0 AND earlier = $9`
	endpointWell     = `UPDATE webhooks SET failing_since = 0 WHERE bucket = $1 AND id = $2 AND failing_since > 0 AND disabled_at = 0`
	endpointFails    = `UPDATE webhooks SET failing_since = $3 WHERE bucket = $1 AND id = $2 AND failing_since = 0`
	disableEndpoint  = `UPDATE webhooks SET disabled_at = $3 WHERE bucket = $1 AND id = $2 AND disabled_at = 0 AND failing_since <= $4`
	selectDisabled   = `SELECT ` + endpointColumns + ` FROM webhooks WHERE bucket = $1 AND id = $2`
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
		var body []byte
		d, err := scanDelivery(scan, &body)
		j := webhook.Job{Delivery: d}
		j.Body = body
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
		var retired []byte
		err := scan(&t.Endpoint, &t.Form, &t.URL, exact(t.Secret[:]), &retired, (*stamp)(&t.DisabledAt))
		if err == nil {
			t.Retired, err = parseRetired(retired)
		}
		if err != nil {
			return err
		}
		for i, j := range jobs {
			if j.Endpoint == t.Endpoint {
				jobs[i] = t
				jobs[i].Delivery = j.Delivery
				jobs[i].URL = cmp.Or(j.URL, t.URL)
			}
		}
		return nil
	})
}

// RecordDeliveries implements webhook.Queue. Endpoints come before deliveries,
// as everywhere, so that no two transactions wait for each other.
func (db *DB) RecordDeliveries(ctx context.Context, bucket int, deliveries []webhook.Delivery, verdicts []webhook.Verdict) (disabled []webhook.Endpoint, err error) {
	verdicts = slices.SortedFunc(slices.Values(verdicts), func(a, b webhook.Verdict) int { return bytes.Compare(a.Endpoint[:], b.Endpoint[:]) })
	err = db.engine.Write(ctx, bucket, func(tx Tx) error {
		disabled = nil
		for _, v := range verdicts {
			e, err := judge(tx, bucket, v)
			if err != nil {
				return err
			}
			disabled = append(disabled, e...)
		}
		for _, d := range deliveries {
			tries, err := triesText(d.Tries)
			if err != nil {
				return err
			}
			tx.Queue(recordDelivery, bucket, d.Endpoint, d.Event, d.Attempts, micros(d.NextAt), micros(d.DoneAt), d.LastAnswer, tries, d.Earlier)
		}
		return nil
	})
	return disabled, err
}

// judge keeps how well an endpoint is, and answers it when this disables it. By
// conditions, so that the endpoints that are well, nearly all, are written and
// locked by nobody.
func judge(tx Tx, bucket int, v webhook.Verdict) (disabled []webhook.Endpoint, err error) {
	if v.Answered {
		tx.Queue(endpointWell, bucket, v.Endpoint)
		return nil, nil
	}
	tx.Queue(endpointFails, bucket, v.Endpoint, micros(v.At))
	n, err := tx.Exec(disableEndpoint, bucket, v.Endpoint, micros(v.At), micros(v.Before))
	if err != nil || n == 0 {
		return nil, err
	}
	err = tx.Rows(selectDisabled, []any{bucket, v.Endpoint}, func(scan func(...any) error) error {
		e, err := scanEndpoint(scan)
		disabled = append(disabled, e)
		return err
	})
	return disabled, err
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
