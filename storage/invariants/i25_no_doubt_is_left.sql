-- I25: when a run has ended, what is still unknown is on the manual list.
SELECT client_order_id AS subject,
  client_order_id || ' of ' || run_id || ' is still ' || send_state AS detail
FROM runs JOIN orders USING (run_id)
WHERE run_id IN (SELECT value FROM json_each(:runs))
  AND runs.state IN ('COMPLETED', 'COMPLETED_WITH_EXCEPTIONS', 'FAILED_BATCH')
  AND orders.state = 'NEW'
  AND send_state IN ('OPEN', 'UNKNOWN', 'ABSENT_WAIT', 'RESENT_ONCE', 'MANUAL')
  AND NOT EXISTS
    (SELECT 1 FROM manual WHERE manual.client_order_id = orders.client_order_id)
