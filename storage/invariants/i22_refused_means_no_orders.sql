-- I22: a refused run has no orders, and a plan is stored with all its lines or not at all.
SELECT orders.client_order_id || ' belongs to ' || run_id || ', which is ' || runs.state AS detail
FROM orders JOIN runs USING (run_id)
WHERE runs.state IN ('RECEIVED', 'REFUSED', 'DUPLICATE', 'QUARANTINED', 'NEEDS_BASELINE', 'PLANNED',
  'DRY_RUN_DONE')
UNION ALL
SELECT 'plan ' || plan_hash || ' of ' || line_count || ' lines has '
  || (SELECT COUNT(*) FROM plan_lines WHERE plan_lines.plan_hash = plan.plan_hash)
FROM plan
WHERE line_count <> (SELECT COUNT(*) FROM plan_lines WHERE plan_lines.plan_hash = plan.plan_hash)
