//! Telephone numbers of people, in one form: E.164.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A number in E.164 form: `+`, a country code and a number, 7 to 15 digits together. Input may contain common separators between
/// digits, and `00` for `+`, or Australia's `0011`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct E164(String);

/// The text is not an [`E164`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a number with its country code, as +493012345678")]
pub struct BadE164;

/// Maximum number of characters that are read: 15 digits, and separators between them.
const CHARS_MAX: usize = 40;

/// `anonymous`, `restricted`, `blocked`, `unknown` and `unavailable`, as some networks spell them with the keys of a telephone.
/// No network has such numbers.
pub(crate) const WITHHELD: [&str; 5] = ["266696687", "7378742833", "2562533", "8656696", "86282452253"];

/// Codes of countries in which a zero is dialled before a number, and whose numbers never begin with one: South Africa, the
/// Netherlands, Belgium, France, Switzerland, Austria, the United Kingdom, Sweden, Germany, Australia, New Zealand and Ireland.
/// Others, such as Italy, have such numbers, or may have them.
const ZERO_BEFORE: [&str; 12] = ["27", "31", "32", "33", "41", "43", "44", "46", "49", "61", "64", "353"];

/// Codes of countries whose numbers may begin with a zero of their own, which is dialled from everywhere: Côte d'Ivoire, Benin,
/// Congo, San Marino and Italy.
pub const ZERO_OF_NUMBERS: [&str; 5] = ["225", "229", "242", "378", "39"];

/// Returns a number, or the beginning of one, with its `+` and without the zero that is dialled before it only within its country;
/// none if it has no such zero.
pub fn without_zero_before(number: &str) -> Option<String> {
    ZERO_BEFORE.iter().find_map(|code| {
        let rest = number.strip_prefix('+')?.strip_prefix(*code)?.strip_prefix('0')?;
        Some(format!("+{code}{rest}"))
    })
}

/// Returns a number without that zero, or the beginning of one, with it; none if its country has no such zero.
fn with_zero_before(number: &str) -> Option<String> {
    ZERO_BEFORE.iter().find_map(|code| {
        let rest = number.strip_prefix('+')?.strip_prefix(*code)?;
        Some(format!("+{code}0{rest}"))
    })
}

/// Returns the other text by which a number, or the beginning of one, may be stored: without that zero, or with it.
pub fn other_spelling(number: &str) -> Option<String> {
    without_zero_before(number).or_else(|| with_zero_before(number))
}

/// Returns the rest of a number after its plus, or after the digits that people dial in its place: `00`, or `0011` in Australia. None
/// without any of them.
///
/// `0011` can't be `00` before a number of North America: no area code begins with a 1. Other digits, such as North America's `011`,
/// are also the beginning of numbers elsewhere.
pub fn after_plus(text: &str) -> Option<&str> {
    ["+", "0011", "00"].into_iter().find_map(|prefix| text.strip_prefix(prefix))
}

/// Whether people or programs put this character between the digits of a number. A number that is copied from a website or an address book
/// may have dashes and blanks of any width, and models write such dashes, too.
fn is_between_digits(character: char) -> bool {
    let is_blank = matches!(character, ' ' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}');
    let is_dash = matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    is_blank || is_dash || is_invisible(character) || matches!(character, '.' | '/' | '(' | ')')
}

/// Whether it is a mark of direction or of no width, as programs put around a number that is copied.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

/// Whether it is a blank or invisible.
fn is_nothing(character: char) -> bool {
    character.is_whitespace() || is_invisible(character)
}

/// Returns a number, from its country code on, without the zero of "+49 (0)30", which is dialled only within the country.
fn without_bracketed_zero(number: &str) -> String {
    let country = number.trim_start_matches(is_nothing);
    let is_part = ZERO_OF_NUMBERS.iter().any(|code| country.starts_with(code));
    if is_part { number.to_owned() } else { number.replacen("(0)", "", 1) }
}

/// Returns a typed number, or a part of one, in the form in which numbers are stored: with nothing between its digits. None if
/// the text is something else.
pub fn searched_number(text: &str) -> Option<String> {
    let text = text.trim_matches(is_nothing);
    let (plus, rest) = match text.strip_prefix('+') {
        Some(rest) => ("+", without_bracketed_zero(rest)),
        None => ("", text.to_owned()),
    };
    let digits: String = rest.chars().filter(|character| !is_between_digits(*character)).collect();
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| format!("{plus}{digits}"))
}

impl E164 {
    /// Returns the number, with its `+`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the number without the zero that is dialled before it only within its country, as in "+44 07911 123456". It stays
    /// the same if numbers of the country may begin with a zero.
    #[must_use]
    pub fn without_national_zero(self) -> Self {
        without_zero_before(&self.0).and_then(|text| text.parse().ok()).unwrap_or(self)
    }

    /// Returns the texts by which this number may be stored: without that zero, and with it.
    pub fn spellings(&self) -> Vec<String> {
        let plain = self.clone().without_national_zero().0;
        let with_zero = with_zero_before(&plain);
        std::iter::once(plain).chain(with_zero).collect()
    }
}

impl FromStr for E164 {
    type Err = BadE164;

