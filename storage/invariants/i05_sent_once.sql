-- I5: a submit may have left once; and once more where a right to that was written down between the
-- two: under a scope in which the broker knows an id again, after the grace window, with the list
-- that did not show the order. (That the bytes were the same is I6.)
-- A row closed NOT_SENT is proof that nothing was: no byte left, or the answer said so.
WITH departures AS (
  SELECT client_order_id, opened_sequence,
    ROW_NUMBER() OVER (PARTITION BY client_order_id ORDER BY opened_sequence) AS departure,
    LAG(opened_sequence) OVER (PARTITION BY client_order_id ORDER BY opened_sequence) AS before
  FROM wire
  WHERE client_order_id IN (SELECT value FROM json_each(:orders))
    AND kind = 'SUBMIT' AND IFNULL(bytes_started, 1) = 1
    AND IFNULL(outcome, 'UNKNOWN') <> 'NOT_SENT'),
granted AS (
  SELECT subject, sequence, evidence_sha256 IS NOT NULL
    AND IFNULL(json_extract(iif(json_valid(detail), detail, '{}'), '$.dedupe_scope')
      IN ('FOREVER', 'TTL'), 0)
    AND IFNULL(json_extract(iif(json_valid(detail), detail, '{}'), '$.grace_s') >= 60, 0) AS holds
  FROM events
  WHERE subject_kind = 'WIRE' AND subject IN (SELECT value FROM json_each(:orders))
    AND cause = 'RESEND_GRANTED')
SELECT client_order_id AS subject,
  client_order_id || ' may have left ' || MAX(departure) || ' times' AS detail
FROM departures
WHERE departure > 2 OR (departure = 2 AND NOT EXISTS
  (SELECT 1 FROM granted WHERE granted.subject = client_order_id AND holds
     AND granted.sequence BETWEEN before AND opened_sequence))
GROUP BY client_order_id
UNION ALL
SELECT subject, 'event ' || sequence || ' let ' || subject || ' leave again without a right to'
FROM granted
WHERE NOT holds
