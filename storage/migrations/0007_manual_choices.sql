-- The manual list shows both sides' figures, and lists a cause again that came back after it was
-- resolved. Violations and breaks differ by what they say, everything else by what it is about.
ALTER TABLE manual ADD COLUMN ours TEXT NOT NULL DEFAULT '';
ALTER TABLE manual ADD COLUMN theirs TEXT NOT NULL DEFAULT '';

DROP INDEX manual_once;
CREATE UNIQUE INDEX manual_once ON manual
  (IFNULL(run_id, ''), IFNULL(client_order_id, ''), IFNULL(ts_code, ''), reason,
   CASE WHEN reason IN ('INVARIANT_VIOLATED', 'BROKER_BREAK', 'MISSING_AT_BROKER',
     'DUPLICATE_AT_BROKER') THEN detail ELSE '' END)
  WHERE resolution IS NULL;
CREATE INDEX manual_by_cause ON manual (reason, resolved_at);
