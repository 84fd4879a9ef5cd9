-- I3: every order the venue has shown has a SUBMIT row, and every SUBMIT row the event it followed.
SELECT client_order_id AS subject,
  client_order_id || ' is at the venue as ' || venue_order_id || ' without a SUBMIT row' AS detail
FROM orders
WHERE client_order_id IN (SELECT value FROM json_each(:orders))
  AND venue_order_id IS NOT NULL AND NOT EXISTS
  (SELECT 1 FROM wire WHERE wire.client_order_id = orders.client_order_id AND kind = 'SUBMIT')
UNION ALL
SELECT wire.client_order_id,
  'wire row ' || wire.sequence || ' is not the one event ' || opened_sequence || ' opened'
FROM wire LEFT JOIN
  (SELECT *, iif(json_valid(detail), detail, '{}') AS facts FROM events
   WHERE subject_kind = 'ORDER' AND cause = 'SUBMIT_OPENED') AS opening
  ON opening.sequence = wire.opened_sequence AND opening.subject = wire.client_order_id
  AND json_extract(facts, '$.try') = wire.try
  AND json_extract(facts, '$.body_sha256') = wire.body_sha256
  AND json_extract(facts, '$.plan_hash') = wire.plan_hash
WHERE wire.client_order_id IN (SELECT value FROM json_each(:orders))
  AND wire.kind = 'SUBMIT' AND opening.sequence IS NULL
UNION ALL
SELECT subject, subject || ' was opened ' || COUNT(*) || ' times, with '
  || (SELECT COUNT(*) FROM wire WHERE client_order_id = subject AND kind = 'SUBMIT')
  || ' SUBMIT rows'
FROM events
WHERE subject_kind = 'ORDER' AND subject IN (SELECT value FROM json_each(:orders))
  AND cause = 'SUBMIT_OPENED'
GROUP BY subject
HAVING COUNT(*) <> (SELECT COUNT(*) FROM wire WHERE client_order_id = subject AND kind = 'SUBMIT')
