-- A term is given when its promotion begins, not only when it is written: those of promotions that
-- were undone before count as given too.

UPDATE system SET highest_term = max(
  highest_term,
  (SELECT ifnull(max(CASE WHEN json_valid(plan) THEN plan ->> '$."next-term"' END), 1) FROM promotion)
);
