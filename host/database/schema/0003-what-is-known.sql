-- What has become known of who acts, and under what.

-- The person behind the account: `unknown` where nobody can say, nothing where the account is the
-- person's own, and of what was written before.
ALTER TABLE promotion ADD COLUMN person TEXT;
ALTER TABLE journal ADD COLUMN person TEXT;
ALTER TABLE audit ADD COLUMN person TEXT;

-- By what the person is known: nothing where nobody can say, and of what was written before.
ALTER TABLE promotion ADD COLUMN known_by TEXT;
ALTER TABLE journal ADD COLUMN known_by TEXT;
ALTER TABLE audit ADD COLUMN known_by TEXT;

-- A term is given when its promotion begins, not only when it is written: those of promotions that
-- were undone before count as given too.

UPDATE system SET highest_term = max(
  highest_term,
  (SELECT ifnull(max(CASE WHEN json_valid(plan) THEN plan ->> '$."next-term"' END), 1) FROM promotion)
);

-- By which rules the system is governed: no row before the first act under rules.
CREATE TABLE governing (
  id        INTEGER PRIMARY KEY CHECK (id = 1),
  version   INTEGER NOT NULL CHECK (version >= 1),
  rules     TEXT    NOT NULL, -- JSON: everything of the settings that decides
  digest    TEXT    NOT NULL,
  at        TEXT    NOT NULL,
  operator  TEXT    NOT NULL,
  person    TEXT,
  known_by  TEXT,
  server    TEXT    NOT NULL COLLATE NOCASE,
  reason    TEXT,
  change    TEXT,
  overruled TEXT -- JSON: the last act that went by other rules; nothing once the rules are back
) STRICT;

-- Which rules were asked about a promotion or a move of the master, and what each said.
CREATE TABLE judgement (
  number    INTEGER PRIMARY KEY,
  promotion TEXT    UNIQUE REFERENCES promotion (id), -- nothing for a move by name alone
  incumbent TEXT    NOT NULL COLLATE NOCASE,
  candidate TEXT    NOT NULL COLLATE NOCASE,
  at        TEXT    NOT NULL,
  operator  TEXT    NOT NULL,
  person    TEXT,
  known_by  TEXT,
  server    TEXT    NOT NULL COLLATE NOCASE,
  asked     TEXT    NOT NULL -- JSON
) STRICT;

CREATE TRIGGER governing_stays BEFORE DELETE ON governing
BEGIN SELECT RAISE(ABORT, 'the rules that govern are changed, never removed'); END;

CREATE TRIGGER governing_version_only_rises BEFORE UPDATE ON governing
WHEN NEW.version < OLD.version OR (NEW.version = OLD.version AND NEW.digest <> OLD.digest)
BEGIN SELECT RAISE(ABORT, 'other rules are another version'); END;

CREATE TRIGGER judgement_is_not_changed BEFORE UPDATE ON judgement
BEGIN SELECT RAISE(ABORT, 'a judgement is never changed'); END;

CREATE TRIGGER judgement_is_not_cut BEFORE DELETE ON judgement
BEGIN SELECT RAISE(ABORT, 'a judgement is never removed'); END;
