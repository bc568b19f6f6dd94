package store

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/presence"
)

// directory is the bucket of the list of servers: whoever wants it whole finds
// it with one statement, however many buckets there are.
const directory = 0

const (
	renewServer   = `UPDATE servers SET until = $3 WHERE bucket = $1 AND id = $2`
	insertServer  = `INSERT INTO servers (bucket, id, until) VALUES ($1, $2, $3) ON CONFLICT (bucket, id) DO NOTHING`
	selectServers = `SELECT id, until FROM servers WHERE bucket = $1`
	deleteServer  = `DELETE FROM servers WHERE bucket = $1 AND id = $2`
	deletePagesOf = `DELETE FROM pages WHERE bucket = $1 AND server = $2`
	deleteInbox   = `DELETE FROM inbox WHERE bucket = $1 AND server = $2`
	selectInbox   = `SELECT id, kind, payer_id, device_id, merchant_id, payment_id, refund_id FROM inbox
		WHERE bucket = $1 AND server = $2 ORDER BY id LIMIT $3`
)

var (
	deletePages = deleteEach("pages", "payer_id uuid, device_id uuid, server uuid", "")
	insertPages = InsertEach("pages", "payer_id uuid, device_id uuid, server uuid, may_confirm integer", "payer_id, device_id, server")
	findPages   = findEach(`SELECT payer_id, server, may_confirm FROM pages t`, "payer_id uuid", "")
	insertInbox = InsertEach("inbox", `server uuid, id uuid, kind text, payer_id uuid, device_id uuid, merchant_id uuid,
		payment_id uuid, refund_id uuid`, "server, id")
	deleteTaken = deleteEach("inbox", "server uuid, id uuid", "")
)

// none is for statements that answer no rows.
func none(func(...any) error) error { return nil }

// Renew implements presence.Register.
func (db *DB) Renew(ctx context.Context, id ids.Server, until time.Time) (fresh bool, err error) {
	err = db.engine.Write(ctx, directory, func(tx Tx) error {
		n, err := tx.Exec(renewServer, directory, id, micros(until))
		if fresh = n == 0; err == nil && fresh {
			tx.QueueOne(insertServer, directory, id, micros(until))
		}
		return err
	})
	return fresh, err
}

// Servers implements presence.Register.
func (db *DB) Servers(ctx context.Context) (all []presence.Peer, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		all = nil
		return tx.Rows(selectServers, []any{directory}, func(scan func(...any) error) error {
			var p presence.Peer
			err := scan(&p.ID, (*stamp)(&p.Until))
			all = append(all, p)
			return err
		})
	})
	return all, err
}

// Forget implements presence.Register. The server's own row goes last, so that
// a crash between leaves it to be forgotten again.
func (db *DB) Forget(ctx context.Context, id ids.Server) error {
	for bucket := range db.Buckets() {
		err := db.engine.Write(ctx, bucket, func(tx Tx) error {
			tx.Queue(deletePagesOf, bucket, id)
			if bucket == id.Bucket(db.Buckets()) {
				tx.Queue(deleteInbox, bucket, id)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return db.engine.Write(ctx, directory, func(tx Tx) error {
		tx.Queue(deleteServer, directory, id)
		return nil
	})
}

// SetPages implements presence.Pages.
func (db *DB) SetPages(ctx context.Context, bucket int, server ids.Server, pages []presence.Page) error {
	pages = slices.SortedFunc(slices.Values(pages), func(a, b presence.Page) int { return bytes.Compare(a.Device[:], b.Device[:]) })
	var gone, open [][]any
	for _, p := range pages {
		gone = append(gone, []any{p.Payer[:], p.Device[:], server[:]})
		if p.Open {
			open = append(open, []any{p.Payer[:], p.Device[:], server[:], flag(p.Asks)})
		}
	}
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		tx.Find(deletePages, bucket, gone, none)
		if len(open) > 0 {
			tx.Each(insertPages, bucket, open)
		}
		return nil
	})
}

// PagesOf implements presence.Pages.
func (db *DB) PagesOf(ctx context.Context, bucket int, payers []ids.Payer) (servers map[ids.Server][]ids.Payer, err error) {
	keys := make([][]any, len(payers))
	for i, p := range payers {
		keys[i] = []any{p[:]}
	}
	err = db.engine.Read(ctx, func(tx Tx) error {
		servers = map[ids.Server][]ids.Payer{}
		tx.Find(findPages, bucket, keys, func(scan func(...any) error) error {
			var payer ids.Payer
			var server ids.Server
			var asks int
			err := scan(&payer, &server, &asks)
			servers[server] = append(servers[server], payer)
			return err
		})
		return tx.Flush()
	})
	return servers, err
}

// Post implements presence.Mail.
func (db *DB) Post(ctx context.Context, to ids.Server, events []payment.Event) error {
	bucket := to.Bucket(db.Buckets())
	var rows [][]any
	for _, e := range events {
		rows = append(rows, []any{to[:], e.ID[:], string(e.Kind), e.Payer[:], orNull(e.Device), orNull(e.Merchant), orNull(e.Payment), orNull(e.Refund)})
	}
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		tx.Find(insertInbox, bucket, rows, none) // some may be there already
		return nil
	})
}

// Inbox implements presence.Mail.
func (db *DB) Inbox(ctx context.Context, server ids.Server, limit int) (events []payment.Event, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		events = nil
		return tx.Rows(selectInbox, []any{server.Bucket(db.Buckets()), server, limit}, func(scan func(...any) error) error {
			var e payment.Event
			err := scan(&e.ID, &e.Kind, &e.Payer, &e.Device, &e.Merchant, &e.Payment, &e.Refund)
			events = append(events, e)
			return err
		})
	})
	return events, err
}

// Taken implements presence.Mail.
func (db *DB) Taken(ctx context.Context, server ids.Server, events []payment.Event) error {
	bucket := server.Bucket(db.Buckets())
	var keys [][]any
	for _, e := range events {
		keys = append(keys, []any{server[:], e.ID[:]})
	}
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		tx.Find(deleteTaken, bucket, keys, none)
		return nil
	})
}
