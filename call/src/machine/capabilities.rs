//! The call's capabilities at the moment, which of the assistant's tools work because of it, and the reports of both.

use std::collections::BTreeSet;
use std::sync::Arc;

use cordboard_schema::call::CallState;
use cordboard_schema::caller_line::ChannelMode;
use cordboard_schema::event::Decision;
use cordboard_schema::switch::Capability;
use cordboard_schema::tool::ToolName;

use super::{Effect, Effects, Machine, Phase, note};
use crate::AssistantOrder;
use crate::tools::{ToolDefinition, custom, definitions};

/// The call's capabilities as last reported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ReportedCapabilities {
    capabilities: Option<BTreeSet<Capability>>,
    /// The tools that the assistant knows.
    tools: Vec<ToolName>,
    mode: Option<ChannelMode>,
}

impl ReportedCapabilities {
    /// The tools that the assistant knows.
    pub(super) fn tools(&self) -> &[ToolName] {
        &self.tools
    }

    /// The assistant was given these tools.
    pub(super) fn assistant_knows(&mut self, tools: Vec<ToolName>) {
        self.tools = tools;
    }
}

impl Machine {
    /// Returns everything that the call can do now.
    pub fn capabilities(&self) -> BTreeSet<Capability> {
        let (has_leg, has_link) = (self.caller.is_some(), self.link().is_some());
        let (line, is_ours) = (self.line, !self.line.has_separate_audio());
        let is_asked = has_link && line.acts_on_request();
        let can_hold_person = self.is_joined_with_person() && self.channel.peer().is_some() && is_asked;
        let able = [
            (Capability::Converse, has_leg),
            (Capability::HangUp, has_leg || has_link),
            (Capability::Hold, has_leg || can_hold_person),
            // A leg without a control link relies on the dialplan, which asks where its caller goes. A channel's dialplan does not ask.
            (Capability::TransferBlind, (has_link || (is_ours && has_leg)) && self.is_sent_on()),
            (Capability::TransferAttended, self.can_ask_people()),
            (Capability::CheckExtension, self.can_reach_people() && line.checks_phones()),
            (Capability::Play, has_link && !is_ours),
            (Capability::SendDtmf, is_asked || (is_ours && has_leg)),
            (Capability::Park, has_link && line.parks()),
            (Capability::SetVariables, is_asked),
        ];
        able.into_iter().filter_map(|(capability, is_able)| is_able.then_some(capability)).collect()
    }

    /// Whether the caller can be sent to an extension when their dialplan asks for the next step.
    pub(super) fn is_sent_on(&self) -> bool {
        self.line.sends_to_extensions(&self.policy)
    }

    /// Whether a switch can ring a person for this caller and join the two.
    pub(super) fn can_reach_people(&self) -> bool {
        self.can_ring_people() && self.is_sent_on()
    }

    /// Whether a switch can ring a person for this caller. It needs a number to show to them.
    pub(super) fn can_ring_people(&self) -> bool {
        self.channel.has_inbound() && self.link().is_some() && self.line.shows_a_number(&self.policy)
    }

    /// Returns the tools of the profile that work at the moment.
    pub(super) fn offered_tools(&self) -> Vec<ToolName> {
        let works = |tool: &ToolName| match tool {
            ToolName::EndCall
            | ToolName::TakeMessage
            | ToolName::HoldCall
            | ToolName::UnholdCall
            | ToolName::CreateLead
            | ToolName::BookEstimate
            | ToolName::SendSms
            | ToolName::DoNotCall
            | ToolName::CreateEvent
            | ToolName::UpdateEvent
            | ToolName::CreateTodo
            | ToolName::UpdateTodo
            | ToolName::CompleteTodo => true,
            ToolName::CheckExtension => self.can_reach_people() && self.line.checks_phones(),
            ToolName::RequestHandoff => self.can_ask_people(),
            ToolName::EscalateToHuman => {
                (self.can_ring_people() || self.can_meet_people()) && self.policy.escalation.is_some()
            }
            ToolName::TransferCall => {
                let is_led = (!self.line.has_separate_audio() || self.link().is_some()) && self.is_sent_on();
                is_led || self.can_meet_people()
            }
        };
        self.profile.tools.iter().copied().filter(works).collect()
    }

    /// Returns the definitions of the tools that work now, as a model receives them.
    pub fn tool_definitions(&self) -> Arc<[ToolDefinition]> {
        let built_in = definitions(&self.offered_tools(), &self.policy.ways_to_name_extensions());
        built_in
            .into_iter()
            .chain(custom::usable(&self.profile.custom_tools).map(custom::definition))
            .collect()
    }

    /// Reports changes to readers of the journal and to the assistant.
    pub(super) fn report_capabilities(&mut self, fx: &mut Effects) {
        if self.state() != CallState::Live {
            return;
        }
        self.note_mode(fx);
        let now = self.capabilities();
        let before = self.reported.capabilities.replace(now.clone());
        // The capabilities of a leg without a channel never change, so they need no report.
        let is_news = before.as_ref().map_or(self.has_channel(), |before| *before != now);
        if is_news {
            fx.push(note(Decision::CapabilitiesChanged { capabilities: now.into_iter().collect() }));
        }
        let tools = self.offered_tools();
        if self.conversation.has_ready_assistant() && self.reported.tools != tools {
            self.reported.assistant_knows(tools);
            fx.push(Effect::Assistant(AssistantOrder::Tools(self.tool_definitions())));
        }
    }

    fn note_mode(&mut self, fx: &mut Effects) {
        if !self.line.has_separate_audio() || matches!(*self.lifecycle.phase(), Phase::WithPerson(_)) {
            return;
        }
        let mode = match (self.caller.is_some(), self.link().is_some()) {
            (true, true) => ChannelMode::Dual,
            (true, false) => ChannelMode::Audio,
            (false, _) if self.conversation.has_menu() => ChannelMode::Esl,
            (false, _) => return,
        };
        if self.reported.mode.replace(mode).unwrap_or(self.policy.channel_mode()) != mode {
            fx.push(note(Decision::ModeChanged { mode }));
        }
    }
}
