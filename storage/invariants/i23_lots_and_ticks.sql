-- I23 (what needs no quote): prices are whole cents; buys are whole lots of 100, at least 200 on
-- the STAR market and at least 100 in Beijing.
SELECT client_order_id AS subject, client_order_id || ': ' || side || ' ' || quantity || ' '
  || ts_code || ' at ' || limit_price_e4 AS detail
FROM orders
WHERE client_order_id IN (SELECT value FROM json_each(:orders))
  AND (limit_price_e4 % 100 <> 0
    OR (side = 'BUY' AND CASE
      WHEN ts_code GLOB '68*.SH' THEN quantity < 200
      WHEN ts_code GLOB '*.BJ' THEN quantity < 100
      ELSE quantity % 100 <> 0 END))
