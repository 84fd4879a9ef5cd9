-- I1: per (run, name, side, slice) at most one live order; per id at most one venue order, ever.
SELECT 'slice ' || slice || ' of ' || ts_code || ' in ' || run_id || ' has '
  || COUNT(*) || ' live orders' AS detail
FROM orders
WHERE state IN ('ACK', 'PARTIAL_FILLED', 'CANCEL_PENDING')
  OR (state = 'NEW' AND send_state IN
      ('OPEN', 'UNKNOWN', 'ABSENT_WAIT', 'RESENT_ONCE', 'MANUAL', 'ACCEPTED'))
GROUP BY run_id, ts_code, side, slice HAVING COUNT(*) > 1
UNION ALL
SELECT venue_order_id || ' of ' || session_date || ' belongs to ' || COUNT(*) || ' orders'
FROM orders WHERE venue_order_id IS NOT NULL
GROUP BY session_date, venue_order_id HAVING COUNT(*) > 1
UNION ALL
SELECT fills.client_order_id || ' has fills of ' || fills.venue_order_id || ' and is '
  || IFNULL(orders.venue_order_id, 'not known there')
FROM fills JOIN orders USING (client_order_id)
WHERE orders.venue_order_id IS NOT NULL AND orders.venue_order_id <> fills.venue_order_id
UNION ALL
SELECT subject || ' was ' || COUNT(DISTINCT json_extract(detail, '$.set.venue_order_id'))
  || ' venue orders'
FROM events WHERE subject_kind = 'ORDER'
GROUP BY subject HAVING COUNT(DISTINCT json_extract(detail, '$.set.venue_order_id')) > 1
