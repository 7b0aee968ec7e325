//! Why a party that the switch has called was not reached: an extension of the switch, or an outside number over its trunk.

use cordboard_schema::switch::{HandoffFailure, is_refused_by_trunk};
use cordboard_schema::wire::esl::{ApiAnswer, Event};

use crate::messages::Phone;

/// The kind of party that a call goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Party {
    /// An extension of the switch.
    Extension,
    /// An outside number, over the trunk.
    Outside,
}

impl Party {
    pub(super) fn of(phone: &Phone) -> Self {
        if phone.outside().is_some() { Self::Outside } else { Self::Extension }
    }

    /// Returns why the party was not reached. `of_extension` is what the switch's answer means for an extension. For an outside
    /// number, a dial string that the switch can't use is a fault of the trunk, and an absent subscriber (Q.850, 20) is a phone
    /// that is switched off or out of reach; otherwise a campaign would take the number for a wrong one, or its phone for a failure
    /// of the trunk. For an extension the latter means that it is not in the directory.
    ///
    /// The switch has one cause for a person who declines (SIP 603) and for a trunk that does not let us call. The status of the
    /// SIP answer, `refused_with`, distinguishes them.
    pub(super) fn failure(
        self,
        answer: ApiAnswer<'_>,
        of_extension: HandoffFailure,
        refused_with: Option<u16>,
    ) -> HandoffFailure {
        match (self, answer) {
            (Self::Outside, ApiAnswer::Failed("CALL_REJECTED"))
                if refused_with.is_some_and(is_refused_by_trunk) =>
            {
                HandoffFailure::Trunk
            }
            (Self::Outside, ApiAnswer::Failed("SUBSCRIBER_ABSENT")) => HandoffFailure::NoAnswer,
            (
                Self::Outside,
                ApiAnswer::Failed("CHAN_NOT_IMPLEMENTED" | "INVALID_PROFILE" | "INVALID_URL")
                | ApiAnswer::Usage(_),
            ) => HandoffFailure::Trunk,
            _ => of_extension,
        }
    }
}

/// Returns the status of the SIP answer with which a channel has ended, if there was one.
pub(super) fn refusal_of(ended: &Event) -> Option<u16> {
    ended.variable("sip_invite_failure_status")?.parse().ok()
}
