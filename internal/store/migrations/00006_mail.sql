-- Mails on their way, what people want to be told, archives of one's own data,
-- and where the audit begins after old entries were removed.

CREATE TABLE mails (
  id         {{id}},
  kind       TEXT NOT NULL CHECK (kind <> ''),
  state      TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'dead')),
  user_id    BIGINT REFERENCES users (id) ON DELETE CASCADE,
  address    TEXT NOT NULL DEFAULT '',
  letter     TEXT NOT NULL DEFAULT '',
  sealed     {{bytes}},
  attempt    INTEGER NOT NULL DEFAULT 0 CHECK (attempt >= 0),
  due_at     {{time}} NOT NULL,
  ends_at    {{time}},
  error      TEXT NOT NULL DEFAULT '',
  lease      TEXT NOT NULL DEFAULT '',
  created_at {{time}} NOT NULL,
  sent_at    {{time}},
  CHECK ((user_id IS NULL) = (address <> '')),
  CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
  -- What opens an account is kept no longer than it is needed.
  CHECK (state = 'queued' OR sealed IS NULL)
);
CREATE INDEX mails_due ON mails (due_at) WHERE state = 'queued';
CREATE INDEX mails_state ON mails (state, id);
CREATE INDEX mails_user ON mails (user_id, kind, id);
CREATE INDEX mails_kind ON mails (kind, id);
CREATE INDEX mails_created ON mails (created_at);

-- Kinds of mail that a person has chosen to get, or not to get.
CREATE TABLE mail_choices (
  user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  kind    TEXT NOT NULL CHECK (kind <> ''),
  wanted  BOOLEAN NOT NULL,
  PRIMARY KEY (user_id, kind)
);

CREATE TABLE set_follows (
  user_id   BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  set_id    BIGINT NOT NULL REFERENCES sets (id) ON DELETE CASCADE,
  samples   BIGINT NOT NULL DEFAULT 0,
  result_id BIGINT NOT NULL DEFAULT 0,
  told_at   {{time}} NOT NULL,
  PRIMARY KEY (user_id, set_id)
);
CREATE INDEX set_follows_set ON set_follows (set_id);

-- Jobs that have failed and of which nobody was told yet.
CREATE TABLE failed_jobs (
  job_id    BIGINT PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
  user_id   BIGINT NOT NULL,
  failed_at {{time}} NOT NULL
);

CREATE TABLE bundles (
  id         {{id}},
  user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  job_id     BIGINT NOT NULL DEFAULT 0,
  reads      BOOLEAN NOT NULL DEFAULT FALSE,
  digest     TEXT REFERENCES blobs (digest),
  size       BIGINT NOT NULL DEFAULT 0 CHECK (size >= 0),
  created_at {{time}} NOT NULL,
  ready_at   {{time}},
  expires_at {{time}},
  CHECK ((digest IS NULL) = (ready_at IS NULL)),
  CHECK ((ready_at IS NULL) = (expires_at IS NULL))
);
CREATE INDEX bundles_user ON bundles (user_id, id);
CREATE INDEX bundles_expires ON bundles (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX bundles_digest ON bundles (digest);

-- The entry behind which the audit begins: those up to it were removed when
-- their time was over, and the chain goes on from its hash.
CREATE TABLE audit_start (
  one  INTEGER PRIMARY KEY CHECK (one = 1),
  id   BIGINT NOT NULL,
  hash TEXT NOT NULL
);
INSERT INTO audit_start (one, id, hash) VALUES (1, 0, '');

-- What groups own is added up.
CREATE INDEX sets_group ON sets (group_id);

-- Reads that are old enough to be removed are looked for by their age.
CREATE INDEX files_created ON files (created_at) WHERE state = 'present';
CREATE INDEX results_created ON results (created_at) WHERE removed_at IS NULL;

-- One more kind of job. SQLite cannot change the check of a column; to rewrite
-- its text is the way that its manual gives (https://www.sqlite.org/lang_altertable.html#otheralter),
-- without a copy of the table, which would take the logs with it.
-- only sqlite
PRAGMA writable_schema = ON;

-- only sqlite
UPDATE sqlite_schema SET sql = replace(sql, '''fuse'', ''collect'')', '''fuse'', ''collect'', ''export'')') WHERE type = 'table' AND name = 'jobs';

-- only sqlite
PRAGMA writable_schema = RESET;

-- only postgres
ALTER TABLE jobs DROP CONSTRAINT jobs_kind_check;

-- only postgres
ALTER TABLE jobs ADD CONSTRAINT jobs_kind_check CHECK (kind IN ('preprocess', 'analyze', 'import', 'fuse', 'collect', 'export'));
