-- I5: a submit may have left at most once, and once more where that right was written down.
-- A row closed NOT_SENT is proof that nothing was: no byte left, or the answer said so.
SELECT client_order_id AS subject,
  client_order_id || ' may have left ' || COUNT(*) || ' times' AS detail
FROM wire
WHERE client_order_id IN (SELECT value FROM json_each(:orders))
  AND kind = 'SUBMIT' AND IFNULL(bytes_started, 1) = 1 AND IFNULL(outcome, 'UNKNOWN') <> 'NOT_SENT'
GROUP BY client_order_id HAVING COUNT(*) > 1 +
  (SELECT COUNT(*) > 0 FROM events WHERE subject_kind = 'WIRE' AND events.subject = client_order_id
     AND cause = 'RESEND_GRANTED')
