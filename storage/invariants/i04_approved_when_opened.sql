-- I4: every SUBMIT row has an approval of its side of its plan that was valid when the row was
-- opened, and as many persons had given theirs as it asked for.
-- (That the hash recomputes from the rows, and the approval's seal, are checked in Python.)
SELECT wire.client_order_id AS subject,
  'wire row ' || wire.sequence || ' of ' || wire.client_order_id || ' was not approved' AS detail
FROM wire LEFT JOIN orders ON orders.client_order_id = wire.client_order_id
WHERE wire.client_order_id IN (SELECT value FROM json_each(:orders))
  AND wire.kind = 'SUBMIT'
  AND NOT EXISTS (
    SELECT 1 FROM approval
    WHERE approval.plan_hash = wire.plan_hash AND approval.run_id = wire.run_id
      AND approval.created_at <= wire.opened_at AND wire.opened_at < approval.expires_at
      AND (approval.revoked_sequence IS NULL OR approval.revoked_sequence > wire.opened_sequence)
      AND approval.stage IN ('ALL', CASE orders.side WHEN 'SELL' THEN 'SELLS' ELSE 'BUYS' END)
    GROUP BY approval.plan_hash
    HAVING MAX(approval.approval_id = wire.approval_id)
      AND MIN(COUNT(DISTINCT approval.approver), COUNT(DISTINCT approval.uid))
        >= MAX(approval.persons_min))
