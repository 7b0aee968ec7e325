//! The kinds of legs, and a test of each for every case.

/// What carries a caller's voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Asterisk's AudioSocket; keys in it, and the dialplan asks what comes next.
    AudioSocket,
    /// A FreeSWITCH under control, its audio over `mod_audio_stream`.
    Websocket,
    /// A FreeSWITCH under control, its audio over `unicast`.
    Unicast,
    /// A call at Twilio, its audio over Media Streams; its TwiML asks what comes next.
    Twilio,
    /// A browser on a talk link, its audio over `/ws/audio`.
    Web,
}

impl Kind {
    /// As the API names the caller's leg.
    pub(crate) const fn leg_kind(self) -> &'static str {
        match self {
            Self::AudioSocket => "audiosocket",
            Self::Websocket | Self::Unicast => "freeswitch",
            Self::Twilio => "twilio",
            Self::Web => "web",
        }
    }
}

/// Makes a test of each case for each kind of leg: `audiosocket::CASE`, and so on.
macro_rules! for_every_kind {
    ($($case:ident),+ $(,)?) => {
        mod audiosocket {
            $(#[test] fn $case() { super::$case($crate::kind::Kind::AudioSocket); })+
        }
        mod websocket {
            $(#[test] fn $case() { super::$case($crate::kind::Kind::Websocket); })+
        }
        mod unicast {
            $(#[test] fn $case() { super::$case($crate::kind::Kind::Unicast); })+
        }
        mod twilio {
            $(#[test] fn $case() { super::$case($crate::kind::Kind::Twilio); })+
        }
        mod web {
            $(#[test] fn $case() { super::$case($crate::kind::Kind::Web); })+
        }
    };
}
pub(crate) use for_every_kind;
