-- A user who is removed is taken off the alarms that they acknowledged. Without an index, the database reads the alarms of all organizations for each user.
CREATE INDEX alarms_of_user ON alarms (acknowledged_by);
