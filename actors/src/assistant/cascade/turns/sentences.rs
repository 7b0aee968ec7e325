//! Splits the model's words into pieces that are spoken one by one, without parts that can't be spoken.
//!
//! The first piece is short, so that the caller hears something soon. A piece ends at the end of a sentence, or, in a long
//! sentence, at the end of a clause. Text between `<think>` and `</think>`, markup, addresses and emoji are left out, because a
//! voice would read them out. A star or a hash that names a key of the telephone is no markup.

/// Characters from which on a clause is a piece, at a semicolon or a colon.
const PART_CHARS_MIN: usize = 40;
/// Characters from which on a clause is a piece, at a comma.
const COMMA_CHARS_MIN: usize = 60;
/// Characters from which on a clause is the first piece.
const FIRST_CHARS_MIN: usize = 24;
/// Longest piece in characters; a longer one is cut after a word.
const PIECE_CHARS_MAX: usize = 400;

/// Abbreviations, whose point ends no sentence.
const ABBREVIATIONS: &[&str] = &[
    "dr", "mr", "mrs", "ms", "st", "no", "nr", "vs", "prof", "inc", "ltd", "jr", "sr", "approx", "dept",
    "tel", "str", "bzw", "ca", "usw", "evtl", "ggf", "inkl", "zzgl", "vgl", "sra", "dra", "ud", "uds", "av",
    "pág", "núm", "ing", "lic", "exmo", "eng", "mme",
];

/// German words before an ordinal, as in "am 3. Mai" and "im 2. Stock". Nouns have a capital, so what follows does not show it.
const BEFORE_ORDINAL: &[&str] = &[
    "am", "ab", "bis", "der", "die", "das", "dem", "den", "des", "vom", "zum", "zur", "im", "beim", "ins",
    "seit", "jeder", "jeden", "jedem",
];

/// German months, whose day is an ordinal: "Montag, 3. Mai".
const MONTHS: &[&str] = &[
    "januar",
    "jänner",
    "februar",
    "märz",
    "april",
    "mai",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "dezember",
];

/// See the module's description.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sentences {
    pending: String,
    /// Text that may be the beginning of a tag, and waits for the rest.
    held: String,
    /// Inside the model's reasoning.
    is_thinking: bool,
    /// A piece was returned already.
    has_begun: bool,
    /// The text so far ends within a line.
    is_in_line: bool,
}

impl Sentences {
    /// Adds words. Returns the pieces that they complete.
    pub(super) fn push(&mut self, text: &str) -> Vec<String> {
        self.leave_thoughts_out(text);
        let mut pieces = Vec::new();
        while let Some(end) = piece_end(&self.pending, self.has_begun) {
            let rest = self.pending.split_off(end);
            let piece = std::mem::replace(&mut self.pending, rest);
            self.give(&piece, &mut pieces);
        }
        pieces
    }

    /// Ends the text. Returns the remaining pieces.
    pub(super) fn finish(&mut self) -> Vec<String> {
        let held = std::mem::take(&mut self.held);
        if !self.is_thinking {
            self.pending.push_str(&held);
        }
        let mut pieces = Vec::new();
        let rest = std::mem::take(&mut self.pending);
        self.give(&rest, &mut pieces);
        pieces
    }

    fn give(&mut self, piece: &str, pieces: &mut Vec<String>) {
        let space = &piece[..piece.len() - piece.trim_start().len()];
        let begins_line = !self.is_in_line || space.contains('\n');
        self.is_in_line = !piece.ends_with('\n');
        let piece = speakable(piece, begins_line);
        if piece.chars().any(char::is_alphanumeric) {
            self.has_begun = true;
            pieces.push(piece);
        }
    }

    fn leave_thoughts_out(&mut self, text: &str) {
        let mut rest = std::mem::take(&mut self.held) + text;
        loop {
            let mark = if self.is_thinking { "</think>" } else { "<think>" };
            let Some(at) = rest.find(mark) else {
                self.held = rest.split_off(rest.len() - tail_of(&rest, mark));
                break;
            };
            if !self.is_thinking {
                self.pending.push_str(&rest[..at]);
            }
            rest.drain(..at + mark.len());
            self.is_thinking = !self.is_thinking;
        }
        if !self.is_thinking {
            self.pending.push_str(&rest);
        }
    }
}

