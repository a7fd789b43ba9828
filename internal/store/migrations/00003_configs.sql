-- What is done to samples: configs and pre-processes, in immutable revisions.

CREATE TABLE classifications (
  id       {{id}},
  name     TEXT NOT NULL UNIQUE,
  position INTEGER NOT NULL
);

CREATE TABLE configs (
  id                {{id}},
  name              TEXT NOT NULL UNIQUE,
  info              TEXT NOT NULL DEFAULT '',
  classification_id BIGINT REFERENCES classifications (id) ON DELETE SET NULL,
  group_id          BIGINT NOT NULL REFERENCES groups (id),
  archived          BOOLEAN NOT NULL DEFAULT FALSE,
  created_at        {{time}} NOT NULL
);
CREATE TABLE config_revisions (
  id         {{id}},
  config_id  BIGINT NOT NULL REFERENCES configs (id) ON DELETE CASCADE,
  number     INTEGER NOT NULL CHECK (number >= 1),
  program    TEXT NOT NULL,
  options    TEXT NOT NULL,
  note       TEXT NOT NULL DEFAULT '',
  digest     TEXT NOT NULL,
  author_id  BIGINT REFERENCES users (id),
  created_at {{time}} NOT NULL,
  UNIQUE (config_id, number)
);
CREATE TABLE config_access (
  config_id BIGINT NOT NULL REFERENCES configs (id) ON DELETE CASCADE,
  group_id  BIGINT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  PRIMARY KEY (config_id, group_id)
);

CREATE TABLE pre_processes (
  id         {{id}},
  name       TEXT NOT NULL UNIQUE,
  info       TEXT NOT NULL DEFAULT '',
  group_id   BIGINT NOT NULL REFERENCES groups (id),
  archived   BOOLEAN NOT NULL DEFAULT FALSE,
  created_at {{time}} NOT NULL
);
CREATE TABLE pre_process_revisions (
  id             {{id}},
  pre_process_id BIGINT NOT NULL REFERENCES pre_processes (id) ON DELETE CASCADE,
  number         INTEGER NOT NULL CHECK (number >= 1),
  program        TEXT NOT NULL,
  options        TEXT NOT NULL,
  digest         TEXT NOT NULL,
  author_id      BIGINT REFERENCES users (id),
  created_at     {{time}} NOT NULL,
  UNIQUE (pre_process_id, number)
);
CREATE TABLE pre_process_access (
  pre_process_id BIGINT NOT NULL REFERENCES pre_processes (id) ON DELETE CASCADE,
  group_id       BIGINT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  PRIMARY KEY (pre_process_id, group_id)
);

-- "Analyse on arrival": configs that run by themselves on what enters a group or a set.
CREATE TABLE auto_configs (
  id        {{id}},
  group_id  BIGINT REFERENCES groups (id) ON DELETE CASCADE,
  set_id    BIGINT REFERENCES sets (id) ON DELETE CASCADE,
  config_id BIGINT NOT NULL REFERENCES configs (id) ON DELETE CASCADE,
  CHECK ((group_id IS NULL) <> (set_id IS NULL)),
  UNIQUE (group_id, config_id),
  UNIQUE (set_id, config_id)
);
