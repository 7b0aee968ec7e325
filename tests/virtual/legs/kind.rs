//! The kinds of legs, and a test of each for every case.

use std::time::Duration;

/// The carrier of a caller's voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Asterisk's AudioSocket, which also carries keys; the dialplan asks for the next step.
    AudioSocket,
    /// A controlled call at FreeSWITCH, its audio over `mod_audio_stream`.
    Websocket,
    /// A controlled call at FreeSWITCH, its audio over `unicast`.
    Unicast,
    /// A call at Twilio, its audio over Media Streams; its TwiML asks for the next step.
    Twilio,
    /// A browser on a talk link, its audio over `/ws/audio`.
    Web,
}

impl Kind {
    /// The API's name for the caller's leg.
    pub(crate) const fn leg_kind(self) -> &'static str {
        match self {
            Self::AudioSocket => "audiosocket",
            Self::Websocket | Self::Unicast => "freeswitch",
            Self::Twilio => "twilio",
            Self::Web => "web",
        }
    }

    /// How long after the caller begins to speak it is noticed, and the assistant's silence recorded. Speech is detected after 240 ms, and a switch
    /// that
    /// plays by itself reports with one of its ticks that it has stopped. For legs that play a queue of their own: `twilio/streams.rs`, `pages.rs`.
    pub(crate) const fn notices_speech_after(self) -> Option<Duration> {
        match self {
            Self::AudioSocket => Some(Duration::from_millis(280)),
            Self::Unicast => Some(Duration::from_millis(300)),
            Self::Websocket => Some(Duration::from_millis(340)),
            Self::Twilio | Self::Web => None,
        }
    }

    /// How much later than the caller's hang-up a line reports it, at most. A BYE is an event within two ticks of the switch, and callers who send a
    /// frame every 20 ms report it after the next one.
    pub(crate) const fn tells_end_within(self) -> Duration {
        match self {
            Self::AudioSocket => Duration::ZERO,
            Self::Websocket | Self::Unicast => Duration::from_millis(40),
            Self::Twilio | Self::Web => Duration::from_millis(20),
        }
    }

    /// How much later than it is due a sound begins in what was heard, and the tolerance. A switch's own playback begins after two of its ticks. Legs
    /// with a queue of their own count from their own first tick.
    pub(crate) const fn begins_late(self) -> (Duration, Duration) {
        let (late_ms, apart_ms) = match self {
            Self::AudioSocket | Self::Unicast => (0, 0),
            Self::Websocket => (40, 0),
            Self::Twilio | Self::Web => (0, 80),
        };
        (Duration::from_millis(late_ms), Duration::from_millis(apart_ms))
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
        mod twilio {
            $(#[test] fn $case() { $crate::world::virtually(async || super::$case($crate::legs::kind::Kind::Twilio).await); })+
        }
        mod web {
            $(#[test] fn $case() { $crate::world::virtually(async || super::$case($crate::legs::kind::Kind::Web).await); })+
        }
    };
}
pub(crate) use for_every_kind;
