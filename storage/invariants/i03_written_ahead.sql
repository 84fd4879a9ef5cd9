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
FROM wire LEFT JOIN events ON events.sequence = wire.opened_sequence
  AND events.subject_kind = 'ORDER' AND events.subject = wire.client_order_id
  AND events.cause = 'SUBMIT_OPENED'
  AND json_extract(events.detail, '$.try') = wire.try
  AND json_extract(events.detail, '$.body_sha256') = wire.body_sha256
  AND json_extract(events.detail, '$.plan_hash') = wire.plan_hash
WHERE wire.client_order_id IN (SELECT value FROM json_each(:orders))
  AND wire.kind = 'SUBMIT' AND events.sequence IS NULL
UNION ALL
SELECT subject, subject || ' was opened ' || COUNT(*) || ' times, with '
  || (SELECT COUNT(*) FROM wire WHERE client_order_id = subject AND kind = 'SUBMIT')
  || ' SUBMIT rows'
FROM events
WHERE subject_kind = 'ORDER' AND subject IN (SELECT value FROM json_each(:orders))
  AND cause = 'SUBMIT_OPENED'
GROUP BY subject
HAVING COUNT(*) <> (SELECT COUNT(*) FROM wire WHERE client_order_id = subject AND kind = 'SUBMIT')
