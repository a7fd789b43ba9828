-- Results, fused results and annotations: nothing here is ever changed but marks.

CREATE TABLE results (
  id                 {{id}},
  sample_id          BIGINT NOT NULL REFERENCES samples (id) ON DELETE CASCADE,
  generation         INTEGER NOT NULL,
  config_id          BIGINT NOT NULL REFERENCES configs (id),
  config_revision_id BIGINT NOT NULL REFERENCES config_revisions (id),
  job_id             BIGINT NOT NULL UNIQUE,
  digest             TEXT NOT NULL REFERENCES blobs (digest),
  size               BIGINT NOT NULL,
  reads_digest       TEXT NOT NULL DEFAULT '',
  reads              BIGINT NOT NULL,
  recombined         BIGINT NOT NULL,
  clonotypes         BIGINT NOT NULL,
  summary            TEXT NOT NULL,
  provenance         TEXT NOT NULL,
  created_at         {{time}} NOT NULL,
  removed_at         {{time}}
);
CREATE INDEX results_sample ON results (sample_id, config_id, id);
CREATE INDEX results_config ON results (config_id, id);
-- The newest of a sample and config, which is the one that is shown.
CREATE INDEX results_living ON results (sample_id, config_id, id) WHERE removed_at IS NULL;
CREATE INDEX results_digest ON results (digest);
CREATE INDEX results_removed ON results (removed_at) WHERE removed_at IS NOT NULL;

CREATE TABLE result_files (
  result_id  BIGINT NOT NULL REFERENCES results (id) ON DELETE CASCADE,
  name       TEXT NOT NULL,
  digest     TEXT NOT NULL REFERENCES blobs (digest),
  size       BIGINT NOT NULL,
  media_type TEXT NOT NULL,
  PRIMARY KEY (result_id, name)
);
CREATE INDEX result_files_digest ON result_files (digest);

-- Reads that a pre-process made of the files of a sample, shared by all configs.
-- They are remade when they are not there, and go with the reads.
CREATE TABLE prepared (
  sample_id          BIGINT NOT NULL REFERENCES samples (id) ON DELETE CASCADE,
  generation         INTEGER NOT NULL,
  pre_process_digest TEXT NOT NULL,
  inputs             TEXT NOT NULL,
  digest             TEXT NOT NULL REFERENCES blobs (digest),
  size               BIGINT NOT NULL,
  record             TEXT NOT NULL,
  created_at         {{time}} NOT NULL,
  PRIMARY KEY (sample_id, generation, pre_process_digest)
);
CREATE INDEX prepared_digest ON prepared (digest);

-- What a file of a mounted folder was when it was first read. Such a file has
-- no blob, and somebody may change it.
CREATE TABLE file_sums (
  file_id BIGINT PRIMARY KEY REFERENCES files (id) ON DELETE CASCADE,
  digest  TEXT NOT NULL CHECK (length(digest) = 64),
  size    BIGINT NOT NULL,
  read_at {{time}} NOT NULL
);

CREATE TABLE fused (
  id         {{id}},
  set_id     BIGINT REFERENCES sets (id) ON DELETE CASCADE,
  config_id  BIGINT REFERENCES configs (id),
  inputs_key TEXT NOT NULL,
  inputs     TEXT NOT NULL,
  digest     TEXT NOT NULL REFERENCES blobs (digest),
  size       BIGINT NOT NULL,
  fresh      BOOLEAN NOT NULL DEFAULT TRUE,
  created_at {{time}} NOT NULL,
  CHECK ((set_id IS NULL) = (config_id IS NULL)),
  UNIQUE (set_id, config_id)
);
CREATE INDEX fused_inputs ON fused (inputs_key);
CREATE INDEX fused_digest ON fused (digest);

CREATE TABLE annotations (
  id         {{id}},
  set_id     BIGINT NOT NULL REFERENCES sets (id) ON DELETE CASCADE,
  version    INTEGER NOT NULL CHECK (version >= 1),
  author_id  BIGINT REFERENCES users (id),
  note       TEXT NOT NULL DEFAULT '',
  body       TEXT NOT NULL,
  created_at {{time}} NOT NULL,
  UNIQUE (set_id, version)
);

CREATE TABLE notifications (
  id         {{id}},
  title      TEXT NOT NULL,
  body       TEXT NOT NULL,
  place      TEXT NOT NULL CHECK (place IN ('login', 'header')),
  priority   TEXT NOT NULL CHECK (priority IN ('info', 'urgent')),
  expires    TEXT NOT NULL DEFAULT '',
  author_id  BIGINT REFERENCES users (id),
  created_at {{time}} NOT NULL,
  changed_at {{time}} NOT NULL
);
CREATE TABLE notification_reads (
  notification_id BIGINT NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
  user_id         BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  PRIMARY KEY (notification_id, user_id)
);
