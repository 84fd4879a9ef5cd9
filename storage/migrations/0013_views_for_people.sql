-- Views for people: their names and columns stay (docs/data.md). Money is INTEGER in 1/10000 CNY
-- (_e4), basis points are INTEGER in 1/100 bp (_bp_e2), quantities are whole shares (_shares);
-- moments are UTC text of market time, dates are days in Shanghai.
CREATE VIEW v_runs AS
SELECT run_id, account, signal_date, session_date, state, champion_id, received_at, plan_hash,
  parent_run_id, superseded_by, hold_reason, csv_name AS portfolio_file,
  context_name AS context_file
FROM runs;

CREATE VIEW v_plan_lines AS
SELECT runs.run_id, plan_lines.ts_code, side, disposition, quantity_max AS quantity_max_shares,
  plan_lines.reference_price_e4, reference_kind, plan_lines.limit_worst_e4,
  line_status.reason AS waits_for, line_status.detail AS waits_detail, plan_hash
FROM runs JOIN plan_lines USING (plan_hash)
  LEFT JOIN line_status ON line_status.run_id = runs.run_id
    AND line_status.ts_code = plan_lines.ts_code;

CREATE VIEW v_approvals AS
SELECT run_id, plan_hash, approver, uid AS approver_uid, stage, created_at, expires_at,
  revoked_sequence IS NOT NULL AS is_revoked
FROM approval;

-- What an order's fills cost against its arrival price, rounded half up as the artifacts do.
CREATE VIEW v_orders AS
SELECT run_id, client_order_id, venue_order_id, account, session_date, ts_code, side, slice, leg,
  quantity AS quantity_shares, limit_price_e4, state, send_state, final_reason, reject_code,
  reject_reason, filled_quantity AS filled_shares, filled_amount_e4,
  cancelled_quantity AS cancelled_shares, arrival_price_e4, arrival_kind, arrival_spread_e4,
  CASE WHEN paper_e4 > 0 THEN sign(cost_e4)
    * ((2 * abs(cost_e4) * 1000000 + paper_e4) / (2 * paper_e4)) END AS slippage_bp_e2,
  created_at, acked_at, closed_at
FROM (SELECT *, filled_quantity * arrival_price_e4 AS paper_e4,
    iif(side = 'BUY', 1, -1) * (filled_amount_e4 - filled_quantity * arrival_price_e4) AS cost_e4
  FROM orders);

-- The reversal of a trade counts negative.
CREATE VIEW v_fills AS
SELECT orders.run_id, fills.client_order_id, fill_id, kind, trade_date, market,
  fills.venue_order_id, fills.ts_code, fills.side,
  iif(kind = 'BUST', -abs(fills.quantity), fills.quantity) AS quantity_shares, price_e4,
  iif(kind = 'BUST', -abs(amount_e4), amount_e4) AS amount_e4,
  iif(kind = 'BUST', -abs(commission_e4), commission_e4) AS commission_e4,
  iif(kind = 'BUST', -abs(stamp_duty_e4), stamp_duty_e4) AS stamp_duty_e4,
  iif(kind = 'BUST', -abs(transfer_e4), transfer_e4) AS transfer_fee_e4,
  iif(kind = 'BUST', -1, 1) * abs(commission_e4 + stamp_duty_e4 + transfer_e4) AS fees_e4,
  fill_time, ours AS is_ours
FROM fills LEFT JOIN orders USING (client_order_id);

-- What is ours beside what the broker showed last.
CREATE VIEW v_positions AS
WITH shown AS (
  SELECT as_of, json_extract(value, '$.symbol.code') || '.'
      || json_extract(value, '$.symbol.exchange') AS ts_code,
    json_extract(value, '$.quantity') AS quantity, json_extract(value, '$.sellable') AS sellable
  FROM (SELECT * FROM snapshots WHERE verified_at IS NOT NULL ORDER BY verified_at DESC LIMIT 1)
    AS newest, json_each(newest.body, '$.positions')),
names AS (SELECT ts_code FROM owned UNION SELECT ts_code FROM shown)
SELECT names.ts_code, IFNULL(balance, 0) AS owned_shares, quantity AS broker_shares,
  sellable AS broker_sellable_shares, as_of AS broker_as_of
FROM names LEFT JOIN owned USING (ts_code) LEFT JOIN shown USING (ts_code);

CREATE VIEW v_movements AS
SELECT movement_id, kind, ts_code, quantity AS quantity_shares, amount_e4, moved_on, text
FROM movements;

CREATE VIEW v_breaks AS
SELECT break_id, run_id, kind, ts_code, ours, theirs, detail, opened_at, closed_at FROM breaks;

CREATE VIEW v_manual_items AS
SELECT item_id, run_id, client_order_id, ts_code, reason, detail, created_at, resolution,
  resolved_by, resolved_at
FROM manual;

-- The newest report of each run: a JSON document among the evidence.
CREATE VIEW run_reports AS
SELECT run_id, MAX(sequence) AS sequence, evidence_sha256, market_time FROM events
WHERE subject_kind = 'NOTE' AND cause = 'RUN_REPORT' GROUP BY run_id;

CREATE VIEW report_documents AS
SELECT run_id, market_time AS reported_at,
  iif(json_valid(CAST(content AS TEXT)), CAST(content AS TEXT), '{}') AS body
