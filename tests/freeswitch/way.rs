//! The transports for a caller's voice, and a test of each case for both.

use std::thread;

/// The transport of a caller's voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AudioTransport {
    /// The community's `mod_audio_stream`.
    Websocket,
    /// FreeSWITCH's own `unicast`.
    Unicast,
}

impl AudioTransport {
    /// The value of `freeswitch.audio`.
    pub(crate) const fn setting(self) -> &'static str {
        match self {
            Self::Websocket => "websocket",
            Self::Unicast => "unicast",
        }
    }

    /// The value of `send_silence_when_idle` in the shipped dialplan for this transport.
    pub(crate) const fn idle_silence(self) -> &'static str {
        match self {
            Self::Websocket => "400",
            Self::Unicast => "0",
        }
    }
}

/// Runs a case for both transports in parallel: it mostly waits for sound. The threads are named after the transports.
pub(crate) fn run(case: fn(AudioTransport)) {
    thread::scope(|scope| {
        for way in [AudioTransport::Websocket, AudioTransport::Unicast] {
            let named = thread::Builder::new().name(way.setting().to_owned());
            named.spawn_scoped(scope, move || case(way)).unwrap();
        }
    });
}

/// Makes a test of each case, `both_ways::CASE`.
macro_rules! for_both_ways {
    ($($case:ident),+ $(,)?) => {
        mod both_ways {
            $(#[test] fn $case() { $crate::way::run(super::$case); })+
        }
    };
}
pub(crate) use for_both_ways;
