-- I9: filled_quantity never decreases, and no report is believed over a newer one.
WITH told AS (
  SELECT subject, sequence,
    json_extract(iif(json_valid(detail), detail, '{}'), '$.set.filled_quantity') AS filled,
    json_extract(iif(json_valid(detail), detail, '{}'), '$.set.version') AS version
  FROM events
  WHERE subject_kind = 'ORDER' AND subject IN (SELECT value FROM json_each(:orders)))
SELECT subject, subject || ' went from ' || before || ' to ' || after || ' filled in event '
  || sequence AS detail
FROM (SELECT subject, sequence, filled AS after,
        LAG(filled) OVER (PARTITION BY subject ORDER BY sequence) AS before
      FROM told WHERE filled IS NOT NULL)
WHERE after < before
UNION ALL
SELECT subject, subject || ' went back from report ' || before || ' to ' || after || ' in event '
  || sequence
FROM (SELECT subject, sequence, version AS after,
        LAG(version) OVER (PARTITION BY subject ORDER BY sequence) AS before
      FROM told WHERE version IS NOT NULL)
WHERE after < before
