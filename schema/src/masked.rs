//! Telephone numbers as the log may show them: enough to find a call, too little to call anybody.

use std::fmt;

/// Words of a network or a dialplan for a party whose number is withheld.
const WITHHELD: [&str; 6] = ["anonymous", "restricted", "unavailable", "withheld", "private", "blocked"];

/// Whether a switch or a dialplan says with this word that a party withholds their number.
pub fn is_withheld(party: &str) -> bool {
    WITHHELD.iter().any(|word| party.trim().eq_ignore_ascii_case(word))
}

/// A party's number, shown by its last digits: four of a full telephone number, two of an extension. A name is not shown.
#[derive(Clone, Copy, Debug)]
pub struct Masked<'a>(pub Option<&'a str>);

/// A party of the organization's list, by its name there; a number is shown as [`Masked`] does.
#[derive(Clone, Copy, Debug)]
pub struct MaskedTarget<'a>(pub &'a str);

impl fmt::Display for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.unwrap_or_default().trim();
        if is_withheld(text) {
            return f.write_str("withheld");
        }
        if text.chars().any(char::is_alphabetic) {
            return f.write_str("a name");
        }
        let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
        let shown = match digits.len() {
            0 => return f.write_str("unknown"),
            1..=5 => 2,
            6..=8 => 3,
            _ => 4,
        };
        let last = digits[digits.len().saturating_sub(shown)..].iter().collect::<String>();
        write!(f, "…{last}")
    }
}

impl fmt::Display for MaskedTarget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.chars().any(char::is_alphabetic) {
            true => f.write_str(self.0),
            false => Masked(Some(self.0)).fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_shown_by_its_last_digits() {
        let table = [
            (Some("+49 30 1234-5678"), "…5678"),
            (Some("+493012345678"), "…5678"),
            (Some("5551234"), "…234"),
            (Some("2001"), "…01"),
            (Some("7"), "…7"),
            (Some("anonymous"), "withheld"),
            (Some("Alice Smith"), "a name"),
            (Some("sip:4930123456@pbx.example"), "a name"),
            (Some("+"), "unknown"),
            (Some(""), "unknown"),
            (None, "unknown"),
        ];
        for (number, shown) in table {
            assert_eq!(Masked(number).to_string(), shown, "{number:?}");
        }
    }

    #[test]
    fn a_party_of_the_list_is_shown_by_name() {
        assert_eq!(MaskedTarget("front-desk 2").to_string(), "front-desk 2");
        assert_eq!(MaskedTarget("+493012345678").to_string(), "…5678");
    }
}
