-- I7: filled_quantity is the sum of the fills that count, and lies between 0 and the quantity.
SELECT client_order_id AS subject, client_order_id || ' has ' || filled_quantity || ' of '
  || quantity || ' filled, its fills sum to ' || summed AS detail
FROM (SELECT orders.*,
        (SELECT COALESCE(SUM(fills.quantity), 0) FROM fills
         WHERE fills.client_order_id = orders.client_order_id AND post_terminal = 0) AS summed,
        (SELECT COALESCE(SUM(fills.amount_e4), 0) FROM fills
         WHERE fills.client_order_id = orders.client_order_id AND post_terminal = 0) AS summed_e4
      FROM orders WHERE client_order_id IN (SELECT value FROM json_each(:orders)))
WHERE filled_quantity <> summed OR filled_amount_e4 <> summed_e4
  OR filled_quantity NOT BETWEEN 0 AND quantity
UNION ALL
SELECT client_order_id, fill_id || ' of ' || client_order_id
  || ' counts as ours, and there is no such order'
FROM fills
WHERE client_order_id IN (SELECT value FROM json_each(:orders)) AND ours = 1
  AND NOT EXISTS (SELECT 1 FROM orders WHERE orders.client_order_id = fills.client_order_id)
