-- The queue, which is also the history of what was done.

CREATE TABLE jobs (
  id                 {{id}},
  kind               TEXT NOT NULL CHECK (kind IN ('preprocess', 'analyze', 'import', 'fuse', 'collect')),
  state              TEXT NOT NULL CHECK (state IN ('waiting', 'queued', 'running', 'done', 'failed', 'cancelled')),
  lane               TEXT NOT NULL CHECK (lane IN ('short', 'long')),
  priority           INTEGER NOT NULL DEFAULT 0,
  group_id           BIGINT NOT NULL DEFAULT 0,
  user_id            BIGINT NOT NULL DEFAULT 0,
  set_id             BIGINT NOT NULL DEFAULT 0,
  sample_id          BIGINT NOT NULL DEFAULT 0,
  config_id          BIGINT NOT NULL DEFAULT 0,
  config_revision_id BIGINT NOT NULL DEFAULT 0,
  pre_process_id     BIGINT NOT NULL DEFAULT 0,
  after              BIGINT NOT NULL DEFAULT 0,
  key                TEXT NOT NULL DEFAULT '',
  args               TEXT NOT NULL DEFAULT '{}',
  attempt            INTEGER NOT NULL DEFAULT 0 CHECK (attempt >= 0),
  max_attempts       INTEGER NOT NULL DEFAULT 3 CHECK (max_attempts >= 1),
  run_at             {{time}} NOT NULL,
  worker             TEXT NOT NULL DEFAULT '',
  lease              TEXT NOT NULL DEFAULT '',
  beat_at            {{time}},
  cancel             BOOLEAN NOT NULL DEFAULT FALSE,
  progress           DOUBLE PRECISION NOT NULL DEFAULT 0,
  stage              TEXT NOT NULL DEFAULT '',
  reads              BIGINT NOT NULL DEFAULT 0,
  error_code         TEXT NOT NULL DEFAULT '',
  error              TEXT NOT NULL DEFAULT '',
  result_id          BIGINT NOT NULL DEFAULT 0,
  timeout_sec        BIGINT NOT NULL DEFAULT 0,
  log_bytes          BIGINT NOT NULL DEFAULT 0,
  created_at         {{time}} NOT NULL,
  started_at         {{time}},
  ended_at           {{time}},
  changed_at         {{time}} NOT NULL,
  CHECK ((state = 'running') = (lease <> '')),
  CHECK ((state IN ('done', 'failed', 'cancelled')) = (ended_at IS NOT NULL))
);
-- One living job a key: a double click runs once.
CREATE UNIQUE INDEX jobs_key ON jobs (key) WHERE key <> '' AND state IN ('waiting', 'queued', 'running');
CREATE INDEX jobs_queue ON jobs (lane, run_at) WHERE state = 'queued';
CREATE INDEX jobs_running ON jobs (beat_at) WHERE state = 'running';
CREATE INDEX jobs_after ON jobs (after) WHERE state = 'waiting';
CREATE INDEX jobs_sample ON jobs (sample_id, id);
CREATE INDEX jobs_set ON jobs (set_id, id);
CREATE INDEX jobs_user ON jobs (user_id, id);
CREATE INDEX jobs_changed ON jobs (changed_at);

-- The log of a job, in pieces as they were written; attempt by attempt.
CREATE TABLE job_logs (
  job_id  BIGINT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  piece   INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  at      {{time}} NOT NULL,
  text    TEXT NOT NULL,
  PRIMARY KEY (job_id, piece)
);
