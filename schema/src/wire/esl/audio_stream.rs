//! Events of `mod_audio_stream` about its WebSocket.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::event::Event;
use super::event_name::Subclass;

/// An event of the audio WebSocket; [`Event::unique_id`] names the call.
#[derive(Clone, Debug, PartialEq)]
pub enum AudioStreamEvent {
    /// It is open.
    Connected,
    /// It couldn't be opened, or broke. The stream is gone: it may be started again, and no disconnect follows.
    Failed {
        /// 6 for refused, 10 for no answer, 1 for broken.
        code: Option<i64>,
        /// In the module's words.
        text: String,
    },
    /// We closed it cleanly. The module stays attached: a start fails until the stream was stopped.
    Disconnected {
        /// The WebSocket's code, as 1000.
        code: Option<i64>,
        /// The reason that we gave.
        reason: String,
    },
    /// It got a text that isn't sound, or sound that it doesn't accept: the text, unchanged.
    Text(String),
    /// It got sound, which is now in a file and should be played.
    Play(StreamedPiece),
}

/// A piece of sound that the module wrote to a file. It is deleted when the stream stops and when the call ends.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamedPiece {
    /// The file's path on the switch.
    pub file: String,
    /// Rate in Hz of raw sound.
    pub rate_hz: Option<u32>,
    /// All other fields that were sent with it; the sound itself isn't among them.
    pub fields: Map<String, Value>,
}

/// The body of such an event can't be read.
#[derive(Debug, thiserror::Error)]
#[error("the body of {} can't be read: {source}", .subclass.as_str())]
pub struct BadStreamEvent {
    /// Subclass of the event.
    pub subclass: Subclass,
    /// The cause.
    pub source: serde_json::Error,
}

impl AudioStreamEvent {
    /// Reads the event; `None` for one of another module.
    ///
    /// # Errors
    /// The module doesn't write such a body.
    pub fn of(event: &Event) -> Option<Result<Self, BadStreamEvent>> {
        let subclass = event.subclass()?;
        let body = event.body().unwrap_or_default();
        let read = match subclass {
            Subclass::AudioStreamConnect => Ok(Self::Connected),
            Subclass::AudioStreamJson => Ok(Self::Text(body.to_owned())),
            Subclass::AudioStreamError => {
                report(body).map(|Report { code, text }| Self::Failed { code, text })
            }
            Subclass::AudioStreamDisconnect => {
                report(body).map(|Report { code, text: reason }| Self::Disconnected { code, reason })
            }
            Subclass::AudioStreamPlay => piece(body).map(Self::Play),
            Subclass::SofiaRegister | Subclass::SofiaUnregister | Subclass::SofiaExpire => return None,
        };
        Some(read.map_err(|source| BadStreamEvent { subclass, source }))
    }
}

#[derive(Default, Deserialize)]
struct Report {
    #[serde(default)]
    code: Option<i64>,
    #[serde(default, alias = "error", alias = "reason")]
    text: String,
}

/// Reads the `message` in the body of an error or a disconnect.
fn report(body: &str) -> Result<Report, serde_json::Error> {
    #[derive(Deserialize)]
    struct Body {
        #[serde(default)]
        message: Report,
    }
    serde_json::from_str(body).map(|Body { message }| message)
}

fn piece(body: &str) -> Result<StreamedPiece, serde_json::Error> {
    #[derive(Deserialize)]
    struct Body {
        file: String,
        #[serde(rename = "sampleRate")]
        rate_hz: Option<u32>,
        #[serde(flatten)]
        fields: Map<String, Value>,
    }
    let Body { file, rate_hz, fields } = serde_json::from_str(body)?;
    Ok(StreamedPiece { file, rate_hz, fields })
}