    fn from_str(text: &str) -> Result<Self, BadE164> {
        if text.chars().count() > CHARS_MAX {
            return Err(BadE164);
        }
        let text = text.trim_matches(is_nothing);
        let rest = after_plus(text).ok_or(BadE164)?;
        let mut digits = String::with_capacity(15);
        for character in without_bracketed_zero(rest).chars() {
            match character {
                '0'..='9' => digits.push(character),
                between if is_between_digits(between) => {}
                _ => return Err(BadE164),
            }
        }
        let is_withheld = WITHHELD.contains(&digits.as_str());
        match (7..=15).contains(&digits.len()) && !digits.starts_with('0') && !is_withheld {
            true => Ok(Self(format!("+{digits}"))),
            false => Err(BadE164),
        }
    }
}

impl TryFrom<String> for E164 {
    type Error = BadE164;

    fn try_from(text: String) -> Result<Self, BadE164> {
        text.parse()
    }
}

impl From<E164> for String {
    fn from(number: E164) -> Self {
        number.0
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them_have_one_form() {
        for text in [
            "+493012345678",
            "+49 30 1234-5678",
            "0049 (30) 1234 5678",
            "+49\u{a0}30\u{202f}12345678",
            " +49.30/12345678 ",
            "+49 (0)30 12345678",
            "0049(0)30/12345678",
            "0011 49 (0)30 12345678",
        ] {
            assert_eq!(text.parse::<E164>().map(String::from), Ok("+493012345678".to_owned()), "{text}");
        }
    }

    #[test]
    fn marks_and_dashes_of_copied_numbers_are_left_out() {
        for text in [
            // From an address book, from a website, and by a model.
            "\u{202a}+49 30 12345678\u{202c}",
            "\u{feff}\u{2068}+49\u{200b}\u{2009}(0)30\u{2007}12345678 \u{200e}",
            "+49 30 1234\u{2013}5678",
            "+49\u{2011}30\u{2011}12345678",
        ] {
            assert_eq!(text.parse::<E164>().map(String::from), Ok("+493012345678".to_owned()), "{text:?}");
            assert_eq!(searched_number(text).as_deref(), Some("+493012345678"), "{text:?}");
        }
        let italian = "+\u{200e}39 (0)6 1234 5678".parse::<E164>();
        assert_eq!(italian.map(String::from), Ok("+390612345678".to_owned()));
        for text in ["+49 30 12345678\n+49 30 12345679", "\u{202a}\u{202c}", "+49 30 1234~5678"] {
            assert_eq!(text.parse::<E164>(), Err(BadE164), "{text:?}");
        }
    }

    #[test]
    fn a_zero_that_is_part_of_the_number_stays() {
        for (text, expected) in [
            ("+39 (0)6 1234 5678", "+390612345678"),
            ("00225 (0)7 01020304", "+2250701020304"),
            ("+229 (0)1 95123456", "+2290195123456"),
            ("+242 (0)6 6123456", "+242066123456"),
            ("+378 (0)549 882914", "+3780549882914"),
        ] {
            assert_eq!(text.parse::<E164>().map(String::from), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_zero_outside_the_number_is_removed() {
        for (text, expected) in [
            ("+44 07911 123456", "+447911123456"),
            ("0044 07911 123456", "+447911123456"),
            ("+447911123456", "+447911123456"),
            ("+49 030 12345678", "+493012345678"),
            ("+353 01 1234567", "+35311234567"),
            ("+39 06 12345678", "+390612345678"),
            ("+225 07 01020304", "+2250701020304"),
            ("+44 01234", "+4401234"),
        ] {
            let number = text.parse::<E164>().unwrap();
            let spellings = number.spellings();
            assert!(spellings.contains(&number.to_string()), "{text}: {spellings:?}");
            assert_eq!(number.without_national_zero().as_str(), expected, "{text}");
            assert_eq!(spellings[0], expected);
        }
        let spellings = "+447911123456".parse::<E164>().unwrap().spellings();
        assert_eq!(spellings, ["+447911123456", "+4407911123456"]);
    }

    #[test]
    fn the_beginning_of_a_number_has_two_spellings() {
        for (typed, expected) in [
            ("+4407911", Some("+447911")),
            ("+447911", Some("+4407911")),
            ("+3906", None),
            ("+1555", None),
            ("07911", None),
        ] {
            assert_eq!(other_spelling(typed).as_deref(), expected, "{typed}");
        }
    }

    #[test]
    fn a_part_of_a_number_is_searched_without_separators() {
        for (text, expected) in [
            (" +49 (0)30 555-01 ", Some("+493055501")),
            ("+39 (0)6 12", Some("+390612")),
            ("030/555", Some("030555")),
            ("55 501", Some("55501")),
            ("", None),
            ("-", None),
            ("+", None),
            ("Ann 7", None),
            ("5_", None),
        ] {
            assert_eq!(searched_number(text).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn anything_else_is_not_a_number() {
        let long = format!("+49{}", " ".repeat(100));
        for text in [
            "",
            "+",
            "030 12345678",
            "011 49 30 12345678",
            "+0301234567",
            "+12345",
            "+1234567890123456",
            "+49 30 x",
            "++493012345678",
            "49+3012345678",
            "+493012345678;ext=1",
            "=+4930123456",
            &long,
            "+266696687",
            "00 737 8742833",
            "+٤٩٣٠١٢٣٤٥",
        ] {
            assert_eq!(text.parse::<E164>(), Err(BadE164), "{text}");
        }
    }
}
