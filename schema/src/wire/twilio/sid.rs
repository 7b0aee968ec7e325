//! Twilio's names: two letters for the kind, and 32 hexadecimal digits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that isn't a name of the expected kind. The error doesn't show the text, which may be confidential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a {kind} is {prefix} and 32 hexadecimal digits, not {chars} characters of something else")]
pub struct BadSid {
    /// The expected kind of id.
    pub kind: &'static str,
    /// Prefix of such ids.
    pub prefix: &'static str,
    /// Characters that the text has.
    pub chars: usize,
}

/// Checks that the text is such a name.
fn checked(text: &str, kind: &'static str, prefixes: &[&'static str]) -> Result<(), BadSid> {
    let digits = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix));
    if digits.is_some_and(|digits| digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    {
        return Ok(());
    }
    Err(BadSid { kind, prefix: prefixes.first().copied().unwrap_or_default(), chars: text.chars().count() })
}

macro_rules! sid {
    ($($(#[$doc:meta])* $name:ident = $($prefix:literal)|+,)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Returns the name as Twilio writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = BadSid;

            fn from_str(text: &str) -> Result<Self, BadSid> {
                checked(text, stringify!($name), &[$($prefix),+])?;
                Ok(Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadSid;

            fn try_from(text: String) -> Result<Self, BadSid> {
                checked(&text, stringify!($name), &[$($prefix),+])?;
                Ok(Self(text))
            }
        }

        impl From<$name> for String {
            fn from(sid: $name) -> Self {
                sid.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

sid! {
    /// An account or a sub-account.
    AccountSid = "AC",
    /// One leg of a call, as Twilio counts calls.
    CallSid = "CA",
    /// A media stream. A reconnected one has another name.
    StreamSid = "MZ",
    /// A conference.
    ConferenceSid = "CF",
    /// A recording.
    RecordingSid = "RE",
    /// A message: text, or text with media.
    MessageSid = "SM" | "MM",
}

impl CallSid {
    /// Returns its digits as a UUID, with which a call names its channel on every kind of switch. None for a name with capital
    /// digits, which Twilio doesn't write.
    pub fn channel(&self) -> Option<Uuid> {
        let digits = self.0.get(2..)?;
        let is_small = !digits.bytes().any(|byte| byte.is_ascii_uppercase());
        Uuid::try_parse(digits).ok().filter(|_| is_small)
    }

    /// Returns the call with these digits.
    pub fn of_channel(channel: Uuid) -> Self {
        Self(format!("CA{}", channel.simple()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_found_again_by_its_channel() {
        let sid: CallSid = "CA0123456789abcdef0123456789abcdef".parse().unwrap();
        assert_eq!(CallSid::of_channel(sid.channel().unwrap()), sid);
        let loud: CallSid = "CA0123456789ABCDEF0123456789ABCDEF".parse().unwrap();
        assert_eq!(loud.channel(), None);
    }

    #[test]
    fn a_name_has_its_kind_letters_and_32_digits() {
        let text = "CA22222222222222222222222222222222";
        assert_eq!(text.parse::<CallSid>().unwrap().as_str(), text);
        assert!(text.parse::<StreamSid>().is_err());
        for wrong in [
            "",
            "CA",
            "CA2222222222222222222222222222222",
            &format!("{text}2"),
            "CA2222222222222222222222222222222g",
        ] {
            assert!(wrong.parse::<CallSid>().is_err(), "{wrong}");
        }
        for text in ["SM77777777777777777777777777777777", "MM77777777777777777777777777777777"] {
            assert!(text.parse::<MessageSid>().is_ok());
        }
        let error = "x".parse::<CallSid>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "a CallSid is CA and 32 hexadecimal digits, not 1 characters of something else"
        );
    }
}
