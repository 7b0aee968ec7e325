//! A caller who needs a person, by the business's own rules. The people whom the business has named are asked one after another, each by a
//! hand-off of its own, until one of them takes over. The tool runs until then.

use std::collections::VecDeque;

use cordboard_schema::business::escalation::{EscalationRules, Otherwise};
use cordboard_schema::dial::{DialTarget, Dialable};
use cordboard_schema::ids::EffectId;
use cordboard_schema::line::Line;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolOutcome;

use super::handoffs::NextPerson;
use super::{Effects, Machine};
use crate::Phone;
use crate::handoff::Callee;
use crate::tools::escalate_to_human::EscalateToHuman;

impl Machine {
    /// The assistant asks for a person for the caller. The business has named whom to ask.
    pub(super) fn escalate_for_tool(
        &mut self,
        effect: EffectId,
        request: &EscalateToHuman,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let Some(rules) = self.policy.escalation.clone() else {
            let reason = "the business has not said who is reached: set `escalation` in its profile";
            return self.refuse_tool(effect, reason.to_owned(), Line::TransferRefused, now, fx);
        };
        let left = self.people_of(&rules);
        let refusal = if !self.can_ask_people() {
            Some("nobody can be rung on this call as it stands")
        } else {
            // A person who is asked at a desk is not dialled.
            self.taken_already().or_else(|| self.dial_refusal().filter(|_| left.is_empty()))
        };
        if let Some(reason) = refusal {
            return self.refuse_tool(effect, reason.to_owned(), Line::TransferRefused, now, fx);
        }
        if !rules.hold_at(now.to_utc()) {
            let again = rules.hold_from(now.to_utc()).map(|from| format!(", but from {from} on"));
            let closed = format!("nobody takes calls now{}", again.unwrap_or_default());
            return self.refuse_escalation(effect, &closed, HandoffFailure::Offline, now, fx);
        }
        if left.is_empty() {
            let reason = "none of the people whom the business has named can be dialled from here";
            return self.refuse_escalation(effect, reason, HandoffFailure::BadTarget, now, fx);
        }
        let reason = request.reason_with_urgency();
        self.handoffs.escalation_mut().begins(effect, left, reason);
        self.ask_next_person(effect, now, fx);
    }

    /// Whether the business's rules name people for a caller who asks for a person. Without a switch that rings people, only those count
    /// who can be asked at their desks or be rung to join here. If there are none, others than those of the rules are asked.
    pub(super) fn escalates(&self) -> bool {
        let has_people = |rules: &EscalationRules| {
            self.can_ring_people() || (self.can_meet_people() && !self.people_of(rules).is_empty())
        };
        self.policy.escalation.as_ref().is_some_and(has_people)
    }

    /// Whether another person is asked after this one could not be reached.
    pub(super) fn has_another_person(&self, handoff: EffectId, failure: HandoffFailure) -> bool {
        failure != HandoffFailure::CallerLeft && self.handoffs.escalation().has_another_after(handoff)
    }

    /// Asks the next person. The caller already knows what is happening. A person who can only be joined with the caller here is asked once the
    /// caller is back: while the caller is away, they would meet nobody.
    pub(super) fn ask_another_person(&mut self, now: UnixMs, fx: &mut Effects) {
        let next = self.handoffs.newest_id().and_then(|newest| self.handoffs.escalation().next_after(newest));
        let is_met_here = next.is_some_and(|next| next.joined_here.is_some() && next.desk.is_none());
        if is_met_here && self.caller.is_none() {
            return;
        }
        let handoff = self.number_effect();
        self.ask_next_person(handoff, now, fx);
    }

    /// Whether nobody is being asked, and another person is to be asked once the caller is back.
    pub(super) fn is_asked_later(&self) -> bool {
        self.handoffs
            .newest()
            .is_some_and(|newest| newest.is_over() && self.handoffs.escalation().has_another_after(newest.id))
    }

