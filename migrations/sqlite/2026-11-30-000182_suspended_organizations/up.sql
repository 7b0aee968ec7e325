-- Since when an organization is suspended: nobody of it signs in, and it has no calls. Its data stays.
ALTER TABLE organizations ADD COLUMN suspended_at TIMESTAMP;
