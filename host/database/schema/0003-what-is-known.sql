-- What has become known of who acts, and under what.

-- The person behind the account: `unknown` where nobody can say, nothing where the account is the
-- person's own, and of what was written before.
ALTER TABLE promotion ADD COLUMN person TEXT;
ALTER TABLE journal ADD COLUMN person TEXT;
ALTER TABLE audit ADD COLUMN person TEXT;

-- A term is given when its promotion begins, not only when it is written: those of promotions that
-- were undone before count as given too.

UPDATE system SET highest_term = max(
  highest_term,
  (SELECT ifnull(max(CASE WHEN json_valid(plan) THEN plan ->> '$."next-term"' END), 1) FROM promotion)
);
