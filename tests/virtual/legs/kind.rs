//! The kinds of legs, and a test of each for every case.

use std::time::Duration;

/// Carrier of a caller's voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Asterisk's AudioSocket; keys in it, and the dialplan asks what comes next.
    AudioSocket,
    /// A FreeSWITCH under control, its audio over `mod_audio_stream`.
    Websocket,
    /// A FreeSWITCH under control, its audio over `unicast`.
    Unicast,
}

impl Kind {
    /// As the API names the caller's leg.
    pub(crate) const fn leg_kind(self) -> &'static str {
        match self {
            Self::AudioSocket => "audiosocket",
            Self::Websocket | Self::Unicast => "freeswitch",
        }
    }

    /// How long after the beginning of what a caller says it is noticed, and the assistant's silence noted: speech is known after
    /// 240 ms, and what a switch plays by itself it says to have stopped with a tick of its own.
    pub(crate) const fn notices_speech_after(self) -> Duration {
        Duration::from_millis(match self {
            Self::AudioSocket => 280,
            Self::Unicast => 300,
            Self::Websocket => 340,
        })
    }
}

/// Makes a test of each case for each kind of leg, in virtual time: `audiosocket::CASE`, and so on.
macro_rules! for_every_kind {
    ($($case:ident),+ $(,)?) => {
        mod audiosocket {
            $(#[test] fn $case() { $crate::world::virtually(async || super::$case($crate::legs::kind::Kind::AudioSocket).await); })+
        }
        mod websocket {
            $(#[test] fn $case() { $crate::world::virtually(async || super::$case($crate::legs::kind::Kind::Websocket).await); })+
        }
        mod unicast {
            $(#[test] fn $case() { $crate::world::virtually(async || super::$case($crate::legs::kind::Kind::Unicast).await); })+
        }
    };
}
pub(crate) use for_every_kind;
