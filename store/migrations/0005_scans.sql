-- What payers paid by reading a shop's code, each reference of a payer once; bucket is the payer's.
CREATE TABLE scans (
  bucket INTEGER NOT NULL, payer_id UUID NOT NULL, reference TEXT NOT NULL, payment_id UUID NOT NULL,
  PRIMARY KEY (bucket, payer_id, reference)
);
