-- What has become known of who acts, and under what.

-- The person behind the account: `unknown` where nobody can say, nothing where the account is the
-- person's own, and of what was written before.
ALTER TABLE promotion ADD COLUMN person TEXT;
ALTER TABLE journal ADD COLUMN person TEXT;
ALTER TABLE audit ADD COLUMN person TEXT;
