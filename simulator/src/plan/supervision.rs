//! Supervisors in a plan: how they take part in calls, and what becomes of their right.

use cordboard_schema::supervision::SupervisionMode;
use serde::{Deserialize, Serialize};

use super::{Happening, Plan};

/// An act of a supervisor, or a change of what they may do. The stage knows them by their index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum SupervisionAct {
    /// They want to hear a caller's call, or to take part in another way.
    Supervises {
        /// The supervisor.
        supervisor: usize,
        /// The caller.
        caller: u32,
        /// The mode.
        mode: SupervisionMode,
    },
    /// They say something where they hear a caller's call.
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
    /// They want a caller's call in the place of whoever has it.
    TakesOver {
        /// The supervisor.
        supervisor: usize,
        /// The caller.
        caller: u32,
    },
    /// They are done with a call that they have taken over.
    IsDone {
        /// The supervisor.
        supervisor: usize,
        /// The caller.
        caller: u32,
        /// How.
        how: TakenOverEnd,
    },
    /// They are an agent from now on, who may not supervise.
    IsDemoted {
        /// The supervisor.
        supervisor: usize,
    },
    /// The policy of an organization lets none of its supervisors take part in any way, or lets all of them again.
    Policy {
        /// The organization: 0 or 1.
        organization: usize,
        /// Whether it lets them.
        is_open: bool,
    },
}

/// How a supervisor ends a call that they have taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakenOverEnd {
    /// They give the caller to the assistant.
    HandsBack,
    /// They hang up.
    HangsUp,
    /// Their browser is gone, and their sound with it.
    LosesSound,
}

impl SupervisionAct {
    /// The caller whom it is about.
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
    /// When a supervisor first wants to speak with a caller, or to have them, in ms from the beginning of the world; the end of all time where none
    /// does. From then on their assistant may owe them nothing, and what they hear is not the assistant's alone.
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

    /// Whether somebody supervises in it.
    #[must_use]
    pub fn has_supervisors(&self) -> bool {
        self.happenings.iter().any(|timed| matches!(timed.what, Happening::Supervision { .. }))
    }
}
