/**
 * The native schema, version by version; described for people in docs/trace-format.md. Times that end in `_us` are
 * microseconds: wall clock since 1970-01-01T00:00:00Z where the name says "at", durations or offsets elsewhere.
 *
 * Tokens are rows, because people query a trace with the `sqlite3` shell, but with integer keys and
 * WITHOUT ROWID: 2.3 MB per 100 000 tokens, where text ids with three indexes take 23 MB.
 */

/** "LLMT": tells a trace from other SQLite files, in bytes 68–71 of its header. */
export const applicationId = 0x4c4c4d54;

export const createVersion1 = `
CREATE TABLE runs (
  run_key       INTEGER PRIMARY KEY,
  run_id        TEXT NOT NULL UNIQUE,           -- as it came from outside
  name          TEXT,
  status        TEXT,                           -- running, completed, failed
  started_at_us INTEGER NOT NULL,               -- wall clock
  ended_at_us   INTEGER,                        -- wall clock; NULL while it runs
  agent_type    TEXT,
  session_id    TEXT,
  user_id       TEXT,
  metadata      TEXT                            -- JSON
);
CREATE INDEX runs_by_start ON runs (started_at_us);

CREATE TABLE steps (
  step_key        INTEGER PRIMARY KEY,
  step_id         TEXT NOT NULL UNIQUE,         -- as it came from outside
  run_key         INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  parent_step_key INTEGER REFERENCES steps ON DELETE CASCADE,
  type            TEXT NOT NULL,                -- llm_call, tool_call, memory_read, agent_handoff, …
  name            TEXT,
  status          TEXT,
  started_at_us   INTEGER NOT NULL,             -- wall clock; of a call: when its request was sent
  duration_us     INTEGER,                      -- NULL while it runs and for what has no length
  data            TEXT                          -- JSON of the event: input, output, error, from, to, reason, …
);
CREATE INDEX steps_by_run ON steps (run_key, started_at_us);
CREATE INDEX steps_by_parent ON steps (parent_step_key) WHERE parent_step_key IS NOT NULL;

CREATE TABLE llm_calls (
  call_key           INTEGER PRIMARY KEY REFERENCES steps (step_key) ON DELETE CASCADE,
  provider           TEXT,
  wire_format        TEXT,
  model              TEXT,
  streaming          INTEGER,                   -- 1 or 0
  state              TEXT NOT NULL,             -- streaming, completed, failed, aborted, truncated, interrupted
  request            TEXT,                      -- body as it was sent
  response           TEXT,                      -- body where it is not the tokens' text
  http_status        INTEGER,
  finish_reason      TEXT,
  error_code         TEXT,                      -- TIMEOUT, RATE_LIMIT, AUTH_ERROR, LLM_ERROR, CLIENT_ABORT, …
  error_message      TEXT,
  ttfc_us            INTEGER,                   -- request sent → first chunk of whatever kind
  ttft_us            INTEGER,                   -- request sent → first token
  ttfo_us            INTEGER,                   -- request sent → first visible text
  last_token_us      INTEGER,                   -- request sent → last token
  duration_us        INTEGER,                   -- request sent → last byte
  icl_p50_us         REAL,                      -- inter-chunk latencies: percentiles, then the longest
  icl_p90_us         REAL,
  icl_p95_us         REAL,
  icl_p99_us         REAL,
  icl_max_us         REAL,
  prompt_tokens      INTEGER,
  completion_tokens  INTEGER,
  token_count_source TEXT,                      -- usage, logprobs, estimate, chunks
  clock_source       TEXT,                      -- proxy, sdk, server, imported, order-only
  chunk_count        INTEGER NOT NULL DEFAULT 0, -- tokens that came; more than stored when sampled or aggregated
  sample_rate        REAL NOT NULL DEFAULT 1,   -- 1: every token was kept
  aggregated         INTEGER NOT NULL DEFAULT 0 -- 1: the tokens were dropped, the figures kept
);

CREATE TABLE llm_tokens (
  call_key    INTEGER NOT NULL REFERENCES llm_calls ON DELETE CASCADE,
  token_index INTEGER NOT NULL,                 -- in the whole stream, from 0
  offset_us   INTEGER NOT NULL,                 -- since the request was sent
  kind        INTEGER NOT NULL,                 -- 0 text, 1 reasoning, 2 refusal, 3 tool arguments, 4 tool name, 5 audio transcript, 6 other
  read_index  INTEGER,                          -- which read of the socket it came out of; NULL: not known
  token       TEXT NOT NULL,
  metadata    TEXT,                             -- JSON
  PRIMARY KEY (call_key, token_index)
) WITHOUT ROWID;

CREATE VIEW llm_tokens_by_id AS
SELECT runs.run_id AS run_id,
       steps.step_id AS llm_call_id,
       llm_tokens.token_index AS token_index,
       llm_tokens.token AS token,
       CASE llm_tokens.kind WHEN 0 THEN 'text' WHEN 1 THEN 'reasoning' WHEN 2 THEN 'refusal'
         WHEN 3 THEN 'tool arguments' WHEN 4 THEN 'tool name' WHEN 5 THEN 'audio transcript'
         ELSE 'other' END AS kind,
       CASE WHEN llm_calls.clock_source IS NOT 'order-only'
         THEN (steps.started_at_us + llm_tokens.offset_us) / 1000.0 END AS timestamp_ms,
       CASE WHEN llm_calls.clock_source IS NOT 'order-only'
         THEN (llm_tokens.offset_us - coalesce((
           SELECT before.offset_us FROM llm_tokens AS before
           WHERE before.call_key = llm_tokens.call_key AND before.token_index < llm_tokens.token_index
           ORDER BY before.token_index DESC LIMIT 1), 0)) / 1000.0 END AS delta_ms,
       llm_tokens.metadata AS metadata
FROM llm_tokens
JOIN llm_calls ON llm_calls.call_key = llm_tokens.call_key
JOIN steps ON steps.step_key = llm_tokens.call_key
JOIN runs ON runs.run_key = steps.run_key;

CREATE VIEW llm_calls_by_id AS
SELECT runs.run_id AS run_id,
       steps.step_id AS llm_call_id,
       steps.name AS name,
       llm_calls.provider AS provider,
       llm_calls.model AS model,
       llm_calls.state AS state,
       llm_calls.error_code AS error_code,
       llm_calls.error_message AS error_message,
       llm_calls.http_status AS http_status,
       llm_calls.finish_reason AS finish_reason,
       steps.started_at_us / 1000.0 AS started_at_ms,
       llm_calls.duration_us / 1000.0 AS duration_ms,
       llm_calls.ttfc_us / 1000.0 AS ttfc_ms,
       llm_calls.ttft_us / 1000.0 AS ttft_ms,
       llm_calls.ttfo_us / 1000.0 AS ttfo_ms,
       llm_calls.prompt_tokens AS prompt_tokens,
       llm_calls.completion_tokens AS completion_tokens,
       llm_calls.token_count_source AS token_count_source,
       llm_calls.clock_source AS clock_source,
       llm_calls.chunk_count AS chunk_count
FROM llm_calls
JOIN steps ON steps.step_key = llm_calls.call_key
JOIN runs ON runs.run_key = steps.run_key;

CREATE VIEW steps_by_id AS
SELECT runs.run_id AS run_id,
       steps.step_id AS step_id,
       parent.step_id AS parent_step_id,
       steps.type AS type,
       steps.name AS name,
       steps.status AS status,
       steps.started_at_us / 1000.0 AS started_at_ms,
       steps.duration_us / 1000.0 AS duration_ms,
       steps.data AS data
FROM steps
JOIN runs ON runs.run_key = steps.run_key
LEFT JOIN steps AS parent ON parent.step_key = steps.parent_step_key;
`;

