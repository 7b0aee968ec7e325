//! The ways in which a caller's voice comes, and a test of each for a case.

use std::thread;

/// Carrier of a caller's voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AudioTransport {
    /// The community's `mod_audio_stream`.
    Websocket,
    /// FreeSWITCH's own `unicast`.
    Unicast,
}

impl AudioTransport {
    /// As `freeswitch.audio` names it.
    pub(crate) const fn setting(self) -> &'static str {
        match self {
            Self::Websocket => "websocket",
            Self::Unicast => "unicast",
        }
    }

    /// `send_silence_when_idle`, as the shipped dialplan has it for this way.
    pub(crate) const fn idle_silence(self) -> &'static str {
        match self {
            Self::Websocket => "400",
            Self::Unicast => "0",
        }
    }
}

/// Runs a case for both ways at the same time: it waits for sound more than it works. A thread's name says the way.
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
