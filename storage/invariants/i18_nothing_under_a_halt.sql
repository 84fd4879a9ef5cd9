-- I18: no SUBMIT was opened while a halt stood, none under a stale lease: a row carries the epoch
-- of the event that opened it, and I19 holds each event to the newest lease.
SELECT wire.client_order_id AS subject, 'wire row ' || wire.sequence || ' was opened under '
  || halts.kind || ' ' || halts.cause AS detail
FROM wire JOIN halts ON halts.since_sequence < wire.opened_sequence
  AND (halts.lifted_sequence IS NULL OR halts.lifted_sequence > wire.opened_sequence)
WHERE wire.client_order_id IN (SELECT value FROM json_each(:orders)) AND wire.kind = 'SUBMIT'
UNION ALL
SELECT wire.client_order_id, 'wire row ' || wire.sequence || ' carries epoch ' || wire.epoch
  || ', the lease was ' || events.epoch
FROM wire JOIN events ON events.sequence = wire.opened_sequence
WHERE wire.client_order_id IN (SELECT value FROM json_each(:orders)) AND wire.epoch <> events.epoch
