-- How far the best quotes lay apart when the arrival price was taken: shortfall tells spread from
-- execution by it (a-share-rules.md section 11).
ALTER TABLE orders ADD COLUMN arrival_spread_e4 INTEGER;
