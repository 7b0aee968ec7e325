//! The audio of a browser: JSON texts and bytes of sound on one WebSocket, both ways.
//!
//! The browser connects to us and says `hello` first, with a one-time token, or with the `resume` of a connection that broke
//! ([`BrowserMessage::parse`]). We answer `ready`, and from then on sound goes both ways as binary messages of 16-bit samples,
//! little-endian, one channel, at the rate of the `hello` ([`read_sound`], [`write_sound`]). `docs/web-audio.md` has every
//! message.

mod resume;
mod shown;

use std::fmt;

pub use resume::Resume;
use serde::{Deserialize, Serialize};
pub use shown::{CallerStand, ShownLine, Speaker};

use crate::audio::SampleRate;
use crate::audio::wire::{samples_of, write_samples};
use crate::digit::Digit;
use crate::ids::CallId;
use crate::limits::{
    TYPED_CHARS_MAX, WEB_AUDIO_SOUND_BYTES_MAX, WEB_AUDIO_TEXT_BYTES_MAX, WEB_AUDIO_TOKEN_CHARS_MAX,
};
pub use crate::wire::mark::Mark;

/// The version that is spoken here.
pub const VERSION: u32 = 1;

/// One text of a browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum BrowserMessage {
    /// Identity of the browser: the first message, and no other one.
    Hello(Hello),
    /// A key was pressed.
    Dtmf {
        /// The digit.
        digit: Digit,
    },
    /// The visitor has written something in place of saying it.
    Typed {
        /// The words, [`TYPED_CHARS_MAX`] characters at most.
        text: String,
    },
    /// The visitor presses the button for a person.
    Person,
    /// All sound before this mark was played.
    Mark {
        /// Its name. [`Mark::parse`] reads ours.
        name: String,
    },
    /// The page goes away, as when it is loaded anew: the holder of the `resume` may be back in a moment.
    Away,
    /// The visitor hangs up.
    Bye,
    /// A message of a later version.
    #[serde(other)]
    Other,
}

/// Identity of a browser, and the formats that it speaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The version of these messages.
    pub version: u32,
    /// The one-time token that it got, if it is new here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Presented>,
    /// Content of the `ready` of a connection that broke, if the browser comes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<Presented>,
    /// Samples a second, both ways: 24,000 or 16,000.
    pub rate: u32,
}

/// A secret that somebody presents. It can't be printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Presented(String);

impl Presented {
    /// A secret of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Its text; none if it is longer than any of ours.
    pub fn text(&self) -> Option<&str> {
        (self.0.len() <= WEB_AUDIO_TOKEN_CHARS_MAX).then_some(&*self.0)
    }
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Presented(..)")
    }
}

/// Why a `hello` can't be spoken with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadHello {
    /// Another version than ours.
    #[error("version {0} of the audio messages is not spoken here, but {VERSION}: load the page anew")]
    Version(u32),
    /// A rate that we don't take.
    #[error("sound at {0} Hz is not taken: 24000 or 16000 are")]
    Rate(u32),
}

impl Hello {
    /// The rate of the sound, where the version is ours.
    ///
    /// # Errors
    /// Another version, or another rate.
    pub fn check(&self) -> Result<SampleRate, BadHello> {
        match (self.version, self.rate) {
            (VERSION, 24_000) => Ok(SampleRate::HZ_24000),
            (VERSION, 16_000) => Ok(SampleRate::HZ_16000),
            (VERSION, rate) => Err(BadHello::Rate(rate)),
            (version, _) => Err(BadHello::Version(version)),
        }
    }
}

/// A message that is none of a browser's. It shows nothing of what it holds.
#[derive(Debug, thiserror::Error)]
pub enum BadMessage {
    /// A text of more than [`WEB_AUDIO_TEXT_BYTES_MAX`].
    #[error("a text of {bytes} bytes is longer than {WEB_AUDIO_TEXT_BYTES_MAX}")]
    TooLong {
        /// Length, in bytes.
        bytes: usize,
    },
    /// No JSON object with a known `type` and what belongs to it.
    #[error("the text is no message: it can't be read from line {line}, column {column} on")]
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
        // The library's own words quote what was sent, and that may be a token.
        serde_json::from_str(text)
            .map_err(|error| BadMessage::Malformed { line: error.line(), column: error.column() })
    }
}

/// One text of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// The call has the browser's audio: sound goes both ways from now on.
    Ready {
        /// The version of these messages.
        version: u32,
        /// The call.
        call_id: CallId,
        /// Samples a second, both ways.
        rate: u32,
        /// Opens the next connection of this call, once, where this one breaks.
        resume: Presented,
    },
    /// Discard audio that was sent and not played yet: the visitor has interrupted.
    Clear,
    /// To be sent back once all sound before it was played.
    Mark {
        /// Its name.
        name: String,
    },
    /// The party that the visitor talks with from now on. Sent to visitors alone.
    Stand {
        /// With whom.
        #[serde(flatten)]
        stand: CallerStand,
    },
    /// Something was said.
    Line {
        /// The line, and who said it.
        #[serde(flatten)]
        line: ShownLine,
    },
    /// The connection ends: let what is left be heard, and go.
    Bye {
        /// The cause.
        cause: ByeCause,
        /// The same for a person.
        words: String,
    },
}

/// Reason of our end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ByeCause {
    /// The call is over.
    Ended,
    /// The call is over, or has this party's audio already.
    NoCall,
    /// The first message was no `hello`, or came too late, or can't be spoken with.
    BadHello,
    /// The token is used, too old, or none of ours.
    BadToken,
}

impl ServerMessage {
    /// Its text.
    pub fn to_text(&self) -> String {
        // Fails for maps without text keys, of which there are none here.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// We end the connection.
    pub fn bye(cause: ByeCause, words: impl Into<String>) -> Self {
        Self::Bye { cause, words: words.into() }
    }
}

/// Text that somebody has typed, without surrounding spaces and control characters. None if nothing is left, or if it is longer than
/// a person types at once.
pub fn read_typed(text: &str) -> Option<String> {
    let is_kept = |c: &char| !c.is_control() || *c == '\n';
    let kept: String = text.chars().filter(is_kept).collect();
    let kept = kept.trim();
    (!kept.is_empty() && kept.chars().count() <= TYPED_CHARS_MAX).then(|| kept.to_owned())
}

/// Adds the samples of a message of sound to `samples`; an odd last byte is none.
///
/// # Errors
/// It is too long; nothing was added.
pub fn read_sound(bytes: &[u8], samples: &mut Vec<i16>) -> Result<(), BadMessage> {
    if bytes.len() > WEB_AUDIO_SOUND_BYTES_MAX {
        return Err(BadMessage::TooLoud { bytes: bytes.len() });
    }
    samples.extend(samples_of(bytes));
    Ok(())
}

/// A message of sound.
pub fn write_sound(samples: &[i16]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(2 * samples.len());
    write_samples(samples, &mut bytes);
    bytes
}

#[cfg(test)]
mod tests;
