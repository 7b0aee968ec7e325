//! One person who is asked to take over a caller at Twilio, from the ringing to the end of their leg. Pure: reports of the API, and
//! callbacks of the person's leg and of the room, go in; steps come out.
//!
//! ```text
//! Called ──rings──> ──answered──> Here ──the caller is redirected, and seen in the room──> Joined ──left──> Gone
//!    └── busy, no answer, failed, refused: reported, Gone ┘ (left before the caller came: reported)
//! ```
//!
//! The callbacks of the room and of the leg have our name for the person in their addresses. They arrive late, twice and in any
//! order. For each party, the one with the highest number counts. A caller who enters a room that everybody has left is led out of
//! it at once, whatever had led them there. A caller who is there first waits for the person (`machine/rooms.rs`):
//!
//! ```text
//! Called ──rings──> the caller has come ──answered──> Joined ──left──> Gone
//! ```

use cordboard_schema::event::Fact;
use cordboard_schema::ids::EffectId;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::wire::twilio::{
    CallSid, CallStatus, ConferenceEvent, ConferenceEventKind, StatusEvent, StatusOrder,
};
use uuid::Uuid;

use super::placed::{failure, refusal};
use super::retry::RestFault;

/// Name of the person in the room.
pub(in crate::twilio) const AGENT: &str = "agent";
/// Name of the caller in the room.
pub(in crate::twilio) const CALLER: &str = "caller";

/// Step that follows from a report.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::twilio) enum PersonStep {
    /// A fact for the call.
    Report(Fact),
    /// Ends the person's leg.
    HangUp(CallSid),
    /// Leads the caller out of the room; Twilio then asks us what to do next.
    LeadOut(CallSid),
    /// The same for a caller whom Twilio serves by documents.
    LeadOn(CallSid),
}

/// A person, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::twilio) struct Person {
    handoff: EffectId,
    /// Our name for them.
    name: Uuid,
    /// Their leg, once its SID is known.
    leg: Option<CallSid>,
    order: StatusOrder,
    stage: Stage,
    /// The newest of the room's callbacks about each party.
    agent_seen: RoomReport,
    caller_seen: RoomReport,
    /// The caller whom they take over, once that has begun.
    caller: Option<CallSid>,
    /// Whether the caller is led to the person; otherwise the person comes to the caller.
    is_led: bool,
    /// Whether Twilio has confirmed that the caller was redirected.
    is_redirected: bool,
    is_led_out: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Called,
    Rings,
    Here,
    Joined,
    /// Their leg is over, or nobody waits for them any more.
    Gone,
}

/// The room's reports about one party.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct RoomReport {
    sequence: Option<u64>,
    is_in: bool,
}

impl RoomReport {
    /// Returns whether a report about the party is new, and keeps it.
    fn takes(&mut self, is_in: bool, sequence: Option<u64>) -> bool {
        let is_old = sequence.zip(self.sequence).is_some_and(|(new, old)| new <= old);
        if is_old {
            return false;
        }
        self.sequence = sequence.or(self.sequence);
        std::mem::replace(&mut self.is_in, is_in) != is_in
    }
}

impl Person {
    /// Returns a person who is being called.
    pub(in crate::twilio) fn new(handoff: EffectId, name: Uuid) -> Self {
        Self {
            handoff,
            name,
            leg: None,
            order: StatusOrder::default(),
            stage: Stage::Called,
            agent_seen: RoomReport::default(),
            caller_seen: RoomReport::default(),
            caller: None,
            is_led: false,
            is_redirected: false,
            is_led_out: false,
        }
    }

    /// Returns a person whom a process that died had joined with this caller.
    pub(in crate::twilio) fn joined_before(handoff: EffectId, name: Uuid, caller: CallSid) -> Self {
        Self { stage: Stage::Joined, caller: Some(caller), is_led: true, ..Self::new(handoff, name) }
    }

    /// Returns a person whom a process that died had rung for a caller who waits in the room.
    pub(in crate::twilio) fn rung_before(handoff: EffectId, name: Uuid, caller: CallSid) -> Self {
        let caller_seen = RoomReport { is_in: true, ..RoomReport::default() };
        Self { stage: Stage::Rings, caller: Some(caller), caller_seen, ..Self::new(handoff, name) }
    }

