//! Tools that put the caller on hold, look for people, and send the caller to them.

use std::sync::Arc;

use cordboard_schema::call::HangupBy;
use cordboard_schema::ids::EffectId;
use cordboard_schema::line::Line;
use cordboard_schema::switch::{Capability, ExtensionChecked};
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::{ToolName, ToolOutcome};

use super::ending::LastWords;
use super::handoffs::HandoffRequester;
use super::hold::HoldRequester;
use super::{Effects, Machine};
use crate::handoff::{Callee, HandoffEvent, PhoneCheck};
use crate::tools::request_handoff::RequestHandoff;

impl Machine {
    /// Puts the caller on hold, as the assistant asked, after its last words were heard.
    pub(super) fn hold_for_tool(&mut self, effect: EffectId, now: UnixMs, fx: &mut Effects) {
        if !self.tools.is_running(effect) {
            return;
        }
        // A person who is being briefed will have them in a moment.
        let is_taken = self.caller.is_none() || self.briefing.is_under_way();
        if !self.lifecycle.converses() || is_taken {
            let reason = "the caller can't be put on hold as the call stands".to_owned();
            return self.finish_tool(effect, ToolOutcome::Refused { reason }, now, fx);
        }
        self.finish_tool(effect, ToolOutcome::done("the caller is on hold and hears music"), now, fx);
        self.hold_caller(HoldRequester::Assistant, now, fx);
    }

    pub(super) fn unhold_for_tool(&mut self, effect: EffectId, now: UnixMs, fx: &mut Effects) {
        let held_ms = self.unhold_caller(now, fx);
        let outcome = match held_ms {
            Some(held_ms) => ToolOutcome::done(&Self::held_for(held_ms)),
            None => ToolOutcome::Refused { reason: "the caller is not on hold".to_owned() },
        };
        self.finish_tool(effect, outcome, now, fx);
        if held_ms.is_some() && self.lifecycle.converses() {
            self.notice_after_absence(fx);
        }
    }

    pub(super) fn handoff_for_tool(
        &mut self,
        effect: EffectId,
        request: &RequestHandoff,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let is_known = self.policy.person(&request.target).is_some();
        let person = self.person_at(&request.target);
        let is_asked_at_desk = person.as_ref().is_some_and(|(_, callee)| callee.desk.is_some());
        let refusal = if !self.can_ask_people() || (is_known && person.is_none()) {
            Some("nobody can be rung on this call as it stands")
        } else {
            self.taken_already().or_else(|| self.dial_refusal().filter(|_| !is_asked_at_desk))
        };
        if let Some(reason) = refusal {
            // A caller who presses the key again is still being connected.
            let line = if self.taken_already().is_some() { Line::OneMoment } else { Line::TransferRefused };
            return self.refuse_tool(effect, reason.to_owned(), line, now, fx);
        }
        let Some(person) = person else {
            return self.refuse_target(effect, &request.target, now, fx);
        };
        let wants = self.requester_of(effect);
        self.begin_handoff(effect, person, &request.reason, wants, now, fx);
    }

    pub(super) fn transfer_for_tool(
        &mut self,
        effect: EffectId,
        target: &str,
        (by, last_words): (HangupBy, LastWords),
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let policy = Arc::clone(&self.policy);
        let can_be_sent = self.capabilities().contains(&Capability::TransferBlind);
        let is_joined_here = self.desk_at(target).is_some() || self.can_join_people();
        if is_joined_here && !(can_be_sent && policy.extension(target).is_some()) {
            // Only we can bring them there.
            let reason = "the caller is to be connected".to_owned();
            let request = RequestHandoff { target: target.to_owned(), reason };
            return self.handoff_for_tool(effect, &request, now, fx);
        }
        let Some((name, place)) = policy.extension(target) else {
            return self.refuse_target(effect, target, now, fx);
        };
        let refusal = match self.capabilities().contains(&Capability::TransferBlind) {
            true if self.is_checking_place() => Some("the caller is being sent elsewhere already"),
            true => self.dial_refusal(),
            false => Some("the switch can't be asked on this call as it stands"),
        };
        if let Some(reason) = refusal {
            let line = if self.is_checking_place() { Line::OneMoment } else { Line::TransferRefused };
            return self.refuse_tool(effect, reason.to_owned(), line, now, fx);
        }
        self.transfer_by_tool(effect, (name, place), (by, last_words), now, fx);
    }

    /// Returns whether the switch checks first if the person can be reached.
    pub(super) fn phone_check(&self, callee: &Callee) -> PhoneCheck {
        // The state of an outside number is unknown, and the caller's switch does not know the phones of another.
        let is_outside = callee.phone.as_ref().is_some_and(|phone| phone.outside().is_some());
        let is_elsewhere = !self.line.checks_phones() || callee.joined_here.is_some();
        if is_elsewhere || is_outside { PhoneCheck::Skipped } else { PhoneCheck::First }
    }

    pub(super) fn dial_refusal(&self) -> Option<&'static str> {
        self.has_dialled_enough().then_some("this call has dialled as often as the dial policy admits")
    }

    /// The target is not in the list.
    pub(super) fn refuse_target(&mut self, effect: EffectId, target: &str, now: UnixMs, fx: &mut Effects) {
        let target: String = target.chars().take(64).collect();
        let reason =
            format!("there is no extension `{target}`: name it under [extensions] in the configuration");
        self.refuse_tool(effect, reason, Line::TransferRefused, now, fx);
    }

    /// Refuses a tool. If the caller asked for it, they hear that.
    pub(super) fn refuse_tool(
        &mut self,
        effect: EffectId,
        reason: String,
        line: Line,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let asked_by_caller = self.tools.is_asked_by_caller(effect);
        self.finish_tool(effect, ToolOutcome::Refused { reason }, now, fx);
        if asked_by_caller {
            self.say(line, fx);
        }
    }

    /// Returns who is told how the hand-off ends that this tool asks for.
    pub(super) fn requester_of(&self, effect: EffectId) -> HandoffRequester {
        if self.tools.is_asked_by_caller(effect) {
            HandoffRequester::Other
        } else {
            HandoffRequester::Assistant
        }
    }

    /// An extension was checked, for a tool or for a hand-off.
    pub(super) fn extension_checked(
        &mut self,
        effect: EffectId,
        checked: Option<&ExtensionChecked>,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        if self.handoffs.is_newest(effect) {
            return self.handoff_event(effect, &HandoffEvent::Checked(checked), now, fx);
        }
        let outcome = match checked {
            Some(checked) => {
                let note = match checked.state.failure() {
                    None => "somebody can be reached there".to_owned(),
                    Some(failure) => format!("nobody can be reached there now: {failure}"),
                };
                ToolOutcome::Done { note, extension: Some(checked.clone()) }
            }
            None => ToolOutcome::failed("the switch can't be asked at the moment"),
        };
        self.extension_tool_done(effect, outcome, now, fx);
    }

    /// The check of an extension that a tool asked for has ended.
    fn extension_tool_done(&mut self, effect: EffectId, outcome: ToolOutcome, now: UnixMs, fx: &mut Effects) {
        if self.tools.is_running_as(effect, ToolName::CheckExtension) {
            self.finish_tool(effect, outcome, now, fx);
        }
    }
}
