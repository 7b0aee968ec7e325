-- How often what calls and desks go by has been changed: whoever keeps a copy of it asks for this number, and reads all of it only where
-- that is another one. Triggers count, so that no change goes uncounted, whoever makes it.
CREATE TABLE revisions (
    subject  TEXT PRIMARY KEY NOT NULL,
    revision BIGINT NOT NULL -- one more with each change
);
INSERT INTO revisions (subject, revision) VALUES ('profiles', 1), ('dialling', 1), ('floors', 1);

CREATE FUNCTION count_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE revisions SET revision = revision + 1 WHERE subject = ANY (TG_ARGV);
    RETURN NULL;
END
$$;

CREATE TRIGGER organizations_counts AFTER INSERT OR DELETE OR UPDATE ON organizations FOR EACH STATEMENT EXECUTE FUNCTION count_change('profiles', 'dialling', 'floors');
CREATE TRIGGER business_profiles_counts AFTER INSERT OR DELETE OR UPDATE ON business_profiles FOR EACH STATEMENT EXECUTE FUNCTION count_change('profiles', 'dialling');
CREATE TRIGGER agent_profiles_counts AFTER INSERT OR DELETE OR UPDATE ON agent_profiles FOR EACH STATEMENT EXECUTE FUNCTION count_change('profiles');
CREATE TRIGGER agent_profile_versions_counts AFTER INSERT OR DELETE OR UPDATE ON agent_profile_versions FOR EACH STATEMENT EXECUTE FUNCTION count_change('profiles');
CREATE TRIGGER custom_tools_counts AFTER INSERT OR DELETE OR UPDATE ON custom_tools FOR EACH STATEMENT EXECUTE FUNCTION count_change('profiles');
CREATE TRIGGER agents_counts AFTER INSERT OR DELETE OR UPDATE ON agents FOR EACH STATEMENT EXECUTE FUNCTION count_change('dialling', 'floors');
CREATE TRIGGER queues_counts AFTER INSERT OR DELETE OR UPDATE ON queues FOR EACH STATEMENT EXECUTE FUNCTION count_change('dialling', 'floors');
CREATE TRIGGER extensions_counts AFTER INSERT OR DELETE OR UPDATE ON extensions FOR EACH STATEMENT EXECUTE FUNCTION count_change('dialling');
CREATE TRIGGER dial_policies_counts AFTER INSERT OR DELETE OR UPDATE ON dial_policies FOR EACH STATEMENT EXECUTE FUNCTION count_change('dialling');
CREATE TRIGGER phone_numbers_counts AFTER INSERT OR DELETE OR UPDATE ON phone_numbers FOR EACH STATEMENT EXECUTE FUNCTION count_change('dialling');
CREATE TRIGGER grants_counts AFTER INSERT OR DELETE OR UPDATE ON grants FOR EACH STATEMENT EXECUTE FUNCTION count_change('dialling');
-- A sign-in is no change.
CREATE TRIGGER users_counts AFTER INSERT OR DELETE OR UPDATE OF organization_id, name, status ON users FOR EACH STATEMENT EXECUTE FUNCTION count_change('floors');
CREATE TRIGGER queue_members_counts AFTER INSERT OR DELETE OR UPDATE ON queue_members FOR EACH STATEMENT EXECUTE FUNCTION count_change('floors');

-- How much every organization has dialled on a day is counted at once.
DROP INDEX call_events_dialled;
CREATE INDEX call_events_dialled ON call_events (at, organization_id) WHERE kind IN ('handoff_requested', 'transfer_requested', 'dial_requested');
