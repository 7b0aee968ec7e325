-- What is done is listed by when it was done, last first.
CREATE INDEX activities_done ON activities (organization_id, updated_at, id) WHERE action = 'completed';
