-- Sets, samples and their files; tags; who a set is shared with.

CREATE TABLE blobs (
  digest      TEXT PRIMARY KEY CHECK (length(digest) = 64),
  size        BIGINT NOT NULL CHECK (size >= 0),
  created_at  {{time}} NOT NULL,
  -- When the collector first found that nothing refers to it.
  orphaned_at {{time}}
);
CREATE INDEX blobs_orphaned ON blobs (orphaned_at) WHERE orphaned_at IS NOT NULL;

CREATE TABLE sets (
  id         {{id}},
  kind       TEXT NOT NULL CHECK (kind IN ('patient', 'run', 'set')),
  group_id   BIGINT NOT NULL REFERENCES groups (id),
  first_name TEXT NOT NULL DEFAULT '',
  last_name  TEXT NOT NULL DEFAULT '',
  birth      TEXT NOT NULL DEFAULT '',
  name       TEXT NOT NULL DEFAULT '',
  run_date   TEXT NOT NULL DEFAULT '',
  sequencer  TEXT NOT NULL DEFAULT '',
  pcr        TEXT NOT NULL DEFAULT '',
  label      TEXT NOT NULL DEFAULT '',
  info       TEXT NOT NULL DEFAULT '',
  creator_id BIGINT REFERENCES users (id),
  created_at {{time}} NOT NULL,
  changed_at {{time}} NOT NULL,
  trashed_at {{time}},
  trashed_by BIGINT REFERENCES users (id),
  -- What searches look at and lists sort by, folded (lab.Fold): text that
  -- everybody who sees the set may find it by, text that tells who the patient
  -- is, and the name.
  open_text     TEXT NOT NULL DEFAULT '',
  identity_text TEXT NOT NULL DEFAULT '',
  name_key      {{key}} NOT NULL DEFAULT '',
  CHECK (kind <> 'patient' OR last_name <> ''),
  CHECK (kind = 'patient' OR name <> '')
);
CREATE INDEX sets_creator ON sets (creator_id);
CREATE INDEX sets_created ON sets (created_at);
CREATE INDEX sets_trashed ON sets (trashed_at) WHERE trashed_at IS NOT NULL;