    /// Returns whether they have answered and are not gone.
    pub(in crate::twilio) fn is_here(&self) -> bool {
        matches!(self.stage, Stage::Here | Stage::Joined)
    }

    /// Notes that the API has called them.
    pub(in crate::twilio) fn created(&mut self, leg: CallSid) -> Vec<PersonStep> {
        self.is_named(leg);
        match self.stage {
            Stage::Gone => self.leg.clone().map(PersonStep::HangUp).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// Notes that the API has not called them, or that it is unknown whether it has. In that case their callbacks say so, or their
    /// time runs out.
    pub(in crate::twilio) fn not_created(&mut self, fault: &RestFault) -> Vec<PersonStep> {
        if self.leg.is_some() || !fault.did_nothing() {
            return Vec::new();
        }
        self.gone(refusal(fault))
    }

    /// Handles a callback of their leg.
    pub(in crate::twilio) fn on_status(&mut self, event: &StatusEvent) -> Vec<PersonStep> {
        self.is_named(event.call.clone());
        let is_over = event.status.is_terminal();
        if self.stage == Stage::Gone {
            let ended = (!is_over).then(|| PersonStep::HangUp(event.call.clone()));
            return ended.into_iter().collect();
        }
        if !self.order.accept(event.status, event.sequence) {
            return Vec::new();
        }
        if event.answered_by.as_deref().is_some_and(|by| by.starts_with("machine")) && self.is_waited_for() {
            let mut steps = vec![PersonStep::HangUp(event.call.clone())];
            steps.extend(self.gone(HandoffFailure::Voicemail));
            return steps;
        }
        match event.status {
            CallStatus::Queued | CallStatus::Initiated => Vec::new(),
            CallStatus::Ringing => self.rings(),
            CallStatus::InProgress => self.answered(),
            // They had answered, so they hung up themselves.
            CallStatus::Completed => self.gone(HandoffFailure::Declined),
            CallStatus::Busy | CallStatus::Failed | CallStatus::NoAnswer | CallStatus::Canceled => {
                self.gone(failure(event))
            }
        }
    }

    /// Handles a callback of the room.
    pub(in crate::twilio) fn room(&mut self, event: &ConferenceEvent) -> Vec<PersonStep> {
        let is_in = match event.kind {
            ConferenceEventKind::Joined => true,
            ConferenceEventKind::Left => false,
            ConferenceEventKind::Ended => return self.room_ended(event),
            _ => return Vec::new(),
        };
        match event.label.as_deref() {
            Some(AGENT) if self.agent_seen.takes(is_in, event.sequence) && is_in => self.answered(),
            Some(AGENT) if !is_in && !self.agent_seen.is_in => self.agent_left(),
            Some(CALLER) if self.caller_seen.takes(is_in, event.sequence) && is_in => {
                self.caller_came(event.call.as_ref())
            }
            _ => Vec::new(),
        }
    }

    /// Notes the leg with which they are in the room, according to the API; none if they are not there. A callback about them is newer.
    pub(in crate::twilio) fn found(&mut self, leg: Option<CallSid>) -> Vec<PersonStep> {
        match leg {
            Some(leg) => {
                let mut steps = self.created(leg);
                steps.extend(self.answered());
                steps
            }
            None if self.stage == Stage::Joined && !self.agent_seen.is_in => self.agent_left(),
            None => Vec::new(),
        }
    }

    /// Notes that the caller is being redirected into the room.
    pub(in crate::twilio) fn joins(&mut self, caller: CallSid) {
        (self.caller, self.is_led) = (Some(caller), true);
    }

    /// Notes that Twilio has redirected the caller.
    pub(in crate::twilio) fn redirected(&mut self) -> Vec<PersonStep> {
        self.is_redirected = true;
        if self.stage == Stage::Gone { self.lead_out() } else { Vec::new() }
    }

    /// Notes that nobody waits for them any more.
    pub(in crate::twilio) fn stopped(&mut self) -> Vec<PersonStep> {
        let was_gone = std::mem::replace(&mut self.stage, Stage::Gone) == Stage::Gone;
        let leg = self.leg.clone().filter(|_| !was_gone);
        let mut steps: Vec<PersonStep> = leg.map(PersonStep::HangUp).into_iter().collect();
        // A caller who waits in the room is led out by their call.
        if self.is_led && (self.is_redirected || self.caller_seen.is_in) {
            steps.extend(self.lead_out());
        }
        steps
    }

    /// Notes that no report came in time.
    pub(in crate::twilio) fn expired(&mut self) -> Vec<PersonStep> {
        let ends: Vec<PersonStep> = self.leg.clone().map(PersonStep::HangUp).into_iter().collect();
        let is_waited_for = self.is_waited_for();
        let failed_steps = if is_waited_for { self.gone(HandoffFailure::Timeout) } else { Vec::new() };
        ends.into_iter().chain(failed_steps).collect()
    }

    fn is_named(&mut self, leg: CallSid) {
        self.leg.get_or_insert(leg);
    }

    fn is_waited_for(&self) -> bool {
        matches!(self.stage, Stage::Called | Stage::Rings | Stage::Here)
    }

    fn rings(&mut self) -> Vec<PersonStep> {
        if self.stage != Stage::Called {
            return Vec::new();
        }
        self.stage = Stage::Rings;
        vec![PersonStep::Report(Fact::HandoffRinging { handoff: self.handoff })]
    }

    fn answered(&mut self) -> Vec<PersonStep> {
        if !matches!(self.stage, Stage::Called | Stage::Rings) {
            return Vec::new();
        }
        self.stage = Stage::Here;
        let mut steps = vec![PersonStep::Report(Fact::HandoffAccepted { handoff: self.handoff })];
        if !self.is_led && self.caller_seen.is_in {
            steps.extend(self.joined());
        }
        steps
    }

    fn joined(&mut self) -> Vec<PersonStep> {
        self.stage = Stage::Joined;
        vec![PersonStep::Report(Fact::Bridged { other: self.name.to_string() })]
    }

    fn agent_left(&mut self) -> Vec<PersonStep> {
        if self.is_here() { self.gone(HandoffFailure::Declined) } else { Vec::new() }
    }

    fn caller_came(&mut self, caller: Option<&CallSid>) -> Vec<PersonStep> {
        self.caller = self.caller.take().or(caller.cloned());
        match self.stage {
            Stage::Gone => self.lead_out(),
            Stage::Joined => Vec::new(),
            // They wait for each other.
            Stage::Called | Stage::Rings => Vec::new(),
            Stage::Here => self.joined(),
        }
    }

    /// Handles the end of the room. If the caller's leaving ended it, their own callbacks report that. Otherwise the person has left, too.
    fn room_ended(&mut self, event: &ConferenceEvent) -> Vec<PersonStep> {
        let is_callers = event.call.is_some() && event.call == self.caller;
        if is_callers || !self.is_here() {
            return Vec::new();
        }
        self.gone(HandoffFailure::Declined)
    }

    /// Handles a person who has left on their own.
    fn gone(&mut self, failure: HandoffFailure) -> Vec<PersonStep> {
        let handoff = self.handoff;
        match std::mem::replace(&mut self.stage, Stage::Gone) {
            Stage::Gone => Vec::new(),
            // If the caller left first, the room ended with them, and their own callbacks say so.
            Stage::Joined if self.caller_has_left() => Vec::new(),
            Stage::Joined => vec![PersonStep::Report(Fact::Unbridged)],
            Stage::Called | Stage::Rings | Stage::Here => {
                let mut steps = vec![PersonStep::Report(Fact::HandoffFailed { handoff, failure })];
                if self.is_redirected {
                    steps.extend(self.lead_out());
                }
                steps
            }
        }
    }

    fn caller_has_left(&self) -> bool {
        self.caller_seen.sequence.is_some() && !self.caller_seen.is_in
    }

    /// Leads the caller out, once: a caller who is out makes Twilio ask us what to do next, and may be on a stream again.
    fn lead_out(&mut self) -> Vec<PersonStep> {
        if std::mem::replace(&mut self.is_led_out, true) {
            return Vec::new();
        }
        let way = if self.is_led { PersonStep::LeadOut } else { PersonStep::LeadOn };
        self.caller.clone().map(way).into_iter().collect()
    }
}

#[cfg(test)]
mod tests;
