-- I6: whatever may have left twice under one id was the same bytes.
SELECT client_order_id AS subject,
  client_order_id || ' left as ' || COUNT(DISTINCT body_sha256) || ' different bodies' AS detail
FROM wire
WHERE client_order_id IN (SELECT value FROM json_each(:orders))
  AND kind = 'SUBMIT' AND IFNULL(bytes_started, 1) = 1
GROUP BY client_order_id HAVING COUNT(DISTINCT body_sha256) > 1
