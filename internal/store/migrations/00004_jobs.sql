-- The queue, which is also the history of what was done. Its states and who may
-- pass from which to which are drawn in docs/dev/jobs.md.

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
  retry_of           BIGINT NOT NULL DEFAULT 0,
  key                TEXT NOT NULL DEFAULT '',
  args               TEXT NOT NULL DEFAULT '{}',
  attempt            INTEGER NOT NULL DEFAULT 0 CHECK (attempt >= 0),
  max_attempts       INTEGER NOT NULL DEFAULT 3 CHECK (max_attempts >= 1),
  run_at             {{time}} NOT NULL,
  worker             TEXT NOT NULL DEFAULT '',
  lease              TEXT NOT NULL DEFAULT '',
  beat_at            {{time}},
  cancel             BOOLEAN NOT NULL DEFAULT FALSE,
  again              BOOLEAN NOT NULL DEFAULT FALSE,
  progress           DOUBLE PRECISION NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
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
  CHECK (state <> 'running' OR (worker <> '' AND beat_at IS NOT NULL AND started_at IS NOT NULL AND attempt >= 1)),
  CHECK ((state IN ('done', 'failed', 'cancelled')) = (ended_at IS NOT NULL)),
  CHECK (state <> 'done' OR (attempt >= 1 AND error = '')),
  CHECK (state <> 'failed' OR error <> ''),
  CHECK (state = 'running' OR NOT again),
  CHECK (attempt <= max_attempts)
);
-- One living job a key: a double click runs once.
CREATE UNIQUE INDEX jobs_key ON jobs (key) WHERE key <> '' AND state IN ('waiting', 'queued', 'running');
CREATE INDEX jobs_key_history ON jobs (key, id) WHERE key <> '';
-- What has failed is tried again once; then its successor is.
CREATE UNIQUE INDEX jobs_retry ON jobs (retry_of) WHERE retry_of <> 0;
-- The order in which a group's jobs are taken.
CREATE INDEX jobs_queue ON jobs (group_id, priority DESC, lane DESC, run_at, id) WHERE state = 'queued';
CREATE INDEX jobs_due ON jobs (run_at) WHERE state = 'queued';
CREATE INDEX jobs_running ON jobs (group_id, beat_at) WHERE state = 'running';
CREATE INDEX jobs_after ON jobs (after) WHERE after <> 0;
CREATE INDEX jobs_sample ON jobs (sample_id, id);
CREATE INDEX jobs_set ON jobs (set_id, id);
CREATE INDEX jobs_user ON jobs (user_id, id);
-- Lists by state; one index over all states would draw SQLite away from those
-- of the queue.
CREATE INDEX jobs_living ON jobs (id) WHERE state IN ('waiting', 'queued', 'running');
CREATE INDEX jobs_failed ON jobs (id) WHERE state = 'failed';
CREATE INDEX jobs_cancelled ON jobs (id) WHERE state = 'cancelled';
CREATE INDEX jobs_changed ON jobs (changed_at, id);

-- An illegal step is refused here too, whoever takes it.
-- only sqlite
CREATE TRIGGER jobs_step BEFORE UPDATE OF state ON jobs FOR EACH ROW
WHEN OLD.state <> NEW.state AND NOT (
  (OLD.state = 'waiting' AND NEW.state IN ('queued', 'failed', 'cancelled')) OR
  (OLD.state = 'queued' AND NEW.state IN ('running', 'cancelled')) OR
  (OLD.state = 'running' AND NEW.state IN ('queued', 'done', 'failed', 'cancelled')))
BEGIN SELECT RAISE(ABORT, 'illegal step in the life of a job'); END;

-- only postgres
CREATE FUNCTION jobs_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'illegal step in the life of a job: % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation'; END $$;

-- only postgres
CREATE TRIGGER jobs_step BEFORE UPDATE OF state ON jobs FOR EACH ROW
WHEN (OLD.state <> NEW.state AND NOT (
  (OLD.state = 'waiting' AND NEW.state IN ('queued', 'failed', 'cancelled')) OR
  (OLD.state = 'queued' AND NEW.state IN ('running', 'cancelled')) OR
  (OLD.state = 'running' AND NEW.state IN ('queued', 'done', 'failed', 'cancelled'))))
EXECUTE FUNCTION jobs_step();

-- Whose turn it was: the number of the last turn of each group.
CREATE TABLE job_turns (
  group_id BIGINT PRIMARY KEY,
  turn     BIGINT NOT NULL
);

-- The log of a job, in pieces as they were written; attempt by attempt.
CREATE TABLE job_logs (
  job_id  BIGINT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  piece   INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  at      {{time}} NOT NULL,
  text    TEXT NOT NULL,
  PRIMARY KEY (job_id, piece)
);
