-- I18: no SUBMIT was opened while a halt stood, no BUY while only sells might go, none under a stale
-- lease: a row carries the epoch of the event that opened it, and I19 holds each event to the newest.
SELECT wire.client_order_id AS subject, 'wire row ' || wire.sequence || ' was opened under '
  || halts.kind || ' ' || halts.cause AS detail
FROM wire JOIN halts ON halts.since_sequence < wire.opened_sequence
  AND (halts.lifted_sequence IS NULL OR halts.lifted_sequence > wire.opened_sequence)
WHERE wire.client_order_id IN (SELECT value FROM json_each(:orders)) AND wire.kind = 'SUBMIT'
UNION ALL
SELECT wire.client_order_id, 'wire row ' || wire.sequence || ' bought under REDUCE_ONLY '
  || reductions.cause
FROM wire JOIN reductions ON reductions.since_sequence < wire.opened_sequence
  AND (reductions.lifted_sequence IS NULL OR reductions.lifted_sequence > wire.opened_sequence)
  JOIN orders ON orders.client_order_id = wire.client_order_id
WHERE wire.client_order_id IN (SELECT value FROM json_each(:orders)) AND wire.kind = 'SUBMIT'
  AND orders.side = 'BUY'
UNION ALL
SELECT wire.client_order_id, 'wire row ' || wire.sequence || ' carries epoch ' || wire.epoch
  || ', the lease was ' || events.epoch
FROM wire JOIN events ON events.sequence = wire.opened_sequence
WHERE wire.client_order_id IN (SELECT value FROM json_each(:orders)) AND wire.epoch <> events.epoch
