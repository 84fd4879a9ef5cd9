-- I21: every run that came from files has its delivery, and its bytes are kept.
-- (That the bytes still have their hash is checked in Python.)
SELECT run_id AS subject, run_id || ' has no delivery' AS detail
FROM runs
WHERE run_id IN (SELECT value FROM json_each(:runs)) AND parent_run_id IS NULL
  AND NOT EXISTS (SELECT 1 FROM inputs WHERE inputs.run_id = runs.run_id AND outcome = 'NEW')
UNION ALL
SELECT inputs.run_id,
  'delivery ' || inputs.sequence || ' of ' || inputs.run_id || ' misses its run or its bytes'
FROM inputs
WHERE run_id IN (SELECT value FROM json_each(:runs))
  AND (NOT EXISTS (SELECT 1 FROM runs WHERE runs.run_id = inputs.run_id)
    OR NOT EXISTS (SELECT 1 FROM input_blob WHERE sha256 = csv_sha256)
    OR NOT EXISTS (SELECT 1 FROM input_blob WHERE sha256 = context_sha256))
UNION ALL
SELECT run_id, run_id || ' is REFUSED without a reason'
FROM runs
WHERE run_id IN (SELECT value FROM json_each(:runs))
  AND state = 'REFUSED' AND json_array_length(iif(json_valid(refusals), refusals, '[]')) = 0
