-- The newest day whose figures were compared with the usual ones, in the zone of the figures, as 2026-11-27. None before the first one was.
ALTER TABLE figure_zones ADD COLUMN compared_day TEXT;
