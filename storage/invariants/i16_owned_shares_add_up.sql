-- I16 (our side): each balance is the one before it plus its change, of ours and of others', and
-- the changes of ours by fills are the fills.
SELECT ts_code AS subject, ts_code || ' has a balance of ' || balance || ' in row ' || sequence
  || ', not ' || (before + change) AS detail
FROM (SELECT *, LAG(balance, 1, 0) OVER (PARTITION BY ts_code ORDER BY sequence) AS before
      FROM ownership WHERE ts_code IN (SELECT value FROM json_each(:names)))
WHERE balance <> before + change
UNION ALL
SELECT ts_code, ts_code || ' took over ' || journalled || ' shares by fills, which sum to ' || filled
FROM (SELECT ts_code, SUM(journalled) AS journalled, SUM(filled) AS filled
      FROM (SELECT ts_code, change AS journalled, 0 AS filled FROM ownership
            WHERE ts_code IN (SELECT value FROM json_each(:names)) AND cause = 'FILL'
            UNION ALL
            SELECT ts_code, 0, CASE side WHEN 'BUY' THEN quantity ELSE -quantity END
            FROM fills WHERE ts_code IN (SELECT value FROM json_each(:names)) AND ours = 1)
      GROUP BY ts_code)
WHERE journalled <> filled
UNION ALL
SELECT ts_code, ts_code || ' has a balance of others of ' || balance || ' in row ' || sequence
  || ', not ' || (before + change)
FROM (SELECT *, LAG(balance, 1, 0) OVER (PARTITION BY ts_code ORDER BY sequence) AS before
      FROM other_shares WHERE ts_code IN (SELECT value FROM json_each(:names)))
WHERE balance <> before + change