    /// The caller does not come back, so the next person is not asked.
    pub(super) fn cancel_asking_later(&mut self, now: UnixMs, fx: &mut Effects) {
        let Some(id) = self.handoffs.newest_id().filter(|_| self.is_asked_later()) else { return };
        let failure = HandoffFailure::CallerLeft;
        let (tool, reason) = (self.handoffs.escalation().tool_of(id), self.takeover_failure(id, failure));
        self.handoffs.are_over();
        self.finish_tool(tool, ToolOutcome::Failed { reason, failure: Some(failure) }, now, fx);
    }

    fn ask_next_person(&mut self, handoff: EffectId, now: UnixMs, fx: &mut Effects) {
        let asked = self.handoffs.escalation_mut().asks_next(handoff);
        let Some(NextPerson { person, tool, reason }) = asked else { return };
        let requester = self.requester_of(tool);
        self.begin_handoff(handoff, person, &reason, requester, now, fx);
    }

    /// Returns why nobody took over, and what to offer the caller.
    pub(super) fn takeover_failure(&self, handoff: EffectId, failure: HandoffFailure) -> String {
        let reason = format!("nobody took over: {failure}");
        if let Some(instead) = self.offered_instead(handoff) {
            return format!("{reason}; {instead}");
        }
        match &self.policy.escalation {
            Some(rules) if self.handoffs.escalation().has(handoff) => {
                format!("{reason}; {}", offer(rules.otherwise))
            }
            _ => reason,
        }
    }

    fn refuse_escalation(
        &mut self,
        effect: EffectId,
        why: &str,
        failure: HandoffFailure,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let otherwise = self.policy.escalation.as_ref().map(|rules| rules.otherwise).unwrap_or_default();
        let reason = format!("{why}; {}", offer(otherwise));
        let is_heard = self.tools.is_asked_by_caller(effect);
        self.finish_tool(effect, ToolOutcome::Failed { reason, failure: Some(failure) }, now, fx);
        if is_heard {
            self.say(Line::TransferRefused, fx);
        }
    }

    /// Returns the people named by the business who may be dialled and can be reached through the caller's switch or at their desks. If no
    /// more may be dialled, only those with a desk are left.
    fn people_of(&self, rules: &EscalationRules) -> VecDeque<(String, Callee)> {
        let is_rung = !self.has_dialled_enough();
        let found = rules.targets.iter().filter_map(|said| {
            let target = DialTarget::find(said, &self.policy).ok();
            let desk = self.desk_at(said);
            let rung = target.as_ref().filter(|_| is_rung);
            let (phone, joined_here) = rung.map_or((None, None), |target| self.ways_to_ring(target));
            let name = target.map_or_else(|| said.clone(), |target| target.to_string());
            (phone.is_some() || desk.is_some()).then_some((name, Callee { phone, desk, joined_here }))
        });
        found.collect()
    }

    /// Returns the phone of a person who can be rung at the moment: by the switch that has the caller, else by another one, to join them
    /// here.
    pub(super) fn ways_to_ring(&self, target: &DialTarget) -> (Option<Phone>, Option<DialTarget>) {
        match self.rung_at(target) {
            None if self.can_join_people() => (Some(Phone::of(target, None)), Some(target.clone())),
            phone => (phone, None),
        }
    }

    /// Returns the phone of a person whom the caller's switch can ring.
    fn rung_at(&self, target: &DialTarget) -> Option<Phone> {
        let can_be_rung = match target.who() {
            Dialable::Extension { .. } => self.line.rings_extensions(&self.policy),
            // The switch decides whether an outside line is available.
            Dialable::Number { .. } => true,
        };
        let is_rung = can_be_rung && self.can_ring_people();
        is_rung.then(|| Phone::of(target, self.channel.domain()))
    }

    /// The queue names another person for callers it could not serve: they are asked next.
    pub(super) fn ask_instead(&mut self, handoff: EffectId, failure: HandoffFailure) {
        if failure == HandoffFailure::CallerLeft {
            return;
        }
        if let Some(person) = self.person_instead(handoff) {
            self.handoffs.asks_instead(handoff, person);
        }
    }
}

/// Returns what the assistant should offer, in words for it.
const fn offer(otherwise: Otherwise) -> &'static str {
    match otherwise {
        Otherwise::TakeMessage => "offer to take a message",
        Otherwise::CallAgain => "ask the caller to call again later",
    }
}
