//! The words of a text, and the words of a search. Texts are split in one way for both databases, so that they find the same.
//! Pure.
//!
//! A word is a run of letters and digits, in lower case and without accents. In scripts without spaces between words, each
//! character is a word. Everything else (quotes, operators, emoji) only separates words, so that no word has a meaning to a
//! database.

use crate::limits::{CALL_WORDS_MAX, LOOKED_FOR_WORDS_MAX};

/// Number of characters of a word that count; further characters are ignored, in texts and in searches.
const WORD_CHARS_MAX: usize = 40;

/// Maximum size of a call's words in bytes: PostgreSQL accepts 1,048,575 in one row.
const CALL_WORDS_BYTES_MAX: usize = 500_000;

/// Minimum number of characters with which the last word of a search may be the beginning of a longer one.
const BEGINNING_CHARS_MIN: usize = 2;

/// Letters with an accent or a special form, after their plain form.
const PLAIN: &[(&str, &str)] = &[
    ("a", "àáâãäåāăąǎ"),
    ("ae", "æ"),
    ("c", "çćĉċč"),
    ("d", "ďđð"),
    ("e", "èéêëēĕėęě"),
    ("g", "ĝğġģ"),
    ("h", "ĥħ"),
    ("i", "ìíîïĩīĭįı"),
    ("j", "ĵ"),
    ("k", "ķ"),
    ("l", "ĺļľŀł"),
    ("n", "ñńņňŉ"),
    ("o", "òóôõöøōŏőǒ"),
    ("oe", "œ"),
    ("r", "ŕŗř"),
    ("s", "śŝşšș"),
    ("ss", "ß"),
    ("t", "ţťŧț"),
    ("th", "þ"),
    ("u", "ùúûüũūŭůűųǔ"),
    ("w", "ŵ"),
    ("y", "ýÿŷ"),
    ("z", "źżž"),
];

/// Returns the words of a text, in order.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut found = Words::default();
    for character in text.chars().flat_map(char::to_lowercase) {
        found.take(character);
    }
    found.end();
    found.whole
}

/// The words found so far.
#[derive(Default)]
struct Words {
    whole: Vec<String>,
    begun: String,
    chars: usize,
}

impl Words {
    fn take(&mut self, character: char) {
        match character {
            // A combining accent belongs to the letter before it, and is ignored.
            '\u{300}'..='\u{36f}' => {}
            _ if is_unspaced(character) => {
                self.end();
                self.whole.push(character.to_string());
            }
            _ if !character.is_alphanumeric() => self.end(),
            _ if self.chars >= WORD_CHARS_MAX => {}
            _ => {
                self.chars += 1;
                match plain(character) {
                    Some(plain) => self.begun.push_str(plain),
                    None => self.begun.push(character),
                }
            }
        }
    }

    fn end(&mut self) {
        self.chars = 0;
        if !self.begun.is_empty() {
            self.whole.push(std::mem::take(&mut self.begun));
        }
    }
}

/// Whether a character is of a script without spaces between words, such as Chinese, Japanese or Thai.
pub(crate) fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{e01}'..='\u{e3a}' | '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn plain(character: char) -> Option<&'static str> {
    if character.is_ascii() {
        return None;
    }
    PLAIN.iter().find(|(_, forms)| forms.contains(character)).map(|(plain, _)| *plain)
}

/// The distinct words of a call's lines, which are added one after the other: at most [`CALL_WORDS_MAX`].
///
/// They are stored in one text: with a string for each, a conversation of 200 words would take 13 KB.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallWords {
    /// All words, one after the other.
    text: String,
    /// Beginning and end of each word in the text, sorted by word.
    places: Vec<(u32, u32)>,
    /// Whether a word was left out; all later words are left out, too.
    is_full: bool,
}

impl CallWords {
    /// Adds the call's next line. Returns the words that no earlier line has, each once.
    pub fn take(&mut self, line: &str) -> Vec<String> {
        let mut new = Vec::new();
        if self.is_full {
            return new;
        }
        for word in words(line) {
            let known = self.places.binary_search_by(|place| self.word(*place).cmp(word.as_str()));
            let Err(at) = known else { continue };
            let (begin, end) = (self.text.len(), self.text.len() + word.len());
            let place = u32::try_from(begin).ok().zip(u32::try_from(end).ok());
            let has_room = self.places.len() < CALL_WORDS_MAX && end <= CALL_WORDS_BYTES_MAX;
            let Some(place) = place.filter(|_| has_room) else {
                self.is_full = true;
                break;
            };
            self.text.push_str(&word);
            self.places.insert(at, place);
            new.push(word);
        }
        new
    }

