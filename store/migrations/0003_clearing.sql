-- What payers owe: by their credit line (kind 4) or because the purse was too light (kind 5). open is 1 while something is left.
CREATE TABLE loans (
  bucket INTEGER NOT NULL, id UUID NOT NULL, payer_id UUID NOT NULL, payment_id UUID NOT NULL,
  kind INTEGER NOT NULL, amount BIGINT NOT NULL, currency TEXT NOT NULL, repaid BIGINT NOT NULL, open INTEGER NOT NULL,
  created_at BIGINT NOT NULL, repaid_at BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX loans_of_payer ON loans (bucket, payer_id, open);
CREATE INDEX loans_of_payment ON loans (bucket, payment_id);

CREATE TABLE credit_lines (
  bucket INTEGER NOT NULL, payer_id UUID NOT NULL, credit_limit BIGINT NOT NULL,
  PRIMARY KEY (bucket, payer_id)
);

-- Who is paid for the rides that begin or end here, and what a tap here means; NULL of gates made before.
ALTER TABLE gates ADD COLUMN merchant_id UUID;
ALTER TABLE gates ADD COLUMN kind TEXT;

-- Taps as gates sent them; bucket is the gate's. Those with a reason were rejected; cleared is 0 until the rider's rows know of one.
CREATE TABLE taps (
  bucket INTEGER NOT NULL, gate_id UUID NOT NULL, seq BIGINT NOT NULL,
  at BIGINT NOT NULL, kind TEXT NOT NULL, presentation BYTEA NOT NULL, presentation_id BYTEA NOT NULL,
  payer_id UUID, device_id UUID, reason TEXT NOT NULL, received_at BIGINT NOT NULL, cleared INTEGER NOT NULL,
  PRIMARY KEY (bucket, gate_id, seq)
);
CREATE INDEX taps_uncleared ON taps (bucket, received_at) WHERE cleared = 0;

-- The taps of a rider, each presentation once; bucket is the rider's.
CREATE TABLE boardings (
  bucket INTEGER NOT NULL, presentation_id BYTEA NOT NULL, payer_id UUID NOT NULL, device_id UUID NOT NULL,
  gate_id UUID NOT NULL, seq BIGINT NOT NULL, merchant_id UUID NOT NULL, line TEXT NOT NULL, station TEXT NOT NULL,
  at BIGINT NOT NULL, kind TEXT NOT NULL, cap BIGINT NOT NULL, currency TEXT NOT NULL, on_credit INTEGER NOT NULL,
  PRIMARY KEY (bucket, presentation_id)
);
CREATE INDEX boardings_of_device ON boardings (bucket, device_id, at);

-- The same presentation at another gate, or as another tap: somebody showed a copy.
CREATE TABLE copies (
  bucket INTEGER NOT NULL, presentation_id BYTEA NOT NULL, gate_id UUID NOT NULL, seq BIGINT NOT NULL,
  payer_id UUID NOT NULL, device_id UUID NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (bucket, presentation_id, gate_id, seq)
);
CREATE INDEX copies_of_payer ON copies (bucket, payer_id, at);

-- Rides, named by the presentation that began them; bucket is the rider's. work is 1 or 2 while the payments do not say yet what the ride says, and 2 or 3 when it is to be planned again.
CREATE TABLE rides (
  bucket INTEGER NOT NULL, id UUID NOT NULL, first_tap BYTEA NOT NULL, payer_id UUID NOT NULL, device_id UUID NOT NULL,
  status TEXT NOT NULL, merchant_id UUID NOT NULL, gate_id UUID NOT NULL, line TEXT NOT NULL, from_station TEXT NOT NULL, to_station TEXT NOT NULL,
  began_at BIGINT NOT NULL, entered_at BIGINT NOT NULL, exited_at BIGINT NOT NULL, closes_at BIGINT NOT NULL,
  fare BIGINT NOT NULL, charge BIGINT NOT NULL, currency TEXT NOT NULL, on_credit INTEGER NOT NULL,
  payment_id UUID, void_id UUID, work INTEGER NOT NULL, version INTEGER NOT NULL, changed_at BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE UNIQUE INDEX rides_by_first_tap ON rides (bucket, first_tap);
CREATE INDEX rides_of_device ON rides (bucket, device_id, began_at);
CREATE INDEX rides_of_payer ON rides (bucket, payer_id, id);
CREATE INDEX rides_open ON rides (bucket, closes_at) WHERE status = 'open';
CREATE INDEX rides_unfinished ON rides (bucket, changed_at) WHERE work > 0;