-- The two texts in runs of three letters, by which SQLite finds a rare word
-- among many sets. PostgreSQL reads a hundred thousand short texts in time.
-- only sqlite
CREATE VIRTUAL TABLE set_words USING fts5 (open, identity, content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1');
-- only sqlite
CREATE VIRTUAL TABLE set_word_terms USING fts5vocab ('set_words', 'row');

CREATE TABLE set_access (
  set_id   BIGINT NOT NULL REFERENCES sets (id) ON DELETE CASCADE,
  group_id BIGINT NOT NULL REFERENCES groups (id),
  PRIMARY KEY (set_id, group_id)
);
CREATE INDEX set_access_group ON set_access (group_id, set_id);

-- The pages of sets, as each group sees them, and (group 0) as administrators
-- do. All of it is derived from the other tables by store.Relist, in the
-- transaction that changes them. One index an order: a page is read off it,
-- whatever the number of sets.
CREATE TABLE set_listing (
  group_id BIGINT NOT NULL,
  set_id   BIGINT NOT NULL REFERENCES sets (id) ON DELETE CASCADE,
  shelf    TEXT NOT NULL CHECK (shelf IN ('patient', 'run', 'set', 'trash')),
  name_key {{key}} NOT NULL,
  birth    {{key}} NOT NULL,
  -- Of a run its date, of others the newest sampling date of their samples.
  day      {{key}} NOT NULL,
  changed  {{time}} NOT NULL,
  samples  BIGINT NOT NULL,
  files    BIGINT NOT NULL,
  bytes    BIGINT NOT NULL,
  -- In this order: an index that begins with the group and leaves out the shelf
  -- would be taken for pages by number, and read past all other shelves.
  PRIMARY KEY (set_id, group_id)
);
CREATE INDEX set_listing_id ON set_listing (group_id, shelf, set_id);
CREATE INDEX set_listing_name ON set_listing (group_id, shelf, name_key, set_id);
CREATE INDEX set_listing_birth ON set_listing (group_id, shelf, birth, set_id);
CREATE INDEX set_listing_day ON set_listing (group_id, shelf, day, set_id);
CREATE INDEX set_listing_changed ON set_listing (group_id, shelf, changed, set_id);
-- The last two columns make it answer for totals too.
CREATE INDEX set_listing_samples ON set_listing (group_id, shelf, samples, set_id, files, bytes);

CREATE TABLE samples (
  id             {{id}},
  name           TEXT NOT NULL DEFAULT '',
  sampling_date  TEXT NOT NULL DEFAULT '',
  info           TEXT NOT NULL DEFAULT '',
  pre_process_id BIGINT,
  generation     INTEGER NOT NULL DEFAULT 1 CHECK (generation >= 1),
  creator_id     BIGINT REFERENCES users (id),
  created_at     {{time}} NOT NULL,
  changed_at     {{time}} NOT NULL,
  trashed_at     {{time}},
  -- Put into the trash by itself: then it does not come back with its sets.
  discarded      BOOLEAN NOT NULL DEFAULT FALSE,
  open_text      TEXT NOT NULL DEFAULT '',
  name_key       {{key}} NOT NULL DEFAULT '',
  CHECK (NOT discarded OR trashed_at IS NOT NULL)
);
CREATE INDEX samples_creator ON samples (creator_id);
CREATE INDEX samples_discarded ON samples (trashed_at) WHERE discarded;

CREATE TABLE sample_sets (
  sample_id BIGINT NOT NULL REFERENCES samples (id) ON DELETE CASCADE,
  set_id    BIGINT NOT NULL REFERENCES sets (id) ON DELETE CASCADE,
  -- The sample's sampling date again: the samples of a set are read in its order.
  day       {{key}} NOT NULL DEFAULT '',
  PRIMARY KEY (sample_id, set_id)
);
CREATE INDEX sample_sets_set ON sample_sets (set_id, sample_id);
CREATE INDEX sample_sets_day ON sample_sets (set_id, day, sample_id);
CREATE INDEX sample_sets_when ON sample_sets (day, set_id);

CREATE TABLE files (
  id         {{id}},
  sample_id  BIGINT NOT NULL REFERENCES samples (id) ON DELETE CASCADE,
  generation INTEGER NOT NULL,
  role       TEXT NOT NULL CHECK (role IN ('reads', 'R1', 'R2', 'I1', 'I2', 'result')),
  lane       INTEGER NOT NULL DEFAULT 0,
  name       TEXT NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('expected', 'present', 'missing', 'removed')),
  size       BIGINT NOT NULL DEFAULT 0 CHECK (size >= 0),
  digest     TEXT REFERENCES blobs (digest),
  source     TEXT NOT NULL DEFAULT '',
  path       TEXT NOT NULL DEFAULT '',
  -- Why its last upload came to nothing, for people.
  reason     TEXT NOT NULL DEFAULT '',
  created_at {{time}} NOT NULL,
  CHECK (state <> 'present' OR digest IS NOT NULL OR source <> ''),
  UNIQUE (sample_id, generation, role, lane)
);
CREATE INDEX files_digest ON files (digest);
CREATE INDEX files_source ON files (id) WHERE source <> '';

CREATE TABLE tags (
  id       {{id}},
  name     TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE
);
CREATE TABLE group_tags (
  group_id BIGINT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  tag_id   BIGINT NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
  PRIMARY KEY (group_id, tag_id)
);
-- The tags of a set's info (own) and of the infos of its samples.
CREATE TABLE set_tags (
  set_id BIGINT NOT NULL REFERENCES sets (id) ON DELETE CASCADE,
  tag_id BIGINT NOT NULL REFERENCES tags (id),
  own    BOOLEAN NOT NULL,
  PRIMARY KEY (set_id, tag_id)
);
CREATE INDEX set_tags_tag ON set_tags (tag_id, set_id);
CREATE TABLE sample_tags (
  sample_id BIGINT NOT NULL REFERENCES samples (id) ON DELETE CASCADE,
  tag_id    BIGINT NOT NULL REFERENCES tags (id),
  PRIMARY KEY (sample_id, tag_id)
);
CREATE INDEX sample_tags_tag ON sample_tags (tag_id, sample_id);

CREATE TABLE uploads (
  id          TEXT PRIMARY KEY,
  -- Who sends it: whose account, by which API token if by one, and which
  -- administrator if one acts as the person. Asked again when it is complete.
  user_id     BIGINT NOT NULL REFERENCES users (id),
  token_id    BIGINT NOT NULL DEFAULT 0,
  actor_id    BIGINT NOT NULL DEFAULT 0,
  file_id     BIGINT NOT NULL REFERENCES files (id) ON DELETE CASCADE,
  size        BIGINT NOT NULL CHECK (size >= 0),
  state       TEXT NOT NULL CHECK (state IN ('receiving', 'finished', 'abandoned')),
  reason      TEXT NOT NULL DEFAULT '',
  created_at  {{time}} NOT NULL,
  changed_at  {{time}} NOT NULL
);
CREATE UNIQUE INDEX uploads_file ON uploads (file_id) WHERE state = 'receiving';
CREATE INDEX uploads_files ON uploads (file_id, id);
CREATE INDEX uploads_state ON uploads (state, changed_at);
