package postgres_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/paycode/paycode/store"
	"github.com/paycode/paycode/store/postgres"
)

// searches are statements, each with the index that it must go by.
var searches = map[string]string{
	`SELECT url FROM webhooks WHERE bucket = $1 AND merchant_id = $2`:                                                      "webhooks_of_merchant",
	`SELECT url FROM callbacks WHERE bucket = $1 AND merchant_id = $2 AND form = $3 AND number = $4`:                       "callbacks_pkey",
	`SELECT name FROM devices WHERE bucket = $1 AND token_hash = $2`:                                                       "devices_by_token",
	`SELECT name FROM devices WHERE bucket = $1 AND public_key = $2`:                                                       "devices_by_key",
	`SELECT name FROM devices WHERE bucket = $1 AND payer_id = $2`:                                                         "devices_of_payer",
	`SELECT head FROM api_keys WHERE bucket = $1 AND owner = $2`:                                                           "api_keys_of_owner",
	`DELETE FROM aliases WHERE bucket = $1 AND device_id = $2`:                                                             "aliases_of_device",
	`SELECT used FROM online_codes WHERE bucket = $1 AND hash = $2`:                                                        "online_codes_by_hash",
	`SELECT amount FROM payments WHERE bucket = $1 AND merchant_id = $2 AND id > $3 AND id < $4 ORDER BY id DESC LIMIT 10`: "payments_of_merchant",
	`SELECT amount FROM payments WHERE bucket = $1 AND payer_id = $2 AND id < $3 ORDER BY id DESC LIMIT 10`:                "payments_of_payer",
	`SELECT id FROM payments WHERE bucket = $1 AND status = 'pending' AND expires_at <= $2 ORDER BY expires_at LIMIT 10`:   "payments_pending",
	`SELECT amount FROM refunds WHERE bucket = $1 AND merchant_id = $2 AND id = $3`:                                        "refunds_of_merchant",
	`SELECT body FROM deliveries WHERE bucket = $1 AND done_at = 0 AND next_at <= $2 ORDER BY next_at LIMIT 10`:            "deliveries_due",
	`SELECT tries FROM deliveries WHERE bucket = $1 AND webhook_id = $2 AND event_id < $3 ORDER BY event_id DESC LIMIT 10`: "deliveries_pkey",
	`SELECT event_id FROM deliveries WHERE bucket = $1 AND webhook_id = $2 AND event_id >= $3
		AND done_at > 0 AND last_answer NOT LIKE '2%' ORDER BY event_id LIMIT 10`: "deliveries_pkey",
	`DELETE FROM proofs WHERE bucket = $1 AND expires_at < $2`:                                                                                         "proofs_old",
	`DELETE FROM nonces WHERE bucket = $1 AND expires_at < $2`:                                                                                         "nonces_old",
	`SELECT amount FROM payments WHERE bucket = $1 AND id = $2`:                                                                                        "payments_pkey",
	`SELECT balance FROM accounts WHERE bucket = $1 AND kind = $2 AND owner = $3 AND currency = $4`:                                                    "accounts_pkey",
	`SELECT amount FROM payments WHERE bucket = $1 AND merchant_id = $2 AND status = 'canceled' AND settled_at >= $3`:                                  "payments_canceled",
	`SELECT seq FROM taps WHERE bucket = $1 AND cleared = 0 AND received_at < $2 ORDER BY received_at, gate_id, seq LIMIT 10`:                          "taps_uncleared",
	`SELECT seq FROM taps WHERE bucket = $1 AND gate_id = $2 ORDER BY seq DESC LIMIT 1`:                                                                "taps_pkey",
	`SELECT seq FROM boardings WHERE bucket = $1 AND device_id = $2 AND at >= $3 AND at < $4`:                                                          "boardings_of_device",
	`SELECT id FROM rides WHERE bucket = $1 AND device_id = $2 AND began_at >= $3 AND began_at < $4`:                                                   "rides_of_device",
	`SELECT id FROM rides WHERE bucket = $1 AND payer_id = $2 AND id < $3 ORDER BY id DESC LIMIT 10`:                                                   "rides_of_payer",
	`SELECT id FROM rides WHERE bucket = $1 AND work > 0 AND changed_at < $2 ORDER BY changed_at LIMIT 10`:                                             "rides_unfinished",
	`SELECT id FROM rides WHERE bucket = $1 AND status = 'open' AND closes_at <= $2 ORDER BY closes_at LIMIT 10`:                                       "rides_open",
	`SELECT amount FROM loans WHERE bucket = $1 AND payer_id = $2 AND open = 1`:                                                                        "loans_of_payer",
	`SELECT amount FROM loans WHERE bucket = $1 AND payment_id = $2`:                                                                                   "loans_of_payment",
	`SELECT denied FROM denials WHERE bucket = $1 AND number > $2 ORDER BY number LIMIT 10`:                                                            "denials_by_number",
	`SELECT pass_id FROM denials WHERE bucket = $1 AND denied = 1 AND expires_at < $2 ORDER BY expires_at LIMIT 10`:                                    "denials_on",
	`SELECT pass_id FROM denials WHERE bucket = $1 AND denied = 0 AND expires_at < $2 ORDER BY expires_at LIMIT 10`:                                    "denials_off",
	`SELECT id FROM passes WHERE bucket = $1 AND device_id = $2 AND expires_at > $3`:                                                                   "passes_by_end",
	`SELECT id FROM outbox WHERE bucket = $1 AND id > $2 ORDER BY id LIMIT 10`:                                                                         "outbox_pkey",
	`UPDATE accounts AS t SET balance = x.c3 FROM unnest($2::uuid[], $3::bigint[]) AS x(c2, c3) WHERE t.bucket = $1 AND t.kind = 1 AND t.owner = x.c2`: "accounts_pkey",
	`SELECT amount FROM payouts WHERE bucket = $1 AND merchant_id = $2 AND id < $3 ORDER BY id DESC LIMIT 10`:                                          "payouts_of_merchant",
	`SELECT id FROM payouts WHERE bucket = $1 AND merchant_id = $2 AND returned_at > 0
		AND returned_at >= $3 AND returned_at < $4 ORDER BY returned_at LIMIT 10`: "payouts_returned",
	`SELECT t.id, a.balance FROM payers t JOIN accounts a ON a.bucket = t.bucket AND a.kind = 1 AND a.owner = t.id AND a.currency = t.currency
		JOIN unnest($2::uuid[]) AS x(c2) ON t.id = x.c2 WHERE t.bucket = $1 ORDER BY t.id FOR UPDATE OF a`: "payers_pkey",
	`SELECT t.alias, d.payer_id FROM aliases t JOIN devices d ON d.bucket = t.bucket AND d.id = t.device_id
		JOIN unnest($2::bigint[]) AS x(c2) ON t.alias = x.c2 WHERE t.bucket = $1`: "aliases_pkey",
}

