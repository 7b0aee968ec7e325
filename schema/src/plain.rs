//! Checks of values that people and models write, before they are stored.

use serde::{Deserialize, Deserializer};

/// Whether a text may have several lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// Only one.
    One,
    /// Any number.
    Many,
}

/// Returns the fault of a text of at most `chars_max` characters, worded to follow its name: `must have ...`.
///
/// Every script is allowed. Control characters are refused, because no field shows them and PostgreSQL does not accept all of
/// them.
pub fn text_fault(text: &str, chars_max: usize, lines: Lines) -> Option<String> {
    let is_odd = |character: char| {
        let is_break = matches!(character, '\n' | '\r' | '\t');
        character.is_control() && !(is_break && lines == Lines::Many)
    };
    if text.chars().count() > chars_max {
        return Some(format!("must have at most {chars_max} characters"));
    }
    match (text.chars().any(is_odd), lines) {
        (false, _) => None,
        (true, Lines::One) => Some("must have no control characters, and one line".to_owned()),
        (true, Lines::Many) => Some("must have no control characters".to_owned()),
    }
}

/// Deserializes a field that may be null, and that is left out if nothing should change.
pub fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// Deserializes a field that is never null, and that is left out if nothing should change.
pub fn named<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_is_allowed_and_control_characters_are_not() {
        for text in ["", "Åsa 🦊", "محمد عبد الله", "'; DROP TABLE leads; --", "<script>alert(1)</script>"]
        {
            assert_eq!(text_fault(text, 120, Lines::One), None, "{text}");
        }
        assert_eq!(text_fault("a\nb\tc", 9, Lines::Many), None);
        for (text, lines) in [("a\nb", Lines::One), ("a\0b", Lines::Many), ("\u{1b}[2J", Lines::Many)] {
            assert!(text_fault(text, 9, lines).is_some(), "{text:?}");
        }
        assert_eq!(text_fault("🦊🦊🦊", 3, Lines::One), None);
        assert!(text_fault("four", 3, Lines::One).is_some_and(|fault| fault.contains("at most 3")));
    }
}
