//! The audio of a browser: JSON texts and bytes of sound on one WebSocket, in both directions.
//!
//! The browser connects to us and first sends `hello`, with a one-time token, or with the `resume` of a broken connection
//! ([`BrowserMessage::parse`]). We answer `ready`. From then on sound goes both ways as binary messages of 16-bit little-endian
//! samples of one channel, at the rate of the `hello` ([`read_sound`], [`write_sound`]). `docs/web-audio.md` has all messages.

mod resume;
mod shown;

use std::fmt;

pub use resume::Resume;
use serde::{Deserialize, Serialize};
pub use shown::{CallerStatus, ShownLine, Speaker};

use crate::audio::SampleRate;
use crate::audio::wire::{samples_of, write_samples};
use crate::digit::Digit;
use crate::ids::CallId;
use crate::limits::{
    TYPED_CHARS_MAX, WEB_AUDIO_SOUND_BYTES_MAX, WEB_AUDIO_TEXT_BYTES_MAX, WEB_AUDIO_TOKEN_CHARS_MAX,
};
pub use crate::wire::mark::Mark;

/// The version of the protocol.
pub const VERSION: u32 = 1;

/// One text message of a browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum BrowserMessage {
    /// Identity of the browser: the first message, and only the first.
    Hello(Hello),
    /// A key was pressed.
    Dtmf {
        /// The digit.
        digit: Digit,
    },
    /// The visitor has written something instead of saying it.
    Typed {
        /// The words, up to [`TYPED_CHARS_MAX`] characters.
        text: String,
        /// The text's number in the visitor's call, from 1 without gaps. It is answered with [`ServerMessage::Typed`], and a text
        /// that is sent twice counts once. None from a page that doesn't number its texts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<u32>,
    },
    /// The visitor has pressed the button for a person.
    Person,
    /// All sound before this mark was played.
    Mark {
        /// Its name. [`Mark::parse`] reads ours.
        name: String,
    },
    /// The page is being left, for example for a reload: the holder of the `resume` may be back in a moment.
    Away,
    /// The visitor hangs up.
    Bye,
    /// A message of a later version.
    #[serde(other)]
    Other,
}

/// Identity of a browser, and its formats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The version of these messages.
    pub version: u32,
    /// The one-time token of a new browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Presented>,
    /// The `resume` from the `ready` of a broken connection, if the browser comes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<Presented>,
    /// Samples per second, in both directions: 24,000 or 16,000.
    pub rate: u32,
}

/// A secret that a client presents. It can't be printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Presented(String);

impl Presented {
    /// Returns a secret with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns its text; none if it is longer than any of ours.
    pub fn text(&self) -> Option<&str> {
        (self.0.len() <= WEB_AUDIO_TOKEN_CHARS_MAX).then_some(&*self.0)
    }
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Presented(..)")
    }
}

/// Why a `hello` isn't accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadHello {
    /// Another version than ours.
    #[error("version {0} of the audio messages isn't supported, only {VERSION}: reload the page")]
    Version(u32),
    /// An unsupported rate.
    #[error("sound at {0} Hz isn't supported: use 24000 or 16000")]
    Rate(u32),
}

impl Hello {
    /// Returns the rate of the sound, if the version is ours.
    ///
    /// # Errors
    /// The version or the rate isn't supported.
    pub fn check(&self) -> Result<SampleRate, BadHello> {
        match (self.version, self.rate) {
            (VERSION, 24_000) => Ok(SampleRate::HZ_24000),
            (VERSION, 16_000) => Ok(SampleRate::HZ_16000),
            (VERSION, rate) => Err(BadHello::Rate(rate)),
            (version, _) => Err(BadHello::Version(version)),
        }
    }
}

