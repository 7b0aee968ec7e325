-- The words of each call, by which it is found (`schema/src/words.rs` takes texts apart, `src/store/call_words.rs` writes them down).
-- Beside the words stands ':' with the organization's id, which no word can be.
CREATE TABLE call_words (
    call_id         TEXT PRIMARY KEY NOT NULL REFERENCES calls (id),
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    words           TSVECTOR NOT NULL
);
CREATE INDEX call_words_of_organization ON call_words (organization_id, call_id);
CREATE INDEX call_words_by_word ON call_words USING gin (words);
-- Calls of before, whose words the next start writes down.
CREATE TABLE call_words_due (
    call_id TEXT PRIMARY KEY NOT NULL
);
INSERT INTO call_words_due (call_id) SELECT DISTINCT call_id FROM transcript_items;
