-- What lets only sells go, beside `halts`, which let nothing go. The *_sequence columns say between
-- which events it stood.
CREATE TABLE reductions (
  reduction_id INTEGER PRIMARY KEY,
  cause TEXT NOT NULL,
  actor TEXT NOT NULL,
  since TEXT NOT NULL,
  since_sequence INTEGER NOT NULL REFERENCES events (sequence),
  lifted_at TEXT,
  lifted_by TEXT,
  lifted_sequence INTEGER REFERENCES events (sequence)
) STRICT;
CREATE UNIQUE INDEX reductions_standing ON reductions (cause) WHERE lifted_at IS NULL;
