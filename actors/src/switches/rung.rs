//! A phone that is rung: its purpose, its progress, and the fact for its call. Pure, and the same for every switch that finds out
//! by itself how the ringing goes.

use cordboard_schema::call::HangupCause;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::EffectId;
use cordboard_schema::outbound::DialProgress;
use cordboard_schema::switch::HandoffFailure;

use crate::messages::DialledFor;

/// The purpose for which a phone is rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RingPurpose {
    /// A hand-off: the switch joins its person with a caller.
    Handoff(EffectId),
    /// A conversation with us.
    Us(DialledFor),
}

/// A report about a phone that is rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RingingReport {
    /// The phone rings.
    Ringing,
    /// The network plays something; the phone was not answered.
    EarlyMedia,
    /// The phone was answered.
    Answered,
    /// The person who had answered hung up before they were joined with a caller.
    PutDown,
    /// Nobody was reached.
    Failed(HandoffFailure),
}

impl RingPurpose {
    /// Returns the fact as the call that ordered this gets it; none if the call waits for no such fact. Facts of a hand-off stay as
    /// they are.
    pub(crate) fn translate(self, fact: Fact) -> Option<Fact> {
        match self {
            Self::Us(wanted) => wanted.translate(fact),
            Self::Handoff(_) => Some(fact),
        }
    }

    /// Returns the fact for the call; none if the call waits for no such fact. `cause` is the reason of the hang-up, if it is
    /// known.
    pub(crate) fn fact(self, report: RingingReport, cause: Option<HangupCause>) -> Option<Fact> {
        match (self, report) {
            (Self::Us(wanted), RingingReport::Ringing) => wanted.progress(DialProgress::Ringing),
            (Self::Us(wanted), RingingReport::EarlyMedia) => wanted.progress(DialProgress::EarlyMedia),
            (Self::Us(wanted), RingingReport::Answered) => Some(wanted.answered()),
            (Self::Us(wanted), RingingReport::PutDown) => Some(wanted.put_down()),
            (Self::Us(wanted), RingingReport::Failed(failure)) => Some(wanted.failed(failure, cause)),
            (Self::Handoff(handoff), RingingReport::Ringing) => Some(Fact::HandoffRinging { handoff }),
            (Self::Handoff(handoff), RingingReport::Answered) => Some(Fact::HandoffAccepted { handoff }),
            (Self::Handoff(handoff), RingingReport::Failed(failure)) => {
                Some(Fact::HandoffFailed { handoff, failure })
            }
            // Hanging up before the caller is there is a way of declining.
            (Self::Handoff(handoff), RingingReport::PutDown) => {
                Some(Fact::HandoffFailed { handoff, failure: HandoffFailure::Declined })
            }
            // A hand-off waits only for an answer.
            (Self::Handoff(_), RingingReport::EarlyMedia) => None,
        }
    }
}
