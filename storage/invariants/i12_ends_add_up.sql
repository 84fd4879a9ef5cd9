-- I12: FILLED <=> filled = quantity; REJECTED => nothing filled; CANCELLED => filled + cancelled
-- = quantity. What the venue ended with other fills than ours is over by a person's word only.
SELECT client_order_id AS subject, client_order_id || ' is ' || state || ' with '
  || filled_quantity || ' filled and ' || cancelled_quantity || ' cancelled of ' || quantity
  AS detail
FROM orders
WHERE client_order_id IN (SELECT value FROM json_each(:orders))
  AND ((state = 'FILLED') <> (filled_quantity = quantity)
    OR (state = 'REJECTED' AND (filled_quantity <> 0 OR EXISTS
        (SELECT 1 FROM fills WHERE fills.client_order_id = orders.client_order_id
         AND post_terminal = 0)))
    OR (state = 'CANCELLED' AND filled_quantity + cancelled_quantity <> quantity)
    OR (state <> 'CANCELLED' AND cancelled_quantity <> 0))
UNION ALL
SELECT client_order_id, client_order_id || ' is ' || state || ' with ' || filled_quantity
  || ' filled where the venue ended it with ' || venue_filled_quantity
FROM orders
WHERE client_order_id IN (SELECT value FROM json_each(:orders))
  AND state IN ('FILLED', 'CANCELLED', 'REJECTED') AND final_reason IS NOT 'WRITTEN_OFF'
  AND venue_status IN ('PART_CANCEL', 'CANCELED', 'SUCCEEDED', 'JUNK')
  AND venue_filled_quantity <> filled_quantity
