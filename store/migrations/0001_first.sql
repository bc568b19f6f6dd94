-- Conventions: bucket leads every key; times are unix microseconds; money is minor units in BIGINT;
-- ids are the 16 bytes of a UUIDv7 made by the application; no sequence, trigger, default or now().
-- The same file makes the tables in SQLite and PostgreSQL: BYTEA and UUID are type names that SQLite accepts.

-- Every bucket there is: a statement for many rows joins it, so that a distributed database knows where they go.
CREATE TABLE buckets (
  bucket INTEGER NOT NULL,
  PRIMARY KEY (bucket)
);

CREATE TABLE payers (
  bucket INTEGER NOT NULL, id UUID NOT NULL,
  external_id TEXT NOT NULL, name TEXT NOT NULL, currency TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);

-- Claims an external_id for one payer; bucket is a hash of the external_id, not the payer's.
CREATE TABLE external_ids (
  bucket INTEGER NOT NULL, external_id TEXT NOT NULL, payer_id UUID NOT NULL,
  PRIMARY KEY (bucket, external_id)
);

CREATE TABLE tickets (
  bucket INTEGER NOT NULL, hash BYTEA NOT NULL, payer_id UUID NOT NULL,
  expires_at BIGINT NOT NULL, device_id UUID,
  PRIMARY KEY (bucket, hash)
);

