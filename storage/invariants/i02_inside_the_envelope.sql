-- I2: per line filled + live remainder + unknown <= quantity_max; no price worse than limit_worst.
SELECT client_order_id AS subject, client_order_id || ' at ' || limit_price_e4 || ' is worse than '
  || IFNULL(loosest_e4, 'nothing approved') AS detail
FROM (SELECT *,
        (SELECT limit_loosest_e4 FROM line_bounds
         WHERE line_bounds.run_id = orders.run_id AND line_bounds.ts_code = orders.ts_code
           AND line_bounds.side = orders.side) AS loosest_e4
      FROM orders
      WHERE client_order_id IN (SELECT value FROM json_each(:orders))
        AND send_state <> 'NEVER_SENT')
WHERE loosest_e4 IS NULL
  OR (side = 'BUY' AND limit_price_e4 > loosest_e4)
  OR (side = 'SELL' AND limit_price_e4 < loosest_e4)
UNION ALL
SELECT run_id, ts_code || ' in ' || run_id || ' reaches ' || committed || ' of ' || quantity_max
FROM (SELECT orders.run_id, orders.ts_code, line_bounds.quantity_max, SUM(CASE
        WHEN state IN ('FILLED', 'CANCELLED', 'REJECTED') OR send_state = 'NEVER_SENT'
        THEN filled_quantity ELSE quantity END) AS committed
      FROM orders JOIN line_bounds USING (run_id, ts_code)
      WHERE orders.run_id IN (SELECT value FROM json_each(:runs))
      GROUP BY orders.run_id, orders.ts_code)
WHERE committed > quantity_max