/// Returns the end of a text's first piece, if that is complete.
fn piece_end(text: &str, has_begun: bool) -> Option<usize> {
    let mut chars = 0;
    let mut word_end = 0;
    let mut indices = text.char_indices().peekable();
    while let Some((at, c)) = indices.next() {
        chars += 1;
        let end = at + c.len_utf8();
        let next = indices.peek().map(|(_, next)| *next);
        let is_end = match c {
            '\n' => !text[..at].trim().is_empty(),
            '。' | '！' | '？' | '；' => true,
            _ if !next.is_some_and(char::is_whitespace) => false,
            '.' => is_end_of_sentence(&text[..at], &text[end..]),
            '!' | '?' | '…' => true,
            '"' | '”' | '»' | ')' => text[..at].ends_with(['.', '!', '?', '…']),
            ';' | ':' => chars >= PART_CHARS_MIN,
            ',' if has_begun => chars >= COMMA_CHARS_MIN,
            ',' => chars >= FIRST_CHARS_MIN,
            _ => false,
        };
        if is_end {
            return Some(end);
        }
        if c.is_whitespace() {
            word_end = end;
        }
        if chars >= PIECE_CHARS_MAX {
            return Some(if word_end > 0 { word_end } else { end });
        }
    }
    None
}

/// Returns the number of bytes at the end of a text that may be the beginning of a tag.
fn tail_of(text: &str, mark: &str) -> usize {
    (1..mark.len()).rev().find(|length| text.ends_with(&mark[..*length])).unwrap_or(0)
}

/// Returns whether a point between these words, with a space after it, ends a sentence.
fn is_end_of_sentence(before: &str, after: &str) -> bool {
    let word = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
    let is_initial = word.chars().count() == 1 && word.chars().all(char::is_alphabetic) && word != "I";
    let has_points = word.contains('.') && word.split('.').all(|part| part.chars().count() <= 1);
    if is_initial || has_points || ABBREVIATIONS.contains(&word.to_lowercase().as_str()) {
        return false;
    }
    if word.is_empty() || !word.chars().all(|c| c.is_ascii_digit()) {
        return true;
    }
    // "am 3. und 4.", "1. 2.": the number is an ordinal unless what follows begins a sentence.
    let after = after.trim_start();
    match after.chars().next() {
        Some(next) if next.is_lowercase() || next.is_ascii_digit() => false,
        Some(_) => !follows_ordinal_word(before, word) && !may_begin_with_month(after),
        None => false,
    }
}

/// Returns whether the number at the end of a text comes after a word that only ordinals follow.
fn follows_ordinal_word(before: &str, number: &str) -> bool {
    let earlier = before[..before.len() - number.len()].split_whitespace().next_back().unwrap_or_default();
    BEFORE_ORDINAL.contains(&earlier.to_lowercase().as_str())
}

/// Returns whether a text begins with a month, or with letters that may become one once the rest arrives.
fn may_begin_with_month(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_alphabetic());
    let word = text[..end.unwrap_or(text.len())].to_lowercase();
    let is_it = |month: &&str| if end.is_some() { word == **month } else { month.starts_with(&word) };
    !word.is_empty() && MONTHS.iter().any(is_it)
}

/// Returns the words without markup, addresses and emoji, separated by single spaces.
fn speakable(piece: &str, begins_line: bool) -> String {
    let written: Vec<&str> = piece.split_whitespace().collect();
    let mut words: Vec<String> = Vec::new();
    for (at, word) in written.iter().enumerate() {
        let is_address = ["http://", "https://", "www."].iter().any(|start| word.contains(start));
        if (at == 0 && is_mark_of_line(word, begins_line)) || is_address {
            continue;
        }
        let names_key = names_star_key(word, &written[at + 1..]);
        let is_kept = |(at, c): &(usize, char)| match c {
            '*' => names_key,
            '_' => is_within_word(word, *at),
            other => !is_unspeakable(*other),
        };
        let word: String = word.char_indices().filter(is_kept).map(|(_, c)| c).collect();
        if !word.is_empty() {
            words.push(word);
        }
    }
    words.join(" ")
}

/// Returns whether the first word of a piece marks a heading, an entry of a list or a quotation. A star or a hash within a line names a key.
fn is_mark_of_line(word: &str, begins_line: bool) -> bool {
    matches!(word, "-" | "+" | ">" | "•") || (begins_line && (word == "*" || word.chars().all(|c| c == '#')))
}

/// Returns whether the star in a word is the telephone's, as in `press *` and `dial *67`, and not the beginning of words with emphasis.
fn names_star_key(word: &str, after: &[&str]) -> bool {
    let Some(keys) = bare(word).strip_prefix('*') else { return false };
    let ends_emphasis = |word: &&str| {
        let word = bare(word);
        word.starts_with(char::is_alphanumeric) && word.ends_with('*')
    };
    let are_keys = keys.chars().all(|c| c.is_ascii_digit() || c == '#');
    keys.is_empty() || (are_keys && !after.iter().any(ends_emphasis))
}

/// Returns whether the underscore at this place belongs to a name, as in `max_muster@example.com`, and is no emphasis around words.
fn is_within_word(word: &str, at: usize) -> bool {
    let (before, after) = (&word[..at], &word[at + 1..]);
    before.ends_with(char::is_alphanumeric) && after.starts_with(char::is_alphanumeric)
}

/// Returns a word without the punctuation around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '*' | '#'))
}

