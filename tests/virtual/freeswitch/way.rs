//! The ways in which a caller's voice is carried, and a test of each for a case.

/// The carrier of a caller's voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AudioTransport {
    /// The community's `mod_audio_stream`.
    Websocket,
    /// FreeSWITCH's own `unicast`.
    Unicast,
}

impl AudioTransport {
    /// Its name in `freeswitch.audio`.
    pub(crate) const fn setting(self) -> &'static str {
        match self {
            Self::Websocket => "websocket",
            Self::Unicast => "unicast",
        }
    }

    /// `send_silence_when_idle`, as the shipped dialplan sets it for this way.
    pub(crate) const fn idle_silence(self) -> &'static str {
        match self {
            Self::Websocket => "400",
            Self::Unicast => "0",
        }
    }
}

/// Makes a test of each case for each way, in virtual time: `websocket::CASE` and `unicast::CASE`.
macro_rules! for_both_ways {
    ($($case:ident),+ $(,)?) => {
        mod websocket {
            $(#[test] fn $case() { $crate::world::virtually(async || super::$case($crate::freeswitch::way::AudioTransport::Websocket).await); })+
        }
        mod unicast {
            $(#[test] fn $case() { $crate::world::virtually(async || super::$case($crate::freeswitch::way::AudioTransport::Unicast).await); })+
        }
    };
}
pub(crate) use for_both_ways;

/// Makes a test of each case for one way, in virtual time: `one_way::CASE`. The way can't matter in it: nobody's voice is carried yet, or a case for
/// both ways shows the same with the caller's voice.
macro_rules! for_one_way {
    ($way:ident: $($case:ident),+ $(,)?) => {
        mod one_way {
            $(#[test] fn $case() { $crate::world::virtually(async || super::$case($crate::freeswitch::way::AudioTransport::$way).await); })+
        }
    };
}
pub(crate) use for_one_way;
