-- Whether figures count a call as handed over: a person has joined, or the caller was sent on to one. Lists and figures asked three tables for it,
-- call by call, and looked through all calls of an organization in which nobody is handed over any more. The server keeps it with the call's row.
-- What takes long has migrations of its own: until this one is over nobody reads or writes a call.
ALTER TABLE calls ADD COLUMN handed_over BOOLEAN NOT NULL DEFAULT FALSE;

-- Servers of an older version go on writing their calls, without this column: triggers set it by what they write, in the same transaction.
CREATE FUNCTION set_handed_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.handed_over := TRUE;
    RETURN NEW;
END
$$;
CREATE TRIGGER calls_insert_hands_over BEFORE INSERT ON calls FOR EACH ROW
    WHEN (NOT NEW.handed_over AND (NEW.hangup_cause = 'call_transferred' OR NEW.tally LIKE '%"bridged":%'))
    EXECUTE FUNCTION set_handed_over();
CREATE TRIGGER calls_update_hands_over BEFORE UPDATE OF hangup_cause, tally ON calls FOR EACH ROW
    WHEN (NOT NEW.handed_over AND (NEW.hangup_cause = 'call_transferred' OR NEW.tally LIKE '%"bridged":%'))
    EXECUTE FUNCTION set_handed_over();
CREATE FUNCTION set_call_handed_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE calls SET handed_over = TRUE WHERE id = NEW.call_id AND NOT handed_over;
    RETURN NULL;
END
$$;
CREATE TRIGGER call_agents_insert_hands_over AFTER INSERT ON call_agents FOR EACH ROW
    WHEN (NEW.joined_at IS NOT NULL) EXECUTE FUNCTION set_call_handed_over();
CREATE TRIGGER call_agents_update_hands_over AFTER UPDATE OF joined_at ON call_agents FOR EACH ROW
    WHEN (NEW.joined_at IS NOT NULL) EXECUTE FUNCTION set_call_handed_over();