CREATE TABLE devices (
  bucket INTEGER NOT NULL, id UUID NOT NULL, payer_id UUID NOT NULL,
  kind TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL,
  public_key BYTEA NOT NULL, seal_key BYTEA NOT NULL, token_hash BYTEA NOT NULL,
  generation BIGINT NOT NULL, key_id BIGINT NOT NULL,
  held_generation BIGINT NOT NULL, held_key_id BIGINT NOT NULL, rotated_at BIGINT NOT NULL,
  alias BIGINT NOT NULL, alias_held INTEGER NOT NULL,
  synced_at BIGINT NOT NULL, created_at BIGINT NOT NULL,
  burn_base BIGINT NOT NULL, burn_bits BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX devices_of_payer ON devices (bucket, payer_id);
CREATE INDEX devices_by_token ON devices (bucket, token_hash);

-- guessed says that there may be rows in wrong_codes.
CREATE TABLE aliases (
  bucket INTEGER NOT NULL, alias BIGINT NOT NULL, device_id UUID NOT NULL, payer_id UUID NOT NULL,
  issued_at BIGINT NOT NULL, guessed INTEGER NOT NULL,
  PRIMARY KEY (bucket, alias)
);
CREATE INDEX aliases_of_device ON aliases (bucket, device_id);

-- One row a device: minting a code retires the last one.
CREATE TABLE online_codes (
  bucket INTEGER NOT NULL, device_id UUID NOT NULL, hash BYTEA NOT NULL,
  expires_at BIGINT NOT NULL, used INTEGER NOT NULL,
  PRIMARY KEY (bucket, device_id)
);
CREATE UNIQUE INDEX online_codes_by_hash ON online_codes (bucket, hash);

-- DPoP proofs already used, until they would be too old anyway.
CREATE TABLE proofs (
  bucket INTEGER NOT NULL, device_id UUID NOT NULL, jti BYTEA NOT NULL, expires_at BIGINT NOT NULL,
  PRIMARY KEY (bucket, device_id, jti)
);
CREATE INDEX proofs_old ON proofs (bucket, expires_at);

-- Wrong codes tried: by alias (known or not) and merchant since a time; the row with the zero merchant
-- counts all merchants since the alias was issued.
CREATE TABLE wrong_codes (
  bucket INTEGER NOT NULL, alias BIGINT NOT NULL, merchant_id UUID NOT NULL,
  since BIGINT NOT NULL, count BIGINT NOT NULL,
  PRIMARY KEY (bucket, alias, merchant_id)
);

-- A balance is a row that postings moved. A payer's purse also has his name, his limits, and in day_* what offline
-- codes took on its current day, so that a payment reads one row; its lock is that of the payer and his devices.
CREATE TABLE accounts (
  bucket INTEGER NOT NULL, kind INTEGER NOT NULL, owner UUID NOT NULL, currency TEXT NOT NULL,
  balance BIGINT NOT NULL, day BIGINT NOT NULL, day_spent BIGINT NOT NULL, day_count BIGINT NOT NULL,
  per_payment BIGINT NOT NULL, per_day BIGINT NOT NULL, count_per_day BIGINT NOT NULL, confirm_above BIGINT NOT NULL,
  holder TEXT NOT NULL,
  PRIMARY KEY (bucket, kind, owner, currency)
);

-- Every movement of money is a pair of postings, in one row: leg and leg + 1 of a transaction.
CREATE TABLE transfers (
  bucket INTEGER NOT NULL, txn_id UUID NOT NULL, leg INTEGER NOT NULL, currency TEXT NOT NULL,
  kind INTEGER NOT NULL, owner UUID NOT NULL, amount BIGINT NOT NULL,
  other_kind INTEGER NOT NULL, other_owner UUID NOT NULL, other_amount BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (bucket, txn_id, leg)
);

CREATE VIEW postings AS
  SELECT bucket, txn_id, leg, kind, owner, currency, amount, created_at FROM transfers
  UNION ALL
  SELECT bucket, txn_id, leg + 1 AS leg, other_kind AS kind, other_owner AS owner, currency, other_amount AS amount, created_at FROM transfers;

CREATE TABLE topups (
  bucket INTEGER NOT NULL, payer_id UUID NOT NULL, reference TEXT NOT NULL,
  id UUID NOT NULL, amount BIGINT NOT NULL, currency TEXT NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (bucket, payer_id, reference)
);

CREATE TABLE payments (
  bucket INTEGER NOT NULL, id UUID NOT NULL,
  merchant_id UUID NOT NULL, order_no TEXT NOT NULL, payer_id UUID, device_id UUID,
  status TEXT NOT NULL, decline_code TEXT NOT NULL, superseded INTEGER NOT NULL,
  amount BIGINT NOT NULL, currency TEXT NOT NULL, refunded BIGINT NOT NULL,
  method TEXT NOT NULL, subject TEXT NOT NULL, terminal_id TEXT NOT NULL,
  created_at BIGINT NOT NULL, settled_at BIGINT NOT NULL, expires_at BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX payments_of_merchant ON payments (bucket, merchant_id, id);
CREATE INDEX payments_of_payer ON payments (bucket, payer_id, id);
CREATE INDEX payments_pending ON payments (bucket, expires_at) WHERE status = 'pending';
CREATE INDEX payments_canceled ON payments (bucket, merchant_id, settled_at) WHERE status = 'canceled';

CREATE TABLE refunds (
  bucket INTEGER NOT NULL, payment_id UUID NOT NULL, refund_no TEXT NOT NULL,
  id UUID NOT NULL, merchant_id UUID NOT NULL, amount BIGINT NOT NULL, currency TEXT NOT NULL,
  reason TEXT NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (bucket, payment_id, refund_no)
);
CREATE INDEX refunds_of_merchant ON refunds (bucket, merchant_id, id);

-- What happened, in the transaction in which it happened: read by the relay, then deleted. It also
-- carries the credit that is still to be rolled up into an account's row.
CREATE TABLE outbox (
  bucket INTEGER NOT NULL, id UUID NOT NULL, kind TEXT NOT NULL,
  payer_id UUID, device_id UUID, merchant_id UUID, payment_id UUID, refund_id UUID,
  account_kind INTEGER NOT NULL, account_owner UUID NOT NULL, currency TEXT NOT NULL, credit BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);

-- Merchant-side tables: bucket is the merchant's.

CREATE TABLE merchants (
  bucket INTEGER NOT NULL, id UUID NOT NULL, name TEXT NOT NULL, currency TEXT NOT NULL, status TEXT NOT NULL,
  wrong_since BIGINT NOT NULL, wrong_count BIGINT NOT NULL, refused_until BIGINT NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);

-- An order number belongs to one attempt to pay at a time.
CREATE TABLE orders (
  bucket INTEGER NOT NULL, merchant_id UUID NOT NULL, order_no TEXT NOT NULL,
  payment_id UUID NOT NULL, fingerprint UUID NOT NULL,
  amount BIGINT NOT NULL, currency TEXT NOT NULL, claimed_at BIGINT NOT NULL,
  PRIMARY KEY (bucket, merchant_id, order_no)
);

-- Codes that an order was declined with before it went on to another: a late
-- copy of such a request is no new try.
CREATE TABLE tried_codes (
  bucket INTEGER NOT NULL, merchant_id UUID NOT NULL, order_no TEXT NOT NULL, fingerprint UUID NOT NULL,
  payment_id UUID NOT NULL,
  PRIMARY KEY (bucket, merchant_id, order_no, fingerprint)
);

-- Operators, merchants and gates call with keys; bucket is a hash of the key.
CREATE TABLE api_keys (
  bucket INTEGER NOT NULL, hash BYTEA NOT NULL, head TEXT NOT NULL,
  role TEXT NOT NULL, owner UUID, created_at BIGINT NOT NULL, revoked_at BIGINT NOT NULL,
  PRIMARY KEY (bucket, hash)
);
CREATE INDEX api_keys_of_owner ON api_keys (bucket, owner);

CREATE TABLE gates (
  bucket INTEGER NOT NULL, id UUID NOT NULL, name TEXT NOT NULL, line TEXT NOT NULL, station TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);

CREATE TABLE webhooks (
  bucket INTEGER NOT NULL, id UUID NOT NULL, merchant_id UUID NOT NULL, url TEXT NOT NULL,
  secret BYTEA NOT NULL, events TEXT NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX webhooks_of_merchant ON webhooks (bucket, merchant_id);

CREATE TABLE deliveries (
  bucket INTEGER NOT NULL, webhook_id UUID NOT NULL, event_id UUID NOT NULL, body BYTEA NOT NULL,
  attempts INTEGER NOT NULL, next_at BIGINT NOT NULL, done_at BIGINT NOT NULL, last_answer TEXT NOT NULL,
  PRIMARY KEY (bucket, webhook_id, event_id)
);
CREATE INDEX deliveries_due ON deliveries (bucket, next_at) WHERE done_at = 0;

-- Which servers run, all in bucket 0: nothing else of a payment is decided by them.
CREATE TABLE servers (
  bucket INTEGER NOT NULL, id UUID NOT NULL, until BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);

-- Which server a device's page listens to; bucket is the payer's.
CREATE TABLE pages (
  bucket INTEGER NOT NULL, payer_id UUID NOT NULL, device_id UUID NOT NULL, server UUID NOT NULL,
  may_confirm INTEGER NOT NULL,
  PRIMARY KEY (bucket, payer_id, device_id, server)
);
CREATE INDEX pages_of_server ON pages (bucket, server);

-- Events for pages that listen to another server than the one that relays them; bucket is that server's.
CREATE TABLE inbox (
  bucket INTEGER NOT NULL, server UUID NOT NULL, id UUID NOT NULL, kind TEXT NOT NULL,
  payer_id UUID NOT NULL, device_id UUID, merchant_id UUID, payment_id UUID, refund_id UUID,
  PRIMARY KEY (bucket, server, id)
);
