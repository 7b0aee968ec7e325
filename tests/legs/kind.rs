//! The kinds of legs, and a test of each for every case.

/// Carrier of a caller's voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A call at Twilio, its audio over Media Streams; its TwiML asks what comes next.
    Twilio,
    /// A browser on a talk link, its audio over `/ws/audio`.
    Web,
}

impl Kind {
    /// As the API names the caller's leg.
    pub(crate) const fn leg_kind(self) -> &'static str {
        match self {
            Self::Twilio => "twilio",
            Self::Web => "web",
        }
    }
}

/// Makes a test of each case for each kind of leg: `twilio::CASE`, and so on.
macro_rules! for_every_kind {
    ($($case:ident),+ $(,)?) => {
        mod twilio {
            $(#[test] fn $case() { super::$case($crate::kind::Kind::Twilio); })+
        }
        mod web {
            $(#[test] fn $case() { super::$case($crate::kind::Kind::Web); })+
        }
    };
}
pub(crate) use for_every_kind;
