-- People: accounts, what proves their identity, groups, rights, and the audit.

CREATE TABLE users (
  id            {{id}},
  email         TEXT NOT NULL,
  email_key     TEXT NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  state         TEXT NOT NULL CHECK (state IN ('invited', 'active', 'disabled', 'anonymised')),
  admin         BOOLEAN NOT NULL DEFAULT FALSE,
  limited       BOOLEAN NOT NULL DEFAULT FALSE,
  source        TEXT NOT NULL DEFAULT 'local' CHECK (source IN ('local', 'ldap', 'oidc')),
  language      TEXT NOT NULL DEFAULT '',
  created_at    {{time}} NOT NULL,
  last_login_at {{time}}
);

CREATE TABLE credentials (
  user_id       BIGINT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  password_hash TEXT NOT NULL DEFAULT '',
  totp_secret   {{bytes}},
  totp_step     BIGINT NOT NULL DEFAULT 0,
  totp_on       BOOLEAN NOT NULL DEFAULT FALSE,
  recovery      TEXT NOT NULL DEFAULT '[]',
  failures      INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
  failed_at     {{time}},
  changed_at    {{time}}
);

CREATE TABLE sessions (
  id           {{id}},
  user_id      BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  behalf_of    BIGINT REFERENCES users (id) ON DELETE CASCADE,
  token_hash   TEXT NOT NULL UNIQUE,
  created_at   {{time}} NOT NULL,
  last_seen_at {{time}} NOT NULL,
  expires_at   {{time}} NOT NULL,
  address      TEXT NOT NULL DEFAULT '',
  agent        TEXT NOT NULL DEFAULT ''
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_behalf ON sessions (behalf_of) WHERE behalf_of IS NOT NULL;

CREATE TABLE tokens (
  id           {{id}},
  user_id      BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name         TEXT NOT NULL,
  token_hash   TEXT NOT NULL UNIQUE,
  scopes       TEXT NOT NULL,
  created_at   {{time}} NOT NULL,
  expires_at   {{time}} NOT NULL,
  last_used_at {{time}},
  UNIQUE (user_id, name)
);

CREATE TABLE links (
  id         {{id}},
  purpose    TEXT NOT NULL CHECK (purpose IN ('setup', 'invite', 'reset')),
  user_id    BIGINT REFERENCES users (id) ON DELETE CASCADE,
  token_hash TEXT NOT NULL UNIQUE,
  created_at {{time}} NOT NULL,
  expires_at {{time}} NOT NULL,
  CHECK (purpose = 'setup' OR user_id IS NOT NULL)
);

CREATE TABLE groups (
  id          {{id}},
  name        TEXT NOT NULL,
  name_key    TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL DEFAULT '',
  kind        TEXT NOT NULL CHECK (kind IN ('ordinary', 'personal', 'public')),
  parent_id   BIGINT REFERENCES groups (id),
  user_id     BIGINT UNIQUE REFERENCES users (id),
  quota_bytes BIGINT NOT NULL DEFAULT 0 CHECK (quota_bytes >= 0),
  CHECK ((kind = 'personal') = (user_id IS NOT NULL)),
  CHECK (parent_id IS NULL OR parent_id <> id)
);
CREATE INDEX groups_parent ON groups (parent_id);
CREATE UNIQUE INDEX groups_public ON groups (kind) WHERE kind = 'public';

CREATE TABLE group_members (
  group_id BIGINT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  user_id  BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  PRIMARY KEY (group_id, user_id)
);
CREATE INDEX group_members_user ON group_members (user_id);

CREATE TABLE group_grants (
  group_id BIGINT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  kind     TEXT NOT NULL,
  grant_right TEXT NOT NULL,
  PRIMARY KEY (group_id, kind, grant_right)
);

CREATE TABLE settings (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

-- The audit only grows; audit_head holds its end, so that writers queue there.
CREATE TABLE audit (
  id         BIGINT PRIMARY KEY,
  at         {{time}} NOT NULL,
  user_id    BIGINT NOT NULL,
  behalf_of  BIGINT NOT NULL,
  action     TEXT NOT NULL,
  object     TEXT NOT NULL,
  object_id  BIGINT NOT NULL,
  set_id     BIGINT NOT NULL,
  before     TEXT NOT NULL,
  after      TEXT NOT NULL,
  request_id TEXT NOT NULL,
  address    TEXT NOT NULL,
  prev_hash  TEXT NOT NULL,
  hash       TEXT NOT NULL UNIQUE
);
CREATE INDEX audit_object ON audit (object, object_id, id);
CREATE INDEX audit_set ON audit (set_id, id);
CREATE INDEX audit_user ON audit (user_id, id);
CREATE INDEX audit_behalf ON audit (behalf_of, id) WHERE behalf_of <> 0;
CREATE INDEX audit_action ON audit (action, id);
CREATE INDEX audit_at ON audit (at);

CREATE TABLE audit_head (
  one  INTEGER PRIMARY KEY CHECK (one = 1),
  id   BIGINT NOT NULL,
  hash TEXT NOT NULL
);
INSERT INTO audit_head (one, id, hash) VALUES (1, 0, '');
