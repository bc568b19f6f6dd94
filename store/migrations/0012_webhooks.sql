-- Secrets of an endpoint that were replaced and still sign: of each, until when (8 bytes) and the secret (32).
ALTER TABLE webhooks ADD COLUMN retired BYTEA NOT NULL DEFAULT '';
-- Since when every attempt has failed, and since when nothing is sent; 0 for neither.
ALTER TABLE webhooks ADD COLUMN failing_since BIGINT NOT NULL DEFAULT 0;
ALTER TABLE webhooks ADD COLUMN disabled_at BIGINT NOT NULL DEFAULT 0;
-- How many attempts came before the schedule last began again, and the latest attempts, as JSON.
ALTER TABLE deliveries ADD COLUMN earlier INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN tries TEXT NOT NULL DEFAULT '[]';
