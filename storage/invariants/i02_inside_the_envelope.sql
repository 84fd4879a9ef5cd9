-- I2: per line filled + live remainder + unknown <= quantity_max; no price worse than limit_worst.
SELECT orders.client_order_id || ' at ' || limit_price_e4 || ' is worse than '
  || IFNULL(limit_loosest_e4, 'nothing approved') AS detail
FROM orders LEFT JOIN line_bounds USING (run_id, ts_code, side)
WHERE orders.send_state <> 'NEVER_SENT' AND (limit_loosest_e4 IS NULL
  OR (side = 'BUY' AND limit_price_e4 > limit_loosest_e4)
  OR (side = 'SELL' AND limit_price_e4 < limit_loosest_e4))
UNION ALL
SELECT ts_code || ' in ' || run_id || ' reaches ' || committed || ' of ' || quantity_max
FROM (SELECT orders.run_id, orders.ts_code, line_bounds.quantity_max, SUM(CASE
        WHEN state IN ('FILLED', 'CANCELLED', 'REJECTED') OR send_state = 'NEVER_SENT'
        THEN filled_quantity ELSE quantity END) AS committed
      FROM orders JOIN line_bounds USING (run_id, ts_code)
      GROUP BY orders.run_id, orders.ts_code)
WHERE committed > quantity_max
