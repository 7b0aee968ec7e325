-- A caller's own appointments are found by their number, whether they are a customer or not, in the order of their begin.
DROP INDEX appointments_of_number;
CREATE INDEX appointments_of_number ON appointments (organization_id, phone, starts_at, id);
