//! The supervisors who talk with the caller in place of the assistant, according to the decisions of a call's journal.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::event::Decision;
use crate::ids::UserId;
use crate::supervision::SupervisionMode;

/// State built from decisions, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SupervisorsWithCaller(BTreeSet<UserId>);

impl SupervisorsWithCaller {
    /// Applies a decision. Returns whether a supervisor talks with the caller from now on, or no longer does.
    pub fn apply(&mut self, decision: &Decision) -> bool {
        match decision {
            Decision::SupervisorJoined { user_id, mode: SupervisionMode::Barge, .. }
            | Decision::SupervisionChanged { user_id, mode: SupervisionMode::Barge } => {
                self.0.insert(*user_id)
            }
            Decision::SupervisorJoined { user_id, .. }
            | Decision::SupervisionChanged { user_id, .. }
            | Decision::SupervisorLeft { user_id, .. } => self.0.remove(user_id),
            Decision::Ended { .. } => {
                self.0.clear();
                false
            }
            _ => false,
        }
    }

    /// Whether no supervisor talks with the caller.
    pub fn are_none(&self) -> bool {
        self.0.is_empty()
    }
}
