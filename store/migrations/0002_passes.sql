-- The passes that were signed for a device, until they expire: what a deny list can name.
CREATE TABLE passes (
  bucket INTEGER NOT NULL, id BYTEA NOT NULL, device_id UUID NOT NULL, expires_at BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX passes_of_device ON passes (bucket, device_id);
