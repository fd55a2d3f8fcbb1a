-- The first schema. Times are RFC 3339 text in UTC; names of servers compare without case.
-- Master secrets are not here, only their names and proofs.

CREATE TABLE sso_server (
  name      TEXT NOT NULL COLLATE NOCASE PRIMARY KEY,
  roles     TEXT NOT NULL, -- separated by spaces, sorted
  added     TEXT NOT NULL,
  last_seen TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE secret_proof (
  fingerprint TEXT NOT NULL PRIMARY KEY,
  nonce       BLOB NOT NULL CHECK (length(nonce) = 12),
  sealed      BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- One row: the system and the highest term it ever gave.
CREATE TABLE system (
  id           INTEGER PRIMARY KEY CHECK (id = 1),
  system_id    TEXT    NOT NULL,
  highest_term INTEGER NOT NULL CHECK (highest_term >= 1)
) STRICT;

-- One row, hence one master secret server, and it is one of the listed servers.
CREATE TABLE global_info (
  id                          INTEGER PRIMARY KEY CHECK (id = 1),
  sso_admin_account           TEXT    NOT NULL,
  sso_affiliate_admin_account TEXT    NOT NULL,
  secret_server               TEXT    NOT NULL COLLATE NOCASE REFERENCES sso_server (name),
  audit_deleted_apps          INTEGER NOT NULL CHECK (audit_deleted_apps BETWEEN 0 AND 2147483647),
  audit_deleted_mappings      INTEGER NOT NULL CHECK (audit_deleted_mappings BETWEEN 0 AND 2147483647),
  audit_credential_lookups    INTEGER NOT NULL CHECK (audit_credential_lookups BETWEEN 0 AND 2147483647),
  ticket_timeout              INTEGER NOT NULL CHECK (ticket_timeout BETWEEN 1 AND 525600),
  cred_cache_timeout          INTEGER NOT NULL CHECK (cred_cache_timeout BETWEEN 1 AND 2147483647),
  enabled                     INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  tickets_allowed             INTEGER NOT NULL CHECK (tickets_allowed IN (0, 1)),
  tickets_validated           INTEGER NOT NULL CHECK (tickets_validated IN (0, 1)),
  current_secret              TEXT REFERENCES secret_proof (fingerprint),
  previous_secret             TEXT REFERENCES secret_proof (fingerprint),
  revision                    INTEGER NOT NULL CHECK (revision >= 1),
  term                        INTEGER NOT NULL CHECK (term >= 1)
) STRICT;

CREATE TABLE promotion (
  number      INTEGER PRIMARY KEY,
  id          TEXT    NOT NULL UNIQUE,
  plan        TEXT    NOT NULL, -- JSON
  plan_digest TEXT    NOT NULL,
  operator    TEXT    NOT NULL,
  server      TEXT    NOT NULL COLLATE NOCASE,
  begun       TEXT    NOT NULL,
  state       TEXT    NOT NULL
    CHECK (state IN ('planned', 'running', 'undoing', 'stuck', 'promoted', 'undone')),
  finished    INTEGER NOT NULL CHECK (finished = (state IN ('promoted', 'undone'))),
  last_hash   TEXT    NOT NULL -- of the journal's last entry, or the plan's digest
) STRICT;

CREATE UNIQUE INDEX one_promotion_at_a_time ON promotion (finished) WHERE finished = 0;

-- Chained from its plan's digest on.
CREATE TABLE journal (
  promotion TEXT    NOT NULL REFERENCES promotion (id),
  number    INTEGER NOT NULL CHECK (number >= 1),
  step      TEXT    NOT NULL,
  event     TEXT    NOT NULL,
  at        TEXT    NOT NULL,
  operator  TEXT    NOT NULL,
  detail    TEXT,
  hash      TEXT    NOT NULL,
  PRIMARY KEY (promotion, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  number   INTEGER PRIMARY KEY CHECK (number >= 1),
  at       TEXT NOT NULL,
  operator TEXT NOT NULL,
  server   TEXT NOT NULL,
  action   TEXT NOT NULL,
  detail   TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash     TEXT NOT NULL
) STRICT;

-- What must hold whatever program writes.

CREATE TRIGGER revision_only_rises BEFORE UPDATE OF revision ON global_info
WHEN NEW.revision < OLD.revision
BEGIN SELECT RAISE(ABORT, 'the revision only rises'); END;

CREATE TRIGGER term_has_been_given BEFORE UPDATE OF term ON global_info
WHEN NEW.term > (SELECT highest_term FROM system)
BEGIN SELECT RAISE(ABORT, 'this term has not been given'); END;

CREATE TRIGGER highest_term_only_rises BEFORE UPDATE ON system
WHEN NEW.highest_term < OLD.highest_term OR NEW.system_id <> OLD.system_id
BEGIN SELECT RAISE(ABORT, 'the highest term only rises, and the system keeps its id'); END;

CREATE TRIGGER system_stays BEFORE DELETE ON system
BEGIN SELECT RAISE(ABORT, 'the system is never removed'); END;

CREATE TRIGGER global_info_stays BEFORE DELETE ON global_info
BEGIN SELECT RAISE(ABORT, 'the global info is never removed'); END;

CREATE TRIGGER plan_stays BEFORE UPDATE OF id, plan, plan_digest ON promotion
BEGIN SELECT RAISE(ABORT, 'a begun plan is never changed'); END;

CREATE TRIGGER promotion_stays BEFORE DELETE ON promotion
BEGIN SELECT RAISE(ABORT, 'a promotion is never removed'); END;

CREATE TRIGGER journal_is_not_changed BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is only appended to'); END;

CREATE TRIGGER journal_is_not_cut BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is only appended to'); END;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is only appended to'); END;

CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is only appended to'); END;
