//! Who the caller is with, as it may be shown to them.

use cordboard_schema::wire::web_audio::CallerStand;

use super::holding::HoldOwner;
use super::{Machine, Phase};
use crate::DeskPlace;
use crate::handoff::{Handoff, Stage};

impl Machine {
    /// Returns who the caller is with now, or what they wait for.
    pub fn caller_stand(&self) -> CallerStand {
        match self.lifecycle.phase() {
            Phase::OnHold => CallerStand::Hold,
            Phase::WithAgents { .. }
                if self.holding.is(HoldOwner::Agents) || !self.participants.anybody_there() =>
            {
                CallerStand::Hold
            }
            Phase::WithAgents { .. } | Phase::AgentToAgentCall(_) => CallerStand::Person,
            Phase::WithPerson(_) if self.is_parked() || self.is_held_by_person() == Some(true) => {
                CallerStand::Hold
            }
            Phase::WithPerson(_) if self.is_joined_with_person() => CallerStand::Person,
            Phase::WithPerson(_) => CallerStand::Ringing,
            // A supervisor who talks with them is a person, too.
            Phase::Conversing if self.is_barged_in() => CallerStand::Person,
            _ => self.asked_stand().unwrap_or_default(),
        }
    }

    /// Like `caller_stand`, while a person is asked to take over and the assistant is with the caller.
    fn asked_stand(&self) -> Option<CallerStand> {
        let is_asked =
            |handoff: &&Handoff| matches!(handoff.stage(), Stage::Ringing { .. } | Stage::Accepted { .. });
        let handoff = self.handoffs.newest().filter(is_asked)?;
        let position = self.handoffs.place_of(handoff.id);
        let is_in_queue = matches!(handoff.callee.desk, Some(DeskPlace::Queue(_))) && handoff.is_offered();
        Some(match is_in_queue {
            true => CallerStand::Queue { position },
            false => CallerStand::Ringing,
        })
    }
}
