//! The assistant of the call, and the speech that any assistant owes the caller.

use cordboard_schema::ids::LegId;
use cordboard_schema::line::Line;
use cordboard_schema::provider::AssistantRole;
use cordboard_schema::time::UnixMs;

use crate::Attention;

/// The assistant of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::machine) struct Assistant {
    pub(in crate::machine) leg: LegId,
    pub(in crate::machine) role: AssistantRole,
    /// Its place in the chain of voices, from 0. The standby has 0.
    pub(in crate::machine) place: u8,
    /// Connected. Before that it receives no orders.
    pub(in crate::machine) ready: bool,
    /// Connected, but it begins only after an ear has reported the words of the assistant before it. The value says whether it can say any
    /// text.
    pub(in crate::machine) waits_for_ear: Option<bool>,
    /// Whether it can say any text.
    pub(in crate::machine) speaks_text: bool,
    /// Its provider was lost in the middle of its words, and it has said nothing since. The next assistant continues them, even if the
    /// caller has heard all there was.
    pub(in crate::machine) cut_short: bool,
    /// When it has failed if it is not connected.
    pub(in crate::machine) ready_by: UnixMs,
    /// How it treats the caller's speech.
    pub(in crate::machine) attention: Attention,
}

impl Assistant {
    /// Whether it has reported that it is connected.
    pub(in crate::machine) const fn is_connected(&self) -> bool {
        self.ready || self.waits_for_ear.is_some()
    }

    /// The configured assistant, already connected when it takes over from the standby.
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

/// Speech that the caller is owed and has not heard. Whichever assistant serves says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::machine) enum PendingSpeech {
    /// A line.
    Line(Line),
    /// An answer to what they said, or the rest of one that a fault cut short.
    Answer,
}
