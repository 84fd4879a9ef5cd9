-- The first schema: the durable records of never-twice-never-lost.md A1.
-- Money and prices are INTEGER in 1/10000 CNY (suffix _e4), quantities INTEGER shares.
-- Moments are TEXT, RFC 3339 UTC with six decimals, so text order is time order; columns named
-- *_utc are machine time, all other moments market time. Dates are TEXT, YYYY-MM-DD.

CREATE TABLE stamp (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  mode TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  account TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_utc TEXT NOT NULL
) STRICT;

CREATE TABLE lease (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  epoch INTEGER NOT NULL CHECK (epoch >= 1),
  instance_id TEXT NOT NULL,
  boot_id TEXT NOT NULL,
  acquired_utc TEXT NOT NULL
) STRICT;

-- AUTOINCREMENT: the counter survives its rows, so a cut tail shows.
CREATE TABLE events (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  subject_kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  run_id TEXT,
  source TEXT,
  target TEXT,
  cause TEXT NOT NULL,
  initiator TEXT NOT NULL,
  actor TEXT NOT NULL,
  inferred INTEGER NOT NULL CHECK (inferred IN (0, 1)),
  detail TEXT NOT NULL,
  evidence_sha256 TEXT REFERENCES evidence (sha256),
  market_time TEXT NOT NULL,
  recorded_utc TEXT NOT NULL,
  monotonic_ns INTEGER NOT NULL,
  boot_id TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  prev_hash TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE
) STRICT;
CREATE INDEX events_by_subject ON events (subject_kind, subject, sequence);
CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

-- Raw bytes to and from the broker, kept before they are believed.
CREATE TABLE evidence (
  sha256 TEXT PRIMARY KEY,
  content BLOB NOT NULL,
  kept_utc TEXT NOT NULL
) STRICT;
CREATE TRIGGER evidence_is_never_changed BEFORE UPDATE ON evidence
BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
CREATE TRIGGER evidence_is_never_deleted BEFORE DELETE ON evidence
BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;

CREATE TABLE input_blob (
  sha256 TEXT PRIMARY KEY,
  content BLOB NOT NULL,
  kept_utc TEXT NOT NULL
) STRICT;
CREATE TRIGGER input_blob_is_never_changed BEFORE UPDATE ON input_blob
BEGIN SELECT RAISE(ABORT, 'inputs are append-only'); END;
CREATE TRIGGER input_blob_is_never_deleted BEFORE DELETE ON input_blob
BEGIN SELECT RAISE(ABORT, 'inputs are append-only'); END;

CREATE TABLE runs (
  sequence INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL UNIQUE,
  account TEXT NOT NULL,
  signal_date TEXT NOT NULL,
  session_date TEXT,
  state TEXT NOT NULL,
  input_hash TEXT NOT NULL,
  champion_id TEXT NOT NULL,
  received_at TEXT NOT NULL,
  csv_name TEXT NOT NULL,
  context_name TEXT NOT NULL,
  plan_hash TEXT REFERENCES plan (plan_hash),
  parent_run_id TEXT REFERENCES runs (run_id),
  superseded_by TEXT,
  hold_reason TEXT,
  refusals TEXT NOT NULL,
  portfolio TEXT,
  version INTEGER NOT NULL
) STRICT;
CREATE TRIGGER runs_are_never_deleted BEFORE DELETE ON runs
BEGIN SELECT RAISE(ABORT, 'runs are never deleted'); END;

-- Every accepted delivery of a pair: which bytes made, or repeated, which run.
CREATE TABLE inputs (
  sequence INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  csv_sha256 TEXT NOT NULL REFERENCES input_blob (sha256),
  context_sha256 TEXT NOT NULL REFERENCES input_blob (sha256),
  csv_name TEXT NOT NULL,
  context_name TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('NEW', 'DUPLICATE')),
  received_at TEXT NOT NULL,
  UNIQUE (run_id, csv_sha256, context_sha256)
) STRICT;

