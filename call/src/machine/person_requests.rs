//! A caller who asks for a person in spoken words: for assistants that have no tool for it, or do not use it.

use cordboard_schema::event::Decision;
use cordboard_schema::intent::ParsedSpeech;
use cordboard_schema::switch::Capability;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::{ToolName, ToolOrigin};

use super::handoffs::PersonRequest;
use super::{Effects, Machine, note};
use crate::AssistantOrder;
use crate::tools::ToolRequest;
use crate::tools::escalate_to_human::{EscalateToHuman, Urgency};
use crate::tools::request_handoff::RequestHandoff;
use crate::tools::transfer_call::TransferCall;

/// How long an assistant that has a tool for it may take to use it, in ms.
const TOOL_AWAITED_MS: u64 = 2_000;

/// Whether this tool leads the caller to a person.
pub(super) const fn leads_to_person(tool: ToolName) -> bool {
    matches!(tool, ToolName::RequestHandoff | ToolName::EscalateToHuman | ToolName::TransferCall)
}

impl Machine {
    /// The caller has said this. If they asked for a person, one is asked.
    pub(super) fn listen_for_person_request(&mut self, said: &str, now: UnixMs, fx: &mut Effects) {
        if !self.can_request_person() || self.handoffs.request_until().is_some() {
            return;
        }
        let Some(phrase) = self.profile.handoff_words.asked_by(said, &self.profile.language) else { return };
        let heard = ParsedSpeech::of(said, &self.profile.language);
        let named = self.policy.people().find(|name| heard.means(name)).map(str::to_owned);
        let has_tool = self.reported.tools().iter().copied().any(leads_to_person);
        let until = if has_tool { now + TOOL_AWAITED_MS } else { now };
        self.handoffs.request_person(PersonRequest { phrase, named, until });
        if !has_tool {
            self.person_request_overdue(now, fx);
        }
    }

    /// The assistant has not asked anyone in time.
    pub(super) fn person_request_overdue(&mut self, now: UnixMs, fx: &mut Effects) {
        let Some(PersonRequest { phrase, named, .. }) = self.handoffs.take_request() else { return };
        if !self.can_request_person() {
            return;
        }
        let Some(request) = self.request_for(&phrase, named) else { return };
        fx.push(note(Decision::PersonWished { phrase }));
        if !matches!(request, ToolRequest::TransferCall(_)) {
            let message = "the caller has asked for a person, and one is being asked to take over".to_owned();
            self.order(AssistantOrder::Happened(message), fx);
        }
        self.start_tool(request, ToolOrigin::Words, now, fx);
    }

    /// Asks a person at once for a caller who requests one. `by` names the request. Returns whether there is anyone to ask.
    pub(super) fn lead_to_person(&mut self, by: &str, now: UnixMs, fx: &mut Effects) -> bool {
        if !self.can_request_person() {
            // A person is already being asked.
            return true;
        }
        if self.request_for(by, None).is_none() {
            return false;
        }
        self.handoffs.request_person(PersonRequest { phrase: by.to_owned(), named: None, until: now });
        self.person_request_overdue(now, fx);
        true
    }

    fn can_request_person(&self) -> bool {
        self.lifecycle.converses()
            && self.caller.is_some()
            && self.taken_already().is_none()
            && !self.tools.leads_to_person()
    }

    /// Returns the request that the assistant would make: for the person whom the caller named, else as the profile, the business or the
    /// keys specify.
    fn request_for(&self, phrase: &str, named: Option<String>) -> Option<ToolRequest> {
        let reason = format!("the caller asked for it: {phrase}");
        let is_named = named.is_some() || self.profile.handoff_words.target.is_some();
        if !is_named && self.escalates() {
            let escalation = EscalateToHuman { reason, urgency: Urgency::Normal };
            return Some(ToolRequest::EscalateToHuman(escalation));
        }
        let policy = &self.policy;
        let target = named
            .or_else(|| self.profile.person_for(policy, |said| policy.person(said)).map(str::to_owned))?;
        let able = self.capabilities();
        if able.contains(&Capability::TransferAttended) {
            Some(ToolRequest::RequestHandoff(RequestHandoff { target, reason }))
        } else if able.contains(&Capability::TransferBlind) {
            Some(ToolRequest::TransferCall(TransferCall { target }))
        } else {
            None
        }
    }
}
