-- Archives from other servers: from where what is here came, and those that are
-- on their way in.

CREATE TABLE set_origins (
  server     TEXT NOT NULL CHECK (server <> ''),
  foreign_id BIGINT NOT NULL,
  local_id   BIGINT NOT NULL REFERENCES sets (id) ON DELETE CASCADE,
  -- Of its content when it came.
  digest     TEXT NOT NULL,
  created_at {{time}} NOT NULL,
  PRIMARY KEY (server, foreign_id, local_id)
);
CREATE INDEX set_origins_local ON set_origins (local_id);

CREATE TABLE sample_origins (
  server     TEXT NOT NULL CHECK (server <> ''),
  foreign_id BIGINT NOT NULL,
  local_id   BIGINT NOT NULL REFERENCES samples (id) ON DELETE CASCADE,
  digest     TEXT NOT NULL,
  created_at {{time}} NOT NULL,
  PRIMARY KEY (server, foreign_id, local_id)
);
CREATE INDEX sample_origins_local ON sample_origins (local_id);

CREATE TABLE transfers (
  id         {{id}},
  user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  group_id   BIGINT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  name       TEXT NOT NULL,
  size       BIGINT NOT NULL CHECK (size > 0),
  job_id     BIGINT NOT NULL DEFAULT 0,
  -- Of the last job, as JSON.
  report     TEXT NOT NULL DEFAULT '',
  done_at    {{time}},
  created_at {{time}} NOT NULL,
  changed_at {{time}} NOT NULL
);
CREATE INDEX transfers_user ON transfers (user_id, id);
CREATE INDEX transfers_group ON transfers (group_id);
CREATE INDEX transfers_changed ON transfers (changed_at);

-- An archive comes in pieces of one size, in any order, each by its digest.
CREATE TABLE transfer_pieces (
  transfer_id BIGINT NOT NULL REFERENCES transfers (id) ON DELETE CASCADE,
  number      BIGINT NOT NULL CHECK (number >= 0),
  digest      TEXT NOT NULL REFERENCES blobs (digest),
  size        BIGINT NOT NULL CHECK (size > 0),
  PRIMARY KEY (transfer_id, number)
);
CREATE INDEX transfer_pieces_digest ON transfer_pieces (digest);

-- One more kind of job; see 00006.
-- only sqlite
PRAGMA writable_schema = ON;

-- only sqlite
UPDATE sqlite_schema SET sql = replace(sql, '''collect'', ''export'')', '''collect'', ''export'', ''transfer'')') WHERE type = 'table' AND name = 'jobs';

-- only sqlite
PRAGMA writable_schema = RESET;

-- only postgres
ALTER TABLE jobs DROP CONSTRAINT jobs_kind_check;

-- only postgres
ALTER TABLE jobs ADD CONSTRAINT jobs_kind_check CHECK (kind IN ('preprocess', 'analyze', 'import', 'fuse', 'collect', 'export', 'transfer'));