CREATE TABLE plan (
  plan_hash TEXT PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  account TEXT NOT NULL,
  mode TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  session_date TEXT NOT NULL,
  input_hash TEXT NOT NULL,
  settings_hash TEXT NOT NULL,
  snapshot_id TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  line_count INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE TRIGGER plan_is_never_changed BEFORE UPDATE ON plan
BEGIN SELECT RAISE(ABORT, 'a plan is never changed'); END;
CREATE TRIGGER plan_is_never_deleted BEFORE DELETE ON plan
BEGIN SELECT RAISE(ABORT, 'a plan is never deleted'); END;

CREATE TABLE plan_lines (
  plan_hash TEXT NOT NULL REFERENCES plan (plan_hash),
  ts_code TEXT NOT NULL,
  side TEXT NOT NULL CHECK (side IN ('BUY', 'SELL')),
  disposition TEXT NOT NULL,
  quantity_max INTEGER NOT NULL CHECK (quantity_max >= 0),
  reference_price_e4 INTEGER,
  reference_kind TEXT NOT NULL,
  limit_worst_e4 INTEGER,
  PRIMARY KEY (plan_hash, ts_code)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER plan_lines_are_never_changed BEFORE UPDATE ON plan_lines
BEGIN SELECT RAISE(ABORT, 'a plan line is never changed'); END;
CREATE TRIGGER plan_lines_are_never_deleted BEFORE DELETE ON plan_lines
BEGIN SELECT RAISE(ABORT, 'a plan line is never deleted'); END;

CREATE TABLE line_status (
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  ts_code TEXT NOT NULL,
  reason TEXT,
  detail TEXT NOT NULL,
  released_by TEXT,
  reference_price_e4 INTEGER,
  limit_worst_e4 INTEGER,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (run_id, ts_code)
) STRICT, WITHOUT ROWID;

CREATE TABLE approval (
  approval_id INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  plan_hash TEXT NOT NULL REFERENCES plan (plan_hash),
  approver TEXT NOT NULL,
  uid INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  nonce TEXT NOT NULL UNIQUE,
  mac TEXT NOT NULL,
  revoked_sequence INTEGER REFERENCES events (sequence)
) STRICT;
CREATE TRIGGER approval_is_only_revoked BEFORE UPDATE ON approval
WHEN OLD.revoked_sequence IS NOT NULL
  OR (OLD.run_id, OLD.plan_hash, OLD.approver, OLD.uid, OLD.created_at, OLD.expires_at,
      OLD.nonce, OLD.mac)
    IS NOT (NEW.run_id, NEW.plan_hash, NEW.approver, NEW.uid, NEW.created_at, NEW.expires_at,
      NEW.nonce, NEW.mac)
BEGIN SELECT RAISE(ABORT, 'an approval is only ever revoked'); END;
CREATE TRIGGER approval_is_never_deleted BEFORE DELETE ON approval
BEGIN SELECT RAISE(ABORT, 'an approval is never deleted'); END;

CREATE TABLE orders (
  sequence INTEGER PRIMARY KEY,
  client_order_id TEXT NOT NULL UNIQUE,
  account TEXT NOT NULL,
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  ts_code TEXT NOT NULL,
  side TEXT NOT NULL CHECK (side IN ('BUY', 'SELL')),
  slice INTEGER NOT NULL,
  leg INTEGER NOT NULL,
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  limit_price_e4 INTEGER NOT NULL CHECK (limit_price_e4 > 0),
  session_date TEXT NOT NULL,
  created_at TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN
    ('NEW', 'ACK', 'PARTIAL_FILLED', 'FILLED', 'CANCEL_PENDING', 'CANCELLED', 'REJECTED')),
  send_state TEXT NOT NULL CHECK (send_state IN
    ('PLANNED', 'OPEN', 'ACCEPTED', 'REFUSED', 'NOT_SENT', 'UNKNOWN', 'ABSENT_WAIT',
     'RESENT_ONCE', 'MANUAL', 'NEVER_SENT')),
  filled_quantity INTEGER NOT NULL CHECK (filled_quantity BETWEEN 0 AND quantity),
  filled_amount_e4 INTEGER NOT NULL CHECK (filled_amount_e4 >= 0),
  cancelled_quantity INTEGER NOT NULL
    CHECK (cancelled_quantity BETWEEN 0 AND quantity - filled_quantity),
  venue_order_id TEXT,
  raw_status INTEGER,
  raw_text TEXT NOT NULL,
  reject_code TEXT,
  reject_reason TEXT NOT NULL,
  final_reason TEXT,
  cancel_outcome TEXT NOT NULL,
  want_cancel TEXT,
  arrival_price_e4 INTEGER,
  arrival_kind TEXT,
  acked_at TEXT,
  closed_at TEXT,
  version INTEGER NOT NULL,
  venue_status TEXT,
  venue_filled_quantity INTEGER NOT NULL,
  venue_changed_at TEXT,
  UNIQUE (run_id, ts_code, side, slice, leg)
) STRICT;
CREATE INDEX orders_open ON orders (sequence)
  WHERE state NOT IN ('FILLED', 'CANCELLED', 'REJECTED') AND send_state <> 'NEVER_SENT';
CREATE INDEX orders_manual ON orders (ts_code) WHERE state = 'NEW' AND send_state = 'MANUAL';
CREATE TRIGGER orders_that_ended_are_frozen BEFORE UPDATE ON orders
WHEN OLD.state IN ('FILLED', 'CANCELLED', 'REJECTED')
BEGIN SELECT RAISE(ABORT, 'an order that ended is frozen'); END;
CREATE TRIGGER orders_never_lose_fills BEFORE UPDATE ON orders
WHEN NEW.filled_quantity < OLD.filled_quantity
BEGIN SELECT RAISE(ABORT, 'a filled quantity never decreases'); END;
CREATE TRIGGER orders_are_never_deleted BEFORE DELETE ON orders
BEGIN SELECT RAISE(ABORT, 'orders are never deleted'); END;

-- Orders on the account that somebody else placed, and ours that have no row here.
CREATE TABLE foreign_orders (
  trade_date TEXT NOT NULL,
  venue_order_id TEXT NOT NULL,
  client_order_id TEXT,
  ts_code TEXT NOT NULL,
  side TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (trade_date, venue_order_id)
) STRICT, WITHOUT ROWID;

-- The write-ahead log of everything that may have left: outcome NULL = open.
CREATE TABLE wire (
  sequence INTEGER PRIMARY KEY,
  client_order_id TEXT NOT NULL REFERENCES orders (client_order_id),
  kind TEXT NOT NULL CHECK (kind IN ('SUBMIT', 'CANCEL')),
  try INTEGER NOT NULL CHECK (try >= 1),
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  plan_hash TEXT REFERENCES plan (plan_hash),
  approval_id INTEGER REFERENCES approval (approval_id),
  session_date TEXT NOT NULL,
  cut_off TEXT,
  body_sha256 TEXT REFERENCES evidence (sha256),
  opened_at TEXT NOT NULL,
  opened_utc TEXT NOT NULL,
  opened_monotonic_ns INTEGER NOT NULL,
  opened_sequence INTEGER NOT NULL REFERENCES events (sequence),
  boot_id TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  closed_at TEXT,
  bytes_started INTEGER CHECK (bytes_started IN (0, 1)),
  outcome TEXT CHECK (outcome IN ('ACCEPTED', 'REFUSED', 'NOT_SENT', 'UNKNOWN')),
  code TEXT,
  message TEXT,
  systemic INTEGER CHECK (systemic IN (0, 1)),
  evidence_sha256 TEXT REFERENCES evidence (sha256),
  UNIQUE (client_order_id, kind, try),
  CHECK (kind = 'CANCEL' OR (plan_hash IS NOT NULL AND approval_id IS NOT NULL
    AND cut_off IS NOT NULL AND body_sha256 IS NOT NULL)),
  CHECK ((outcome IS NULL) = (closed_at IS NULL))
) STRICT;
CREATE INDEX wire_open ON wire (sequence) WHERE outcome IS NULL;
CREATE INDEX wire_by_day ON wire (session_date, kind, bytes_started);
CREATE TRIGGER wire_that_closed_is_frozen BEFORE UPDATE ON wire
WHEN OLD.outcome IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a closed wire row is frozen'); END;
CREATE TRIGGER wire_is_never_deleted BEFORE DELETE ON wire
BEGIN SELECT RAISE(ABORT, 'wire rows are never deleted'); END;

CREATE TABLE fills (
  sequence INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  trade_date TEXT NOT NULL,
  market TEXT NOT NULL,
  venue_order_id TEXT NOT NULL,
  fill_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('TRADE', 'BUST', 'INFERRED')),
  client_order_id TEXT,
  ts_code TEXT NOT NULL,
  side TEXT NOT NULL CHECK (side IN ('BUY', 'SELL')),
  quantity INTEGER NOT NULL CHECK (quantity <> 0),
  price_e4 INTEGER NOT NULL,
  amount_e4 INTEGER NOT NULL,
  commission_e4 INTEGER,
  stamp_duty_e4 INTEGER,
  transfer_e4 INTEGER,
  fill_time TEXT NOT NULL,
  ours INTEGER NOT NULL CHECK (ours IN (0, 1)),
  post_terminal INTEGER NOT NULL CHECK (post_terminal IN (0, 1)),
  UNIQUE (account, trade_date, market, venue_order_id, fill_id, kind)
) STRICT;
CREATE INDEX fills_by_order ON fills (client_order_id);
CREATE TRIGGER fills_only_learn_their_fees BEFORE UPDATE ON fills
WHEN OLD.commission_e4 IS NOT NULL
  OR (OLD.account, OLD.trade_date, OLD.market, OLD.venue_order_id, OLD.fill_id, OLD.kind,
      OLD.client_order_id, OLD.ts_code, OLD.side, OLD.quantity, OLD.price_e4, OLD.amount_e4,
      OLD.fill_time, OLD.ours, OLD.post_terminal)
    IS NOT (NEW.account, NEW.trade_date, NEW.market, NEW.venue_order_id, NEW.fill_id, NEW.kind,
      NEW.client_order_id, NEW.ts_code, NEW.side, NEW.quantity, NEW.price_e4, NEW.amount_e4,
      NEW.fill_time, NEW.ours, NEW.post_terminal)
