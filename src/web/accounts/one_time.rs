//! Random secrets that are shown once and stored as a hash.

use rand::Rng;

pub(crate) use crate::random_secret::{hash, secret};

/// Characters of a recovery code, which people copy by hand: 80 bits.
const RECOVERY_CODE_CHARS: usize = 16;
/// Letters and digits that are not mistaken for one another.
const LEGIBLE: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Makes a new recovery code, in groups of four.
pub(crate) fn recovery_code() -> String {
    let mut code = String::new();
    for place in 0..RECOVERY_CODE_CHARS {
        if place > 0 && place % 4 == 0 {
            code.push('-');
        }
        let letter = LEGIBLE[rand::rng().random_range(0..LEGIBLE.len())];
        code.push(char::from(letter));
    }
    code
}

/// Normalizes a recovery code as a user typed it: in any case, with its groups separated in any way.
pub(crate) fn recovery_code_of(typed: &str) -> String {
    let typed = typed.to_ascii_lowercase();
    let letters: Vec<char> = typed.chars().filter(char::is_ascii_alphanumeric).collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recovery_code_is_recognized_however_it_is_typed() {
        let code = recovery_code();
        let bare = code.replace('-', "");
        for typed in [&code, &bare, &bare.to_uppercase(), &code.replace('-', " "), &format!(" {code}\n")] {
            assert_eq!(recovery_code_of(typed), code, "{typed:?}");
        }
        assert_eq!(recovery_code_of(""), "");
    }

    #[test]
    fn recovery_codes_can_be_read_aloud() {
        let code = recovery_code();
        assert_eq!(code.split('-').map(str::len).collect::<Vec<_>>(), [4; 4]);
    }
}
