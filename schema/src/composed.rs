//! Texts whose letters are compared. A letter with an accent may come as one character or as two, for example from a file of macOS: both look the
//! same, and a search for one would not find the other.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;

/// Returns the text with each letter as one character, as far as Unicode has it (NFC).
pub fn composed(text: &str) -> Cow<'_, str> {
    const NFC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfc();
    NFC.normalize(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_in_two_characters_become_one() {
        for (typed, kept) in [
            ("Jose\u{301} Mu\u{308}ller", "Jos\u{e9} M\u{fc}ller"),
            ("Jos\u{e9}", "Jos\u{e9}"),
            ("\u{1112}\u{1161}\u{11ab}", "\u{d55c}"),
            ("plain", "plain"),
            ("", ""),
        ] {
            assert_eq!(composed(typed), kept, "{typed}");
        }
    }
}
