-- I31: every halt and every listed item has its alert, a halt of our own a P0 but for the doubt
-- about one send, and so has every order that is left to a person: it is listed, and stays so when
-- the venue answers at last. What was there before the outbox was (its text is its cause) may have
-- been told as less.
SELECT halts.cause AS subject, halts.kind || ' ' || halts.cause || ' was told to nobody' AS detail
FROM events JOIN halts ON halts.since_sequence = events.sequence
WHERE events.sequence BETWEEN :first AND :last
  AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.halt_id = halts.halt_id)
UNION ALL
SELECT halts.cause, halts.kind || ' ' || halts.cause || ' was told as a ' || outbox.severity
FROM events JOIN halts ON halts.since_sequence = events.sequence JOIN outbox USING (halt_id)
WHERE events.sequence BETWEEN :first AND :last
  AND halts.kind = 'HALT' AND halts.actor IN ('daemon', 'sage-execd')
  AND outbox.severity <> 'P0' AND outbox.text_en <> halts.kind || ' ' || halts.cause
UNION ALL
SELECT events.subject, 'item ' || manual.item_id || ' ' || manual.reason || ' was told to nobody'
FROM events JOIN manual ON manual.item_id = CAST(events.subject AS INTEGER)
WHERE events.sequence BETWEEN :first AND :last
  AND events.subject_kind = 'MANUAL' AND events.cause = manual.reason
  AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.item_id = manual.item_id)
UNION ALL
SELECT manual.client_order_id, 'item ' || manual.item_id || ' ' || manual.reason
  || ' was told as a ' || outbox.severity
FROM manual JOIN outbox USING (item_id)
WHERE manual.client_order_id IN (SELECT value FROM json_each(:orders))
  AND manual.reason = 'SEND_UNKNOWN' AND outbox.severity <> 'P0'
  AND outbox.text_en <> manual.reason || ' ' || manual.detail
UNION ALL
SELECT client_order_id, client_order_id || ' of ' || run_id || ' is left to a person on no list'
FROM orders
WHERE client_order_id IN (SELECT value FROM json_each(:orders)) AND send_state = 'MANUAL'
  AND NOT EXISTS (SELECT 1 FROM manual
    WHERE manual.client_order_id = orders.client_order_id AND manual.reason = 'SEND_UNKNOWN')
