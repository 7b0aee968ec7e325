//! Tools: requested, run, ended. Every request gets exactly one answer.

use cordboard_schema::call::{Ending, HangupBy, HangupCause};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::{EffectId, LegId};
use cordboard_schema::line::Line;
use cordboard_schema::provider::AssistantRole;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::{ToolName, ToolOrigin, ToolOutcome};
use serde_json::Value;

use super::conversation::Assistant;
use super::custom_tools::Wanted;
use super::ending::{LAST_WORDS_MS_MAX, LastWords};
use super::holding::HoldEvent;
use super::person_requests::leads_to_person;
use super::tools::{Asker, ENDED_SINCE, EndedTool, Ran, TOOLS_RUNNING_MAX};
use super::{Effect, Effects, Machine, Phase, note};
use crate::tools::ToolRequest;
use crate::{AssistantOrder, Attention};

/// An assistant's request for a tool.
enum RequestedTool {
    BuiltIn(ToolRequest),
    Custom(Wanted),
}

impl Machine {
    /// An assistant requests a tool.
    pub(super) fn tool_called(
        &mut self,
        tool_call: &str,
        name: &str,
        arguments: &Value,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let assistant = self.conversation.assistant_leg();
        if !self.tools.is_requested(assistant, tool_call) {
            return;
        }
        let origin = ToolOrigin::Assistant { tool_call: tool_call.to_owned() };
        let asker = Asker { origin, assistant };
        let request = if let Some(reason) = self.no_tools_now() {
            Err(reason.to_owned())
        } else if self.tools.is_full() {
            Err(format!("{TOOLS_RUNNING_MAX} tools are running already"))
        } else if let Some(custom) = self.custom_tool(name, arguments) {
            custom.map(RequestedTool::Custom)
        } else {
            let request = ToolRequest::parse(name, arguments, &self.offered_tools());
            request.map(RequestedTool::BuiltIn).map_err(|error| error.to_string())
        };
        match request {
            Ok(RequestedTool::BuiltIn(request)) => self.start_tool(request, asker.origin, now, fx),
            Ok(RequestedTool::Custom(wanted)) => self.start_custom_tool(wanted, asker, now, fx),
            Err(reason) => {
                let effect = self.number_effect();
                let outcome = ToolOutcome::Refused { reason };
                let tool = name.chars().take(64).collect();
                fx.push(note(Decision::ToolFinished { effect, tool, outcome: outcome.clone(), took_ms: 0 }));
                self.answer_tool(&asker, outcome, fx);
            }
        }
    }

