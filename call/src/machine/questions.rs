//! Questions of others to a machine: nothing here changes it.

use std::sync::Arc;

use cordboard_schema::call::CallPolicy;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::ids::{ItemId, LegId};
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::switch::{ControlId, ControlLink};

use super::Machine;

impl Machine {
    /// The number that the next connection gets as a leg.
    pub fn next_leg(&self) -> LegId {
        self.numbers.next_leg()
    }

    /// The number that the next control connection gets.
    pub fn next_control(&self) -> ControlId {
        self.numbers.next_control()
    }

    /// The way to the caller's channel that actions take now: the outbound link while it lives, otherwise the inbound one.
    pub fn link(&self) -> Option<ControlLink> {
        self.channel.link()
    }

    /// The caller's leg, if one is connected.
    pub fn caller(&self) -> Option<LegId> {
        self.caller
    }

    /// The newest utterance that the assistant has begun; 0 before the first.
    pub fn newest_item(&self) -> ItemId {
        self.conversation.newest_item()
    }

    /// Whether the assistant speaks, or has spoken, to the party at this leg: the caller, or somebody whom it briefs on them. Others may hear it
    /// beside them. An utterance that was begun for the caller may be heard by the one who is briefed, and an ear's report may come before the
    /// utterance is known: so whose utterance it is does not matter here.
    pub fn speaks_to(&self, leg: LegId, is_callers: bool) -> bool {
        is_callers || self.briefing.was_told_at(leg)
    }

    /// The call's copy of the profile.
    pub fn profile(&self) -> &Arc<AgentProfile> {
        &self.profile
    }

    /// The policy that it decides by.
    pub fn policy(&self) -> &CallPolicy {
        &self.policy
    }

    /// Whether the call has ended. Work for it may still be under way.
    pub fn has_ended(&self) -> bool {
        self.lifecycle.has_ended()
    }

    /// Whether the call has ended and nothing that it asked for is still under way.
    pub fn is_over(&self) -> bool {
        let awaits_nothing =
            self.tools.is_idle() && self.cost.usage_until().is_none() && !self.closing.is_tearing_down();
        self.has_ended() && awaits_nothing && self.conversation.transcript().is_written()
    }

    /// Whether a tool that was asked for still runs, or has not been confirmed that its row is written.
    pub fn has_work_left(&self) -> bool {
        !self.tools.is_idle() || self.tools.writes().next().is_some()
    }

    /// Whether the caller's channel has ended with the call: nothing that comes of it later is a caller.
    pub fn has_ended_with_channel(&self) -> bool {
        self.has_ended() && self.channel.is_over()
    }

    /// The dialplan's next step once the call is over.
    pub fn next_step(&self) -> &NextStep {
        self.closing.next()
    }
}
