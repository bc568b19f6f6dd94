package store

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

const (
	selectClaim = `SELECT payment_id, fingerprint, amount, currency, claimed_at
		FROM orders WHERE bucket = $1 AND merchant_id = $2 AND order_no = $3`
	moveClaim = `UPDATE orders SET payment_id = $5, fingerprint = $6, amount = $7, currency = $8, claimed_at = $9
		WHERE bucket = $1 AND merchant_id = $2 AND order_no = $3 AND payment_id = $4`
	insertTried = `INSERT INTO tried_codes (bucket, merchant_id, order_no, fingerprint, payment_id) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (bucket, merchant_id, order_no, fingerprint) DO NOTHING`
	selectTerms   = `SELECT id, currency, status, refused_until, COALESCE(fee_bp, 0) AS fee_bp FROM merchants`
	selectGuesses = `SELECT wrong_since, wrong_count, refused_until FROM merchants WHERE bucket = $1 AND id = $2`
	updateGuesses = `UPDATE merchants SET wrong_since = $3, wrong_count = $4, refused_until = $5 WHERE bucket = $1 AND id = $2`
)

var (
	findTerms = findEach(selectTerms+` t`, "id uuid", "")
	// addClaims answers the claims that are new: those of known merchants whose order number nobody had.
	addClaims = insertEachOf("merchants", "id uuid", "orders", `merchant_id uuid, order_no text,
		payment_id uuid, fingerprint uuid, amount bigint, currency text, claimed_at bigint`, "merchant_id, order_no")
	findClaims = findEach(`SELECT merchant_id, order_no, payment_id, fingerprint, amount, currency, claimed_at FROM orders t`,
		"merchant_id uuid, order_no text", "")
	findTried = findEach(`SELECT merchant_id, order_no, fingerprint, payment_id FROM tried_codes t`,
		"merchant_id uuid, order_no text, fingerprint uuid", "")
)

// Claim implements payment.Store.
func (db *DB) Claim(ctx context.Context, claims []payment.Claim) (got []payment.Claimed, err error) {
	if len(claims) == 0 {
		return nil, nil
	}
	bucket := claims[0].Merchant.Bucket(db.Buckets())
	var c claiming
	err = db.engine.Write(ctx, bucket, func(tx Tx) error {
		tx.Whole()
		c = newClaiming(tx, bucket)
		c.readTerms(claims)
		c.add(claims)
		return nil
	})
	if err == nil && len(c.held) < len(claims) { // they were claimed before, which is never undone
		err = db.engine.Read(ctx, func(tx Tx) error {
			c.tx = tx
			c.readHeld(claims)
			return tx.Flush()
		})
	}
	if err != nil {
		return nil, err
	}
	return c.answers(claims), nil
}

// order and attempt are the keys of claims and of codes that were tried.
type order struct {
	merchant ids.Merchant
	orderNo  string
}

type attempt struct {
	order
	fingerprint [16]byte
}

// claiming claims orders of merchants of one bucket.
type claiming struct {
	tx     Tx
	bucket int
	terms  map[ids.Merchant]payment.Claimed
	held   map[order]payment.Claim
	fresh  map[ids.Payment]bool
	tried  map[attempt]ids.Payment
}

func newClaiming(tx Tx, bucket int) claiming {
	return claiming{
		tx: tx, bucket: bucket, terms: map[ids.Merchant]payment.Claimed{}, held: map[order]payment.Claim{},
		fresh: map[ids.Payment]bool{}, tried: map[attempt]ids.Payment{},
	}
}

// claimOrders claims the orders that come with commands of their bucket, before
// the rows of any payer are locked: so nobody who holds those waits for an order.
func claimOrders(tx Tx, bucket int, needs []payment.Need) claiming {
	c := newClaiming(tx, bucket)
	var claims []payment.Claim
	for _, n := range needs {
		if n.Claim != nil {
			claims = append(claims, *n.Claim)
		}
	}
	if len(claims) > 0 {
		c.readTerms(claims)
		c.add(claims)
	}
	return c
}

// claimed are the merchants of the orders that were claimed just now.
func (c claiming) claimed() map[ids.Payment]payment.Merchant {
	all := make(map[ids.Payment]payment.Merchant, len(c.held))
	for o, claim := range c.held {
		all[claim.Payment] = c.terms[o.merchant].Terms
	}
	return all
}

// answers say of each order where it is, in the order of the claims.
func (c claiming) answers(claims []payment.Claim) []payment.Claimed {
	got := make([]payment.Claimed, len(claims))
	for i, want := range claims {
		o := order{want.Merchant, want.OrderNo}
		got[i] = c.terms[want.Merchant]
		got[i].Claim, got[i].Tried = c.held[o], c.tried[attempt{o, want.Fingerprint}]
		got[i].Fresh = c.fresh[want.Payment]
	}
	return got
}

func (c claiming) readTerms(claims []payment.Claim) {
	merchants := keySet[ids.Merchant]{}
	for _, want := range claims {
		merchants[want.Merchant] = true
		c.terms[want.Merchant] = payment.Claimed{Err: payment.ErrNotFound}
	}
	c.tx.Find(findTerms, c.bucket, idsIn(merchants), func(scan func(...any) error) error {
		m, err := scanTerms(scan)
		c.terms[m.ID] = payment.Claimed{Terms: m}
		return err
	})
}

