-- What the operator keeps of payments: the merchant's rate in basis points, NULL for none, and of each payment the rate and the fee
-- that were decided with it.
ALTER TABLE merchants ADD COLUMN fee_bp INTEGER;
ALTER TABLE payments ADD COLUMN fee_bp INTEGER;
ALTER TABLE payments ADD COLUMN fee BIGINT;

-- What is to be rolled up into the operator's fees, as credit is into another account. NULL for none.
ALTER TABLE outbox ADD COLUMN fee BIGINT;

-- What merchants were paid, each number of the operator's once for each merchant; bucket is the merchant's. returned_at is 0 unless the
-- bank has sent it back.
CREATE TABLE payouts (
  bucket INTEGER NOT NULL, merchant_id UUID NOT NULL, payout_no TEXT NOT NULL, id UUID NOT NULL,
  amount BIGINT NOT NULL, currency TEXT NOT NULL, reference TEXT NOT NULL, created_at BIGINT NOT NULL, returned_at BIGINT NOT NULL,
  PRIMARY KEY (bucket, merchant_id, payout_no)
);
CREATE INDEX payouts_of_merchant ON payouts (bucket, merchant_id, id);
CREATE INDEX payouts_returned ON payouts (bucket, merchant_id, returned_at) WHERE returned_at > 0;
