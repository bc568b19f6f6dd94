-- What the operator keeps of payments: the merchant's rate in basis points, NULL for none, and of each payment the rate and the fee
-- that were decided with it.
ALTER TABLE merchants ADD COLUMN fee_bp INTEGER;
ALTER TABLE payments ADD COLUMN fee_bp INTEGER;
ALTER TABLE payments ADD COLUMN fee BIGINT;

-- What is to be rolled up into the operator's fees, as credit is into another account. NULL for none.
ALTER TABLE outbox ADD COLUMN fee BIGINT;
