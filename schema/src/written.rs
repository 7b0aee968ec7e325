//! Records that the store wrote for a tool of an assistant.

use serde::{Deserialize, Serialize};

use crate::event::Decision;
use crate::ids::{ActivityId, AppointmentId, EffectId, LeadId, MessageId};

/// A row that was written for a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "did", content = "id", rename_all = "snake_case")]
pub enum Written {
    /// A lead was made.
    LeadCreated(LeadId),
    /// The call's lead was changed.
    LeadUpdated(LeadId),
    /// A slot is held for the caller.
    AppointmentHeld(AppointmentId),
    /// An appointment is agreed.
    AppointmentBooked(AppointmentId),
    /// An appointment was moved.
    AppointmentMoved(AppointmentId),
    /// An appointment was cancelled.
    AppointmentCancelled(AppointmentId),
    /// A text message is to be sent.
    TextQueued(MessageId),
    /// A number is on the do-not-call list.
    NumberSuppressed,
    /// An event or a to-do was made.
    ActivityCreated(ActivityId),
    /// An event or a to-do was changed.
    ActivityUpdated(ActivityId),
    /// A to-do was done.
    ActivityCompleted(ActivityId),
}

impl Written {
    /// Returns the decision of the call that records this, for this run of a tool.
    pub fn decision(self, effect: EffectId) -> Decision {
        match self {
            Self::LeadCreated(lead_id) => Decision::LeadCreated { effect, lead_id },
            Self::LeadUpdated(lead_id) => Decision::LeadUpdated { effect, lead_id },
            Self::AppointmentHeld(appointment_id) => Decision::AppointmentHeld { effect, appointment_id },
            Self::AppointmentBooked(appointment_id) => Decision::AppointmentBooked { effect, appointment_id },
            Self::AppointmentMoved(appointment_id) => Decision::AppointmentMoved { effect, appointment_id },
            Self::AppointmentCancelled(appointment_id) => {
                Decision::AppointmentCancelled { effect, appointment_id }
            }
            Self::TextQueued(message_id) => Decision::TextQueued { effect, message_id },
            Self::NumberSuppressed => Decision::NumberSuppressed { effect },
            Self::ActivityCreated(activity_id) => Decision::ActivityCreated { effect, activity_id },
            Self::ActivityUpdated(activity_id) => Decision::ActivityUpdated { effect, activity_id },
            Self::ActivityCompleted(activity_id) => Decision::ActivityCompleted { effect, activity_id },
        }
    }
}
