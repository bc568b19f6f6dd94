-- Nonces of signed calls of tills that speak other systems' interfaces, until those calls are too old anyway.
CREATE TABLE nonces (
  bucket INTEGER NOT NULL, merchant_id UUID NOT NULL, hash BYTEA NOT NULL, expires_at BIGINT NOT NULL,
  PRIMARY KEY (bucket, merchant_id, hash)
);
CREATE INDEX nonces_old ON nonces (bucket, expires_at);

-- With what tills that speak version 3 of WeChat Pay sign, and the key under which they are told secrets, itself
-- sealed under a master key.
CREATE TABLE wechat_v3_keys (
  bucket INTEGER NOT NULL, merchant_id UUID NOT NULL, serial_no TEXT NOT NULL, public_key BYTEA NOT NULL,
  key_id BIGINT NOT NULL, sealed BYTEA NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (bucket, merchant_id)
);

-- The certificate (SHA-256 of its DER) with which a merchant's tills of version 2 have to come where money goes back.
CREATE TABLE wechat_clients (
  bucket INTEGER NOT NULL, merchant_id UUID NOT NULL, certificate BYTEA NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (bucket, merchant_id)
);
