//! Questions to a machine from outside. Nothing here changes it.

use std::sync::Arc;

use cordboard_schema::call::CallPolicy;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::ids::{ItemId, LegId};
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::switch::{ControlId, ControlLink};

use super::Machine;

impl Machine {
    /// Returns the number that the next leg gets.
    pub fn next_leg(&self) -> LegId {
        self.numbers.next_leg()
    }

    /// Returns the number that the next control connection gets.
    pub fn next_control(&self) -> ControlId {
        self.numbers.next_control()
    }

    /// Returns the link that actions on the caller's channel use now: the outbound link while it is connected, otherwise the inbound one.
    pub fn link(&self) -> Option<ControlLink> {
        self.channel.link()
    }

    /// Returns the caller's leg, if one is connected.
    pub fn caller(&self) -> Option<LegId> {
        self.caller
    }

    /// Returns the caller's leg, if a supervisor of the call hears at this one.
    pub fn caller_supervised_at(&self, leg: LegId) -> Option<LegId> {
        let is_supervisor = self.participants.supervisors().any(|one| one.ear() == Some(leg));
        self.caller.filter(|_| is_supervisor)
    }

    /// Returns the newest utterance that the assistant has begun; 0 before the first.
    pub fn newest_item(&self) -> ItemId {
        self.conversation.newest_item()
    }

    /// Whether the assistant speaks, or has spoken, to the party at this leg: the caller, or a person whom it briefs about the caller.
    /// Others may hear it as well. It does not matter here whose utterance it is: the person who is briefed may hear one that was begun for
    /// the caller, and an ear may report an utterance before it is known.
    pub fn speaks_to(&self, leg: LegId, is_callers: bool) -> bool {
        is_callers || self.briefing.was_briefed_at(leg)
    }

    /// Returns the call's copy of the profile.
    pub fn profile(&self) -> &Arc<AgentProfile> {
        &self.profile
    }

    /// Returns the policy by which the call decides.
    pub fn policy(&self) -> &CallPolicy {
        &self.policy
    }

    /// Whether the call has ended. Work for it may still be under way.
    pub fn has_ended(&self) -> bool {
        self.lifecycle.has_ended()
    }

    /// Whether the call has ended and none of its requests is still under way.
    pub fn is_over(&self) -> bool {
        let awaits_nothing =
            self.tools.is_idle() && self.cost.usage_until().is_none() && !self.closing.is_tearing_down();
        self.has_ended() && awaits_nothing && self.conversation.transcript().is_written()
    }

    /// Whether a tool is still running, or its record is not confirmed to be written.
    pub fn has_work_left(&self) -> bool {
        !self.tools.is_idle() || self.tools.writes().next().is_some()
    }

    /// Whether the caller's channel has ended with the call, so that no later event of it is a caller.
    pub fn has_ended_with_channel(&self) -> bool {
        self.has_ended() && self.channel.is_over()
    }

    /// Returns the dialplan's next step once the call is over.
    pub fn next_step(&self) -> &NextStep {
        self.closing.next()
    }
}
