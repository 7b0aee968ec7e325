//! Records that programs write over the HTTP API.

use serde::{Deserialize, Serialize};

/// A record that a program writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RecordPlan {
    /// A lead.
    Lead,
    /// A to-do.
    Task,
    /// An appointment.
    Appointment {
        /// Index of the service.
        service: u8,
        /// Index of the time among those that models and programs request.
        slot: u8,
        /// The change that follows, if one does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        then: Option<Rebooking>,
    },
}

/// A change of an appointment that a program has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "then", rename_all = "snake_case")]
pub enum Rebooking {
    /// It is moved to another time.
    Moves {
        /// Index of that time.
        slot: u8,
    },
    /// It is cancelled.
    Cancels,
}
