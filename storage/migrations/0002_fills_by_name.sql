-- What `verify` sums over one name must not cost a walk over every fill ever made.
CREATE INDEX fills_by_name ON fills (ts_code) WHERE ours = 1;