func scanTerms(scan func(...any) error) (m payment.Merchant, err error) {
	var status string
	err = scan(&m.ID, &m.Currency, &status, (*stamp)(&m.RefusedUntil), &m.FeeBP)
	m.Suspended = status != "active"
	return m, err
}

// Terms implements payment.Reader.
func (db *DB) Terms(ctx context.Context, id ids.Merchant) (m payment.Merchant, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		return tx.Rows(selectTerms+` WHERE bucket = $1 AND id = $2`, []any{id.Bucket(db.Buckets()), id}, func(scan func(...any) error) error {
			m, err = scanTerms(scan)
			return err
		})
	})
	if err == nil && m.ID.IsZero() {
		err = payment.ErrNotFound
	}
	return m, err
}

// add claims the orders that nobody has claimed, in the order of their numbers,
// so that two servers never wait for each other in a circle. Of two claims for
// one order the first wins.
func (c claiming) add(claims []payment.Claim) {
	first := map[order]payment.Claim{}
	for _, want := range claims {
		if o := (order{want.Merchant, want.OrderNo}); first[o].OrderNo == "" {
			first[o] = want
		}
	}
	rows := make([][]any, 0, len(first))
	for _, o := range slices.SortedFunc(maps.Keys(first), compareOrders) {
		w := first[o]
		rows = append(rows, []any{o.merchant[:], o.orderNo, w.Payment[:], w.Fingerprint[:], w.Amount.Minor, string(w.Amount.Currency), micros(w.At)})
	}
	c.tx.Find(addClaims, c.bucket, rows, func(scan func(...any) error) error {
		var o order
		err := scan(&o.merchant, &o.orderNo)
		c.held[o], c.fresh[first[o].Payment] = first[o], true
		return err
	})
}

func compareOrders(a, b order) int {
	return cmp.Or(bytes.Compare(a.merchant[:], b.merchant[:]), strings.Compare(a.orderNo, b.orderNo))
}

// readHeld reads the claims that were there before, and whether their orders
// have been declined with the wanted codes.
func (c claiming) readHeld(claims []payment.Claim) {
	var orders, attempts [][]any
	for _, want := range claims {
		if _, ours := c.held[order{want.Merchant, want.OrderNo}]; !ours {
			orders = append(orders, []any{want.Merchant[:], want.OrderNo})
			attempts = append(attempts, []any{want.Merchant[:], want.OrderNo, want.Fingerprint[:]})
		}
	}
	c.tx.Find(findClaims, c.bucket, orders, func(scan func(...any) error) error {
		var h payment.Claim
		err := scan(&h.Merchant, &h.OrderNo, &h.Payment, exact(h.Fingerprint[:]), &h.Amount.Minor, &h.Amount.Currency, (*stamp)(&h.At))
		c.held[order{h.Merchant, h.OrderNo}] = h
		return err
	})
	c.tx.Find(findTried, c.bucket, attempts, func(scan func(...any) error) error {
		var a attempt
		var id ids.Payment
		err := scan(&a.merchant, &a.orderNo, exact(a.fingerprint[:]), &id)
		c.tried[a] = id
		return err
	})
}

func readClaim(tx Tx, merchant ids.Merchant, bucket int, orderNo string) (payment.Claim, error) {
	c := payment.Claim{Merchant: merchant, OrderNo: orderNo}
	var fingerprint []byte
	var at int64
	err := tx.Row(selectClaim, []any{bucket, merchant, orderNo}, &c.Payment, &fingerprint, &c.Amount.Minor, &c.Amount.Currency, &at)
	copy(c.Fingerprint[:], fingerprint)
	c.At = fromMicros(at)
	return c, err
}

// MoveClaim implements payment.Store. An order that has moved already is left where it is.
func (db *DB) MoveClaim(ctx context.Context, from, to payment.Claim, decided bool) error {
	bucket := to.Merchant.Bucket(db.Buckets())
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		moved, err := tx.Exec(moveClaim, bucket, to.Merchant, to.OrderNo, from.Payment, to.Payment, to.Fingerprint[:],
			to.Amount.Minor, string(to.Amount.Currency), micros(to.At))
		if err == nil && moved == 1 && decided {
			tx.Queue(insertTried, bucket, from.Merchant, from.OrderNo, from.Fingerprint[:], from.Payment)
		}
		return err
	})
}

// Order implements payment.Reader.
func (db *DB) Order(ctx context.Context, merchant ids.Merchant, orderNo string) (c payment.Claim, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		c, err = readClaim(tx, merchant, merchant.Bucket(db.Buckets()), orderNo)
		return err
	})
	return c, notFound(err)
}

// notFound says it in the words of package payment.
func notFound(err error) error {
	if errors.Is(err, ErrNotFound) {
		return payment.ErrNotFound
	}
	return err
}

// CountWrong implements payment.Store.
func (db *DB) CountWrong(ctx context.Context, merchant ids.Merchant, n int64, now time.Time) (refused bool, err error) {
	bucket := merchant.Bucket(db.Buckets())
	err = db.engine.Write(ctx, bucket, func(tx Tx) error {
		var g payment.Guesses
		var since, until int64
		if err := tx.Row(selectGuesses+db.engine.ForUpdate(), []any{bucket, merchant}, &since, &g.Count, &until); err != nil {
			return err
		}
		g.Since, g.RefusedUntil = fromMicros(since), fromMicros(until)
		g, refused = g.Add(n, now)
		_, err := tx.Exec(updateGuesses, bucket, merchant, micros(g.Since), g.Count, micros(g.RefusedUntil))
		return err
	})
	return refused, err
}
