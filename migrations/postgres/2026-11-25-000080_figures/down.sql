DROP TABLE figure_zones;
DROP TABLE figure_marks;
DROP TABLE figures;
ALTER TABLE calls DROP COLUMN tally;
