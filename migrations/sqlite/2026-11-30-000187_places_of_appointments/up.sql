-- A service may have several appointments at the same time, each at its own place. SQLite can't change a primary key.
CREATE TABLE places_of_appointments (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    resource        TEXT NOT NULL,
    slot_at         TIMESTAMP NOT NULL,
    appointment_id  TEXT NOT NULL REFERENCES appointments (id) ON DELETE CASCADE,
    place           BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (organization_id, resource, slot_at, place)
);
INSERT INTO places_of_appointments (organization_id, resource, slot_at, appointment_id)
    SELECT organization_id, resource, slot_at, appointment_id FROM appointment_slots;
DROP TABLE appointment_slots;
ALTER TABLE places_of_appointments RENAME TO appointment_slots;
CREATE INDEX appointment_slots_of_appointment ON appointment_slots (appointment_id);
