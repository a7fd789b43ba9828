-- A little of each noun, in the words of the newest released schema. Tables that
-- are derived (set_listing, set_words) and the chained audit are filled by the test.
INSERT INTO users (id, email, email_key, name, state, admin, source, language, created_at, last_login_at) VALUES
  (1, 'ada@example.org', 'ada@example.org', 'Ada', 'active', TRUE, 'local', 'en', '2026-01-02 03:04:05.678901+00:00', '2026-02-02 03:04:05+00:00'),
  (2, 'bob@example.org', 'bob@example.org', 'Bob', 'active', FALSE, 'ldap', 'fr', '2026-01-03 03:04:05+00:00', NULL),
  (3, 'eve@example.org', 'eve@example.org', 'Eve', 'disabled', FALSE, 'local', '', '2026-01-04 03:04:05+00:00', NULL);
INSERT INTO credentials (user_id, password_hash, recovery, failures, changed_at) VALUES (1, 'none', '[]', 0, '2026-01-02 03:04:05+00:00');
INSERT INTO sessions (id, user_id, token_hash, created_at, last_seen_at, expires_at) VALUES (1, 1, 'session', '2026-01-02 03:04:05+00:00', '2026-01-02 03:04:05+00:00', '2026-03-02 03:04:05+00:00');
INSERT INTO tokens (id, user_id, name, token_hash, scopes, created_at, expires_at) VALUES (1, 1, 'script', 'token', 'read,write', '2026-01-02 03:04:05+00:00', '2027-01-02 03:04:05+00:00');
INSERT INTO links (id, purpose, user_id, token_hash, created_at, expires_at) VALUES (1, 'reset', 2, 'link', '2026-01-02 03:04:05+00:00', '2026-01-03 03:04:05+00:00');
INSERT INTO groups (id, name, name_key, kind, parent_id, user_id, quota_bytes) VALUES
  (1, 'public', 'public', 'public', NULL, NULL, 0), (2, 'Laboratory', 'laboratory', 'ordinary', NULL, NULL, 1000000),
  (3, 'Doctors', 'doctors', 'ordinary', 2, NULL, 0), (4, 'Ada', 'ada', 'personal', NULL, 1, 0);
INSERT INTO group_members (group_id, user_id) VALUES (1, 1), (1, 2), (3, 1), (3, 2), (4, 1);
INSERT INTO group_grants (group_id, kind, grant_right) VALUES (3, 'set', 'read'), (3, 'set', 'anon');
INSERT INTO settings (name, value) VALUES ('public_url', 'https://vidjil.example.org');
INSERT INTO blobs (digest, size, created_at) VALUES
  ('1111111111111111111111111111111111111111111111111111111111111111', 100, '2026-01-02 03:04:05+00:00'),
  ('2222222222222222222222222222222222222222222222222222222222222222', 200, '2026-01-02 03:04:05+00:00'),
  ('3333333333333333333333333333333333333333333333333333333333333333', 300, '2026-01-02 03:04:05+00:00'),
  ('4444444444444444444444444444444444444444444444444444444444444444', 400, '2026-01-02 03:04:05+00:00'),
  ('5555555555555555555555555555555555555555555555555555555555555555', 500, '2026-01-02 03:04:05+00:00');
INSERT INTO sets (id, kind, group_id, first_name, last_name, birth, name, run_date, info, creator_id, created_at, changed_at, open_text, identity_text, name_key) VALUES
  (1, 'patient', 2, 'Zdenka', 'Quxberg', '1980-02-03', '', '', '#ALL', 1, '2026-01-02 03:04:05+00:00', '2026-01-02 03:04:05+00:00', '#all', 'quxberg zdenka 1980-02-03', 'quxberg zdenka'),
  (2, 'run', 2, '', '', '', 'Run 1', '2026-01-05', '', 1, '2026-01-02 03:04:05+00:00', '2026-01-02 03:04:05+00:00', 'run 1', '', 'run 1'),
  (3, 'set', 2, '', '', '', 'Study', '', '', NULL, '2026-01-02 03:04:05+00:00', '2026-01-02 03:04:05+00:00', 'study', '', 'study');
UPDATE sets SET trashed_at = '2026-02-01 00:00:00+00:00', trashed_by = 1 WHERE id = 3;
INSERT INTO set_access (set_id, group_id) VALUES (1, 2), (1, 4), (2, 2), (3, 2);
INSERT INTO samples (id, name, sampling_date, info, generation, creator_id, created_at, changed_at, open_text, name_key) VALUES
  (1, 'Diagnosis', '2026-01-04', '#diagnosis', 1, 1, '2026-01-02 03:04:05+00:00', '2026-01-02 03:04:05+00:00', 'diagnosis', 'diagnosis'),
  (2, 'Day 33', '2026-02-06', '#MRD', 2, 2, '2026-01-02 03:04:05+00:00', '2026-01-02 03:04:05+00:00', 'day 33', 'day 33');
