//! People whom the account brings to its callers. Each is called into a room of their own, joined there, and leaves again.
//! `rest/person.rs` decides what follows from the reports about a person.

use cordboard_schema::event::Fact;
use cordboard_schema::ids::EffectId;
use cordboard_schema::limits::TWILIO_PEOPLE_MAX;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::twilio::rest::{
    ConferenceAnswer, ConferenceList, ParticipantAnswer, ParticipantName, RestRequest, read_answer,
};
use cordboard_schema::wire::twilio::{CallSid, ConferenceEvent};
use tracing::{debug, info};
use uuid::Uuid;

use super::{CALL_MS_MAX, PendingAnswer, TwilioActor};
use crate::line::CallLine;
use crate::messages::Phone;
use crate::switches::{RingPurpose, Rung};
use crate::twilio::rest::RestFault;
use crate::twilio::rest::person::{AGENT, Person, PersonStep};
use crate::twilio::rest::rooms::room;

/// How long reports about a person are still handled once nobody waits for them, in ms.
const FORGET_MS: u64 = 60_000;

impl TwilioActor {
    /// Calls a person, or reports at once why not. Never done twice for a name.
    pub(super) fn ring(
        &mut self,
        name: Uuid,
        handoff: EffectId,
        phone: &Phone,
        timeout_ms: u64,
        call: CallLine,
    ) {
        if self.people.has(name) {
            return;
        }
        let failed = |failure| call.fact(Fact::HandoffFailed { handoff, failure });
        if self.people.len() >= TWILIO_PEOPLE_MAX {
            return failed(HandoffFailure::Congestion);
        }
        match self.placing.participant(name, phone, timeout_ms) {
            Ok(called) => {
                let (purpose, until) = (RingPurpose::Handoff(handoff), self.clock.now() + timeout_ms);
                let person = self.people.begin(purpose, call, Person::new(handoff, name), until);
                self.people.insert(name, person);
                self.ask(called.request(&room(name)), PendingAnswer::Call { person: name });
                for event in self.early_room_events.take(name) {
                    self.turn_person(name, |person| person.room(&event));
                }
            }
            Err(failure) => failed(failure),
        }
    }

    /// Handles the API's answer.
    pub(super) fn person_called(&mut self, name: Uuid, outcome: Result<Vec<u8>, RestFault>) {
        match outcome.and_then(|body| Ok(read_answer::<ParticipantAnswer>(&body)?)) {
            Ok(ParticipantAnswer { call_sid, .. }) => {
                debug!(person = %name, call = %call_sid, "a person is called at Twilio");
                if !self.people.has(name) {
                    // Their time ran out while they were being called: their room stays empty.
                    return self.hang_up(call_sid);
                }
                self.turn_person(name, |person| person.created(call_sid));
            }
            Err(fault) => {
                info!(switch = %self.name, person = %name, %fault, "it is not known whether Twilio has called a person");
                self.turn_person(name, |person| person.not_created(&fault));
            }
        }
    }

    /// Handles an event in the room of a person. The person may not be called yet, because a waiting caller can be there first.
    pub(super) fn on_room_event(&mut self, name: Uuid, event: Box<ConferenceEvent>) {
        match self.people.has(name) {
            true => self.turn_person(name, |person| person.room(&event)),
            false => self.early_room_events.keep(name, *event),
        }
    }

    /// Notes that a caller is led to a person. Returns false if the person is gone.
    pub(super) fn joins(&mut self, name: Uuid, caller: &CallSid) -> bool {
        let here = self.people.get_mut(name).filter(|called| called.phone.is_here());
        here.map(|called| called.phone.joins(caller.clone())).is_some()
    }

    /// Continues with a caller whom a process that died had joined with a person, or whose person was on the way. Callbacks that came
    /// while no process served the call are lost, so Twilio is asked who is still there.
    pub(super) fn continue_with_person(
        &mut self,
        channel: Uuid,
        handoff: EffectId,
        (name, is_joined): (Uuid, bool),
        call: CallLine,
    ) {
        let caller = CallSid::of_channel(channel);
        let person = match is_joined {
            true => Person::joined_before(handoff, name, caller.clone()),
            false => Person::rung_before(handoff, name, caller.clone()),
        };
        let until = self.clock.now() + CALL_MS_MAX;
        if !self.people.has(name) {
            let purpose = RingPurpose::Handoff(handoff);
            self.people.insert(name, Rung { purpose, call: call.clone(), phone: person, until });
            for event in self.early_room_events.take(name) {
                self.turn_person(name, |person| person.room(&event));
            }
            self.ask(RestRequest::find_conference(&room(name)), PendingAnswer::Room { person: name });
        }
        self.ask_caller_state(&caller, call);
    }

    /// Handles the running conferences of a person's room. There is none while the caller waits alone, or once the room is over; in that
    /// case the caller's call has left it, too.
    pub(super) fn room_found(&mut self, name: Uuid, outcome: Result<Vec<u8>, RestFault>) {
        let own_room = room(name);
        let is_own = |found: &ConferenceAnswer| found.friendly_name.as_ref() == Some(&own_room);
        match outcome.and_then(|body| Ok(read_answer::<ConferenceList>(&body)?)) {
            Ok(ConferenceList { conferences }) => {
                if let Some(conference) = conferences.into_iter().find(is_own) {
                    let who = ParticipantName::Label(AGENT.to_owned());
                    let request = RestRequest::fetch_participant(&conference.sid, &who);
                    self.ask(request, PendingAnswer::InRoom { person: name });
                }
            }
            Err(fault) => debug!(person = %name, %fault, "it is not known who is in a person's room"),
        }
    }

    /// Handles the answer whether a person is in their room.
    pub(super) fn person_found(&mut self, name: Uuid, outcome: Result<Vec<u8>, RestFault>) {
        let leg = match outcome.and_then(|body| Ok(read_answer::<ParticipantAnswer>(&body)?)) {
            Ok(ParticipantAnswer { call_sid, status, .. }) => match status.as_deref() {
                Some("connected") => Some(call_sid),
                Some("complete" | "failed") => None,
                // Their phone still rings.
                _ => return,
            },
            Err(fault) if fault.is_call_over() => None,
            Err(fault) => {
                return debug!(person = %name, %fault, "it is not known whether a person is in their room");
            }
        };
        self.turn_person(name, |person| person.found(leg));
    }

    /// Handles people without a report in time.
    pub(super) fn expire_people(&mut self, now: UnixMs) {
        for name in self.people.overdue(now) {
            self.turn_person(name, Person::expired);
            self.people.remove(name);
        }
    }

    /// Applies an event to a person, and takes the steps that follow.
    pub(super) fn turn_person(&mut self, name: Uuid, step: impl FnOnce(&mut Person) -> Vec<PersonStep>) {
        let now = self.clock.now();
        let Some(called) = self.people.get_mut(name) else { return };
        let (was_here, line) = (called.phone.is_here(), called.call.clone());
        let steps = step(&mut called.phone);
        if called.phone.is_here() {
            called.until = now + CALL_MS_MAX;
        } else if was_here
            || steps.iter().any(|step| !matches!(step, PersonStep::Report(Fact::HandoffRinging { .. })))
        {
            called.until = called.until.min(now + FORGET_MS);
        }
        for step in steps {
            match step {
                PersonStep::Report(fact) => line.fact(fact),
                PersonStep::HangUp(leg) => self.hang_up(leg),
                PersonStep::LeadOut(caller) => self.lead_out(caller, self.placing.back()),
                PersonStep::LeadOn(caller) => self.lead_out(caller, self.placing.next_document()),
            }
        }
    }
}
