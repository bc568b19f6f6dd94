-- The public keys of merchants who call in Alipay's manner; bucket is the merchant's.
CREATE TABLE alipay_keys (
  bucket INTEGER NOT NULL, merchant_id UUID NOT NULL, public_key BYTEA NOT NULL, set_at BIGINT NOT NULL,
  PRIMARY KEY (bucket, merchant_id)
);
