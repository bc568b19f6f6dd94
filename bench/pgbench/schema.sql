-- A single payment as a good engineer writes it by hand: an account of each payer and merchant, an order,
-- a code used once, in one call of one function.
CREATE SCHEMA pay;
CREATE TABLE pay.accounts (
  id bigint PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= 0), version bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
CREATE TABLE pay.orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key uuid NOT NULL,
  payer bigint NOT NULL, merchant bigint NOT NULL, amount bigint NOT NULL, created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE pay.used_codes (key uuid PRIMARY KEY, order_id bigint, at timestamptz NOT NULL DEFAULT now());
CREATE TABLE pay.entries (order_id bigint NOT NULL, account bigint NOT NULL, amount bigint NOT NULL, PRIMARY KEY (order_id, account));

-- 100,000 payers and 1,000 merchants.
INSERT INTO pay.accounts SELECT g, 1000000000 FROM generate_series(1, 100000) g;
INSERT INTO pay.accounts SELECT 1000000 + g, 0 FROM generate_series(1, 1000) g;

CREATE FUNCTION pay.pay(code uuid, payer bigint, merchant bigint, amount bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE made bigint;
BEGIN
  INSERT INTO pay.orders AS o (key, payer, merchant, amount) VALUES ($1, $2, $3, $4) RETURNING o.id INTO made;
  INSERT INTO pay.used_codes (key, order_id) VALUES ($1, made) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RAISE EXCEPTION 'code used before' USING ERRCODE = '23505'; END IF;
  UPDATE pay.accounts SET balance = balance - $4, version = version + 1 WHERE id = $2 AND balance >= $4;
  IF NOT FOUND THEN RAISE EXCEPTION 'insufficient funds' USING ERRCODE = 'P0001'; END IF;
  UPDATE pay.accounts SET balance = balance + $4, version = version + 1 WHERE id = $3;
  RETURN made;
END $$;

-- The same with two rows of double entry.
CREATE FUNCTION pay.pay_with_entries(code uuid, payer bigint, merchant bigint, amount bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE made bigint;
BEGIN
  made := pay.pay($1, $2, $3, $4);
  INSERT INTO pay.entries (order_id, account, amount) VALUES (made, $2, -$4), (made, $3, $4);
  RETURN made;
END $$;
