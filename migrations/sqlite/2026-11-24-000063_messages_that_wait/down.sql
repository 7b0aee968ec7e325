DROP INDEX messages_by_status;
