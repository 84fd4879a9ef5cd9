-- An event whose detail is no JSON any more loosens no line, and stops no query: that it was
-- changed is for the chain to say.
DROP VIEW line_bounds;
CREATE VIEW line_bounds AS
  SELECT runs.run_id, plan_lines.ts_code, plan_lines.side, plan_lines.disposition,
    plan_lines.quantity_max + CASE plan_lines.full_exit WHEN 0 THEN 0 ELSE IFNULL(
      (SELECT quantity FROM shares_added
       WHERE shares_added.plan_hash = plan_lines.plan_hash
         AND shares_added.ts_code = plan_lines.ts_code), 0) END AS quantity_max,
    CASE plan_lines.side
      WHEN 'BUY' THEN MAX(plan_lines.limit_worst_e4, IFNULL(
        (SELECT MAX(json_extract(
           iif(json_valid(detail), detail, '{}'), '$.limit_worst_e4')) FROM events
         WHERE subject_kind = 'LINE' AND subject = runs.run_id || '/' || plan_lines.ts_code),
        plan_lines.limit_worst_e4))
      ELSE MIN(plan_lines.limit_worst_e4, IFNULL(
        (SELECT MIN(json_extract(
           iif(json_valid(detail), detail, '{}'), '$.limit_worst_e4')) FROM events
         WHERE subject_kind = 'LINE' AND subject = runs.run_id || '/' || plan_lines.ts_code),
        plan_lines.limit_worst_e4))
    END AS limit_loosest_e4
  FROM runs JOIN plan_lines USING (plan_hash);
