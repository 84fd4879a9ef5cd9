-- A full exit is approved as "all owned and sellable": it follows the shares that corporate actions
-- add or take until the end of its session (trading-day.md rule 15).
ALTER TABLE plan_lines ADD COLUMN full_exit INTEGER NOT NULL DEFAULT 0
  CHECK (full_exit IN (0, 1));

CREATE VIEW shares_added AS
  SELECT plan_lines.plan_hash, plan_lines.ts_code, SUM(ownership.change) AS quantity
  FROM plan_lines JOIN plan USING (plan_hash)
    JOIN events ON events.subject_kind = 'PLAN' AND events.subject = plan_lines.plan_hash
      AND events.cause = 'PLANNED'
    JOIN ownership ON ownership.ts_code = plan_lines.ts_code AND ownership.cause = 'MOVEMENT'
      AND ownership.at > events.market_time
      AND substr(ownership.at, 1, 10) <= plan.session_date
  WHERE plan_lines.full_exit = 1
  GROUP BY plan_lines.plan_hash, plan_lines.ts_code;

DROP VIEW line_bounds;
CREATE VIEW line_bounds AS
  SELECT runs.run_id, plan_lines.ts_code, plan_lines.side, plan_lines.disposition,
    plan_lines.quantity_max + CASE plan_lines.full_exit WHEN 0 THEN 0 ELSE IFNULL(
      (SELECT quantity FROM shares_added
       WHERE shares_added.plan_hash = plan_lines.plan_hash
         AND shares_added.ts_code = plan_lines.ts_code), 0) END AS quantity_max,
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