BEGIN SELECT RAISE(ABORT, 'a fill is never changed'); END;
CREATE TRIGGER fills_are_never_deleted BEFORE DELETE ON fills
BEGIN SELECT RAISE(ABORT, 'fills are never deleted'); END;

CREATE TABLE movements (
  movement_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  ts_code TEXT,
  quantity INTEGER NOT NULL,
  amount_e4 INTEGER NOT NULL,
  moved_on TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;

-- What is ours, as a journal: the newest balance of a name is what we own of it.
CREATE TABLE ownership (
  sequence INTEGER PRIMARY KEY,
  ts_code TEXT NOT NULL,
  change INTEGER NOT NULL,
  balance INTEGER NOT NULL,
  cause TEXT NOT NULL CHECK (cause IN ('FILL', 'DECISION', 'MOVEMENT')),
  decision TEXT CHECK (decision IN ('ours', 'foreign')),
  reference TEXT NOT NULL,
  actor TEXT NOT NULL,
  at TEXT NOT NULL,
  CHECK ((cause = 'DECISION') = (decision IS NOT NULL))
) STRICT;
CREATE INDEX ownership_by_name ON ownership (ts_code, sequence);
CREATE TRIGGER ownership_is_never_changed BEFORE UPDATE ON ownership
BEGIN SELECT RAISE(ABORT, 'ownership is append-only'); END;
CREATE TRIGGER ownership_is_never_deleted BEFORE DELETE ON ownership
BEGIN SELECT RAISE(ABORT, 'ownership is append-only'); END;
CREATE VIEW owned AS
  SELECT ts_code, balance FROM ownership AS newest
  WHERE sequence = (SELECT MAX(sequence) FROM ownership WHERE ts_code = newest.ts_code);

CREATE TABLE snapshots (
  snapshot_id TEXT PRIMARY KEY,
  as_of TEXT NOT NULL,
  verified_at TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX snapshots_verified ON snapshots (verified_at) WHERE verified_at IS NOT NULL;

CREATE TABLE cursors (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

-- The *_sequence columns say between which events a halt stood.
CREATE TABLE halts (
  halt_id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('HALT', 'AUTO_HOLD')),
  cause TEXT NOT NULL,
  actor TEXT NOT NULL,
  since TEXT NOT NULL,
  since_sequence INTEGER NOT NULL REFERENCES events (sequence),
  lifted_at TEXT,
  lifted_by TEXT,
  lifted_sequence INTEGER REFERENCES events (sequence)
) STRICT;
CREATE UNIQUE INDEX halts_standing ON halts (kind, cause) WHERE lifted_at IS NULL;

CREATE TABLE breaks (
  break_id INTEGER PRIMARY KEY,
  run_id TEXT,
  kind TEXT NOT NULL,
  ts_code TEXT,
  ours TEXT NOT NULL,
  theirs TEXT NOT NULL,
  detail TEXT NOT NULL,
  opened_at TEXT NOT NULL,
  closed_at TEXT
) STRICT;
CREATE INDEX breaks_open ON breaks (ts_code) WHERE closed_at IS NULL;

CREATE TABLE manual (
  item_id INTEGER PRIMARY KEY,
  run_id TEXT,
  client_order_id TEXT,
  ts_code TEXT,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  choices TEXT NOT NULL,
  created_at TEXT NOT NULL,
  resolution TEXT,
  resolved_by TEXT,
  resolved_at TEXT
) STRICT;
CREATE UNIQUE INDEX manual_once ON manual
  (IFNULL(run_id, ''), IFNULL(client_order_id, ''), IFNULL(ts_code, ''), reason);

-- What orders of a line could ever be: its loosest limit is the approved one or one it was
-- re-based to, for the limits a person released are envelopes as well.
CREATE VIEW line_bounds AS
  SELECT runs.run_id, plan_lines.ts_code, plan_lines.side, plan_lines.disposition,
    plan_lines.quantity_max,
    CASE plan_lines.side
      WHEN 'BUY' THEN MAX(plan_lines.limit_worst_e4, IFNULL(
        (SELECT MAX(json_extract(detail, '$.limit_worst_e4')) FROM events
         WHERE subject_kind = 'LINE' AND subject = runs.run_id || '/' || plan_lines.ts_code),
        plan_lines.limit_worst_e4))
      ELSE MIN(plan_lines.limit_worst_e4, IFNULL(
        (SELECT MIN(json_extract(detail, '$.limit_worst_e4')) FROM events
         WHERE subject_kind = 'LINE' AND subject = runs.run_id || '/' || plan_lines.ts_code),
        plan_lines.limit_worst_e4))
    END AS limit_loosest_e4
  FROM runs JOIN plan_lines USING (plan_hash);
