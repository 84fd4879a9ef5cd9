-- What a person must be told. A row is written with the halt or the listed item it is about, and
-- says for how long that stands; what became of its delivery is kept a channel.
CREATE TABLE outbox (
  alert_id INTEGER PRIMARY KEY,
  cause TEXT NOT NULL,
  severity TEXT NOT NULL CHECK (severity IN ('P0', 'P1', 'P2')),
  code TEXT NOT NULL,
  text_zh TEXT NOT NULL,
  text_en TEXT NOT NULL,
  run_id TEXT,
  ts_code TEXT,
  item_id INTEGER REFERENCES manual (item_id),
  halt_id INTEGER REFERENCES halts (halt_id),
  created_at TEXT NOT NULL,
  created_utc TEXT NOT NULL,
  closed_at TEXT,
  acknowledged_at TEXT,
  acknowledged_by TEXT,
  delivered_utc TEXT,
  escalated_utc TEXT,
  CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL))
) STRICT;
CREATE UNIQUE INDEX outbox_open ON outbox (cause) WHERE closed_at IS NULL;
CREATE INDEX outbox_by_cause ON outbox (cause);
CREATE INDEX outbox_by_item ON outbox (item_id) WHERE item_id IS NOT NULL;
CREATE INDEX outbox_by_halt ON outbox (halt_id) WHERE halt_id IS NOT NULL;
CREATE TRIGGER outbox_only_learns_its_end BEFORE UPDATE ON outbox
WHEN (OLD.cause, OLD.severity, OLD.code, OLD.text_zh, OLD.text_en, OLD.run_id, OLD.ts_code,
    OLD.item_id, OLD.halt_id, OLD.created_at, OLD.created_utc)
  IS NOT (NEW.cause, NEW.severity, NEW.code, NEW.text_zh, NEW.text_en, NEW.run_id, NEW.ts_code,
    NEW.item_id, NEW.halt_id, NEW.created_at, NEW.created_utc)
BEGIN SELECT RAISE(ABORT, 'an alert is never changed'); END;
CREATE TRIGGER outbox_is_never_deleted BEFORE DELETE ON outbox
BEGIN SELECT RAISE(ABORT, 'an alert is never deleted'); END;

-- SENDING is written before the bytes leave: found at a start, the send is repeated.
CREATE TABLE outbox_delivery (
  alert_id INTEGER NOT NULL REFERENCES outbox (alert_id),
  channel TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('SENDING', 'DELIVERED', 'WAITING', 'REFUSED')),
  tries INTEGER NOT NULL CHECK (tries >= 1),
  next_try_utc TEXT,
  delivered_utc TEXT,
  answer TEXT NOT NULL,
  PRIMARY KEY (alert_id, channel)
) STRICT, WITHOUT ROWID;

-- An alert ends with what it is about, whoever ends that; a person who does has seen it.
CREATE TRIGGER manual_that_is_resolved_ends_its_alerts AFTER UPDATE OF resolution ON manual
WHEN OLD.resolution IS NULL AND NEW.resolution IS NOT NULL
BEGIN
  UPDATE outbox SET acknowledged_at = NEW.resolved_at, acknowledged_by = NEW.resolved_by
  WHERE item_id = NEW.item_id AND acknowledged_at IS NULL
    AND NEW.resolved_by NOT IN ('daemon', 'sage-execd');
  UPDATE outbox SET closed_at = NEW.resolved_at
  WHERE item_id = NEW.item_id AND closed_at IS NULL AND NOT EXISTS
    (SELECT 1 FROM halts WHERE halts.halt_id = outbox.halt_id AND lifted_at IS NULL);
END;
CREATE TRIGGER halt_that_is_lifted_ends_its_alerts AFTER UPDATE OF lifted_at ON halts
WHEN OLD.lifted_at IS NULL AND NEW.lifted_at IS NOT NULL
BEGIN
  UPDATE outbox SET acknowledged_at = NEW.lifted_at, acknowledged_by = NEW.lifted_by
  WHERE halt_id = NEW.halt_id AND acknowledged_at IS NULL
    AND NEW.lifted_by NOT IN ('daemon', 'sage-execd');
  UPDATE outbox SET closed_at = NEW.lifted_at WHERE halt_id = NEW.halt_id AND closed_at IS NULL;
END;

-- What was listed before there was an outbox was logged then: it is told once, as a P1 where it
-- still stands.
INSERT INTO outbox (cause, severity, code, text_zh, text_en, run_id, halt_id, created_at,
  created_utc, closed_at)
SELECT kind || ' ' || cause, 'P1', cause, kind || ' ' || cause, kind || ' ' || cause, NULL, halt_id,
  since, since, lifted_at FROM halts;
INSERT INTO outbox (cause, severity, code, text_zh, text_en, run_id, ts_code, item_id, created_at,
  created_utc, closed_at)
SELECT reason || '|' || IFNULL(run_id, '') || '|' || IFNULL(client_order_id, '') || '|'
  || IFNULL(ts_code, ''), 'P1', reason, reason || ' ' || detail, reason || ' ' || detail, run_id,
  ts_code, item_id, created_at, created_at, resolved_at FROM manual;
