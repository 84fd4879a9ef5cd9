-- Cancels of a halt count in no budget of messages or cancels (trading-day.md rule 20).
ALTER TABLE wire ADD COLUMN exempt INTEGER NOT NULL DEFAULT 0 CHECK (exempt IN (0, 1));
