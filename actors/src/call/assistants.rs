//! The assistants of a call: the one that serves, and the configured one that is tried alongside.

use std::sync::Arc;

use actix::Recipient;
use cordboard_schema::audio::SampleRate;
use cordboard_schema::ids::{ItemId, LegId};
use cordboard_schema::provider::AssistantRole;
use cordboard_schema::time::UnixMs;

use super::live_call::LiveCall;
use super::neighbours::{ChainPlace, NewAssistant};
use crate::media::{Pace, Port, unplug};
use crate::messages::{AssistantOrder, Entrance, OrderAssistant, ToLeg};
use crate::tools::ToolDefinition;
use crate::vitals::AssistantShown;

/// The assistants' legs.
#[derive(Default)]
pub(super) struct Assistants {
    serving: Option<AssistantLeg>,
    /// The configured assistant, while it waits and another one serves.
    candidate: Option<AssistantLeg>,
    /// When the first one was started: since then its caller waits for the first sound of the call.
    first_at: Option<UnixMs>,
}

/// An assistant of the call.
struct AssistantLeg {
    leg: LegId,
    recipient: Recipient<OrderAssistant>,
    port: Port,
    /// Its provider, once it has reported that it is ready.
    provider: Option<String>,
}

impl AssistantLeg {
    fn order(&self, order: AssistantOrder) {
        self.recipient.do_send(OrderAssistant(order));
    }

    fn shown(&self) -> AssistantShown {
        AssistantShown { leg: self.leg, provider: self.provider.clone() }
    }
}

impl Assistants {
    /// Mouth and ear of the assistant that serves.
    pub(super) fn serving_port(&self) -> Option<&Port> {
        self.serving.as_ref().map(|assistant| &assistant.port)
    }

    /// The same, if this is its leg.
    pub(super) fn port(&self, leg: LegId) -> Option<&Port> {
        self.serving.as_ref().filter(|assistant| assistant.leg == leg).map(|assistant| &assistant.port)
    }

    /// Dismisses the candidate, which is no longer needed.
    pub(super) fn dismiss_candidate(&mut self) {
        if let Some(candidate) = self.candidate.take() {
            candidate.order(AssistantOrder::Stop);
        }
    }

    /// Asks an assistant for its state. Returns whether there is such an assistant.
    pub(super) fn resync(&self, leg: LegId) -> bool {
        let mut assistants = self.serving.iter().chain(&self.candidate);
        let there = assistants.find(|assistant| assistant.leg == leg && assistant.recipient.connected());
        if let Some(assistant) = there {
            assistant.order(AssistantOrder::Resync);
        }
        there.is_some()
    }

    /// Notes that this provider answers for an assistant. Returns what others see of it, if it is the one that serves.
    fn answers(&mut self, leg: LegId, provider: &str) -> Option<AssistantShown> {
        if let Some(candidate) = self.candidate.as_mut().filter(|candidate| candidate.leg == leg) {
            candidate.provider = Some(provider.to_owned());
        }
        let assistant = self.serving.as_mut().filter(|assistant| assistant.leg == leg)?;
        assistant.provider = Some(provider.to_owned());
        Some(assistant.shown())
    }
}

impl LiveCall {
    pub(super) fn start_assistant(&mut self, leg: LegId, at: ChainPlace) {
        self.vitals.assistant_is(Some(AssistantShown { leg, provider: None }));
        let now = self.neighbours.clock.now();
        self.assistants.first_at.get_or_insert(now);
        self.assistants.serving = self.new_assistant(leg, at, Entrance::AtOnce);
    }

    /// Starts an assistant, which gets the history until it takes over.
    pub(super) fn try_assistant(&mut self, leg: LegId, place: u8) {
        let at = ChainPlace { role: AssistantRole::Configured, place, has_next: false };
        self.assistants.candidate = self.new_assistant(leg, at, Entrance::WhenOrdered);
    }

    pub(super) fn take_over(&mut self, leg: LegId) {
        let candidate = self.assistants.candidate.take_if(|candidate| candidate.leg == leg);
        let Some(candidate) = candidate else { return };
        let first_item = ItemId(self.machine.newest_item().0 + 1);
        candidate.order(AssistantOrder::TakeOver { said: self.machine.history(), first_item });
        self.vitals.assistant_is(Some(candidate.shown()));
        self.assistants.serving = Some(candidate);
    }

    fn new_assistant(&self, leg: LegId, at: ChainPlace, entrance: Entrance) -> Option<AssistantLeg> {
        let rate = self.caller_rate()?;
        let port = Port::new(leg, rate, Pace::Flowing);
        let recipient = self.neighbours.starts.assistant(NewAssistant {
            leg,
            at,
            entrance,
            waited_ms: self.waited_ms(),
            tools: self.shared(self.machine.tool_definitions()),
            history: match entrance {
                Entrance::AtOnce => self.machine.history(),
                Entrance::WhenOrdered => Vec::new(),
            },
            profile: self.machine.profile().clone(),
            port: port.clone(),
            rate,
            first_item: ItemId(self.machine.newest_item().0 + 1),
            call: self.line.clone(),
            meter: self.record.assistant_meter(),
            facts: self.record.facts(self.identity.call_id),
        });
        Some(AssistantLeg { leg, recipient, port, provider: None })
    }

    /// How long the caller has been waiting for the first sound of the call, in ms; 0 if something has sounded.
    fn waited_ms(&self) -> u64 {
        let first_at = self.assistants.first_at.filter(|_| self.machine.newest_item() == ItemId(0));
        first_at.map_or(0, |first_at| self.neighbours.clock.now().ms_since(first_at))
    }

    /// Rate of the caller's audio; if the caller is still being called, the rate that their switch will give.
    fn caller_rate(&self) -> Option<SampleRate> {
        let joined = self.machine.caller().and_then(|caller| self.legs.rate(caller));
        joined.or_else(|| Some(self.dialler(self.machine.dialled()?)?.rate))
    }

    fn shared(&self, tools: Arc<[ToolDefinition]>) -> Arc<[ToolDefinition]> {
        self.neighbours.shared_tools.share(self.machine.profile().organization_id, tools)
    }

    pub(super) fn order_assistant(&mut self, order: AssistantOrder) {
        let order = match order {
            AssistantOrder::Tools(tools) => AssistantOrder::Tools(self.shared(tools)),
            other => other,
        };
        let stop = order == AssistantOrder::Stop;
        if let Some(assistant) = &self.assistants.serving {
            assistant.order(order);
        }
        if stop {
            self.vitals.assistant_is(None);
            self.assistants.serving = None;
        }
    }

    /// An assistant has reported that its provider is ready.
    pub(super) fn assistant_answers(&mut self, leg: LegId, provider: &str) {
        if let Some(shown) = self.assistants.answers(leg, provider) {
            self.vitals.assistant_is(Some(shown));
        }
    }

    /// The assistant can't go on. The machine first gets the words that were heard, so that the next assistant knows them.
    pub(super) fn hear_out(&mut self, leg: LegId) {
        let Some(failed) = self.assistants.port(leg) else { return };
        let mut heard = Vec::new();
        for (leg, line, port) in self.legs.joined() {
            let played = unplug(&failed.mouth, &port.ear);
            // A leg whose switch plays its sound later keeps its own account, which would wait for the end of these
            // items. Its report would come too late for the next assistant, so the ear's report is used.
            if port.ear.pace() == Pace::Buffered && !played.is_empty() {
                line.order(ToLeg::Cleared(played.clone()));
            }
            heard.push((leg, played));
        }
        heard.into_iter().for_each(|(leg, played)| self.heard(leg, played));
    }
}
