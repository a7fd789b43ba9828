-- People whose identity a directory or a provider proves, and sign-ins that
-- wait for a provider's answer.

-- issuer and subject are the identity; an e-mail address never is.
CREATE TABLE identities (
  id         {{id}},
  user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  issuer     TEXT NOT NULL CHECK (issuer <> ''),
  subject    TEXT NOT NULL CHECK (subject <> ''),
  gone       BOOLEAN NOT NULL DEFAULT FALSE,
  admin      BOOLEAN NOT NULL DEFAULT FALSE,
  created_at {{time}} NOT NULL,
  checked_at {{time}} NOT NULL,
  UNIQUE (issuer, subject),
  UNIQUE (user_id, issuer)
);

-- Memberships that the directory gave, and only those, are taken away by it.
CREATE TABLE identity_groups (
  identity_id BIGINT NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
  group_id    BIGINT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  PRIMARY KEY (identity_id, group_id)
);
CREATE INDEX identity_groups_group ON identity_groups (group_id);

CREATE TABLE sign_ins (
  id           {{id}},
  browser_hash TEXT NOT NULL UNIQUE,
  state_hash   TEXT NOT NULL UNIQUE,
  provider     TEXT NOT NULL,
  nonce        TEXT NOT NULL,
  verifier     TEXT NOT NULL,
  next         TEXT NOT NULL,
  session_id   BIGINT NOT NULL DEFAULT 0,
  proven       {{bytes}},
  expires_at   {{time}} NOT NULL
);
CREATE INDEX sign_ins_expires ON sign_ins (expires_at);

-- Which provider opened a session, to sign out there too.
CREATE TABLE session_providers (
  session_id BIGINT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
  provider   TEXT NOT NULL,
  id_token   {{bytes}}
);
