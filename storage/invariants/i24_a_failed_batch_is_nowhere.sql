-- I24: no order of a FAILED_BATCH may be at the broker.
SELECT client_order_id AS subject, client_order_id || ' of a failed batch is '
  || orders.state || ' and ' || send_state AS detail
FROM runs JOIN orders USING (run_id)
WHERE run_id IN (SELECT value FROM json_each(:runs)) AND runs.state = 'FAILED_BATCH'
  AND send_state NOT IN ('PLANNED', 'REFUSED', 'NOT_SENT', 'NEVER_SENT')
