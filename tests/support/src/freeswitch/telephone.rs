//! The actions of a phone during a call: keys, and hold.

use std::sync::Arc;

use super::apps::playback;
use super::channel::{Channel, Held};

/// How a key was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySource {
    /// RFC 4733, in the RTP stream.
    Rtp,
    /// SIP INFO, on a profile that accepts it.
    Info,
    /// `uuid_recv_dtmf`.
    App,
}

impl KeySource {
    fn name(self) -> &'static str {
        match self {
            Self::Rtp => "RTP",
            Self::Info => "INFO",
            Self::App => "APP",
        }
    }
}

/// A key was released; `samples` is how long it was held, at 8 kHz.
pub(super) fn key(channel: &Arc<Channel>, digit: char, samples: u32, source: KeySource) {
    let (digit_text, samples) = (digit.to_string(), samples.to_string());
    let headers =
        [("DTMF-Digit", digit_text.as_str()), ("DTMF-Duration", &samples), ("DTMF-Source", source.name())];
    channel.tell_with("DTMF", &headers);
    playback::key(channel, digit);
}

/// The phone, or the switch for it, puts the call on hold, or takes it back.
pub(super) fn hold(channel: &Arc<Channel>, held: Held) {
    channel.state().held = held;
    channel.tell(if held == Held::Yes { "CHANNEL_HOLD" } else { "CHANNEL_UNHOLD" });
}