/// Returns whether a character is markup or an emoji.
fn is_unspeakable(c: char) -> bool {
    matches!(c, '`' | '~' | '|' | '\u{200d}' | '\u{fe0f}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}'
        | '\u{1f000}'..='\u{1faff}' | '\u{e0000}'..='\u{e007f}')
        || c.is_control()
}

/// Splits words to be said verbatim into pieces at the ends of sentences.
pub(super) fn exact_pieces(words: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = words.trim();
    while !rest.is_empty() {
        let end = piece_end(rest, true).unwrap_or(rest.len());
        pieces.extend(
            Some(rest[..end].trim())
                .filter(|piece| piece.chars().any(char::is_alphanumeric))
                .map(str::to_owned),
        );
        rest = rest[end..].trim_start();
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the pieces of a text that arrives in chunks of different sizes.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let chars: Vec<String> = text.chars().map(String::from).collect();
        for size in [1, 3, 7, 1_000] {
            let mut sentences = Sentences::default();
            let mut pieces: Vec<String> =
                chars.chunks(size).flat_map(|piece| sentences.push(&piece.concat())).collect();
            pieces.extend(sentences.finish());
            assert_eq!(pieces, expected, "in pieces of {size}");
        }
    }

    #[test]
    fn a_sentence_is_a_piece() {
        check(
            "We open at nine. We close at five! Anything else?",
            &["We open at nine.", "We close at five!", "Anything else?"],
        );
        check("I see", &["I see"]);
        check("", &[]);
        check("好的。我们九点开门。", &["好的。", "我们九点开门。"]);
    }

    #[test]
    fn a_point_within_a_sentence_does_not_end_it() {
        check("Dr. Smith sees you at 3.5 miles.", &["Dr. Smith sees you at 3.5 miles."]);
        check("Sie können z. B. am 3. und 4. kommen. Ja?", &["Sie können z. B. am 3. und 4. kommen.", "Ja?"]);
        check("That is e.g. free. So am I. Good.", &["That is e.g. free.", "So am I.", "Good."]);
        check("We open at 9. We close at 5.", &["We open at 9.", "We close at 5."]);
    }

    /// In pieces, a voice says "am drei" and begins anew with the month.
    #[test]
    fn a_german_date_is_one_piece() {
        for whole in [
            "Ihr Termin ist am 3. Mai um zehn Uhr.",
            "Das war der 24. Dezember.",
            "Wir sind im 2. Stock.",
            "Frei ist Montag, 30. November um neun.",
        ] {
            check(whole, &[whole]);
        }
        check("Es sind 12. Mehr gibt es nicht.", &["Es sind 12.", "Mehr gibt es nicht."]);
        check("Es sind 12. Dez ist er. Ja.", &["Es sind 12.", "Dez ist er.", "Ja."]);
        check("We are 12. May I help?", &["We are 12.", "May I help?"]);
    }

    #[test]
    fn the_first_piece_comes_early_and_every_piece_is_bounded() {
        check(
            "Good morning and welcome to us, how may I help you today?",
            &["Good morning and welcome to us,", "how may I help you today?"],
        );
        let mut sentences = Sentences::default();
        let pieces = sentences.push(&"word ".repeat(500));
        assert!(pieces.len() >= 5 && pieces.iter().all(|piece| piece.chars().count() <= PIECE_CHARS_MAX));
    }

    #[test]
    fn markup_addresses_pictures_and_thoughts_are_not_spoken() {
        check(
            "<think>What to say? Hm.</think>**Yes**, we `do`. 🙂 See https://example.com/x now.",
            &["Yes, we do.", "See now."],
        );
        check("# Hours\n- Monday: nine\n- Tuesday: ten", &["Hours", "Monday: nine", "Tuesday: ten"]);
        check("Hello. <think>never ends", &["Hello."]);
        check("a < c3. It is <thin", &["a < c3.", "It is <thin"]);
        check("* nine\n* ten. ** Both ** are *24 hours* away.", &["nine", "ten.", "Both are 24 hours away."]);
    }

    /// Without its underscore it is somebody else's address.
    #[test]
    fn an_underscore_within_an_address_is_spoken() {
        check(
            "I have **max_muster@example.com**, __right__? _Yes_ or a_b_c_.",
            &["I have max_muster@example.com,", "right?", "Yes or a_b_c."],
        );
    }

    #[test]
    fn keys_of_the_telephone_are_spoken() {
        check("Press * to go back.", &["Press * to go back."]);
        check("To end, press `*`, or “#”.", &["To end, press *, or “#”."]);
        check(
            "Dial *67 or *31#. # goes back. * repeats it.",
            &["Dial *67 or *31#.", "# goes back.", "* repeats it."],
        );
    }

    #[test]
    fn exact_words_stay_as_they_are() {
        assert_eq!(exact_pieces("This call is recorded. *Really*."), ["This call is recorded.", "*Really*."]);
        assert_eq!(exact_pieces("  "), Vec::<String>::new());
    }
}
