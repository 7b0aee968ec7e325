//! Phone numbers of an organization: which profile answers a number, and what happens where none can.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::{OrganizationId, PhoneNumberId, ProfileId};

/// A telephone number as E.164 has it: `+`, a country code, and the rest, 7 to 15 digits in all. In JSON that text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct E164(String);

/// A text that is no number of E.164.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a number is + and 7 to 15 digits, the country code first, as +493012345678")]
pub struct BadE164;

/// Characters of a written number, at most: its digits, and what stands between them.
const WRITTEN_CHARS_MAX: usize = 40;

impl E164 {
    /// The number with its `+`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number that a person wrote, with spaces, points, hyphens, slashes or brackets in it.
    pub fn written(text: &str) -> Result<Self, BadE164> {
        if text.chars().count() > WRITTEN_CHARS_MAX {
            return Err(BadE164);
        }
        let between = |c: char| matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '-' | '.' | '/' | '(' | ')');
        text.chars().filter(|c| !between(*c)).collect::<String>().parse()
    }
}

impl FromStr for E164 {
    type Err = BadE164;

    fn from_str(text: &str) -> Result<Self, BadE164> {
        let digits = text.strip_prefix('+').ok_or(BadE164)?.as_bytes();
        let is_number = (7..=15).contains(&digits.len())
            && digits.iter().all(u8::is_ascii_digit)
            && digits.first() != Some(&b'0');
        if is_number { Ok(Self(text.to_owned())) } else { Err(BadE164) }
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

/// A phone number of an organization: a DID, and how calls to it are answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Did {
    /// Its id.
    pub id: PhoneNumberId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The number; no other of the installation has it.
    pub number: E164,
    /// The profile that answers.
    pub profile_id: ProfileId,
    /// How it is answered, and what happens otherwise.
    pub answering: Answering,
}

/// How calls to a number are answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Answering {
    /// What people call the number, as `Main line`; may be empty.
    pub label: String,
    /// How the provider of the number and Cordboard talk.
    pub mode: AnsweringMode,
    /// What callers get outside the business's hours; null where the assistant answers at all hours.
    #[serde(default)]
    pub closed: Option<Instead>,
    /// What callers get where there is no room for a call.
    #[serde(default)]
    pub no_capacity: Instead,
    /// What blocked callers get.
    #[serde(default = "hang_up")]
    pub blocked: Instead,
    /// Who is blocked.
    #[serde(default)]
    pub blocked_callers: Vec<E164>,
    /// Whether callers are blocked who hide their number.
    #[serde(default)]
    pub block_anonymous: bool,
}

fn hang_up() -> Instead {
    Instead::HangUp
}

impl Answering {
    /// Whether this caller is blocked; none is one who hides their number, or whose number is none.
    pub fn blocks(&self, caller: Option<&E164>) -> bool {
        caller.map_or(self.block_anonymous, |caller| self.blocked_callers.contains(caller))
    }

    /// All that may happen instead of an answer, with the member that says it.
    pub fn instead(&self) -> impl Iterator<Item = (&'static str, &Instead)> {
        let closed = self.closed.iter().map(|instead| ("closed", instead));
        closed.chain([("no_capacity", &self.no_capacity), ("blocked", &self.blocked)])
    }
}

/// How the provider of a number and Cordboard talk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AnsweringMode {
    /// Sound both ways, over Media Streams.
    #[default]
    MediaStreams,
    /// Turn by turn, over `<Gather>`.
    Gather,
}

/// What a caller gets where no assistant answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Instead {
    /// Nothing: the call is not taken.
    #[default]
    HangUp,
    /// These words, then the end.
    Say {
        /// The words.
        #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 1000))]
        text: String,
    },
    /// These words, then a message is recorded.
    Voicemail {
        /// The words.
        #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 1000))]
        text: String,
    },
    /// Somebody else is called: an extension, or a number that the dial policy admits.
    Forward {
        /// Who.
        target: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_strictly_and_a_written_one_kindly() {
        for (written, number) in [
            ("+49 30 1234567", "+49301234567"),
            ("+1 (202) 555-0143", "+12025550143"),
            ("+49.30/123 456-78", "+493012345678"),
            ("+49\u{a0}30\u{202f}1234567", "+49301234567"),
        ] {
            assert_eq!(E164::written(written).unwrap().as_str(), number);
            assert!(written.parse::<E164>().is_err());
            assert_eq!(number.parse::<E164>().unwrap().as_str(), number);
        }
        for bad in [
            "",
            "+",
            "030 1234567",
            "0049301234567",
            "+0301234567",
            "+123456",
            "+1234567890123456",
            "+49x301234567",
            "+٤٩٣٠١٢٣٤٥٦٧",
            "+49301234567;ext=1",
            "++49301234567",
            "49+301234567",
            "+49301234567\r\n",
        ] {
            assert_eq!(E164::written(bad), Err(BadE164), "{bad:?}");
        }
        assert_eq!(E164::written(&format!("+49{}301234567", " ".repeat(100_000))), Err(BadE164));
    }

    #[test]
    fn a_caller_is_blocked_by_number_or_for_hiding_it() {
        let nuisance: E164 = "+49301234567".parse().unwrap();
        let mut answering = Answering {
            label: String::new(),
            mode: AnsweringMode::default(),
            closed: None,
            no_capacity: Instead::default(),
            blocked: Instead::HangUp,
            blocked_callers: vec![nuisance.clone()],
            block_anonymous: false,
        };
        assert!(answering.blocks(Some(&nuisance)) && !answering.blocks(None));
        assert!(!answering.blocks(Some(&"+49301234568".parse().unwrap())));
        answering.block_anonymous = true;
        assert!(answering.blocks(None));
    }
}
