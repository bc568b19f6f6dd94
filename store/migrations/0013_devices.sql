-- Whose a pass is that was signed after the state to which a database was brought back.
CREATE INDEX devices_by_key ON devices (bucket, public_key);
