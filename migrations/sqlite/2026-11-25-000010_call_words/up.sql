-- The words of each call, by which it is found (`schema/src/words.rs` takes texts apart, `src/store/call_words.rs` writes them down).
-- `n` follows from the call's id, so it is in the order of their moments: matches come newest first, and a day is a range of it.
CREATE TABLE call_words (
    n       INTEGER PRIMARY KEY NOT NULL,
    call_id TEXT NOT NULL UNIQUE REFERENCES calls (id)
);
-- `scope` is the organization's id without dashes. The words are words already: the tokenizer only parts them at blanks.
CREATE VIRTUAL TABLE call_words_index USING fts5 (
    scope, words,
    content = '', contentless_delete = 1, detail = 'column', prefix = '2 3', tokenize = 'ascii'
);
-- Calls of before, whose words the next start writes down.
CREATE TABLE call_words_due (
    call_id TEXT PRIMARY KEY NOT NULL
);
INSERT INTO call_words_due (call_id) SELECT DISTINCT call_id FROM transcript_items;
