//! The account as the control link of callers whom Twilio holds. The link is up while requests are accepted, and carries out what a
//! call orders for its caller's call.

use std::time::Duration;

use cordboard_schema::call::{HangupBy, HangupCause};
use cordboard_schema::event::Fact;
use cordboard_schema::ids::EffectId;
use cordboard_schema::limits::TWILIO_JOIN_MS_MAX;
use cordboard_schema::switch::{ActionOutcome, ChannelSeen, ControlLink, SwitchKind};
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::twilio::CallSid;
use cordboard_schema::wire::twilio::rest::{
    CallAnswer, CallEnd, CallInstructions, RestRequest, UpdateCall, read_answer,
};
use uuid::Uuid;

use super::{PendingAnswer, TwilioActor};
use crate::line::CallLine;
use crate::messages::ChannelAction;
use crate::twilio::rest::RestFault;
use crate::twilio::rest::person::Person;

/// Interval of the checks whether requests are accepted again, while calls wait for that, in ms.
const PROBE_EVERY_MS: u64 = 5_000;
/// The same while no call waits, in ms. No other request would show it, because no calls are made with an account that refuses
/// requests.
const PROBE_IDLE_MS: u64 = 30_000;

/// A call that Twilio holds, and the line to our call.
#[derive(Debug)]
pub(super) struct Watched {
    call: CallLine,
    /// Whether our call knows that the account accepts requests.
    is_attached: bool,
}

/// A call's request, and the line for its outcome.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) effect: EffectId,
    pub(super) line: CallLine,
}

impl Order {
    fn is(&self, outcome: ActionOutcome) {
        self.line.fact(Fact::ActionDone { effect: self.effect, outcome });
    }

    fn fails(&self, reason: impl Into<String>) {
        self.is(ActionOutcome::Failed { reason: reason.into() });
    }
}

/// An order for a caller's call.
#[derive(Debug)]
pub(super) struct Acted {
    order: Order,
    /// The person whose room the caller is led into.
    person: Option<Uuid>,
}

impl TwilioActor {
    /// Reports on a caller's channel to the call, for as long as the call watches it.
    pub(super) fn watch(&mut self, channel: Uuid, call: CallLine) {
        self.watched.insert(channel, Watched { call, is_attached: false });
        self.report_links();
    }

    /// Reports to every call that does not know it yet whether the account accepts requests.
    pub(super) fn report_links(&mut self) {
        let fault = self.fault.clone();
        for watched in self.watched.values_mut().filter(|watched| watched.is_attached == fault.is_some()) {
            watched.is_attached = fault.is_none();
            watched.call.fact(match &fault {
                None => {
                    let channel = ChannelSeen { switch: SwitchKind::Twilio, ..ChannelSeen::default() };
                    Fact::ControlAttached { link: ControlLink::Inbound, channel }
                }
                Some(reason) => Fact::ControlLost { link: ControlLink::Inbound, reason: reason.clone() },
            });
        }
    }

    /// While requests are refused, checks from time to time whether they are accepted again.
    pub(super) fn probe(&mut self, now: UnixMs) {
        if self.fault.is_none() {
            return;
        }
        let waits = self.watched.keys().next().copied();
        let every_ms = if waits.is_some() { PROBE_EVERY_MS } else { PROBE_IDLE_MS };
        if self.probed_at.is_none_or(|at| at + every_ms <= now) {
            self.probed_at = Some(now);
            // Twilio answers requests about a call that was never made, too.
            let call = CallSid::of_channel(waits.unwrap_or_default());
            self.ask(RestRequest::fetch_call(&call), PendingAnswer::Probe);
        }
    }

    /// Carries out what a call orders for its caller's call.
    pub(super) fn act(&mut self, channel: Uuid, order: Order, action: ChannelAction) {
        let caller = CallSid::of_channel(channel);
        let (update, person) = match &action {
            ChannelAction::BridgeWith { channel: person } => {
                let person = *person;
                if !self.joins(person, &caller) {
                    return order.fails("the person is gone");
                }
                match self.placing.lead_to_room(person) {
                    Ok(instructions) => (UpdateCall::Redirect(instructions), Some(person)),
                    Err(bad) => return order.fails(bad.to_string()),
                }
            }
            ChannelAction::Transfer(target) => match self.placing.onward(target) {
                Ok(instructions) => (UpdateCall::Redirect(instructions), None),
                Err(bad) => return order.fails(bad.to_string()),
            },
            ChannelAction::Fetch => (UpdateCall::Redirect(self.placing.back()), None),
            ChannelAction::NextDocument => (UpdateCall::Redirect(self.placing.next_document()), None),
            ChannelAction::HangUp(_) => (UpdateCall::End(CallEnd::Completed), None),
            _ => return order.fails("Twilio can't do that with a call"),
        };
        let limit = person.map(|_| Duration::from_millis(TWILIO_JOIN_MS_MAX));
        let request = match action {
            // A caller who is led there twice gets the same request again.
            ChannelAction::NextDocument => RestRequest { repeatable: true, ..update.request(&caller) },
            _ => once(&update, &caller),
        };
        self.ask_within(request, PendingAnswer::Act(Acted { order, person }), limit);
    }

    /// Handles the outcome of an order.
    pub(super) fn acted(&mut self, Acted { order, person }: Acted, fault: Option<RestFault>) {
        match fault {
            None => {
                order.is(ActionOutcome::Done);
                if let Some(person) = person {
                    self.turn_person(person, Person::redirected);
                }
            }
            Some(fault) if fault.is_call_over() => {
                // The status callback reports this too, but later.
                let (by, cause) = (HangupBy::Caller, HangupCause::normal_clearing());
                order.line.fact(Fact::Hangup { by, cause });
                order.fails(fault.to_string());
            }
            Some(RestFault::Unknown(_)) => order.is(ActionOutcome::Unknown),
            Some(fault) => order.fails(fault.to_string()),
        }
    }

    /// Asks Twilio whether a caller is still with a person, whom a process that died had left them with.
    pub(super) fn ask_caller_state(&mut self, caller: &CallSid, call: CallLine) {
        self.ask(RestRequest::fetch_call(caller), PendingAnswer::CallerState { call });
    }

    /// Reports the state of such a call.
    pub(super) fn caller_state_answered(call: &CallLine, outcome: Result<Vec<u8>, RestFault>) {
        let is_over = match outcome.map(|body| read_answer::<CallAnswer>(&body)) {
            Ok(Ok(answer)) => answer.status.is_terminal(),
            Ok(Err(_)) => false,
            Err(fault) => fault.is_call_over(),
        };
        if is_over {
            let (by, cause) = (HangupBy::Caller, HangupCause::normal_clearing());
            call.fact(Fact::Hangup { by, cause });
        }
    }

    /// Leads a caller out of a room that everybody else has left.
    pub(super) fn lead_out(&mut self, call: CallSid, to: CallInstructions) {
        let update = UpdateCall::Redirect(to);
        self.ask(once(&update, &call), PendingAnswer::LeadOut { call });
    }
}

/// Returns the request. A caller who is led to the same place twice leaves it first, so a request with unknown outcome is not sent
/// again.
fn once(update: &UpdateCall, call: &CallSid) -> RestRequest {
    let repeatable = matches!(update, UpdateCall::End(_));
    RestRequest { repeatable, ..update.request(call) }
}