    /// Returns the word at this position.
    fn word(&self, (begin, end): (u32, u32)) -> &str {
        &self.text[begin as usize..end as usize]
    }

    /// Returns all words, separated by spaces.
    pub fn joined(&self) -> String {
        self.places.iter().map(|place| self.word(*place)).collect::<Vec<_>>().join(" ")
    }

    /// Returns the number of words.
    pub fn count(&self) -> usize {
        self.places.len()
    }

    /// Returns the size of all words in bytes.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }
}

/// Words of a search: a call must have each of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookedFor {
    /// Whole words.
    pub whole: Vec<String>,
    /// Beginning of a word: the last one, which may not be typed completely.
    pub beginning: Option<String>,
}

impl LookedFor {
    /// Returns the words of a typed search; none if it contains no letter or digit, because then nothing is found.
    pub fn of(typed: &str) -> Option<Self> {
        let mut whole = words(typed);
        whole.truncate(LOOKED_FOR_WORDS_MAX);
        let last = whole.pop()?;
        let may_go_on = last.chars().count() >= BEGINNING_CHARS_MIN;
        let mut looked_for = Self { whole: Vec::new(), beginning: may_go_on.then(|| last.clone()) };
        for word in whole.into_iter().chain((!may_go_on).then_some(last)) {
            if !looked_for.whole.contains(&word) {
                looked_for.whole.push(word);
            }
        }
        Some(looked_for)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_same_however_a_text_is_typed() {
        for (text, found) in [
            ("Ein Tisch für ZWEI, bitte!", "ein tisch fur zwei bitte"),
            ("A\u{308}pfel Äpfel äpfel", "apfel apfel apfel"),
            ("don't 50% off \\o/", "don t 50 off o"),
            ("Straße, Œuvre, Łódź", "strasse oeuvre lodz"),
            ("שלום 🦆 Привет", "שלום привет"),
            ("寿司 two", "寿 司 two"),
            ("a\0b", "a b"),
            ("\u{202e}", ""),
        ] {
            assert_eq!(words(text).join(" "), found, "{text}");
        }
        assert_eq!(words(&"x".repeat(5_000)), ["x".repeat(WORD_CHARS_MAX)]);
    }

    #[test]
    fn no_word_has_a_meaning_to_a_database() {
        for text in [
            "\" OR 1=1 --",
            "a* NEAR(b) ^c",
            "'); DROP TABLE calls; --",
            ":* & | ! <-> ( )",
            "scope : x",
            "\\' \u{0} \u{7f}",
        ] {
            for word in words(text) {
                assert!(word.chars().all(char::is_alphanumeric), "{word:?} of {text:?}");
            }
        }
    }

    #[test]
    fn the_last_word_may_be_incomplete_and_repeats_are_ignored() {
        let looked_for = |whole: &[&str], beginning: Option<&str>| {
            let whole = whole.iter().map(|word| (*word).to_owned()).collect();
            Some(LookedFor { whole, beginning: beginning.map(str::to_owned) })
        };
        assert_eq!(LookedFor::of("a table tab"), looked_for(&["a", "table"], Some("tab")));
        assert_eq!(LookedFor::of("the the t"), looked_for(&["the", "t"], None));
        assert_eq!(LookedFor::of("\"?! 🦆"), None);
        let many = LookedFor::of(&"one two three four ".repeat(300));
        assert_eq!(many, looked_for(&["one", "two", "three", "four"], Some("four")));
    }

    #[test]
    fn a_calls_words_are_each_added_once() {
        let mut said = CallWords::default();
        assert_eq!(said.take("A table, a round table"), ["a", "table", "round"]);
        assert_eq!(said.take("Round? A TABLE"), [""; 0]);
        assert_eq!(said.take("the table"), ["the"]);
        assert_eq!((said.joined().as_str(), said.count(), said.bytes()), ("a round table the", 4, 14));
    }

    #[test]
    fn a_calls_words_are_bounded() {
        let mut said = CallWords::default();
        let taken: usize = (0..CALL_WORDS_MAX * 2).map(|number| said.take(&format!("w{number}")).len()).sum();
        assert_eq!((taken, said.count()), (CALL_WORDS_MAX, CALL_WORDS_MAX));
        let mut said = CallWords::default();
        for number in 0..CALL_WORDS_MAX {
            said.take(&format!("{number}{}", "\u{10400}".repeat(40)));
        }
        assert!(said.bytes() <= CALL_WORDS_BYTES_MAX, "{}", said.bytes());
        assert_eq!(said.take("short"), [""; 0], "words after the first one left out are left out, too");
    }
}