INSERT INTO sample_sets (sample_id, set_id, day) VALUES (1, 1, '2026-01-04'), (1, 2, '2026-01-04'), (2, 1, '2026-02-06');
INSERT INTO files (id, sample_id, generation, role, lane, name, state, size, digest, source, path, created_at) VALUES
  (1, 1, 1, 'R1', 0, 'a_R1.fastq.gz', 'present', 100, '1111111111111111111111111111111111111111111111111111111111111111', '', '', '2026-01-02 03:04:05+00:00'),
  (2, 1, 1, 'R2', 0, 'a_R2.fastq.gz', 'present', 200, '2222222222222222222222222222222222222222222222222222222222222222', '', '', '2026-01-02 03:04:05+00:00'),
  (3, 2, 2, 'reads', 0, 'b.fastq', 'present', 10, NULL, 'sequencer', 'run/b.fastq', '2026-01-02 03:04:05+00:00'),
  (4, 2, 1, 'reads', 0, 'c.fastq', 'expected', 0, NULL, '', '', '2026-01-02 03:04:05+00:00');
INSERT INTO tags (id, name, name_key) VALUES (1, 'ALL', 'all'), (2, 'diagnosis', 'diagnosis');
INSERT INTO group_tags (group_id, tag_id) VALUES (1, 1);
INSERT INTO set_tags (set_id, tag_id, own) VALUES (1, 1, TRUE), (1, 2, FALSE);
INSERT INTO sample_tags (sample_id, tag_id) VALUES (1, 2);
INSERT INTO uploads (id, user_id, file_id, size, state, created_at, changed_at) VALUES ('up1', 1, 4, 1000, 'receiving', '2026-01-02 03:04:05+00:00', '2026-01-02 03:04:05+00:00');
INSERT INTO classifications (id, name, position) VALUES (1, 'Human', 1);
INSERT INTO configs (id, name, info, classification_id, group_id, created_at) VALUES (1, 'IGH', 'default', 1, 1, '2026-01-02 03:04:05+00:00');
INSERT INTO config_revisions (id, config_id, number, program, options, digest, author_id, created_at) VALUES (1, 1, 1, 'vidjil', '{}', 'd1', 1, '2026-01-02 03:04:05+00:00');
INSERT INTO config_access (config_id, group_id) VALUES (1, 1);
INSERT INTO pre_processes (id, name, group_id, created_at) VALUES (1, 'merge', 1, '2026-01-02 03:04:05+00:00');
INSERT INTO pre_process_revisions (id, pre_process_id, number, program, options, digest, author_id, created_at) VALUES (1, 1, 1, 'merge', '{}', 'd2', 1, '2026-01-02 03:04:05+00:00');
INSERT INTO pre_process_access (pre_process_id, group_id) VALUES (1, 1);
INSERT INTO auto_configs (id, group_id, set_id, config_id) VALUES (1, 2, NULL, 1), (2, NULL, 1, 1);
INSERT INTO jobs (id, kind, state, lane, group_id, user_id, set_id, sample_id, config_id, config_revision_id, key, attempt, max_attempts, run_at, worker, progress, reads, result_id, created_at, started_at, ended_at, changed_at) VALUES
  (1, 'analyze', 'done', 'short', 2, 1, 0, 1, 1, 1, 'analyze:1:1', 1, 3, '2026-01-02 03:04:05+00:00', 'serve', 1, 1000, 1, '2026-01-02 03:04:05+00:00', '2026-01-02 03:04:05+00:00', '2026-01-02 03:04:06+00:00', '2026-01-02 03:04:06+00:00'),
  (2, 'fuse', 'queued', 'short', 2, 1, 1, 0, 1, 0, 'fuse:1:1', 0, 3, '2026-01-02 03:04:05+00:00', '', 0, 0, 0, '2026-01-02 03:04:05+00:00', NULL, NULL, '2026-01-02 03:04:05+00:00');
INSERT INTO jobs (id, kind, state, lane, attempt, max_attempts, run_at, worker, lease, beat_at, created_at, started_at, changed_at) VALUES
  (3, 'collect', 'running', 'short', 1, 3, '2026-01-02 03:04:05+00:00', 'serve', 'lease', '2026-01-02 03:04:05+00:00', '2026-01-02 03:04:05+00:00', '2026-01-02 03:04:05+00:00', '2026-01-02 03:04:05+00:00');
