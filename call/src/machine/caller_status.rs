//! The party that the caller is with, as it may be shown to them.

use cordboard_schema::wire::web_audio::CallerStatus;

use super::{Machine, Phase};
use crate::DeskPlace;
use crate::handoff::{Handoff, Stage};

impl Machine {
    /// Returns who the caller is with now, or what they wait for.
    pub fn caller_status(&self) -> CallerStatus {
        match self.lifecycle.phase() {
            Phase::OnHold => CallerStatus::Hold,
            Phase::WithAgents { .. } if self.wants_music() => CallerStatus::Hold,
            Phase::WithAgents { .. } | Phase::AgentToAgentCall(_) => CallerStatus::Person,
            Phase::WithPerson(_) if self.is_parked() || self.is_held_by_person() == Some(true) => {
                CallerStatus::Hold
            }
            Phase::WithPerson(_) if self.is_joined_with_person() => CallerStatus::Person,
            Phase::WithPerson(_) => CallerStatus::Ringing,
            // A supervisor who talks with them is a person, too.
            Phase::Conversing if self.is_barged_in() => CallerStatus::Person,
            _ => self.asked_status().unwrap_or_default(),
        }
    }

    /// Like `caller_status`, while a person is asked to take over and the assistant is with the caller.
    fn asked_status(&self) -> Option<CallerStatus> {
        let is_asked =
            |handoff: &&Handoff| matches!(handoff.stage(), Stage::Ringing { .. } | Stage::Accepted { .. });
        let handoff = self.handoffs.newest().filter(is_asked)?;
        let position = self.handoffs.place_of(handoff.id);
        let is_in_queue = matches!(handoff.callee.desk, Some(DeskPlace::Queue(_))) && handoff.is_offered();
        Some(match is_in_queue {
            true => CallerStatus::Queue { position },
            false => CallerStatus::Ringing,
        })
    }
}
