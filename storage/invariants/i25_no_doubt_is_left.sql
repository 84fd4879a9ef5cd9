-- I25: when a run has ended, what is still unknown is on the manual list.
SELECT client_order_id || ' of ' || run_id || ' is still ' || send_state AS detail
FROM orders JOIN runs USING (run_id)
WHERE runs.state IN ('COMPLETED', 'COMPLETED_WITH_EXCEPTIONS', 'FAILED_BATCH')
  AND orders.state = 'NEW'
  AND send_state IN ('OPEN', 'UNKNOWN', 'ABSENT_WAIT', 'RESENT_ONCE', 'MANUAL')
  AND NOT EXISTS
    (SELECT 1 FROM manual WHERE manual.client_order_id = orders.client_order_id)
