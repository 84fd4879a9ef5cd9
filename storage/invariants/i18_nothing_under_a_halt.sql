-- I18: no SUBMIT was opened while a halt stood, none under a stale lease.
SELECT 'wire row ' || wire.sequence || ' was opened under ' || halts.kind || ' '
  || halts.cause AS detail
FROM wire JOIN halts ON halts.since_sequence < wire.opened_sequence
  AND (halts.lifted_sequence IS NULL OR halts.lifted_sequence > wire.opened_sequence)
WHERE wire.kind = 'SUBMIT'
UNION ALL
SELECT 'wire row ' || wire.sequence || ' carries epoch ' || wire.epoch || ', the lease was '
  || MAX(CAST(lease_events.subject AS INTEGER))
FROM wire JOIN events AS lease_events ON lease_events.subject_kind = 'LEASE'
  AND lease_events.sequence < wire.opened_sequence
GROUP BY wire.sequence
HAVING wire.epoch <> MAX(CAST(lease_events.subject AS INTEGER))
