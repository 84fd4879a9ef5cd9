-- A difference says why it is there and what shows it; an explained one locks nothing.
ALTER TABLE breaks ADD COLUMN subject TEXT NOT NULL DEFAULT '';
ALTER TABLE breaks ADD COLUMN cause TEXT NOT NULL DEFAULT 'UNKNOWN';
ALTER TABLE breaks ADD COLUMN evidence TEXT NOT NULL DEFAULT '[]';
ALTER TABLE breaks ADD COLUMN explained INTEGER NOT NULL DEFAULT 0 CHECK (explained IN (0, 1));
DROP INDEX breaks_open;
CREATE INDEX breaks_open ON breaks (ts_code) WHERE closed_at IS NULL AND explained = 0;

-- What other people have of a name beside us, as a journal: the newest balance counts. Below zero,
-- they sold what is ours.
CREATE TABLE other_shares (
  sequence INTEGER PRIMARY KEY,
  ts_code TEXT NOT NULL,
  change INTEGER NOT NULL,
  balance INTEGER NOT NULL,
  cause TEXT NOT NULL CHECK (cause IN ('FILL', 'DECISION', 'MOVEMENT')),
  reference TEXT NOT NULL,
  at TEXT NOT NULL
) STRICT;
CREATE INDEX other_shares_by_name ON other_shares (ts_code, sequence);
CREATE TRIGGER other_shares_are_never_changed BEFORE UPDATE ON other_shares
BEGIN SELECT RAISE(ABORT, 'other_shares is append-only'); END;
CREATE TRIGGER other_shares_are_never_deleted BEFORE DELETE ON other_shares
BEGIN SELECT RAISE(ABORT, 'other_shares is append-only'); END;

-- What locks; explained differences are in the table and in the reconcile report.
DROP VIEW v_breaks;
CREATE VIEW v_breaks AS
SELECT break_id, run_id, kind, ts_code, ours, theirs, detail, opened_at, closed_at FROM breaks
WHERE explained = 0;
