-- I22: a refused run has no orders, and a plan is stored with all its lines or not at all.
SELECT orders.client_order_id AS subject,
  orders.client_order_id || ' belongs to ' || run_id || ', which is ' || runs.state AS detail
FROM runs JOIN orders USING (run_id)
WHERE run_id IN (SELECT value FROM json_each(:runs))
  AND runs.state IN ('RECEIVED', 'REFUSED', 'DUPLICATE', 'QUARANTINED', 'NEEDS_BASELINE',
    'PLANNED', 'DRY_RUN_DONE')
UNION ALL
SELECT run_id, 'plan ' || plan_hash || ' of ' || line_count || ' lines has '
  || (SELECT COUNT(*) FROM plan_lines WHERE plan_lines.plan_hash = plan.plan_hash)
FROM plan
WHERE run_id IN (SELECT value FROM json_each(:runs)) AND line_count <>
  (SELECT COUNT(*) FROM plan_lines WHERE plan_lines.plan_hash = plan.plan_hash)
