-- Identities that people linked with their account themselves: they open it, and
-- do not decide what it is called or whether it may be used. The label is how the
-- provider calls the person, for the person only.

ALTER TABLE identities ADD COLUMN linked BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE identities ADD COLUMN label TEXT NOT NULL DEFAULT '';

-- A sign-in at a provider that is to be linked with an account: whose; 0 for one
-- that opens a session.
ALTER TABLE sign_ins ADD COLUMN link_user BIGINT NOT NULL DEFAULT 0;

-- What was read in a session of an account that several people share: what one
-- of them has read, the others have not.
CREATE TABLE notification_session_reads (
  notification_id BIGINT NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
  session_id      BIGINT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  PRIMARY KEY (notification_id, session_id)
);
CREATE INDEX notification_session_reads_session ON notification_session_reads (session_id);