FROM run_reports JOIN evidence ON evidence.sha256 = evidence_sha256;

-- A decimal string of four places without its point is 1/10000 CNY, of two places 1/100 bp.
CREATE VIEW v_shortfall AS
SELECT run_id, json_extract(body, '$.run.session_date') AS session_date,
  json_extract(body, '$.reconcile.status') AS status,
  json_extract(value, '$.ts_code') AS ts_code, json_extract(value, '$.side') AS side,
  CAST(REPLACE(json_extract(value, '$.decision_price'), '.', '') AS INTEGER) AS decision_price_e4,
  CAST(REPLACE(json_extract(value, '$.arrival_price'), '.', '') AS INTEGER) AS arrival_price_e4,
  json_extract(value, '$.arrival_kind') AS arrival_kind,
  CAST(REPLACE(json_extract(value, '$.end_price'), '.', '') AS INTEGER) AS end_price_e4,
  json_extract(value, '$.wanted_quantity') AS wanted_shares,
  json_extract(value, '$.approved_quantity') AS approved_shares,
  json_extract(value, '$.filled_quantity') AS filled_shares,
  CAST(REPLACE(json_extract(value, '$.traded_amount'), '.', '') AS INTEGER) AS traded_amount_e4,
  CAST(REPLACE(json_extract(value, '$.delay'), '.', '') AS INTEGER) AS delay_e4,
  CAST(REPLACE(json_extract(value, '$.spread'), '.', '') AS INTEGER) AS spread_e4,
  CAST(REPLACE(json_extract(value, '$.execution'), '.', '') AS INTEGER) AS execution_e4,
  CAST(REPLACE(json_extract(value, '$.limit_locked'), '.', '') AS INTEGER) AS limit_locked_e4,
  CAST(REPLACE(json_extract(value, '$.unfilled'), '.', '') AS INTEGER) AS unfilled_e4,
  CAST(REPLACE(json_extract(value, '$.cash_drag'), '.', '') AS INTEGER) AS cash_drag_e4,
  CAST(REPLACE(json_extract(value, '$.fees'), '.', '') AS INTEGER) AS fees_e4,
  CAST(REPLACE(json_extract(value, '$.total'), '.', '') AS INTEGER) AS total_e4,
  CAST(REPLACE(json_extract(value, '$.fees_billed'), '.', '') AS INTEGER) AS fees_billed_e4,
  CAST(REPLACE(json_extract(value, '$.fees_estimated'), '.', '') AS INTEGER) AS fees_estimated_e4,
  CAST(REPLACE(json_extract(value, '$.slippage_bp'), '.', '') AS INTEGER) AS slippage_bp_e2,
  CAST(REPLACE(json_extract(value, '$.shortfall_bp'), '.', '') AS INTEGER) AS shortfall_bp_e2
FROM report_documents, json_each(body, '$.costs.names');

CREATE VIEW v_cash AS
SELECT run_id, json_extract(body, '$.run.session_date') AS session_date,
  CAST(REPLACE(json_extract(body, '$.cash.opening'), '.', '') AS INTEGER) AS opening_e4,
  CAST(REPLACE(json_extract(body, '$.cash.sells'), '.', '') AS INTEGER) AS sells_e4,
  CAST(REPLACE(json_extract(body, '$.cash.buys'), '.', '') AS INTEGER) AS buys_e4,
  CAST(REPLACE(json_extract(body, '$.cash.fees'), '.', '') AS INTEGER) AS fees_e4,
  CAST(REPLACE(json_extract(body, '$.cash.movements'), '.', '') AS INTEGER) AS movements_e4,
  CAST(REPLACE(json_extract(body, '$.cash.closing_expected'), '.', '') AS INTEGER)
    AS closing_expected_e4,
  CAST(REPLACE(json_extract(body, '$.cash.closing_broker'), '.', '') AS INTEGER)
    AS closing_broker_e4
FROM report_documents WHERE json_type(body, '$.cash') = 'object';

-- Weights are decimal text, fractions of strategy capital; every name that was not filled has one
-- reason.
CREATE VIEW v_names AS
SELECT run_id, json_extract(body, '$.run.session_date') AS session_date,
  json_extract(value, '$.ts_code') AS ts_code, json_extract(value, '$.side') AS side,
  json_extract(value, '$.disposition') AS disposition,
  json_extract(value, '$.target_weight') AS target_weight,
  json_extract(value, '$.achievable_weight') AS achievable_weight,
  json_extract(value, '$.owned_weight') AS owned_weight,
  json_extract(value, '$.owned_quantity') AS owned_shares,
  json_extract(value, '$.foreign_quantity') AS foreign_shares,
  json_extract(value, '$.approved_quantity') AS approved_shares,
  json_extract(value, '$.sent_quantity') AS sent_shares,
  json_extract(value, '$.filled_quantity') AS filled_shares,
  json_extract(value, '$.cancelled_quantity') AS cancelled_shares,
  json_extract(value, '$.reason') AS reason, json_extract(value, '$.detail') AS detail,
  json_extract(value, '$.next_step') AS next_step
FROM report_documents, json_each(body, '$.reconcile.names');
