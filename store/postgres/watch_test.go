package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/paycode/paycode/store"
)

// watch is a tracer that fails a test whose transactions a distributed
// PostgreSQL would not take, or would take for something slower or looser: a
// statement without the bucket, two buckets in one transaction, or a construct
// that is local to one node, or accepted and wrong.
type watch struct {
	testing.TB
	mu      sync.Mutex
	buckets map[*pgx.Conn]int64 // of the transaction that a connection is in; -1 while unknown
	reads   map[*pgx.Conn]bool  // it is in a transaction that changes nothing
	said    map[string]bool     // which statements were complained about
}

func newWatch(t testing.TB) *watch {
	return &watch{TB: t, buckets: map[*pgx.Conn]int64{}, reads: map[*pgx.Conn]bool{}, said: map[string]bool{}}
}

const unknown = -1

// TraceQueryStart implements pgx.QueryTracer: COMMIT and ROLLBACK go this way.
func (w *watch) TraceQueryStart(ctx context.Context, c *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	w.see(c, d.SQL, d.Args)
	return ctx
}

// TraceQueryEnd implements pgx.QueryTracer.
func (w *watch) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TraceBatchStart implements pgx.BatchTracer.
func (w *watch) TraceBatchStart(ctx context.Context, c *pgx.Conn, d pgx.TraceBatchStartData) context.Context {
	alone := w.begins(c, d.Batch.QueuedQueries[0].SQL)
	for _, q := range d.Batch.QueuedQueries {
		w.see(c, q.SQL, q.Arguments)
	}
	if alone {
		w.see(c, "COMMIT", nil)
	}
	return ctx
}

// TraceBatchQuery implements pgx.BatchTracer.
func (w *watch) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd implements pgx.BatchTracer.
func (w *watch) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// begins reports whether a message that begins so is a transaction by itself:
// its connection is in none, and it says no BEGIN.
func (w *watch) begins(c *pgx.Conn, first string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, in := w.buckets[c]; in || w.reads[c] || strings.HasPrefix(first, "BEGIN") {
		return false
	}
	w.buckets[c] = unknown
	return true
}

func (w *watch) see(c *pgx.Conn, query string, args []any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	bucket, writing := w.buckets[c]
	switch first, _, _ := strings.Cut(query, " "); {
	case first == "COMMIT" || first == "ROLLBACK":
		delete(w.buckets, c)
		delete(w.reads, c)
	case first == "BEGIN" && strings.Contains(query, "READ ONLY"):
		w.reads[c] = true
	case first == "BEGIN":
		w.buckets[c] = unknown
	case query == "DISCARD PLANS": // of this connection
	case writing:
		err := verdict(query)
		pinned, isNumber := int64(unknown), false
		if len(args) > 0 {
			pinned, isNumber = args[0].(int64)
		}
		if err == nil && !isNumber {
			err = errors.New("$1 is no bucket")
		}
		if err == nil && bucket != unknown && bucket != pinned {
			err = fmt.Errorf("bucket %d in a transaction of bucket %d", pinned, bucket)
		}
		if err != nil && !w.said[query] {
			w.said[query] = true
			w.Errorf("%v: %s", err, query)
		}
		w.buckets[c] = pinned
	}
}

var (
	banned = regexp.MustCompile(`(?i)\b(now|random|clock_timestamp|current_timestamp|gen_random_uuid|nextval|pg_advisory\w*|pg_try_advisory\w*|NOTIFY|LISTEN|MERGE|LOCK TABLE|SERIAL|TEMP|TEMPORARY|SAVEPOINT|WITH|DEFERRABLE|TRUNCATE|CALL|DO \$)\b`)
	// table names what a statement reads or writes.
	table = regexp.MustCompile(`(?i)\b(?:FROM|JOIN|UPDATE|INTO|USING) ([a-z0-9_]+)`)
	// pin is an equality that says in which bucket to look, or that it is the same one.
	pin        = regexp.MustCompile(`bucket = (?:\$1|[a-z]+\.bucket)`)
	insert     = regexp.MustCompile(`^INSERT INTO ([a-z0-9_]+) ?(\(bucket, [^)]*\))? ?(VALUES \(\$1,|SELECT [a-z]\.bucket,)?`)
	onConflict = regexp.MustCompile(`ON CONFLICT ?(\([^)]*\))?`)
	key        = regexp.MustCompile(`(?s)CREATE TABLE (?:IF NOT EXISTS )?([a-z0-9_]+) \(.*?PRIMARY KEY (\([^)]*\))`)
	unordered  = regexp.MustCompile(`(?s)(unnest| IN \(|ANY).* FOR UPDATE`)
)

// verdicts are what refusedBy said: statements are few, and run very often.
var verdicts sync.Map

