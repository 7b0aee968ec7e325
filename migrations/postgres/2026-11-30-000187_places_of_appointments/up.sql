-- A service may have several appointments at the same time, each at its own place. The server of the previous version takes the first place.
ALTER TABLE appointment_slots ADD COLUMN place BIGINT NOT NULL DEFAULT 0;
ALTER TABLE appointment_slots DROP CONSTRAINT appointment_slots_pkey;
ALTER TABLE appointment_slots ADD PRIMARY KEY (organization_id, resource, slot_at, place);
