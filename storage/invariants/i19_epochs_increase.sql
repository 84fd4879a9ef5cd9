-- I19 (what the rows can show): epochs strictly increase, and each event carries the newest one.
SELECT 'epoch ' || subject || ' in event ' || sequence || ' follows ' || before AS detail
FROM (SELECT sequence, subject, LAG(CAST(subject AS INTEGER)) OVER (ORDER BY sequence) AS before
      FROM events WHERE subject_kind = 'LEASE')
WHERE CAST(subject AS INTEGER) <= before
UNION ALL
SELECT 'event ' || sequence || ' carries epoch ' || epoch || ' after ' || before
FROM (SELECT sequence, epoch, LAG(epoch) OVER (ORDER BY sequence) AS before FROM events)
WHERE epoch < before
