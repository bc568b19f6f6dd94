-- With what tills that speak WeChat Pay sign, sealed under a master key.
CREATE TABLE wechat_keys (
  bucket INTEGER NOT NULL, merchant_id UUID NOT NULL,
  key_id BIGINT NOT NULL, sealed BYTEA NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (bucket, merchant_id)
);

-- What each refund number of such a till is for: there it is one of the merchant's, not of a payment.
CREATE TABLE wechat_refunds (
  bucket INTEGER NOT NULL, merchant_id UUID NOT NULL, refund_no TEXT NOT NULL, payment_id UUID NOT NULL,
  PRIMARY KEY (bucket, merchant_id, refund_no)
);
