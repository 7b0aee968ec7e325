-- Since when an organization is suspended: nobody of it signs in, and it has no calls. Its data stays.
-- A server of an older version that goes on meanwhile knows of no suspension.
ALTER TABLE organizations ADD COLUMN suspended_at TIMESTAMP;
