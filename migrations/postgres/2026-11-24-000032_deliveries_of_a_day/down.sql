DROP INDEX deliveries_of_day;
