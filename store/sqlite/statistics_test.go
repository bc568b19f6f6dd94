package sqlite

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/paycode/paycode/store"
)

// TestIndexesAreUsed: bucket leads every key, so a planner that takes it for a
// good search would read whole tables.
func TestIndexesAreUsed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	open(t, path, 1).Close()
	e := open(t, path, 1) // the second opening finds statistics already
	searches := map[string]string{
		`SELECT url FROM webhooks WHERE bucket = $1 AND merchant_id = $2`:                                                 "webhooks_of_merchant",
		`SELECT url FROM webhooks WHERE bucket = $1 AND merchant_id IN ($2, $3)`:                                          "webhooks_of_merchant",
		`SELECT name FROM devices WHERE bucket = $1 AND token_hash = $2`:                                                  "devices_by_token",
		`SELECT name FROM devices WHERE bucket = $1 AND payer_id = $2`:                                                    "devices_of_payer",
		`SELECT head FROM api_keys WHERE bucket = $1 AND owner = $2`:                                                      "api_keys_of_owner",
		`DELETE FROM aliases WHERE bucket = $1 AND device_id = $2`:                                                        "aliases_of_device",
		`SELECT used FROM online_codes WHERE bucket = $1 AND hash = $2`:                                                   "online_codes_by_hash",
		`SELECT amount FROM payments WHERE bucket = $1 AND merchant_id = $2 AND id > $3 AND id < $4 ORDER BY id DESC`:     "payments_of_merchant",
		`SELECT amount FROM payments WHERE bucket = $1 AND payer_id = $2 AND id < $3 ORDER BY id DESC`:                    "payments_of_payer",
		`SELECT id FROM payments WHERE bucket = $1 AND status = 'pending' ORDER BY expires_at LIMIT $2`:                   "payments_pending",
		`SELECT next_at FROM deliveries WHERE bucket = $1 AND done_at = 0 ORDER BY next_at LIMIT 1`:                       "deliveries_due",
		`DELETE FROM pages WHERE bucket = $1 AND server = $2`:                                                             "pages_of_server",
		`SELECT server FROM pages WHERE bucket = $1 AND payer_id = $2`:                                                    "PRIMARY KEY (bucket=? AND payer_id=?)",
		`SELECT id FROM inbox WHERE bucket = $1 AND server = $2 ORDER BY id`:                                              "PRIMARY KEY (bucket=? AND server=?)",
		`SELECT amount FROM refunds WHERE bucket = $1 AND merchant_id = $2 AND id = $3`:                                   "refunds_of_merchant",
		`SELECT body FROM deliveries WHERE bucket = $1 AND done_at = 0 AND next_at <= $2 ORDER BY next_at`:                "deliveries_due",
		`DELETE FROM proofs WHERE bucket = $1 AND expires_at < $2`:                                                        "proofs_old",
		`SELECT amount FROM payments WHERE bucket = $1 AND id = $2`:                                                       "PRIMARY KEY (bucket=? AND id=?)",
		`SELECT balance FROM accounts WHERE bucket = $1 AND kind = $2 AND owner = $3 AND currency = $4`:                   "PRIMARY KEY (bucket=? AND kind=? AND owner=? AND currency=?)",
		`SELECT amount FROM payments WHERE bucket = $1 AND merchant_id = $2 AND status = 'canceled' AND settled_at >= $3`: "payments_canceled",
	}
	for _, on := range []string{"writer", "reader"} {
		for query, want := range searches {
			var plan []string
			look := func(tx store.Tx) error {
				return tx.Rows("EXPLAIN QUERY PLAN "+query, make([]any, strings.Count(query, "$")), func(scan func(...any) error) error {
					var a, b, c int
					var step string
					err := scan(&a, &b, &c, &step)
					plan = append(plan, step)
					return err
				})
			}
			var err error
			if on == "writer" {
				err = e.Write(t.Context(), 0, look)
			} else {
				err = e.Read(t.Context(), look)
			}
			if err != nil || len(plan) != 1 || !strings.Contains(plan[0], want) {
				t.Errorf("%s: %s\n\tplan %q, %v; want %s", on, query, plan, err, want)
			}
		}
	}
}
