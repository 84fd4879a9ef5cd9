-- I32: what a person decided about an order was done, and nothing else: the adopted number is the
-- one that was named, two persons confirmed an absence, and a write-off has its word.
SELECT orders.client_order_id AS subject, orders.client_order_id || ' was to be '
  || IFNULL(evidence, 'nothing') || ' and is ' || IFNULL(venue_order_id, 'nothing') AS detail
FROM orders JOIN manual USING (client_order_id) LEFT JOIN
  (SELECT subject, json_extract(iif(json_valid(detail), detail, '{}'), '$.evidence') AS evidence
   FROM events WHERE subject_kind = 'MANUAL' AND cause = 'RESOLVED') AS said
  ON said.subject = CAST(manual.item_id AS TEXT)
WHERE orders.client_order_id IN (SELECT value FROM json_each(:orders))
  AND manual.resolution = 'adopt-order' AND venue_order_id IS NOT evidence
UNION ALL
SELECT orders.client_order_id, orders.client_order_id || ' was adopted by nobody''s word'
FROM orders JOIN events ON subject_kind = 'ORDER' AND subject = orders.client_order_id
  AND cause = 'ADOPTED_BY_PERSON'
WHERE orders.client_order_id IN (SELECT value FROM json_each(:orders))
  AND NOT EXISTS (SELECT 1 FROM manual
    WHERE manual.client_order_id = orders.client_order_id AND manual.resolution = 'adopt-order')
UNION ALL
SELECT orders.client_order_id, 'item ' || manual.item_id || ' about ' || orders.client_order_id
  || ' was confirmed by fewer than two'
FROM orders JOIN manual USING (client_order_id)
WHERE orders.client_order_id IN (SELECT value FROM json_each(:orders))
  AND manual.resolution = 'confirm-absent'
  AND (SELECT COUNT(DISTINCT actor) FROM events
       WHERE subject_kind = 'MANUAL' AND subject = CAST(manual.item_id AS TEXT)
         AND cause IN ('CONFIRMED_ONCE', 'RESOLVED')) < 2
UNION ALL
SELECT orders.client_order_id, orders.client_order_id || ' was written off by nobody''s word'
FROM orders
WHERE orders.client_order_id IN (SELECT value FROM json_each(:orders))
  AND orders.final_reason = 'WRITTEN_OFF' AND NOT EXISTS (SELECT 1 FROM manual
    WHERE manual.client_order_id = orders.client_order_id AND manual.resolution = 'write-off')
