//! Tools that put the caller on hold, look for people, and send the caller to them.

use std::sync::Arc;

use cordboard_schema::call::{Ending, HangupBy, HangupCause};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::ids::EffectId;
use cordboard_schema::line::Line;
use cordboard_schema::switch::Capability;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::{ToolName, ToolOrigin, ToolOutcome};

use super::closing::LastWords;
use super::hold::HoldWish;
use super::people::HandoffWish;
use super::{Effects, Machine, Phase};
use crate::tools::request_handoff::RequestHandoff;

impl Machine {
    /// Puts the caller on hold, as the assistant wants: what it had to say was heard.
    pub(super) fn hold_for_tool(&mut self, effect: EffectId, now: UnixMs, fx: &mut Effects) {
        if !self.is_running(effect) {
            return;
        }
        if self.phase != Phase::Conversing || self.caller.is_none() {
            let reason = "the caller can't be put on hold as the call stands".to_owned();
            return self.finish_tool(effect, ToolOutcome::Refused { reason }, now, fx);
        }
        self.finish_tool(effect, ToolOutcome::done("the caller is on hold and hears music"), now, fx);
        self.hold_caller(HoldWish::Assistant, now, fx);
    }

    pub(super) fn unhold_for_tool(&mut self, effect: EffectId, now: UnixMs, fx: &mut Effects) {
        let outcome = match self.unhold_caller(now, fx) {
            Some(held_ms) => ToolOutcome::done(&Self::held_for(held_ms)),
            None => ToolOutcome::Refused { reason: "the caller is not on hold".to_owned() },
        };
        self.finish_tool(effect, outcome, now, fx);
    }

    pub(super) fn handoff_for_tool(
        &mut self,
        effect: EffectId,
        wish: &RequestHandoff,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let refusal = if !self.capabilities().contains(&Capability::TransferAttended) {
            Some("nobody can be rung on this call as it stands")
        } else if self.is_handing_off() {
            Some("somebody is being asked to take over already")
        } else {
            self.dial_refusal()
        };
        if let Some(reason) = refusal {
            return self.refuse_tool(effect, reason.to_owned(), Line::TransferRefused, now, fx);
        }
        let Some(person) = self.person_at(&wish.target) else {
            return self.refuse_target(effect, &wish.target, now, fx);
        };
        let wants = if self.is_asked_by_key(effect) { HandoffWish::Other } else { HandoffWish::Assistant };
        self.begin_handoff(effect, person, &wish.reason, wants, now, fx);
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
        let Some((name, place)) = policy.extension(target) else {
            return self.refuse_target(effect, target, now, fx);
        };
        let refusal = match self.capabilities().contains(&Capability::TransferBlind) {
            true => self.dial_refusal(),
            false => Some("the switch can't be asked on this call as it stands"),
        };
        if let Some(reason) = refusal {
            return self.refuse_tool(effect, reason.to_owned(), Line::TransferRefused, now, fx);
        }
        self.dials(name, fx);
        self.listen_before_answer(last_words, fx);
        self.finish_tool(effect, ToolOutcome::done("the caller is being connected"), now, fx);
        let ending = Ending { cause: HangupCause::transferred(), by };
        self.leave(Line::Transferring, last_words, (ending, NextStep::Goto(place.clone())), now, fx);
    }

    pub(super) fn dial_refusal(&self) -> Option<&'static str> {
        self.has_dialled_enough().then_some("this call has dialled as often as the dial policy admits")
    }

    /// The target is none of the list.
    pub(super) fn refuse_target(&mut self, effect: EffectId, target: &str, now: UnixMs, fx: &mut Effects) {
        let target: String = target.chars().take(64).collect();
        let reason =
            format!("there is no extension `{target}`: name it under [extensions] in the configuration");
        self.refuse_tool(effect, reason, Line::TransferRefused, now, fx);
    }

    /// Refuses a tool; a caller who asked by a key hears it.
    pub(super) fn refuse_tool(
        &mut self,
        effect: EffectId,
        reason: String,
        line: Line,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let asked_by_key = self.is_asked_by_key(effect);
        self.finish_tool(effect, ToolOutcome::Refused { reason }, now, fx);
        if asked_by_key {
            self.say(line, fx);
        }
    }

    fn is_asked_by_key(&self, effect: EffectId) -> bool {
        self.running.iter().any(|tool| tool.effect == effect && tool.origin == ToolOrigin::Key)
    }

    fn is_running(&self, effect: EffectId) -> bool {
        self.running.iter().any(|tool| tool.effect == effect)
    }

    /// The look at an extension that a tool asked for has ended.
    pub(super) fn extension_tool_done(
        &mut self,
        effect: EffectId,
        outcome: ToolOutcome,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let is_check = |tool: &super::tooling::RunningTool| {
            tool.effect == effect && tool.tool == super::tooling::Ran::BuiltIn(ToolName::CheckExtension)
        };
        if self.running.iter().any(is_check) {
            self.finish_tool(effect, outcome, now, fx);
        }
    }
}
