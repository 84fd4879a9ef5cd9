-- I33: nothing late was sent without a person's word (trading-day.md rule 5). A run was released
-- no later than its delay after its first send, its newest approval and the newest `resume` that
-- counted, unless it began in time and waited for the market; and none that was sending went on
-- after a long absence before a `resume`. The limits are those that the process wrote down when it
-- came back. Shanghai is eight hours ahead of UTC all year; a moment in the lunch break means 13:00.
WITH released AS (
  SELECT moved.subject AS run_id, moved.sequence, plan.session_date,
    datetime(moved.market_time, '+8 hours') AS there,
    (SELECT IIF(json_valid(detail), detail, '{}') FROM events AS back
      WHERE back.subject_kind = 'NOTE' AND back.subject = 'RETURNED'
        AND back.sequence < moved.sequence ORDER BY back.sequence DESC LIMIT 1) AS limits,
    (SELECT MAX(datetime(created_at, '+8 hours')) FROM approval
      WHERE approval.run_id = moved.subject AND approval.created_at <= moved.market_time) AS approved
  FROM events AS moved JOIN runs ON runs.run_id = moved.subject JOIN plan USING (plan_hash)
  WHERE moved.subject_kind = 'RUN' AND moved.subject IN (SELECT value FROM json_each(:runs))
    AND moved.target = 'SUBMITTING'
    AND NOT EXISTS (SELECT 1 FROM line_status
      JOIN events AS judged ON judged.subject_kind = 'LINE'
        AND judged.subject = line_status.run_id || '/' || line_status.ts_code
      WHERE line_status.run_id = moved.subject AND judged.sequence < moved.sequence)
), due AS (
  SELECT run_id, there, session_date, json_extract(limits, '$.release_delay_max_s') AS delay_max_s,
    MAX(session_date || ' ' || json_extract(limits, '$.first_send'), approved,
      IFNULL((SELECT MAX(datetime(lifted_at, '+8 hours')) FROM halts
        WHERE lifted_by NOT IN ('daemon', 'sage-execd') AND lifted_sequence < released.sequence
          AND datetime(lifted_at, '+8 hours')
            < session_date || ' ' || json_extract(limits, '$.late_resume_until')), '')) AS due_at
  FROM released
)
SELECT run_id AS subject, run_id || ' was due at ' || due_at || ' and released at ' || there AS detail
FROM due
WHERE strftime('%s', there) - strftime('%s', IIF(time(due_at) BETWEEN '11:30:00' AND '12:59:59',
  session_date || ' 13:00:00', due_at)) > delay_max_s + 1
UNION ALL
SELECT wire.client_order_id, 'wire row ' || wire.sequence || ' was opened after the absence that'
  || ' ended with event ' || back.sequence || ', without a resume'
FROM wire JOIN (SELECT sequence, market_time, IIF(json_valid(detail), detail, '{}') AS detail
    FROM events WHERE subject_kind = 'NOTE' AND subject = 'RETURNED') AS back
  ON back.sequence < wire.opened_sequence
WHERE wire.client_order_id IN (SELECT value FROM json_each(:orders)) AND wire.kind = 'SUBMIT'
  AND date(back.market_time, '+8 hours') = wire.session_date
  AND IFNULL(strftime('%s', back.market_time)
      - strftime('%s', json_extract(back.detail, '$.last_seen'))
      > json_extract(back.detail, '$.absence_max_s') + 1,
    json_type(back.detail, '$.last_seen') = 'null')
  AND (SELECT target FROM events AS moved
    WHERE moved.subject_kind = 'RUN' AND moved.subject = wire.run_id
      AND moved.sequence < back.sequence AND moved.target IS NOT NULL
    ORDER BY moved.sequence DESC LIMIT 1) IN ('SUBMITTING', 'WORKING')
  AND NOT EXISTS (SELECT 1 FROM events AS word
    WHERE word.subject_kind = 'HALT' AND word.subject <> 'REDUCE_ONLY' AND word.cause = 'RESUMED'
      AND word.initiator = 'OPERATOR'
      AND word.sequence BETWEEN back.sequence AND wire.opened_sequence)
