-- An approval may be for one side of a plan, and may need another person's word beside it.
ALTER TABLE approval ADD COLUMN stage TEXT NOT NULL DEFAULT 'ALL'
  CHECK (stage IN ('ALL', 'SELLS', 'BUYS'));
ALTER TABLE approval ADD COLUMN persons_min INTEGER NOT NULL DEFAULT 1 CHECK (persons_min >= 1);

DROP TRIGGER approval_is_only_revoked;
CREATE TRIGGER approval_is_only_revoked BEFORE UPDATE ON approval
WHEN OLD.revoked_sequence IS NOT NULL
  OR (OLD.run_id, OLD.plan_hash, OLD.approver, OLD.uid, OLD.created_at, OLD.expires_at,
      OLD.nonce, OLD.mac, OLD.stage, OLD.persons_min)
    IS NOT (NEW.run_id, NEW.plan_hash, NEW.approver, NEW.uid, NEW.created_at, NEW.expires_at,
      NEW.nonce, NEW.mac, NEW.stage, NEW.persons_min)
BEGIN SELECT RAISE(ABORT, 'an approval is only ever revoked'); END;
