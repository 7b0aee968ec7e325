//! A DTMF digit.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A key of a telephone: `0` to `9`, `*`, `#`, `A` to `D`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "char", into = "char")]
pub struct Digit(u8);

/// A character that is on no telephone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a DTMF digit (0-9 * # A-D)")]
pub struct NotADigit(pub char);

impl Digit {
    /// `0`.
    pub const ZERO: Self = Self(b'0');
    /// `1`.
    pub const ONE: Self = Self(b'1');
    /// `#`.
    pub const HASH: Self = Self(b'#');
    /// `*`.
    pub const STAR: Self = Self(b'*');

    /// The digit as its ASCII octet, the form that AudioSocket carries.
    pub const fn ascii(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Digit {
    type Error = NotADigit;

    fn try_from(octet: u8) -> Result<Self, NotADigit> {
        match octet {
            b'0'..=b'9' | b'*' | b'#' | b'A'..=b'D' => Ok(Self(octet)),
            other => Err(NotADigit(char::from(other))),
        }
    }
}

impl TryFrom<char> for Digit {
    type Error = NotADigit;

    fn try_from(key: char) -> Result<Self, NotADigit> {
        u8::try_from(key).map_err(|_| NotADigit(key))?.try_into()
    }
}

impl From<Digit> for char {
    fn from(digit: Digit) -> char {
        char::from(digit.0)
    }
}

impl fmt::Display for Digit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", char::from(self.0))
    }
}

impl fmt::Debug for Digit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", char::from(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_are_digits() {
        let keys: Vec<char> = (0..=u8::MAX).filter_map(|b| Digit::try_from(b).ok()).map(char::from).collect();
        assert_eq!(keys.iter().collect::<String>(), "#*0123456789ABCD");
        assert_eq!(Digit::try_from('€'), Err(NotADigit('€')));
    }
}
