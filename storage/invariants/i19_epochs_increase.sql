-- I19 (what the rows can show): each lease has a higher epoch than the one before, and every event
-- carries the epoch of the newest lease.
SELECT sequence AS subject, 'event ' || sequence || ' carries epoch ' || epoch || ' after '
  || before AS detail
FROM (SELECT sequence, subject_kind, subject, epoch,
        LAG(epoch, 1, 0) OVER (ORDER BY sequence) AS before
      FROM events WHERE sequence BETWEEN :first - 1 AND :last)
WHERE sequence >= :first AND CASE subject_kind
  WHEN 'LEASE' THEN epoch <= before OR epoch <> CAST(subject AS INTEGER)
  ELSE epoch <> before END
