-- Where the audit ends, kept beside it: rows cut off at its end would leave no trace otherwise.

ALTER TABLE system ADD COLUMN audit_end TEXT; -- the hash of the last row; nothing before the first

UPDATE system SET audit_end = (SELECT hash FROM audit ORDER BY number DESC LIMIT 1);

CREATE TRIGGER audit_end_follows AFTER INSERT ON audit
BEGIN UPDATE system SET audit_end = NEW.hash; END;
