package fill

import (
	"fmt"
	"strings"

	"github.com/paycode/paycode/store"
)

// The statements, by the columns after bucket with their types in PostgreSQL.
var (
	insertPayers = insert("payers", "id bytea", "external_id text", "name text", "currency text",
		"per_payment bigint", "per_day bigint", "count_per_day bigint", "confirm_above bigint", "created_at bigint")
	insertExternalIDs = insert("external_ids", "external_id text", "payer_id bytea")
	insertPurses      = insert("accounts", "kind integer", "owner bytea", "currency text", "balance bigint",
		"day bigint", "day_spent bigint", "day_count bigint")
	insertDevices = insert("devices", "id bytea", "payer_id bytea", "kind text", "name text", "status text",
		"public_key bytea", "seal_key bytea", "token_hash bytea", "generation bigint", "key_id bigint",
		"held_generation bigint", "held_key_id bigint", "rotated_at bigint", "alias bigint", "alias_held integer",
		"synced_at bigint", "created_at bigint", "burn_base bigint", "burn_bits bigint")
	insertAliases = insert("aliases", "alias bigint", "device_id bytea", "issued_at bigint")
)

// insert adds rows to a table.
func insert(table string, columns ...string) *store.ForEach {
	var names, values, arrays, of, types []string
	for i, c := range columns {
		name, kind, _ := strings.Cut(c, " ")
		names, types = append(names, name), append(types, kind)
		values = append(values, fmt.Sprintf("$%d", i+2))
		arrays = append(arrays, fmt.Sprintf("$%d::%s[]", i+2, kind))
		of = append(of, fmt.Sprintf("c%d", i+2))
	}
	list := func(s []string) string { return strings.Join(s, ", ") }
	return &store.ForEach{
		One: fmt.Sprintf("INSERT INTO %s (bucket, %s) VALUES ($1, %s)", table, list(names), list(values)),
		All: fmt.Sprintf("INSERT INTO %s (bucket, %s) SELECT b.bucket, %s FROM buckets b, unnest(%s) AS x(%s) WHERE b.bucket = $1",
			table, list(names), list(of), list(arrays), list(of)),
		Types: types,
	}
}