    /// Returns why the assistant can't use tools at the moment, in words for it.
    fn no_tools_now(&self) -> Option<&'static str> {
        match self.lifecycle.phase() {
            Phase::Conversing | Phase::OnHold if self.conversation.has_ready_assistant() => None,
            Phase::ScriptedLine(_) => Some("somebody is being dialled for the caller, or talks with them"),
            Phase::WithPerson(_) | Phase::WithAgents { .. } | Phase::AgentToAgentCall(_) => {
                Some("a person is talking with the caller")
            }
            Phase::Conversing | Phase::OnHold => Some("the assistant is not connected yet"),
            Phase::TakingMessage(_) => Some("a message is being taken: wait until the caller has finished"),
            Phase::Dialling(_) => Some("whom we call has not answered"),
            Phase::SentOn(_) => Some("the caller is being sent elsewhere"),
            Phase::Voicemail(voicemail) if voicemail.is_detecting() => {
                Some("it is not known yet who has answered")
            }
            Phase::Voicemail(_) => Some("a mailbox has answered"),
            Phase::LiveAnswer(_) => Some("they are to talk with an agent"),
            Phase::Leaving(_) => Some("the call is closing: goodbye is being said"),
            Phase::Waiting { .. } => Some("the caller is not connected yet"),
            Phase::Interrupted { .. } => Some("the caller's connection is lost; they may come back"),
            Phase::Ended => Some("the call is over"),
        }
    }

    /// Runs a tool, for the assistant or for the caller.
    pub(super) fn start_tool(
        &mut self,
        request: ToolRequest,
        origin: ToolOrigin,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let effect = self.number_effect();
        let tool = request.tool();
        fx.push(note(Decision::ToolStarted { effect, tool, origin: origin.clone() }));
        let (by, assistant, last_words) = match origin {
            ToolOrigin::Assistant { .. } => {
                let last_words = match self.conversation.has_own_words() {
                    true => LastWords::Own { until: self.conversation.newest_item() },
                    false => LastWords::After,
                };
                (HangupBy::Assistant, self.conversation.assistant_leg(), last_words)
            }
            ToolOrigin::Key | ToolOrigin::Words => (HangupBy::Caller, None, LastWords::AtOnce),
        };
        if leads_to_person(tool) {
            self.handoffs.forget_request();
        }
        let lasts_ms = self.tool_time_ms(tool);
        let ran = if request.only_looks() { Ran::LookUp(tool) } else { Ran::BuiltIn(tool) };
        self.tools.starts(effect, ran, Asker { origin, assistant }, now, lasts_ms);
        match request {
            ToolRequest::EndCall(_) => {
                self.listen_before_answer(last_words, fx);
                self.finish_tool(effect, ToolOutcome::done("the call ends when goodbye was heard"), now, fx);
                // The assistant hangs up, whoever asked for it.
                let ending = Ending { cause: HangupCause::normal_clearing(), by: HangupBy::Assistant };
                self.leave(Line::Goodbye, last_words, (ending, NextStep::Hangup), now, fx);
            }
            // The assistant's words reach the person who is being briefed, not the caller. So the two are joined at once instead.
            ToolRequest::TakeMessage(_) if self.briefing.is_under_way() => {
                self.whisper_over(now, fx);
                let reason = "a person takes over".to_owned();
                self.finish_tool(effect, ToolOutcome::Refused { reason }, now, fx);
            }
            ToolRequest::TakeMessage(_) if self.caller.is_none() || !self.lifecycle.converses() => {
                let reason = "the caller can't be heard at the moment".to_owned();
                self.refuse_tool(effect, reason, Line::MessageFailed, now, fx);
            }
            ToolRequest::TakeMessage(_) => self.take_message(effect, now, fx),
            ToolRequest::HoldCall(_) => match last_words {
                LastWords::Own { until } if self.conversation.is_saying_until(until) => {
                    self.holding.apply(HoldEvent::Wanted { tool: effect, after: until }, now, fx);
                }
                _ => self.hold_for_tool(effect, now, fx),
            },
            ToolRequest::UnholdCall(_) => self.unhold_for_tool(effect, now, fx),
            ToolRequest::CheckExtension(request) => match self.policy.extension(&request.target) {
                Some((_, place)) => fx.push(Effect::CheckExtension { effect, phone: self.phone(place) }),
                None => self.refuse_target(effect, &request.target, now, fx),
            },
            ToolRequest::RequestHandoff(request) => self.handoff_for_tool(effect, &request, now, fx),
            ToolRequest::EscalateToHuman(request) => self.escalate_for_tool(effect, &request, now, fx),
            ToolRequest::Write(_, write) => match self.may_write(&write) {
                Ok(()) => self.write_for_tool(effect, write, fx),
                Err(reason) => self.finish_tool(effect, ToolOutcome::Refused { reason }, now, fx),
            },
            ToolRequest::TransferCall(request) => {
                self.transfer_for_tool(effect, &request.target, (by, last_words), now, fx);
            }
        }
    }

    /// An assistant that asked for the end would otherwise go on talking when it gets the answer.
    pub(super) fn listen_before_answer(&mut self, last_words: LastWords, fx: &mut Effects) {
        if last_words != LastWords::AtOnce {
            self.attend(Attention::Listen, fx);
        }
    }

    /// A tool has taken as long as it may. A hold goes on waiting for a long sentence before it.
    pub(super) fn tool_overdue(&mut self, effect: EffectId, now: UnixMs, fx: &mut Effects) {
        let is_waiting = self
            .holding
            .wanted()
            .is_some_and(|(tool, after)| tool == effect && self.conversation.is_saying_until(after));
        if is_waiting && self.tools.has_run_for(effect, now).is_some_and(|ms| ms < LAST_WORDS_MS_MAX) {
            return self.tools.lasts_until(effect, now);
        }
        self.tool_done(effect, ToolOutcome::TimedOut, now, fx);
    }

    /// The work of a tool outside the machine has ended.
    pub(super) fn tool_done(
        &mut self,
        effect: EffectId,
        outcome: ToolOutcome,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        if self.tools.is_running(effect) {
            self.message_tool_ended(effect, &outcome, now, fx);
            self.opt_out_tool_ended(effect, &outcome, now, fx);
            self.finish_tool(effect, outcome, now, fx);
        }
    }

    /// Ends a running tool, and gives the outcome to the assistant if it had asked.
    pub(super) fn finish_tool(
        &mut self,
        effect: EffectId,
        outcome: ToolOutcome,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let Some(ended) = self.tools.ended(effect, now) else { return };
        let kept = self.tools.keeps_outcome(&ended, &outcome);
        let EndedTool { name: tool, asker, took_ms, .. } = ended;
        fx.push(note(Decision::ToolFinished { effect, tool, outcome: outcome.clone(), took_ms }));
        self.answer_tool(&asker, outcome, fx);
        if let Some((leg, message)) = kept {
            self.report_to_successor(leg, &message, fx);
        }
    }

    /// Tells an assistant how a tool has ended that was called by the assistant it replaced.
    fn report_to_successor(&mut self, asker: LegId, message: &str, fx: &mut Effects) {
        let succeeds = |assistant: Assistant| {
            assistant.ready && assistant.role == AssistantRole::Configured && assistant.leg != asker
        };
        if !self.conversation.assistant().is_some_and(succeeds) {
            return;
        }
        let message = format!("{ENDED_SINCE} {message}");
        self.order(AssistantOrder::Happened(message), fx);
        if self.lifecycle.converses() && self.caller.is_some() {
            self.conversation.expect_answer();
            self.order(AssistantOrder::GoOn, fx);
        }
    }

    /// Tells the assistant how tools ended that earlier assistants had called, and which of them are still running. The built-in assistant
    /// calls none.
    pub(super) fn report_earlier_tools(&self, fx: &mut Effects) {
        let is_configured = |assistant: &Assistant| assistant.role == AssistantRole::Configured;
        let assistant = self.conversation.assistant().filter(is_configured);
        if let Some(message) = assistant.and_then(|assistant| self.tools.called_before(assistant.leg)) {
            self.order(AssistantOrder::Happened(message), fx);
        }
    }

    /// Answers the assistant that asked, if it still serves the call.
    fn answer_tool(&mut self, asker: &Asker, outcome: ToolOutcome, fx: &mut Effects) {
        if let ToolOrigin::Assistant { tool_call } = &asker.origin
            && asker.assistant == self.conversation.assistant_leg()
        {
            // Its next words are a new answer.
            self.conversation.tool_is_answered();
            if self.lifecycle.converses() {
                self.conversation.expect_answer();
            }
            if self.conversation.has_connected_assistant() {
                let result = AssistantOrder::ToolResult { tool_call: tool_call.clone(), outcome };
                fx.push(Effect::Assistant(result));
            }
        }
    }

    /// Returns how long a tool may take, in ms. A message takes as long as a caller speaks.
    fn tool_time_ms(&self, tool: ToolName) -> u64 {
        match tool {
            ToolName::TakeMessage => super::message::TOOL_MS_MAX,
            // The hand-off has shorter deadlines of its own.
            ToolName::RequestHandoff => self.ring_ms() + 60_000,
            ToolName::EscalateToHuman => {
                let people = self.policy.escalation.as_ref().map_or(1, |rules| rules.targets.len() as u64);
                people * (self.ring_ms() + 60_000)
            }
            _ => 10_000,
        }
    }
}
