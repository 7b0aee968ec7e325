//! Supervisors in a plan: how they take part in calls, and changes of their rights.

use cordboard_schema::supervision::SupervisionMode;
use serde::{Deserialize, Serialize};

use super::{Happening, Plan};

/// An act of a supervisor, or a change of their rights. Supervisors are named by their index in the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum SupervisionAct {
    /// They ask to take part in a caller's call, in a mode.
    Supervises {
        /// The supervisor.
        supervisor: usize,
        /// The caller.
        caller: u32,
        /// The mode.
        mode: SupervisionMode,
    },
    /// They say something in a caller's call that they hear.
    Says {
        /// The supervisor.
        supervisor: usize,
        /// The caller.
        caller: u32,
        /// Duration, in ms.
        ms: u64,
    },
    /// They leave a caller's call.
    Leaves {
        /// The supervisor.
        supervisor: usize,
        /// The caller.
        caller: u32,
    },
    /// They ask to take a caller's call over.
    TakesOver {
        /// The supervisor.
        supervisor: usize,
        /// The caller.
        caller: u32,
    },
    /// They end their conversation in a call that they have taken over.
    IsDone {
        /// The supervisor.
        supervisor: usize,
        /// The caller.
        caller: u32,
        /// How.
        how: TakenOverEnd,
    },
    /// They become an agent, who may not supervise.
    IsDemoted {
        /// The supervisor.
        supervisor: usize,
    },
    /// An organization's policy forbids or allows all its supervisors to take part in calls.
    Policy {
        /// The organization: 0 or 1.
        organization: usize,
        /// Whether it allows them.
        is_open: bool,
    },
}

/// How a supervisor ends a call that they have taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakenOverEnd {
    /// They hand the caller to the assistant.
    HandsBack,
    /// They hang up.
    HangsUp,
    /// Their browser is gone, and so is their sound.
    LosesSound,
}

impl SupervisionAct {
    /// Returns the caller concerned.
    #[must_use]
    pub fn caller(self) -> Option<u32> {
        match self {
            Self::Supervises { caller, .. }
            | Self::Says { caller, .. }
            | Self::Leaves { caller, .. }
            | Self::TakesOver { caller, .. }
            | Self::IsDone { caller, .. } => Some(caller),
            Self::IsDemoted { .. } | Self::Policy { .. } => None,
        }
    }
}

impl Plan {
    /// Returns when a supervisor first wants to speak with a caller or take them over, in ms from the beginning of the world; the end of time if none
    /// does. From then on the assistant need not answer, and the caller does not hear the assistant alone.
    #[must_use]
    pub fn barged_ms(&self, number: u32) -> u64 {
        self.first_ms(|what| {
            matches!(
                what,
                Happening::Supervision {
                    act: SupervisionAct::Supervises { caller, mode: SupervisionMode::Barge, .. }
                        | SupervisionAct::TakesOver { caller, .. }
                } if *caller == number
            )
        })
    }

    /// Whether the plan has supervisors.
    #[must_use]
    pub fn has_supervisors(&self) -> bool {
        self.happenings.iter().any(|timed| matches!(timed.what, Happening::Supervision { .. }))
    }
}
