-- I20: no SUBMIT outside the session, after the cut-off, or on another date than session_date.
-- Shanghai is eight hours ahead of UTC all year.
SELECT client_order_id AS subject, 'wire row ' || sequence || ' of ' || session_date
  || ' was opened at ' || opened_at AS detail
FROM (SELECT wire.*, datetime(wire.opened_at, '+8 hours') AS there, plan.session_date AS planned,
        orders.session_date AS ordered
      FROM wire JOIN plan USING (plan_hash) JOIN orders USING (client_order_id)
      WHERE wire.client_order_id IN (SELECT value FROM json_each(:orders))
        AND wire.kind = 'SUBMIT')
WHERE date(there) <> session_date OR planned <> session_date OR ordered <> session_date
  OR opened_at >= cut_off
  OR NOT (time(there) BETWEEN '09:15:00' AND '11:30:00'
    OR time(there) BETWEEN '13:00:00' AND '15:00:00')
