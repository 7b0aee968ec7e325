DROP TABLE call_words_due;
DROP TABLE call_words;
