-- A fill that came without an id becomes that of the order a person adopted, once
-- (never-twice-never-lost.md A4); otherwise it only learns its fees, as before.
DROP TRIGGER fills_only_learn_their_fees;
CREATE TRIGGER fills_only_learn_their_fees BEFORE UPDATE ON fills
WHEN (OLD.account, OLD.trade_date, OLD.market, OLD.venue_order_id, OLD.fill_id, OLD.kind,
      OLD.ts_code, OLD.side, OLD.quantity, OLD.price_e4, OLD.amount_e4, OLD.fill_time,
      OLD.post_terminal)
    IS NOT (NEW.account, NEW.trade_date, NEW.market, NEW.venue_order_id, NEW.fill_id, NEW.kind,
      NEW.ts_code, NEW.side, NEW.quantity, NEW.price_e4, NEW.amount_e4, NEW.fill_time,
      NEW.post_terminal)
  OR NOT CASE WHEN (OLD.client_order_id, OLD.ours) IS (NEW.client_order_id, NEW.ours)
    THEN OLD.commission_e4 IS NULL
    ELSE OLD.client_order_id IS NULL AND NEW.client_order_id IS NOT NULL AND NEW.ours = 1
      AND (OLD.commission_e4, OLD.stamp_duty_e4, OLD.transfer_e4)
        IS (NEW.commission_e4, NEW.stamp_duty_e4, NEW.transfer_e4) END
BEGIN SELECT RAISE(ABORT, 'a fill is never changed'); END;
