-- The ledger as it was made at schema version 2, taken from one.
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY,
    call_id TEXT NOT NULL,           -- the same for all attempts of one call
    attempt INTEGER NOT NULL,        -- 1, 2, …
    time REAL NOT NULL,              -- when it was sent: seconds since 1970, UTC
    command TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,             -- as asked
    model_resolved TEXT,             -- as answered
    status TEXT NOT NULL,            -- sent, ok, interrupted, lost, or the name of an exit code such as rate_limited
    http_status INTEGER,
    stop_reason TEXT,
    input_tokens INTEGER,            -- everything sent, cached or not
    output_tokens INTEGER,
    cache_read_tokens INTEGER,
    cache_write_tokens INTEGER,
    reasoning_tokens INTEGER,
    cost_basis TEXT NOT NULL,        -- measured, estimated, unknown
    latency_ms INTEGER,
    ttft_ms INTEGER,
    tokens_per_second REAL,          -- output after the first token; NULL if not streamed
    request_id TEXT,
    tags TEXT NOT NULL,              -- JSON object
    pid INTEGER NOT NULL
, cache_write_1h_tokens INTEGER, profile TEXT, run TEXT, cost_picousd INTEGER, charge_picousd INTEGER DEFAULT 0, charge_tokens INTEGER NOT NULL DEFAULT 0);
CREATE INDEX attempts_by_time ON attempts (time);
CREATE INDEX attempts_open ON attempts (pid) WHERE status = 'sent';
CREATE INDEX attempts_again ON attempts (call_id, attempt) WHERE attempt > 1;
CREATE INDEX attempts_by_kind ON attempts (
    provider, model, status, time, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
    reasoning_tokens, cost_picousd, latency_ms, ttft_ms, command
);
CREATE TABLE charges (
    scope TEXT NOT NULL,             -- '', 'provider:…', 'profile:…', 'tag:KEY=VALUE' or 'run:…'
    quarter INTEGER NOT NULL,        -- quarters of an hour since 1970
    picousd INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,       -- attempts of unknown price
    PRIMARY KEY (scope, quarter)
) WITHOUT ROWID;
CREATE TRIGGER attempt_sent AFTER INSERT ON attempts BEGIN INSERT INTO charges (scope, quarter, picousd, tokens, unpriced) SELECT scope, CAST(NEW.time / 900 AS INTEGER), coalesce(NEW.charge_picousd, 0), NEW.charge_tokens, (NEW.charge_picousd IS NULL) FROM (SELECT '' AS scope UNION ALL SELECT 'provider:' || NEW.provider UNION ALL SELECT 'profile:' || NEW.profile WHERE NEW.profile IS NOT NULL UNION ALL SELECT 'run:' || NEW.run WHERE NEW.run IS NOT NULL UNION ALL SELECT 'tag:' || key || '=' || value FROM json_each(NEW.tags)) WHERE true ON CONFLICT (scope, quarter) DO UPDATE SET picousd = picousd + excluded.picousd, tokens = tokens + excluded.tokens, unpriced = unpriced + excluded.unpriced; END;
CREATE TRIGGER attempt_settled AFTER UPDATE OF charge_picousd, charge_tokens ON attempts
BEGIN INSERT INTO charges (scope, quarter, picousd, tokens, unpriced) SELECT scope, CAST(OLD.time / 900 AS INTEGER), -coalesce(OLD.charge_picousd, 0), -OLD.charge_tokens, -(OLD.charge_picousd IS NULL) FROM (SELECT '' AS scope UNION ALL SELECT 'provider:' || OLD.provider UNION ALL SELECT 'profile:' || OLD.profile WHERE OLD.profile IS NOT NULL UNION ALL SELECT 'run:' || OLD.run WHERE OLD.run IS NOT NULL UNION ALL SELECT 'tag:' || key || '=' || value FROM json_each(OLD.tags)) WHERE true ON CONFLICT (scope, quarter) DO UPDATE SET picousd = picousd + excluded.picousd, tokens = tokens + excluded.tokens, unpriced = unpriced + excluded.unpriced; INSERT INTO charges (scope, quarter, picousd, tokens, unpriced) SELECT scope, CAST(NEW.time / 900 AS INTEGER), coalesce(NEW.charge_picousd, 0), NEW.charge_tokens, (NEW.charge_picousd IS NULL) FROM (SELECT '' AS scope UNION ALL SELECT 'provider:' || NEW.provider UNION ALL SELECT 'profile:' || NEW.profile WHERE NEW.profile IS NOT NULL UNION ALL SELECT 'run:' || NEW.run WHERE NEW.run IS NOT NULL UNION ALL SELECT 'tag:' || key || '=' || value FROM json_each(NEW.tags)) WHERE true ON CONFLICT (scope, quarter) DO UPDATE SET picousd = picousd + excluded.picousd, tokens = tokens + excluded.tokens, unpriced = unpriced + excluded.unpriced; END;
PRAGMA user_version = 2;
