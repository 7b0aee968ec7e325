DROP TABLE examples;
DROP TABLE replays;
