//! DTMF digits.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One DTMF digit, a key that a caller can press: `0` to `9`, `*`, `#`, `A` to `D`. In JSON a string of that one
/// character.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "char", into = "char")]
pub struct Digit(u8);

impl Digit {
    /// All sixteen digits, as they stand on a keypad's tables.
    pub const ALL: [Self; 16] = {
        let keys = *b"0123456789*#ABCD";
        let mut all = [Self(0); 16];
        let mut i = 0;
        while i < keys.len() {
            all[i] = Self(keys[i]);
            i += 1;
        }
        all
    };

    /// `0`.
    pub const ZERO: Self = Self(b'0');
    /// `1`.
    pub const ONE: Self = Self(b'1');
    /// `#`.
    pub const HASH: Self = Self(b'#');
    /// `*`.
    pub const STAR: Self = Self(b'*');

    /// The digit's ASCII character as a byte.
    pub const fn ascii(self) -> u8 {
        self.0
    }
}

/// A character that is on no telephone key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a DTMF digit: 0 to 9, *, #, A to D")]
pub struct NotADigit(pub char);

impl TryFrom<u8> for Digit {
    type Error = NotADigit;

    fn try_from(byte: u8) -> Result<Self, NotADigit> {
        match byte {
            b'0'..=b'9' | b'*' | b'#' | b'A'..=b'D' => Ok(Self(byte)),
            _ => Err(NotADigit(char::from(byte))),
        }
    }
}

impl TryFrom<char> for Digit {
    type Error = NotADigit;

    fn try_from(key: char) -> Result<Self, NotADigit> {
        u8::try_from(key).ok().and_then(|byte| Self::try_from(byte).ok()).ok_or(NotADigit(key))
    }
}

impl From<Digit> for char {
    fn from(digit: Digit) -> Self {
        char::from(digit.0)
    }
}

impl fmt::Display for Digit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&char::from(*self), f)
    }
}

impl fmt::Debug for Digit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digit({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixteen_keys_are_the_only_digits() {
        let accepted: String =
            (0..=u8::MAX).filter_map(|byte| Digit::try_from(byte).ok()).map(char::from).collect();
        assert_eq!(accepted, "#*0123456789ABCD");
        let mut all = Digit::ALL;
        all.sort_unstable();
        assert_eq!(String::from_iter(all.map(char::from)), accepted);
        for key in ['a', 'E', ' ', '\n', 'é', '٣', '\u{130}'] {
            assert_eq!(Digit::try_from(key), Err(NotADigit(key)));
        }
    }

    #[test]
    fn a_digit_is_a_string_of_one_character_in_json() {
        for digit in Digit::ALL {
            let json = serde_json::to_string(&digit).unwrap();
            assert_eq!(json, format!("\"{digit}\""));
            assert_eq!(serde_json::from_str::<Digit>(&json).unwrap(), digit);
        }
        for json in ["\"\"", "\"12\"", "\"x\"", "1"] {
            assert!(serde_json::from_str::<Digit>(json).is_err(), "{json}");
        }
    }
}
