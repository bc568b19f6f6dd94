-- How often the list was looked over for the payers of each bucket, and when all their passes were last looked through; in bucket 0.
CREATE TABLE deny_turns (
  bucket INTEGER NOT NULL, payers INTEGER NOT NULL, turn BIGINT NOT NULL, looked_at BIGINT NOT NULL,
  PRIMARY KEY (bucket, payers)
);
ALTER TABLE deny_list DROP COLUMN turn;

-- Numbers that the list had before it was brought back to an older state: those behind after and before begun. In bucket 0.
CREATE TABLE deny_gaps (
  bucket INTEGER NOT NULL, begun BIGINT NOT NULL, after BIGINT NOT NULL,
  PRIMARY KEY (bucket, begun)
);

-- What is on the list and what is off it are looked for apart: a month of those that are off lies before those that are on.
DROP INDEX denials_old;
CREATE INDEX denials_on ON denials (bucket, expires_at) WHERE denied = 1;
CREATE INDEX denials_off ON denials (bucket, expires_at) WHERE denied = 0;

-- Of a device's passes few are still good.
DROP INDEX passes_of_device;
CREATE INDEX passes_by_end ON passes (bucket, device_id, expires_at);
