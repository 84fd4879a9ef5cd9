-- I1: per (run, name, side, slice) at most one live order; per id at most one venue order, ever.
SELECT run_id AS subject, 'slice ' || slice || ' of ' || ts_code || ' in ' || run_id || ' has '
  || COUNT(*) || ' live orders' AS detail
FROM orders
WHERE run_id IN (SELECT value FROM json_each(:runs))
  AND (state IN ('ACK', 'PARTIAL_FILLED', 'CANCEL_PENDING')
    OR (state = 'NEW' AND send_state IN
        ('OPEN', 'UNKNOWN', 'ABSENT_WAIT', 'RESENT_ONCE', 'MANUAL', 'ACCEPTED')))
GROUP BY run_id, ts_code, side, slice HAVING COUNT(*) > 1
UNION ALL
SELECT MIN(run_id), venue_order_id || ' of ' || session_date || ' belongs to ' || COUNT(*)
  || ' orders'
FROM orders
WHERE venue_order_id IS NOT NULL AND run_id IN (SELECT run_id FROM runs WHERE session_date IN
  (SELECT session_date FROM runs WHERE run_id IN (SELECT value FROM json_each(:runs))))
GROUP BY session_date, venue_order_id HAVING COUNT(*) > 1
UNION ALL
SELECT fills.client_order_id, fills.client_order_id || ' has fills of ' || fills.venue_order_id
  || ' and is ' || orders.venue_order_id
FROM orders JOIN fills USING (client_order_id)
WHERE orders.client_order_id IN (SELECT value FROM json_each(:orders))
  AND orders.venue_order_id <> fills.venue_order_id
UNION ALL
SELECT subject, subject || ' was ' || COUNT(DISTINCT venue_order_id) || ' venue orders'
FROM (SELECT subject,
        json_extract(iif(json_valid(detail), detail, '{}'), '$.set.venue_order_id')
          AS venue_order_id
      FROM events
      WHERE subject_kind = 'ORDER' AND subject IN (SELECT value FROM json_each(:orders)))
GROUP BY subject HAVING COUNT(DISTINCT venue_order_id) > 1
