-- I24: no order of a FAILED_BATCH may be at the broker.
SELECT client_order_id || ' of a failed batch is '
  || orders.state || ' and ' || send_state AS detail
FROM orders JOIN runs USING (run_id)
WHERE runs.state = 'FAILED_BATCH'
  AND send_state NOT IN ('PLANNED', 'REFUSED', 'NOT_SENT', 'NEVER_SENT')
