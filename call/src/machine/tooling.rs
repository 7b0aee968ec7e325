//! Tools: asked for, run, ended. Every one that is asked for gets exactly one answer.

use std::collections::{BTreeMap, VecDeque};

use cordboard_schema::call::{Ending, HangupBy, HangupCause};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::{EffectId, LegId};
use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::{ToolName, ToolOrigin, ToolOutcome};
use serde_json::Value;

use super::assistants::OwedSpeech;
use super::closing::LastWords;
use super::custom_tools::Wanted;
use super::holding::HoldEvent;
use super::wishes::leads_to_person;
use super::{Effect, Effects, Machine, Phase, note};
use crate::tools::{ToolRequest, ToolWrite};
use crate::{AssistantOrder, Attention};

/// The most tools that one call runs at a time; a model that asks for more is refused.
const TOOLS_RUNNING_MAX: usize = 16;
/// The requests of an assistant that are remembered, so that one told twice is answered once.
const TOOL_CALLS_MAX: usize = 64;

/// What runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ran {
    /// A tool that is built in.
    BuiltIn(ToolName),
    /// A custom tool of the profile, by its name.
    Custom(String),
}

impl Ran {
    /// Whether the caller is led to a person by it.
    pub(super) const fn leads_to_person(&self) -> bool {
        match self {
            Self::BuiltIn(tool) => leads_to_person(*tool),
            Self::Custom(_) => false,
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::BuiltIn(tool) => tool.as_str(),
            Self::Custom(name) => name,
        }
    }
}

/// A tool that was asked for and has not ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RunningTool {
    pub(super) effect: EffectId,
    pub(super) tool: Ran,
    pub(super) origin: ToolOrigin,
    /// The assistant that is to be told how it ended, where one asked.
    pub(super) asked_by: Option<LegId>,
    pub(super) asked_at: UnixMs,
    pub(super) deadline: UnixMs,
    /// It took a message, which is on its way to the disk.
    pub(super) message_taken: bool,
}

/// Tools that the assistant has asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tools {
    pub(super) running: Vec<RunningTool>,
    /// What the store is writing for tools.
    pub(super) writes: BTreeMap<EffectId, ToolWrite>,
    /// The assistant's newest requests of tools, so that one told twice is answered once.
    pub(super) tool_calls: VecDeque<String>,
    /// Requests of custom tools that were made.
    pub(super) custom_runs: u32,
}

/// What an assistant asks for.
enum RequestedTool {
    BuiltIn(ToolRequest),
    Custom(Wanted),
}

impl Machine {
    /// An assistant asks for a tool.
    pub(super) fn tool_called(
        &mut self,
        tool_call: &str,
        name: &str,
        arguments: &Value,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        if self.tools.tool_calls.iter().any(|told| told == tool_call) {
            return;
        }
        if self.tools.tool_calls.len() == TOOL_CALLS_MAX {
            self.tools.tool_calls.pop_front();
        }
        self.tools.tool_calls.push_back(tool_call.to_owned());
        let origin = ToolOrigin::Assistant { tool_call: tool_call.to_owned() };
        let asked_by = self.conversation.assistant.map(|assistant| assistant.leg);
        let request = if let Some(reason) = self.no_tools_now() {
            Err(reason.to_owned())
        } else if self.tools.running.len() >= TOOLS_RUNNING_MAX {
            Err(format!("{TOOLS_RUNNING_MAX} tools are running already"))
        } else if let Some(custom) = self.custom_tool(name, arguments) {
            custom.map(RequestedTool::Custom)
        } else {
            let request = ToolRequest::parse(name, arguments, &self.offered_tools());
            request.map(RequestedTool::BuiltIn).map_err(|error| error.to_string())
        };
        match request {
            Ok(RequestedTool::BuiltIn(request)) => self.start_tool(request, origin, now, fx),
            Ok(RequestedTool::Custom(wanted)) => self.start_custom_tool(wanted, origin, asked_by, now, fx),
            Err(reason) => {
                let effect = self.number_effect();
                let outcome = ToolOutcome::Refused { reason };
                let tool = name.chars().take(64).collect();
                fx.push(note(Decision::ToolFinished { effect, tool, outcome: outcome.clone(), took_ms: 0 }));
                self.answer_tool(&origin, asked_by, outcome, fx);
            }
        }
    }

