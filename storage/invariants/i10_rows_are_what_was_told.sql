-- I10: events and rows tell the same: what was sent and answered, approved, planned and filled.
-- (Orders, runs and fills are replayed column by column in Python.)
SELECT wire.client_order_id AS subject,
  'wire row ' || wire.sequence || ' differs from event ' || opened_sequence AS detail
FROM wire LEFT JOIN
  (SELECT *, iif(json_valid(detail), detail, '{}') AS facts FROM events) AS opening
  ON opening.sequence = wire.opened_sequence AND opening.subject = wire.client_order_id
  AND opening.run_id = wire.run_id AND opening.market_time = opened_at
  AND opening.recorded_utc = opened_utc AND opening.monotonic_ns = opened_monotonic_ns
  AND opening.boot_id = wire.boot_id
  AND CASE kind
    WHEN 'SUBMIT' THEN json_extract(facts, '$.approval_id') = approval_id
      AND json_extract(facts, '$.cut_off') = cut_off
    ELSE COALESCE(plan_hash, approval_id, cut_off, body_sha256) IS NULL END
WHERE wire.client_order_id IN (SELECT value FROM json_each(:orders))
  AND (opening.sequence IS NULL OR date(opened_at, '+8 hours') <> wire.session_date)
UNION ALL
SELECT client_order_id, 'wire row ' || sequence || ' is try ' || try || ', not ' || counted
FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY client_order_id, kind ORDER BY sequence) AS counted
      FROM wire WHERE client_order_id IN (SELECT value FROM json_each(:orders)))
WHERE try <> counted
UNION ALL
SELECT wire.client_order_id,
  'wire row ' || wire.sequence || ' was answered otherwise than its events say'
FROM wire LEFT JOIN
  (SELECT *, iif(json_valid(detail), detail, '{}') AS facts FROM events
   WHERE subject_kind = 'WIRE') AS closing
  ON closing.subject = wire.client_order_id AND closing.cause = wire.kind || '_CLOSED'
  AND json_extract(facts, '$.wire') = wire.sequence
WHERE wire.client_order_id IN (SELECT value FROM json_each(:orders))
  AND (closing.market_time IS NOT wire.closed_at
    OR closing.evidence_sha256 IS NOT wire.evidence_sha256
    OR json_extract(facts, '$.bytes_started') IS NOT bytes_started
    OR json_extract(facts, '$.outcome') IS NOT outcome
    OR json_extract(facts, '$.code') IS NOT code
    OR json_extract(facts, '$.message') IS NOT message
    OR json_extract(facts, '$.systemic') IS NOT systemic)
UNION ALL
SELECT subject, 'event ' || sequence || ' of ' || subject || ' has no wire row'
FROM (SELECT *, iif(json_valid(detail), detail, '{}') AS facts FROM events
      WHERE sequence BETWEEN :first AND :last) AS told
WHERE subject_kind = 'WIRE' AND cause <> 'RESEND_GRANTED' AND NOT EXISTS
  (SELECT 1 FROM wire
   WHERE wire.client_order_id = told.subject AND wire.kind || '_CLOSED' = told.cause
     AND wire.sequence = json_extract(facts, '$.wire')
   UNION ALL
   SELECT 1 FROM wire
   WHERE wire.client_order_id = told.subject AND wire.kind || '_OPENED' = told.cause
     AND wire.try = json_extract(facts, '$.try'))
UNION ALL
SELECT approval.run_id, 'approval ' || approval_id || ' is not what was approved'
FROM approval LEFT JOIN
  (SELECT *, iif(json_valid(detail), detail, '{}') AS facts FROM events
   WHERE subject_kind = 'APPROVAL') AS given
  ON given.subject = nonce AND given.cause = 'APPROVED' AND given.run_id = approval.run_id
  AND given.actor = approver AND json_extract(facts, '$.approval_id') = approval_id
  AND json_extract(facts, '$.plan_hash') = plan_hash AND json_extract(facts, '$.uid') = uid
  AND json_extract(facts, '$.expires_at') = expires_at AND json_extract(facts, '$.mac') = mac
WHERE approval.run_id IN (SELECT value FROM json_each(:runs))
  AND (given.sequence IS NULL OR revoked_sequence IS NOT
    (SELECT MIN(sequence) FROM events AS back
     WHERE back.subject_kind = 'RUN' AND back.subject = approval.run_id
       AND back.sequence > given.sequence AND back.source = 'APPROVED'
       AND back.target NOT IN ('SUBMITTING', 'RECONCILING')))
UNION ALL
SELECT events.run_id, 'event ' || sequence || ' approved and has no row'
FROM events LEFT JOIN approval ON nonce = events.subject
WHERE sequence BETWEEN :first AND :last AND subject_kind = 'APPROVAL' AND cause = 'APPROVED'
  AND approval_id IS NULL
UNION ALL
SELECT told.subject, 'event ' || told.sequence || ' tells of fill ' || told.subject
  || ', which has no row'
FROM (SELECT *, iif(json_valid(detail), detail, '{}') AS facts FROM events
      WHERE sequence BETWEEN :first AND :last) AS told LEFT JOIN fills
  ON fills.account = json_extract(facts, '$.account')
  AND fills.trade_date = json_extract(facts, '$.trade_date')
  AND fills.market = json_extract(facts, '$.market')
  AND fills.venue_order_id = json_extract(facts, '$.venue_order_id')
  AND fills.fill_id = json_extract(facts, '$.fill_id')
  AND fills.kind = json_extract(facts, '$.kind')
WHERE subject_kind = 'FILL' AND fills.sequence IS NULL
