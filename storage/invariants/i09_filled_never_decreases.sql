-- I9: filled_quantity never decreases.
SELECT subject, subject || ' went from ' || before || ' to ' || after || ' filled in event '
  || sequence AS detail
FROM (SELECT subject, sequence, after,
        LAG(after) OVER (PARTITION BY subject ORDER BY sequence) AS before
      FROM (SELECT subject, sequence,
              json_extract(iif(json_valid(detail), detail, '{}'), '$.set.filled_quantity') AS after
            FROM events
            WHERE subject_kind = 'ORDER' AND subject IN (SELECT value FROM json_each(:orders)))
      WHERE after IS NOT NULL)
WHERE after < before
