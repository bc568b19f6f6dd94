-- Where merchants want to be told of one order or refund in another system's form; bucket is the merchant's.
CREATE TABLE callbacks (
  bucket INTEGER NOT NULL, merchant_id UUID NOT NULL, form TEXT NOT NULL, number TEXT NOT NULL,
  url TEXT NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (bucket, merchant_id, form, number)
);

-- All callbacks of a merchant in one form belong to one row of webhooks; each delivery has its own URL.
ALTER TABLE webhooks ADD COLUMN form TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN url TEXT NOT NULL DEFAULT '';

-- A merchant's certificate, for clients in certificate mode, and whether he may sign over SHA-1.
ALTER TABLE alipay_keys ADD COLUMN certificate BYTEA;
ALTER TABLE alipay_keys ADD COLUMN sha1 INTEGER NOT NULL DEFAULT 0;
