-- How often what calls and desks go by has been changed: whoever keeps a copy of it asks for this number, and reads all of it only where
-- that is another one. Triggers count, so that no change goes uncounted, whoever makes it.
CREATE TABLE revisions (
    subject  TEXT PRIMARY KEY NOT NULL,
    revision BIGINT NOT NULL -- one more with each change
);
INSERT INTO revisions (subject, revision) VALUES ('profiles', 1), ('dialling', 1), ('floors', 1);

CREATE TRIGGER organizations_insert_counts AFTER INSERT ON organizations BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles', 'dialling', 'floors'); END;
CREATE TRIGGER organizations_update_counts AFTER UPDATE ON organizations BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles', 'dialling', 'floors'); END;
CREATE TRIGGER organizations_delete_counts AFTER DELETE ON organizations BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles', 'dialling', 'floors'); END;
CREATE TRIGGER business_profiles_insert_counts AFTER INSERT ON business_profiles BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles', 'dialling'); END;
CREATE TRIGGER business_profiles_update_counts AFTER UPDATE ON business_profiles BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles', 'dialling'); END;
CREATE TRIGGER business_profiles_delete_counts AFTER DELETE ON business_profiles BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles', 'dialling'); END;
CREATE TRIGGER agent_profiles_insert_counts AFTER INSERT ON agent_profiles BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles'); END;
CREATE TRIGGER agent_profiles_update_counts AFTER UPDATE ON agent_profiles BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles'); END;
CREATE TRIGGER agent_profiles_delete_counts AFTER DELETE ON agent_profiles BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles'); END;
CREATE TRIGGER agent_profile_versions_insert_counts AFTER INSERT ON agent_profile_versions BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles'); END;
CREATE TRIGGER agent_profile_versions_update_counts AFTER UPDATE ON agent_profile_versions BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles'); END;
CREATE TRIGGER agent_profile_versions_delete_counts AFTER DELETE ON agent_profile_versions BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles'); END;
CREATE TRIGGER custom_tools_insert_counts AFTER INSERT ON custom_tools BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles'); END;
CREATE TRIGGER custom_tools_update_counts AFTER UPDATE ON custom_tools BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles'); END;
CREATE TRIGGER custom_tools_delete_counts AFTER DELETE ON custom_tools BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles'); END;
CREATE TRIGGER agents_insert_counts AFTER INSERT ON agents BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling', 'floors'); END;
CREATE TRIGGER agents_update_counts AFTER UPDATE ON agents BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling', 'floors'); END;
CREATE TRIGGER agents_delete_counts AFTER DELETE ON agents BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling', 'floors'); END;
CREATE TRIGGER queues_insert_counts AFTER INSERT ON queues BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling', 'floors'); END;
CREATE TRIGGER queues_update_counts AFTER UPDATE ON queues BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling', 'floors'); END;
CREATE TRIGGER queues_delete_counts AFTER DELETE ON queues BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling', 'floors'); END;
CREATE TRIGGER extensions_insert_counts AFTER INSERT ON extensions BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling'); END;
CREATE TRIGGER extensions_update_counts AFTER UPDATE ON extensions BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling'); END;
CREATE TRIGGER extensions_delete_counts AFTER DELETE ON extensions BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling'); END;
CREATE TRIGGER dial_policies_insert_counts AFTER INSERT ON dial_policies BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling'); END;
CREATE TRIGGER dial_policies_update_counts AFTER UPDATE ON dial_policies BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling'); END;
CREATE TRIGGER dial_policies_delete_counts AFTER DELETE ON dial_policies BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling'); END;
CREATE TRIGGER phone_numbers_insert_counts AFTER INSERT ON phone_numbers BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling'); END;
CREATE TRIGGER phone_numbers_update_counts AFTER UPDATE ON phone_numbers BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling'); END;
CREATE TRIGGER phone_numbers_delete_counts AFTER DELETE ON phone_numbers BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling'); END;
CREATE TRIGGER grants_insert_counts AFTER INSERT ON grants BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling'); END;
CREATE TRIGGER grants_update_counts AFTER UPDATE ON grants BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling'); END;
CREATE TRIGGER grants_delete_counts AFTER DELETE ON grants BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling'); END;
-- A sign-in is no change.
CREATE TRIGGER users_insert_counts AFTER INSERT ON users BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('floors'); END;
CREATE TRIGGER users_update_counts AFTER UPDATE OF organization_id, name, status ON users BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('floors'); END;
CREATE TRIGGER users_delete_counts AFTER DELETE ON users BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('floors'); END;
CREATE TRIGGER queue_members_insert_counts AFTER INSERT ON queue_members BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('floors'); END;
CREATE TRIGGER queue_members_update_counts AFTER UPDATE ON queue_members BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('floors'); END;
CREATE TRIGGER queue_members_delete_counts AFTER DELETE ON queue_members BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('floors'); END;

-- How much every organization has dialled on a day is counted at once.
DROP INDEX call_events_dialled;
CREATE INDEX call_events_dialled ON call_events (at, organization_id) WHERE kind IN ('handoff_requested', 'transfer_requested', 'dial_requested');