    /// Why the assistant can't use tools as the call stands, in words for it.
    fn no_tools_now(&self) -> Option<&'static str> {
        match self.lifecycle.phase() {
            Phase::Conversing | Phase::OnHold
                if self.conversation.assistant.is_some_and(|assistant| assistant.ready) =>
            {
                None
            }
            Phase::ScriptedLine(_) => Some("somebody is being dialled for the caller, or talks with them"),
            Phase::WithPerson(_) | Phase::WithAgents { .. } | Phase::InHouse(_) => {
                Some("a person is talking with the caller")
            }
            Phase::Conversing | Phase::OnHold => Some("the assistant is not connected yet"),
            Phase::TakingMessage(_) => Some("a message is being taken: wait until the caller has finished"),
            Phase::Dialling(_) => Some("whom we call has not answered"),
            Phase::SentOn(_) => Some("the caller is being sent elsewhere"),
            Phase::Voicemail(_) => Some("a mailbox has answered"),
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
        let (by, asked_by, last_words) = match origin {
            ToolOrigin::Assistant { .. } => {
                let last_words = match self.has_own_words() {
                    true => LastWords::Own { until: self.conversation.newest_item },
                    false => LastWords::Behind,
                };
                (HangupBy::Assistant, self.conversation.assistant.map(|assistant| assistant.leg), last_words)
            }
            ToolOrigin::Key | ToolOrigin::Words => (HangupBy::Caller, None, LastWords::AtOnce),
        };
        if leads_to_person(tool) {
            self.handoffs.wanted = None;
        }
        let deadline = now + self.tool_time_ms(tool);
        self.tools.running.push(RunningTool {
            effect,
            tool: Ran::BuiltIn(tool),
            origin,
            asked_by,
            asked_at: now,
            deadline,
            message_taken: false,
        });
        match request {
            ToolRequest::EndCall(_) => {
                self.listen_before_answer(last_words, fx);
                self.finish_tool(effect, ToolOutcome::done("the call ends when goodbye was heard"), now, fx);
                // Whoever has asked for it: it is the assistant who hangs up.
                let ending = Ending { cause: HangupCause::normal_clearing(), by: HangupBy::Assistant };
                self.leave(Line::Goodbye, last_words, (ending, NextStep::Hangup), now, fx);
            }
            ToolRequest::TakeMessage(_) if self.caller.is_none() || !self.lifecycle.converses() => {
                let reason = "the caller can't be heard at the moment".to_owned();
                self.refuse_tool(effect, reason, Line::MessageFailed, now, fx);
            }
            ToolRequest::TakeMessage(_) => self.take_message(effect, now, fx),
            ToolRequest::HoldCall(_) => match last_words {
                LastWords::Own { until } if self.is_speaking_until(until) => {
                    self.holding.apply(HoldEvent::Wanted { tool: effect, behind: until }, now, fx);
                }
                _ => self.hold_for_tool(effect, now, fx),
            },
            ToolRequest::UnholdCall(_) => self.unhold_for_tool(effect, now, fx),
            ToolRequest::CheckExtension(wish) => match self.policy.extension(&wish.target) {
                Some((_, place)) => fx.push(Effect::CheckExtension { effect, phone: self.phone(place) }),
                None => self.refuse_target(effect, &wish.target, now, fx),
            },
            ToolRequest::RequestHandoff(wish) => self.handoff_for_tool(effect, &wish, now, fx),
            ToolRequest::EscalateToHuman(wish) => self.escalate_for_tool(effect, &wish, now, fx),
            ToolRequest::Write(_, write) => match self.may_write(&write) {
                Ok(()) => self.write_for_tool(effect, write, fx),
                Err(reason) => self.finish_tool(effect, ToolOutcome::Refused { reason }, now, fx),
            },
            ToolRequest::TransferCall(wish) => {
                self.transfer_for_tool(effect, &wish.target, (by, last_words), now, fx);
            }
        }
    }

    /// An assistant that asked for the end would go on at the answer.
    pub(super) fn listen_before_answer(&mut self, last_words: LastWords, fx: &mut Effects) {
        if last_words != LastWords::AtOnce {
            self.attend(Attention::Listen, fx);
        }
    }

    /// The work of a tool outside the machine ended.
    pub(super) fn tool_done(
        &mut self,
        effect: EffectId,
        outcome: ToolOutcome,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        if self.tools.running.iter().any(|tool| tool.effect == effect) {
            self.message_tool_ended(effect, &outcome, now, fx);
            self.finish_tool(effect, outcome, now, fx);
        }
    }

    /// Ends a running tool and tells the assistant, where it had asked.
    pub(super) fn finish_tool(
        &mut self,
        effect: EffectId,
        outcome: ToolOutcome,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let Some(at) = self.tools.running.iter().position(|tool| tool.effect == effect) else { return };
        let RunningTool { tool, origin, asked_by, asked_at, .. } = self.tools.running.remove(at);
        fx.push(note(Decision::ToolFinished {
            effect,
            tool: tool.name().to_owned(),
            outcome: outcome.clone(),
            took_ms: now.ms_since(asked_at),
        }));
        self.answer_tool(&origin, asked_by, outcome, fx);
    }

    /// Tells the assistant that asked, where it is still the one on the call.
    fn answer_tool(
        &mut self,
        origin: &ToolOrigin,
        asked_by: Option<LegId>,
        outcome: ToolOutcome,
        fx: &mut Effects,
    ) {
        if let ToolOrigin::Assistant { tool_call } = origin
            && asked_by == self.conversation.assistant.map(|assistant| assistant.leg)
        {
            // What it says next is another answer.
            self.conversation.own_words = false;
            if self.lifecycle.converses() {
                self.conversation.owed.get_or_insert(OwedSpeech::Answer);
            }
            self.order(AssistantOrder::ToolResult { tool_call: tool_call.clone(), outcome }, fx);
        }
    }

    /// What a tool waits for may last until then: beyond that it takes no longer than others.
    pub(super) fn tool_lasts_until(&mut self, effect: EffectId, until: UnixMs) {
        if let Some(tool) = self.tools.running.iter_mut().find(|tool| tool.effect == effect) {
            tool.deadline = tool.deadline.max(until + 10_000);
        }
    }

    /// How long a tool may take. A message takes as long as a caller speaks.
    fn tool_time_ms(&self, tool: ToolName) -> u64 {
        match tool {
            ToolName::TakeMessage => super::message::TOOL_MS_MAX,
            // The hand-off has deadlines of its own, each shorter.
            ToolName::RequestHandoff => self.ring_ms() + 60_000,
            ToolName::EscalateToHuman => {
                let people = self.policy.escalation.as_ref().map_or(1, |rules| rules.targets.len() as u64);
                people * (self.ring_ms() + 60_000)
            }
            _ => 10_000,
        }
    }
}
