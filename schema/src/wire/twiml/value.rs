//! Values that a document may contain.

use crate::limits::{TWILIO_PARAMETER_CHARS_MAX, TWIML_BYTES_MAX, TWIML_VALUE_CHARS_MAX, TWIML_VERBS_MAX};

/// Why something can't be in TwiML. The error doesn't show the text, which may be a token or a caller's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTwiml {
    /// A line break or another control character.
    #[error("a value has a control character at byte {at}")]
    Control {
        /// The position.
        at: usize,
    },
    /// More than [`TWIML_VALUE_CHARS_MAX`].
    #[error("a value has {chars} characters, at most {TWIML_VALUE_CHARS_MAX} are accepted")]
    ValueTooLong {
        /// Length, in characters.
        chars: usize,
    },
    /// Not `http://`, `https://` or a path.
    #[error("an address for Twilio begins with http://, https:// or a slash")]
    NotAnAddress,
    /// Not `wss://`, or with a query, which Twilio strips.
    #[error("a stream's address begins with wss:// and has no query")]
    NotAStreamAddress,
    /// Not a number.
    #[error("a number has only digits, with an optional plus before them")]
    NotANumber,
    /// Not a `sip:` address.
    #[error(
        "a SIP address is made of a user and a host of letters, digits and - . _ +, and headers that begin with X-"
    )]
    NotASipAddress,
    /// More than [`TWILIO_PARAMETER_CHARS_MAX`], name and value together.
    #[error("a parameter has {chars} characters, at most {TWILIO_PARAMETER_CHARS_MAX} are accepted")]
    ParameterTooLong {
        /// Length, in characters.
        chars: usize,
    },
    /// A parameter, a room or a label without a name.
    #[error("a name is empty")]
    NoName,
    /// A `<Reject>` after another verb, which would have answered the call.
    #[error("<Reject> has to be the first verb")]
    LateReject,
    /// More than [`TWIML_VERBS_MAX`].
    #[error("the document has {verbs} verbs, at most {TWIML_VERBS_MAX} are accepted")]
    TooManyVerbs {
        /// Number of verbs.
        verbs: usize,
    },
    /// More than [`TWIML_BYTES_MAX`].
    #[error("the document has {bytes} bytes, at most {TWIML_BYTES_MAX} are accepted")]
    TooLong {
        /// Length, in bytes.
        bytes: usize,
    },
}

/// Whether XML 1.0 can't contain a character, or we don't want it in a value.
fn is_refused(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}')
}

/// A text on one line, without control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TwimlValue(String);

impl TwimlValue {
    /// Accepts the text unchanged.
    ///
    /// # Errors
    /// It has a control character, or is too long.
    pub fn new(text: impl Into<String>) -> Result<Self, BadTwiml> {
        let text = text.into();
        if let Some((at, _)) = text.char_indices().find(|(_, c)| is_refused(*c)) {
            return Err(BadTwiml::Control { at });
        }
        match text.chars().count() {
            chars if chars > TWIML_VALUE_CHARS_MAX => Err(BadTwiml::ValueTooLong { chars }),
            _ => Ok(Self(text)),
        }
    }

    /// Accepts a text to say: control characters become spaces, and a text that is too long is cut.
    pub fn spoken(text: &str) -> Self {
        let plain = text.chars().map(|c| if is_refused(c) { ' ' } else { c });
        Self(plain.take(TWIML_VALUE_CHARS_MAX).collect())
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A URL that Twilio requests: `http`, `https`, or a path on the host that it requested last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpUrl(TwimlValue);

impl HttpUrl {
    /// Accepts the address.
    ///
    /// # Errors
    /// It isn't an address, or can't be in a document.
    pub fn new(text: impl Into<String>) -> Result<Self, BadTwiml> {
        let value = TwimlValue::new(text)?;
        let begins = ["http://", "https://", "/"].iter().any(|begin| value.0.starts_with(begin));
        if !begins || value.0.contains(char::is_whitespace) {
            return Err(BadTwiml::NotAnAddress);
        }
        Ok(Self(value))
    }

    /// Returns the address.
    pub fn as_str(&self) -> &str {
        &self.0.0
    }
}

/// A URL at which a media stream is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamUrl(TwimlValue);

impl StreamUrl {
    /// Accepts the address.
    ///
    /// # Errors
    /// It isn't `wss`, or has a query.
    pub fn new(text: impl Into<String>) -> Result<Self, BadTwiml> {
        let value = TwimlValue::new(text)?;
        let is_one = value.0.strip_prefix("wss://").is_some_and(|rest| {
            !rest.is_empty() && !rest.contains(['?', '#']) && !rest.contains(char::is_whitespace)
        });
        if is_one { Ok(Self(value)) } else { Err(BadTwiml::NotAStreamAddress) }
    }

    /// Returns the address.
    pub fn as_str(&self) -> &str {
        &self.0.0
    }
}

/// A telephone number: 2 to 15 digits, with an optional leading plus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Accepts the number.
    ///
    /// # Errors
    /// It isn't a number.
    pub fn new(text: impl Into<String>) -> Result<Self, BadTwiml> {
        let text = text.into();
        let digits = text.strip_prefix('+').unwrap_or(&text);
        if (2..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text))
        } else {
            Err(BadTwiml::NotANumber)
        }
    }

    /// Returns the number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