func verdict(query string) error {
	said, known := verdicts.Load(query)
	if !known {
		said = [1]error{refusedBy(query)}
		verdicts.Store(query, said)
	}
	return said.([1]error)[0]
}

// keys are the primary keys of the tables that have buckets.
func keys() map[string]string {
	all := map[string]string{}
	for _, m := range store.Migrations() {
		for _, s := range m.Statements {
			if found := key.FindStringSubmatch(s); found != nil {
				all[found[1]] = found[2]
			}
		}
	}
	return all
}

// refusedBy says which rule a statement breaks.
func refusedBy(query string) error {
	q := strings.Join(strings.Fields(query), " ")
	if found := banned.FindString(q); found != "" {
		return fmt.Errorf("%s is banned", found)
	}
	tables := 0
	of := keys()
	for _, found := range table.FindAllStringSubmatch(q, -1) {
		if _, ours := of[found[1]]; ours || found[1] == "postings" { // a view of transfers
			tables++
		}
	}
	pins := len(pin.FindAllString(q, -1))
	if strings.HasPrefix(q, "INSERT") {
		found := insert.FindStringSubmatch(q)
		if found == nil || found[2] == "" || found[3] == "" {
			return errors.New("INSERT must list its columns, the bucket first and from $1")
		}
		tables--
		if arbiter := onConflict.FindStringSubmatch(q); arbiter != nil && arbiter[1] != of[found[1]] {
			return fmt.Errorf("ON CONFLICT %s, and the key of %s is %s", arbiter[1], found[1], of[found[1]])
		}
	} else if !strings.Contains(q, "bucket = $1") {
		return errors.New("no bucket = $1")
	}
	if pins < tables {
		return fmt.Errorf("%d tables, and the bucket pinned %d times", tables, pins)
	}
	if unordered.MatchString(q) && !strings.Contains(q, "ORDER BY") && !strings.Contains(q, "LATERAL") {
		return errors.New("many rows are locked in no order")
	}
	return nil
}

// TestWatchSees: each rule is there, and what the store says is not refused by accident.
func TestWatchSees(t *testing.T) {
	for query, refused := range map[string]bool{
		`SELECT amount FROM payments WHERE bucket = $1 AND id = $2`:                                                                                                false,
		`SELECT amount FROM payments WHERE id = $2`:                                                                                                                true,
		`SELECT p.amount FROM payments p JOIN postings x ON x.txn_id = p.id WHERE p.bucket = $1`:                                                                   true,
		`SELECT p.amount FROM payments p JOIN postings x ON x.bucket = p.bucket WHERE p.bucket = $1`:                                                               false,
		`DELETE FROM payments WHERE bucket = $1 AND id IN (SELECT id FROM refunds)`:                                                                                true,
		`INSERT INTO buckets VALUES ($1)`:                                                                                                                          true,
		`INSERT INTO gates (id, bucket) VALUES ($2, $1)`:                                                                                                           true,
		`INSERT INTO gates (bucket, id) VALUES ($1, $2) ON CONFLICT DO NOTHING`:                                                                                    true,
		`INSERT INTO gates (bucket, id) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`:                                                                               true,
		`INSERT INTO gates (bucket, id) VALUES ($1, $2) ON CONFLICT (bucket, id) DO NOTHING`:                                                                       false,
		`INSERT INTO gates (bucket, id) SELECT $1, x.c2 FROM unnest($2::bytea[]) AS x(c2)`:                                                                         true,
		`UPDATE gates SET created_at = now() WHERE bucket = $1`:                                                                                                    true,
		`SELECT pg_advisory_xact_lock($1)`:                                                                                                                         true,
		`SELECT id FROM payers WHERE bucket = $1 AND id IN ($2, $3) FOR UPDATE`:                                                                                    true,
		`SELECT id FROM payers WHERE bucket = $1 AND id IN ($2, $3) ORDER BY id FOR UPDATE`:                                                                        false,
		`SELECT y.* FROM unnest($2::uuid[]) AS x(c2) CROSS JOIN LATERAL (SELECT id FROM payers t WHERE t.bucket = $1 AND id = x.c2 OFFSET 0 FOR UPDATE OF t) AS y`: false,
		`MERGE INTO gates USING payers ON false WHEN MATCHED THEN DELETE`:                                                                                          true,
		`WITH gone AS (DELETE FROM gates WHERE bucket = $1 RETURNING id) SELECT COUNT(*) FROM gone`:                                                                true,
		`INSERT INTO gates (bucket, id) SELECT b.bucket, x.c2 FROM buckets b, unnest($2::bytea[]) AS x(c2) WHERE b.bucket = $1`:                                    false,
	} {
		if err := refusedBy(query); (err != nil) != refused {
			t.Errorf("%s: %v", query, err)
		}
	}
}
