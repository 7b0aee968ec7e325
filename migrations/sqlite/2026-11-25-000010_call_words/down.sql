DROP TABLE call_words_due;
DROP TABLE call_words_index;
DROP TABLE call_words;
