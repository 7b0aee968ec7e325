//! One person who is asked to take a caller of Twilio's over, from the ringing to the end of their leg: pure. What the API and
//! the callbacks of their leg and of the room say goes in, what follows comes out.
//!
//! ```text
//! Called ──rings──> ──answered──> Here ──the caller is redirected, and seen in the room──> Joined ──left──> Gone
//!    └── busy, no answer, failed, refused: reported, Gone ┘ (left before the caller came: reported)
//! ```
//!
//! The room's and the leg's callbacks have our name for the person in their addresses. They come late, twice and in any order:
//! of each party the one with the highest number counts. A caller who comes into a room that nobody is in any more is led out
//! of it at once, whatever had led them there. One who is there first waits for the person (`machine/rooms.rs`):
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
/// Name of the caller there.
pub(in crate::twilio) const CALLER: &str = "caller";

/// Step that follows from a report.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::twilio) enum PersonStep {
    /// A fact for the call.
    Tell(Fact),
    /// The person's leg is ended.
    HangUp(CallSid),
    /// The caller is led out of the room: they ask us what next.
    LeadOut(CallSid),
    /// The same for one whom Twilio serves by documents.
    LeadOn(CallSid),
}

/// A person, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::twilio) struct Person {
    handoff: EffectId,
    /// Our name for them.
    name: Uuid,
    /// Their leg, once its name is known.
    leg: Option<CallSid>,
    order: StatusOrder,
    stage: Stage,
    /// Of the room's callbacks, the newest about each party.
    agent_seen: RoomReport,
    caller_seen: RoomReport,
    /// The caller whom they take over, once that was begun.
    caller: Option<CallSid>,
    /// The caller is led to the person; else the person comes to them.
    is_led: bool,
    /// The caller was redirected: Twilio has said so.
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
    /// Whether this is news of the party.
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
    /// Somebody who is being called.
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

    /// Somebody whom a process that died had joined with this caller.
    pub(in crate::twilio) fn joined_before(handoff: EffectId, name: Uuid, caller: CallSid) -> Self {
        Self { stage: Stage::Joined, caller: Some(caller), is_led: true, ..Self::new(handoff, name) }
    }

    /// Somebody who was rung by a process that died, for a caller who waits for them in their room.
    pub(in crate::twilio) fn rung_before(handoff: EffectId, name: Uuid, caller: CallSid) -> Self {
        let caller_seen = RoomReport { is_in: true, ..RoomReport::default() };
        Self { stage: Stage::Rings, caller: Some(caller), caller_seen, ..Self::new(handoff, name) }
    }

    /// Whether they have answered, and are not gone.
    pub(in crate::twilio) fn is_here(&self) -> bool {
        matches!(self.stage, Stage::Here | Stage::Joined)
    }

    /// The API has called them.
    pub(in crate::twilio) fn created(&mut self, leg: CallSid) -> Vec<PersonStep> {
        self.is_named(leg);
        match self.stage {
            Stage::Gone => self.leg.clone().map(PersonStep::HangUp).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// The API has not, or nobody knows whether it has: then their callbacks tell, or nobody does in time.
    pub(in crate::twilio) fn not_created(&mut self, fault: &RestFault) -> Vec<PersonStep> {
        if self.leg.is_some() || !fault.did_nothing() {
            return Vec::new();
        }
        self.gone(refusal(fault))
    }

    /// A callback of their leg.
    pub(in crate::twilio) fn told(&mut self, event: &StatusEvent) -> Vec<PersonStep> {
        self.is_named(event.call.clone());
        let is_over = event.status.is_terminal();
        if self.stage == Stage::Gone {
            let ended = (!is_over).then(|| PersonStep::HangUp(event.call.clone()));
            return ended.into_iter().collect();
        }
        if !self.order.takes(event.status, event.sequence) {
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
            // They had answered: of their own will they are gone.
            CallStatus::Completed => self.gone(HandoffFailure::Declined),
            CallStatus::Busy | CallStatus::Failed | CallStatus::NoAnswer | CallStatus::Canceled => {
                self.gone(failure(event))
            }
        }
    }

    /// A callback of the room.
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

    /// The caller is being redirected into the room.
    pub(in crate::twilio) fn joins(&mut self, caller: CallSid) {
        (self.caller, self.is_led) = (Some(caller), true);
    }

    /// Twilio has redirected the caller.
    pub(in crate::twilio) fn redirected(&mut self) -> Vec<PersonStep> {
        self.is_redirected = true;
        if self.stage == Stage::Gone { self.lead_out() } else { Vec::new() }
    }

    /// Nobody waits for them any more.
    pub(in crate::twilio) fn stopped(&mut self) -> Vec<PersonStep> {
        let was_gone = std::mem::replace(&mut self.stage, Stage::Gone) == Stage::Gone;
        let leg = self.leg.clone().filter(|_| !was_gone);
        let mut steps: Vec<PersonStep> = leg.map(PersonStep::HangUp).into_iter().collect();
        // Their call fetches whoever waits for them.
        if self.is_led && (self.is_redirected || self.caller_seen.is_in) {
            steps.extend(self.lead_out());
        }
        steps
    }

    /// Nobody has said in time what became of them.
    pub(in crate::twilio) fn expired(&mut self) -> Vec<PersonStep> {
        let ends: Vec<PersonStep> = self.leg.clone().map(PersonStep::HangUp).into_iter().collect();
        let is_waited_for = self.is_waited_for();
        let told = if is_waited_for { self.gone(HandoffFailure::Timeout) } else { Vec::new() };
        ends.into_iter().chain(told).collect()
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
        vec![PersonStep::Tell(Fact::HandoffRinging { handoff: self.handoff })]
    }

    fn answered(&mut self) -> Vec<PersonStep> {
        if !matches!(self.stage, Stage::Called | Stage::Rings) {
            return Vec::new();
        }
        self.stage = Stage::Here;
        let mut steps = vec![PersonStep::Tell(Fact::HandoffAccepted { handoff: self.handoff })];
        if !self.is_led && self.caller_seen.is_in {
            steps.extend(self.joined());
        }
        steps
    }

    fn joined(&mut self) -> Vec<PersonStep> {
        self.stage = Stage::Joined;
        vec![PersonStep::Tell(Fact::Bridged { other: self.name.to_string() })]
    }

    fn agent_left(&mut self) -> Vec<PersonStep> {
        if self.is_here() { self.gone(HandoffFailure::Declined) } else { Vec::new() }
    }

    fn caller_came(&mut self, caller: Option<&CallSid>) -> Vec<PersonStep> {
        self.caller = self.caller.take().or(caller.cloned());
        match self.stage {
            Stage::Gone => self.lead_out(),
            Stage::Joined => Vec::new(),
            // They wait.
            Stage::Called | Stage::Rings => Vec::new(),
            Stage::Here => self.joined(),
        }
    }

    /// The room is over: by the caller who has left it, of whom their own callbacks tell; else for the person too.
    fn room_ended(&mut self, event: &ConferenceEvent) -> Vec<PersonStep> {
        let is_callers = event.call.is_some() && event.call == self.caller;
        if is_callers || !self.is_here() {
            return Vec::new();
        }
        self.gone(HandoffFailure::Declined)
    }

    /// The person is gone by themselves.
    fn gone(&mut self, failure: HandoffFailure) -> Vec<PersonStep> {
        let handoff = self.handoff;
        match std::mem::replace(&mut self.stage, Stage::Gone) {
            Stage::Gone => Vec::new(),
            // If the caller has left first, the room has ended with them, and their own callbacks say so.
            Stage::Joined if self.caller_has_left() => Vec::new(),
            Stage::Joined => vec![PersonStep::Tell(Fact::Unbridged)],
            Stage::Called | Stage::Rings | Stage::Here => {
                let mut steps = vec![PersonStep::Tell(Fact::HandoffFailed { handoff, failure })];
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

    /// Once: whoever is out asks us what next, and may be on a stream again.
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
