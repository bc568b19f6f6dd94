-- The deny list of gates, all in bucket 0: each pass that was ever on it, with the number of its last change.
CREATE TABLE denials (
  bucket INTEGER NOT NULL, pass_id BYTEA NOT NULL, number BIGINT NOT NULL, denied INTEGER NOT NULL, expires_at BIGINT NOT NULL,
  PRIMARY KEY (bucket, pass_id)
);
CREATE INDEX denials_by_number ON denials (bucket, number);
CREATE INDEX denials_old ON denials (bucket, expires_at);

-- The last number, and how often the list was looked over; its one row is the lock of the list.
CREATE TABLE deny_list (
  bucket INTEGER NOT NULL, number BIGINT NOT NULL, turn BIGINT NOT NULL,
  PRIMARY KEY (bucket)
);
