//! What the machine wants done. The actor does it, in order, and decides nothing.

use cordboard_schema::dialplan::NextStep;
use cordboard_schema::digit::Digit;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::{CordId, EffectId, LegId};
use cordboard_schema::provider::AssistantRole;

use crate::messages::AssistantOrder;

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Journal a decision, behind the fact that caused it and before any other effect runs.
    Note(Decision),
    /// Let the connection that arrived become a leg.
    StartLeg(LegId),
    /// End the connection that arrived, in order.
    RefuseLeg(LegId),
    /// Record the caller's leg.
    StartRecording(LegId),
    /// Start an assistant.
    StartAssistant {
        /// As this leg.
        leg: LegId,
        /// Which one.
        role: AssistantRole,
    },
    /// Order something of the assistant.
    Assistant(AssistantOrder),
    /// Put a cord in.
    Plug(CordId),
    /// Take a cord out; what waits on it is not played.
    Unplug(CordId),
    /// Empty a cord; what was heard comes back as `played_until`.
    Clear(CordId),
    /// Play digits to a leg's party.
    SendDtmf {
        /// The leg.
        leg: LegId,
        /// The digits, in order.
        digits: Vec<Digit>,
    },
    /// End a leg in order.
    ReleaseLeg(LegId),
    /// Ask a leg, or the assistant, to say once more how it stands; where it is gone, say that.
    Resync(LegId),
    /// Say as `tool_done` of this run when the message that was noted before is on disk.
    SaveMessage(EffectId),
    /// Tell every dialplan that asked, once that is stored.
    AnswerNext(NextStep),
}

impl Effect {
    /// Its name in the journal and the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Note(_) => "note",
            Self::StartLeg(_) => "start_leg",
            Self::RefuseLeg(_) => "refuse_leg",
            Self::StartRecording(_) => "start_recording",
            Self::StartAssistant { .. } => "start_assistant",
            Self::Assistant(_) => "assistant",
            Self::Plug(_) => "plug",
            Self::Unplug(_) => "unplug",
            Self::Clear(_) => "clear",
            Self::SendDtmf { .. } => "send_dtmf",
            Self::ReleaseLeg(_) => "release_leg",
            Self::Resync(_) => "resync",
            Self::SaveMessage(_) => "save_message",
            Self::AnswerNext(_) => "answer_next",
        }
    }
}
