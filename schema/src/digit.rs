//! DTMF digits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One DTMF digit, a key that a caller can press: `0` to `9`, `*`, `#`, `A` to `D`. In JSON a string of that one
/// character.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "char", into = "char")]
pub struct Digit(u8);

impl Digit {
    /// All sixteen digits.
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

    /// Returns the digit's ASCII character as a byte.
    pub const fn ascii(self) -> u8 {
        self.0
    }
}

/// The character is not on a telephone key.
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

/// Digits pressed one after the other, 1 to [`DIGITS_MAX`]. In JSON a string, such as `"12#"`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digits(Vec<Digit>);

/// Maximum number of digits of a sequence.
pub const DIGITS_MAX: usize = 8;

/// Why a text is not a [`Digits`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDigits {
    /// A character that no key has.
    #[error(transparent)]
    NotADigit(#[from] NotADigit),
    /// No digits, or too many.
    #[error("{0} digits: a sequence has 1 to {DIGITS_MAX}")]
    Length(usize),
}

impl Digits {
    /// Returns the digits, in order.
    pub fn as_slice(&self) -> &[Digit] {
        &self.0
    }

    /// Whether these begin with `others` and have further digits.
    pub fn continues(&self, others: &Self) -> bool {
        self.0.len() > others.0.len() && self.0.starts_with(&others.0)
    }

    /// Returns these with one more at the end; none if the maximum is reached.
    pub fn with(&self, next: Digit) -> Option<Self> {
        let longer: Vec<Digit> = self.0.iter().copied().chain([next]).collect();
        (longer.len() <= DIGITS_MAX).then_some(Self(longer))
    }
}

impl From<Digit> for Digits {
    fn from(digit: Digit) -> Self {
        Self(vec![digit])
    }
}

impl TryFrom<String> for Digits {
    type Error = BadDigits;

    fn try_from(text: String) -> Result<Self, BadDigits> {
        text.parse()
    }
}

impl FromStr for Digits {
    type Err = BadDigits;

    fn from_str(text: &str) -> Result<Self, BadDigits> {
        let digits = text.chars().take(DIGITS_MAX + 1).map(Digit::try_from).collect::<Result<Vec<_>, _>>()?;
        match digits.len() {
            1..=DIGITS_MAX => Ok(Self(digits)),
            count => Err(BadDigits::Length(count)),
        }
    }
}

impl From<Digits> for String {
    fn from(digits: Digits) -> Self {
        digits.to_string()
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|digit| fmt::Display::fmt(digit, f))
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
    fn a_sequence_is_one_to_eight_digits() {
        let digits: Digits = "12#".parse().unwrap();
        assert_eq!(serde_json::to_string(&digits).unwrap(), "\"12#\"");
        let first: Digits = Digit::ONE.into();
        assert!(digits.continues(&first) && !first.continues(&digits) && !first.continues(&first));
        assert_eq!("123456789".parse::<Digits>(), Err(BadDigits::Length(9)));
        assert_eq!("".parse::<Digits>(), Err(BadDigits::Length(0)));
        assert!("1x".parse::<Digits>().is_err());
        let eight: Digits = "12345678".parse().unwrap();
        assert_eq!(eight.with(Digit::ONE), None);
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
