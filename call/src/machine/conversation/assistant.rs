//! The assistant on the call, and the speech that any assistant owes the caller.

use cordboard_schema::ids::LegId;
use cordboard_schema::line::Line;
use cordboard_schema::provider::AssistantRole;
use cordboard_schema::time::UnixMs;

use crate::Attention;

/// The assistant on the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::machine) struct Assistant {
    pub(in crate::machine) leg: LegId,
    pub(in crate::machine) role: AssistantRole,
    /// Its place in the chain of voices, counted from 0; 0 of the standby.
    pub(in crate::machine) place: u8,
    /// Connected; before that it is asked for nothing.
    pub(in crate::machine) ready: bool,
    /// Connected, while an ear has still to report the words of the one before it: it begins behind that. It says whether it can say
    /// any text.
    pub(in crate::machine) waits_for_ear: Option<bool>,
    /// It can say any text.
    pub(in crate::machine) speaks_text: bool,
    /// Its provider was lost in the middle of its words, and it has said nothing since: the next one goes on with them, also where
    /// the caller has heard all that there was.
    pub(in crate::machine) cut_short: bool,
    /// When it is given up if it is not connected.
    pub(in crate::machine) ready_by: UnixMs,
    /// Its attention to the caller's speech.
    pub(in crate::machine) attention: Attention,
}

impl Assistant {
    /// It has reported that it is there.
    pub(in crate::machine) const fn is_connected(&self) -> bool {
        self.ready || self.waits_for_ear.is_some()
    }

    /// The configured one, which was there already when it took over from the standby.
    pub(in crate::machine) fn returned(leg: LegId, place: u8, speaks_text: bool, now: UnixMs) -> Self {
        let (role, attention) = (AssistantRole::Configured, Attention::Converse);
        Self {
            leg,
            role,
            place,
            ready: true,
            waits_for_ear: None,
            speaks_text,
            cut_short: false,
            ready_by: now,
            attention,
        }
    }
}

/// Speech that the caller is owed and has not heard: whichever assistant is there says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::machine) enum OwedSpeech {
    /// A line.
    Line(Line),
    /// An answer to what they said, or the rest of one that a fault cut short.
    Answer,
}
