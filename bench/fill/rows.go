package fill

import "github.com/paycode/paycode/store"

var (
	insertPayers      = store.InsertEach("payers", "id uuid, external_id text, name text, currency text, created_at bigint", "")
	insertExternalIDs = store.InsertEach("external_ids", "external_id text, payer_id uuid", "")
	insertPurses      = store.InsertEach("accounts", `kind integer, owner uuid, currency text, balance bigint, day bigint, day_spent bigint, day_count bigint,
		per_payment bigint, per_day bigint, count_per_day bigint, confirm_above bigint, holder text`, "")
	insertDevices = store.InsertEach("devices", `id uuid, payer_id uuid, kind text, name text, status text,
		public_key bytea, seal_key bytea, token_hash bytea, generation bigint, key_id bigint,
		held_generation bigint, held_key_id bigint, rotated_at bigint, alias bigint, alias_held integer,
		synced_at bigint, created_at bigint, burn_base bigint, burn_bits bigint`, "")
	insertAliases = store.InsertEach("aliases", "alias bigint, device_id uuid, payer_id uuid, issued_at bigint, guessed integer", "")
)
