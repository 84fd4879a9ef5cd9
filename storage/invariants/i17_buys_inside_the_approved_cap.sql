-- I17 (the approved cap): filled + live + unknown buys of a run never cost more than its plan's
-- envelopes together. (Cash is the broker's figure and is not in this database.)
SELECT run_id AS subject, run_id || ' commits ' || committed_e4 || ' of ' || approved_e4
  || ' to buys' AS detail
FROM (SELECT run_id, SUM(CASE
        WHEN state IN ('FILLED', 'CANCELLED', 'REJECTED') OR send_state = 'NEVER_SENT'
        THEN filled_amount_e4 ELSE quantity * limit_price_e4 END) AS committed_e4
      FROM orders
      WHERE run_id IN (SELECT value FROM json_each(:runs)) AND side = 'BUY' GROUP BY run_id)
  JOIN (SELECT run_id, SUM(quantity_max * limit_loosest_e4) AS approved_e4
        FROM line_bounds
        WHERE run_id IN (SELECT value FROM json_each(:runs)) AND side = 'BUY'
        GROUP BY run_id) USING (run_id)
WHERE committed_e4 > approved_e4