// crowd fills every table with rows, all of one bucket, told apart by the rest of a key.
const crowd = `DO $$ DECLARE t RECORD; BEGIN
	FOR t IN SELECT table_name AS name, string_agg(column_name, ', ' ORDER BY ordinal_position) AS names, string_agg(CASE
			WHEN column_name = 'bucket' THEN '0'
			WHEN column_name = 'status' THEN '(ARRAY[''succeeded'', ''pending'', ''canceled''])[1 + i % 3]'
			WHEN column_name = 'done_at' THEN 'i % 2'
			WHEN data_type = 'uuid' THEN format('md5(%L || i)::uuid', column_name)
			WHEN data_type = 'bytea' THEN format('decode(md5(%L || i), ''hex'')', column_name)
			WHEN data_type = 'text' THEN '''x'' || i' ELSE 'i' END, ', ' ORDER BY ordinal_position) AS made
		FROM information_schema.columns NATURAL JOIN information_schema.tables
		WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name NOT IN ('settings', 'buckets', 'deny_list') GROUP BY table_name
	LOOP EXECUTE format('INSERT INTO %s (%s) SELECT %s FROM generate_series(1, 10000) AS i', t.name, t.names, t.made); END LOOP;
END $$`

// TestIndexesAreUsed with statements that were prepared and run while the tables
// were empty and known to be so, as those of a new server are, and soon after a
// crowd has come. Nobody has counted it since.
func TestIndexesAreUsed(t *testing.T) {
	url := server.NewDatabase(t)
	open(t, url, postgres.Options{Buckets: 1}).Close()
	script(t, url, "ANALYZE; "+alterAll("SET (autovacuum_enabled = off)"))
	e := open(t, url, postgres.Options{MaxConns: 1})
	names := map[string]string{}
	for query := range searches {
		names[query] = fmt.Sprint("searched", len(names))
		lines(t, e, "PREPARE "+names[query]+" AS "+query)
		checkPlan(t, e, query, names[query], "")
	}
	script(t, url, crowd)
	time.Sleep(postgres.PlanTime)
	for query, index := range searches {
		checkPlan(t, e, query, names[query], index)
	}
}

func alterAll(how string) string {
	var all []string
	for table := range keys() {
		all = append(all, "ALTER TABLE "+table+" "+how)
	}
	return strings.Join(all, "; ")
}

func checkPlan(t *testing.T, e store.Engine, query, name, index string) {
	t.Helper()
	nulls := strings.TrimSuffix(strings.Repeat("NULL, ", parameters(query)), ", ")
	plan := strings.Join(lines(t, e, "EXPLAIN EXECUTE "+name+" ("+nulls+")"), "\n")
	if !strings.Contains(plan, index) || !strings.Contains(plan, "$1") ||
		strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "Hash Join") || strings.Contains(plan, "Merge Join") {
		t.Errorf("%s\nwant %s for any values\n%s", query, index, plan)
	}
}

func lines(t *testing.T, e store.Engine, statement string) (all []string) {
	t.Helper()
	err := e.Write(t.Context(), 0, func(tx store.Tx) error {
		all = nil
		return tx.Rows(statement, nil, func(scan func(...any) error) error {
			var line string
			err := scan(&line)
			all = append(all, line)
			return err
		})
	})
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return all
}

func parameters(query string) (n int) {
	for strings.Contains(query, fmt.Sprint("$", n+1)) {
		n++
	}
	return n
}