/// A message that isn't a browser's. The error shows nothing of its content.
#[derive(Debug, thiserror::Error)]
pub enum BadMessage {
    /// A text of more than [`WEB_AUDIO_TEXT_BYTES_MAX`].
    #[error("a text of {bytes} bytes is longer than {WEB_AUDIO_TEXT_BYTES_MAX}")]
    TooLong {
        /// Length, in bytes.
        bytes: usize,
    },
    /// Not a JSON object with a known `type` and its members.
    #[error("the text isn't a message: it can't be read from line {line}, column {column}")]
    Malformed {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// Sound of more than [`WEB_AUDIO_SOUND_BYTES_MAX`].
    #[error("sound of {bytes} bytes is longer than {WEB_AUDIO_SOUND_BYTES_MAX}")]
    TooLoud {
        /// Length, in bytes.
        bytes: usize,
    },
}

impl BrowserMessage {
    /// Reads one text.
    ///
    /// # Errors
    /// [`BadMessage`]; the connection can go on.
    pub fn parse(text: &str) -> Result<Self, BadMessage> {
        if text.len() > WEB_AUDIO_TEXT_BYTES_MAX {
            return Err(BadMessage::TooLong { bytes: text.len() });
        }
        // The library's error quotes the message, which may contain a token.
        serde_json::from_str(text)
            .map_err(|error| BadMessage::Malformed { line: error.line(), column: error.column() })
    }
}

/// One text message of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// The call has the browser's audio: sound goes both ways from now on.
    Ready {
        /// The version of these messages.
        version: u32,
        /// The call.
        call_id: CallId,
        /// Samples per second, in both directions.
        rate: u32,
        /// Opens the next connection of this call, once, if this one breaks.
        resume: Presented,
        /// How long the call waits for a visitor whose connection broke or whose page went away, in ms. Sent only to visitors.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        return_ms: Option<u64>,
        /// Number of the visitor's newest text that the call has; 0 if none is known. Sent only to visitors.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        typed: Option<u32>,
    },
    /// Discard audio that was sent and isn't played yet: the visitor has interrupted.
    Clear,
    /// A mark to send back once all sound before it was played.
    Mark {
        /// Its name.
        name: String,
    },
    /// The party with whom the visitor talks from now on. Sent only to visitors.
    Stand {
        /// With whom.
        #[serde(flatten)]
        stand: CallerStatus,
    },
    /// Something was said.
    Line {
        /// The line, and who said it.
        #[serde(flatten)]
        line: ShownLine,
    },
    /// The call has the visitor's texts up to this one. Answer to [`BrowserMessage::Typed`] with a number.
    Typed {
        /// Number of the newest text.
        number: u32,
    },
    /// The connection ends: play the rest of the sound, and close.
    Bye {
        /// The cause.
        cause: ByeCause,
        /// The same in words for a person.
        words: String,
    },
}

/// Why we end a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ByeCause {
    /// The call is over.
    Ended,
    /// The call is over, or already has this party's audio.
    NoCall,
    /// The first message wasn't a `hello`, came too late, or isn't supported.
    BadHello,
    /// The token is used, expired, or not one of ours.
    BadToken,
}

impl ServerMessage {
    /// Returns its text.
    pub fn to_text(&self) -> String {
        // It fails only for maps without text keys, and there are none here.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Returns the message with which we end the connection.
    pub fn bye(cause: ByeCause, words: impl Into<String>) -> Self {
        Self::Bye { cause, words: words.into() }
    }
}

/// Returns text that somebody has typed, without surrounding spaces and control characters. A tab, as between the cells of a pasted table,
/// is a space. None if nothing is left, or if it is longer than [`TYPED_CHARS_MAX`].
pub fn read_typed(text: &str) -> Option<String> {
    let is_kept = |c: &char| !c.is_control() || *c == '\n';
    let spaced = text.chars().map(|c| if c == '\t' { ' ' } else { c });
    let kept: String = spaced.filter(is_kept).collect();
    let kept = kept.trim();
    (!kept.is_empty() && kept.chars().count() <= TYPED_CHARS_MAX).then(|| kept.to_owned())
}

/// Appends the samples of a message of sound to `samples`; an odd last byte is dropped.
///
/// # Errors
/// It is too long; nothing was appended.
pub fn read_sound(bytes: &[u8], samples: &mut Vec<i16>) -> Result<(), BadMessage> {
    if bytes.len() > WEB_AUDIO_SOUND_BYTES_MAX {
        return Err(BadMessage::TooLoud { bytes: bytes.len() });
    }
    samples.extend(samples_of(bytes));
    Ok(())
}

/// Returns a message of sound.
pub fn write_sound(samples: &[i16]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(2 * samples.len());
    write_samples(samples, &mut bytes);
    bytes
}

#[cfg(test)]
mod tests;
