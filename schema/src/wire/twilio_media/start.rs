//! The message that begins a stream.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::BadMessage;
use crate::limits::TWILIO_PARAMETERS_MAX;
use crate::wire::twilio::{AccountSid, CallSid, StreamSid};

/// A stream's description of itself at its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamStart {
    /// The stream; a reconnected one has another name.
    pub stream: StreamSid,
    /// The call.
    pub call: CallSid,
    /// The account that it belongs to.
    pub account: AccountSid,
    /// `<Parameter>`s of the TwiML.
    pub parameters: BTreeMap<String, String>,
    /// Encoding of its sound.
    pub format: MediaFormat,
}

/// Encoding of a stream's sound.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MediaFormat {
    /// `audio/x-mulaw`.
    pub encoding: String,
    /// Samples per second.
    pub sample_rate: u32,
    /// 1.
    pub channels: u32,
}

/// An unsupported format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the stream is {encoding} at {sample_rate} Hz with {channels} channels, but only audio/x-mulaw at 8000 Hz with one channel is supported"
)]
pub struct BadFormat {
    /// The encoding, cut.
    pub encoding: String,
    /// Samples per second.
    pub sample_rate: u32,
    /// Number of channels.
    pub channels: u32,
}

impl MediaFormat {
    /// Refuses any format except mu-law at 8 kHz with one channel.
    ///
    /// # Errors
    /// It is another format.
    pub fn check(&self) -> Result<(), BadFormat> {
        if self.encoding == "audio/x-mulaw" && self.sample_rate == 8_000 && self.channels == 1 {
            return Ok(());
        }
        let encoding = self.encoding.chars().filter(|c| !c.is_control()).take(64).collect();
        Err(BadFormat { encoding, sample_rate: self.sample_rate, channels: self.channels })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StartEvent {
    stream_sid: StreamSid,
    start: StartBody,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StartBody {
    call_sid: CallSid,
    account_sid: AccountSid,
    #[serde(default)]
    custom_parameters: BTreeMap<String, String>,
    media_format: MediaFormat,
}

pub(super) fn read(text: &str) -> Result<StreamStart, BadMessage> {
    let StartEvent { stream_sid, start } = super::read("start", text)?;
    let parameters = start.custom_parameters.into_iter().take(TWILIO_PARAMETERS_MAX).collect();
    Ok(StreamStart {
        stream: stream_sid,
        call: start.call_sid,
        account: start.account_sid,
        parameters,
        format: start.media_format,
    })
}
