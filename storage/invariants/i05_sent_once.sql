-- I5: the bytes of a submit may have left at most once; this version never sends again.
SELECT client_order_id || ' may have left ' || COUNT(*) || ' times' AS detail
FROM wire
WHERE kind = 'SUBMIT' AND IFNULL(bytes_started, 1) = 1
GROUP BY client_order_id HAVING COUNT(*) > 1