export const dropVersion1 = `
DROP VIEW steps_by_id;
DROP VIEW llm_calls_by_id;
DROP VIEW llm_tokens_by_id;
DROP TABLE llm_tokens;
DROP TABLE llm_calls;
DROP TABLE steps;
DROP TABLE runs;
`;

const callColumnsOfVersion2 = [
  'aggregated_at_us INTEGER',
  'burst_count INTEGER',
  'gap_count INTEGER',
  'longest_gaps TEXT',
  'rate_curve TEXT',
];

/** What of an aggregated call outlives its tokens. Adding columns rewrites no row. */
export const addVersion2 = callColumnsOfVersion2
  .map((column) => `ALTER TABLE llm_calls ADD COLUMN ${column};\n`)
  .join('');

export const dropVersion2 = callColumnsOfVersion2
  .toReversed()
  .map((column) => `ALTER TABLE llm_calls DROP COLUMN ${column.split(' ')[0]};\n`)
  .join('');

/** The statements of each version as SQLite keeps them: with columns that were added at the end of their table. */
export const schemaTexts: readonly string[] = [
  createVersion1,
  createVersion1.replace(
    /(CREATE TABLE llm_calls \([^]*?\n)\);/,
    `$1, ${callColumnsOfVersion2.join(', ')});`,
  ),
];