INSERT INTO job_turns (group_id, turn) VALUES (2, 7);
INSERT INTO job_logs (job_id, piece, attempt, at, text) VALUES (1, 1, 1, '2026-01-02 03:04:06+00:00', 'Done.');
INSERT INTO results (id, sample_id, generation, config_id, config_revision_id, job_id, digest, size, reads_digest, reads, recombined, clonotypes, summary, provenance, created_at) VALUES
  (1, 1, 1, 1, 1, 1, '3333333333333333333333333333333333333333333333333333333333333333', 300, 'd', 1000, 900, 12, '{}', '{}', '2026-01-02 03:04:06+00:00');
INSERT INTO result_files (result_id, name, digest, size, media_type) VALUES (1, 'airr.tsv', '4444444444444444444444444444444444444444444444444444444444444444', 400, 'text/tab-separated-values');
INSERT INTO prepared (sample_id, generation, pre_process_digest, inputs, digest, size, record, created_at) VALUES (1, 1, 'd2', 'i', '5555555555555555555555555555555555555555555555555555555555555555', 500, '{}', '2026-01-02 03:04:05+00:00');
INSERT INTO file_sums (file_id, digest, size, read_at) VALUES (3, '6666666666666666666666666666666666666666666666666666666666666666', 10, '2026-01-02 03:04:05+00:00');
INSERT INTO fused (id, set_id, config_id, inputs_key, inputs, digest, size, fresh, created_at) VALUES (1, 1, 1, 'k', '[1]', '3333333333333333333333333333333333333333333333333333333333333333', 300, TRUE, '2026-01-02 03:04:07+00:00');
INSERT INTO annotations (id, set_id, version, author_id, note, body, created_at) VALUES (1, 1, 1, 1, '', '{"clones":[]}', '2026-01-02 03:04:08+00:00'), (2, 1, 2, 2, 'named', '{"clones":[{"id":"A","name":"main"}]}', '2026-01-02 03:05:08+00:00');
INSERT INTO notifications (id, title, body, place, priority, author_id, created_at, changed_at) VALUES (1, 'Stop', 'On Sunday', 'header', 'urgent', 1, '2026-01-02 03:04:05+00:00', '2026-01-02 03:04:05+00:00');
INSERT INTO notification_reads (notification_id, user_id) VALUES (1, 2);
INSERT INTO notification_session_reads (notification_id, session_id) VALUES (1, 1);
INSERT INTO mails (id, kind, state, user_id, letter, due_at, created_at) VALUES (1, 'invite', 'queued', 2, '{}', '2026-01-02 03:04:05+00:00', '2026-01-02 03:04:05+00:00');
INSERT INTO mail_choices (user_id, kind, wanted) VALUES (1, 'digest', FALSE);
INSERT INTO set_follows (user_id, set_id, samples, result_id, told_at) VALUES (1, 1, 2, 1, '2026-01-02 03:04:05+00:00');
INSERT INTO failed_jobs (job_id, user_id, failed_at) VALUES (1, 1, '2026-01-02 03:04:06+00:00');
INSERT INTO bundles (id, user_id, job_id, reads, digest, size, created_at, ready_at, expires_at) VALUES (1, 1, 0, TRUE, '5555555555555555555555555555555555555555555555555555555555555555', 500, '2026-01-02 03:04:05+00:00', '2026-01-02 03:04:06+00:00', '2026-01-09 03:04:06+00:00');
INSERT INTO identities (id, user_id, issuer, subject, created_at, checked_at) VALUES (1, 2, 'ldap', 'entry-1', '2026-01-02 03:04:05+00:00', '2026-01-02 03:04:05+00:00');
INSERT INTO identity_groups (identity_id, group_id) VALUES (1, 2);
INSERT INTO sign_ins (id, browser_hash, state_hash, provider, nonce, verifier, next, expires_at) VALUES (1, 'b', 's', 'hospital', 'n', 'v', '/patients', '2026-01-02 03:04:05+00:00');
INSERT INTO session_providers (session_id, provider) VALUES (1, 'hospital');
INSERT INTO set_origins (server, foreign_id, local_id, digest, created_at) VALUES ('elsewhere', 7, 1, 'd', '2026-01-02 03:04:05+00:00');
INSERT INTO sample_origins (server, foreign_id, local_id, digest, created_at) VALUES ('elsewhere', 8, 1, 'd', '2026-01-02 03:04:05+00:00');
INSERT INTO transfers (id, user_id, group_id, name, size, created_at, changed_at) VALUES (1, 1, 2, 'sets.zip', 400, '2026-01-02 03:04:05+00:00', '2026-01-02 03:04:05+00:00');
INSERT INTO transfer_pieces (transfer_id, number, digest, size) VALUES (1, 0, '4444444444444444444444444444444444444444444444444444444444444444', 400);
