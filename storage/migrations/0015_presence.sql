-- When the daemon last watched over a run under way, market time. One row, replaced at most once a
-- minute: no event, so that quiet minutes leave the journal alone.
CREATE TABLE presence (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  seen_at TEXT NOT NULL,
  epoch INTEGER NOT NULL
) STRICT;
