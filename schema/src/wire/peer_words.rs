//! Texts from a switch that people read: they may have any length.

use crate::limits::SWITCH_WORDS_BYTES_MAX;

/// Returns the part of a text that is shown.
pub(super) fn shown(text: &str) -> &str {
    let end = text.len().min(SWITCH_WORDS_BYTES_MAX);
    // A character has at most four bytes.
    let whole = (0..=end).rev().take(4).find(|at| text.is_char_boundary(*at));
    &text[..whole.unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shown_up_to_a_whole_character() {
        for short in ["", "No.", "é"] {
            assert_eq!(shown(short), short);
        }
        for (character, whole) in [("x", 1_024), ("é", 1_024), ("€", 1_023), ("🙂", 1_024)] {
            assert_eq!(shown(&character.repeat(10_000)).len(), whole, "{character}");
        }
        assert_eq!(shown(&format!("x{}", "🙂".repeat(1_000))).len(), 1_021);
    }
}
