-- I9: filled_quantity never decreases.
SELECT subject, subject || ' went from ' || before || ' to ' || after || ' filled in event '
  || sequence AS detail
FROM (SELECT subject, sequence, json_extract(detail, '$.set.filled_quantity') AS after,
        LAG(json_extract(detail, '$.set.filled_quantity'))
          OVER (PARTITION BY subject ORDER BY sequence) AS before
      FROM events
      WHERE subject_kind = 'ORDER' AND subject IN (SELECT value FROM json_each(:orders))
        AND json_extract(detail, '$.set.filled_quantity') IS NOT NULL)
WHERE after < before
