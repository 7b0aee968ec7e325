//! Hand-offs to people: the newest one, who is asked next, the answers of desks and queues, and the person whom the caller requests. A
//! region of its own. The stages of a single hand-off are in `handoff.rs` of the crate. What the call does about hand-offs is in
//! `people.rs`, `desks.rs`, `escalating.rs`, `callbacks.rs` and `person_requests.rs`.

mod calling_back;
mod escalation;

use cordboard_schema::ids::{EffectId, ItemId, QueueId, UserId};
use cordboard_schema::queue::Overflow;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;

use crate::handoff::{Handoff, HandoffEvent, HandoffStep, Stage};
pub(super) use calling_back::CallingBack;
pub(super) use escalation::{Escalation, NextPerson};

/// Hand-offs to people.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Handoffs {
    /// Boxed, because most calls have none, and each call is copied at each of its steps.
    newest: Option<Box<Handoff>>,
    /// The recipient of the report if it fails.
    requester: HandoffRequester,
    /// The last utterance that announces it.
    announced_until: Option<ItemId>,
    /// The caller's place in a queue, and the hand-off that led there.
    queue_place: Option<(EffectId, u32)>,
    /// The queue's action for a caller whom it could not serve.
    given_up: Option<QueueOverflow>,
    /// The person at a desk who is asked once the caller has a stream.
    led_to: Option<String>,
    /// Whether the caller will be called back, and at which number.
    calling_back: CallingBack,
    /// The people of the business who are asked one after another.
    escalation: Escalation,
    /// The caller has asked for a person, and nobody has been asked yet.
    wanted: Option<PersonRequest>,
    /// An agent's phone has passed over an offer, and desks have not confirmed it yet.
    passed_at_phone: Option<PassedAtPhone>,
    /// When desks let the caller in whom an agent is about to pass on.
    let_in: Option<UnixMs>,
}

/// An offer that an agent's phone has passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PassedAtPhone {
    handoff: EffectId,
    user_id: UserId,
    failure: HandoffFailure,
    /// If desks gave the call to the agent just before, they report it by this time.
    until: UnixMs,
}

/// The recipient of the report on a hand-off's end, besides the tool that asked for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum HandoffRequester {
    /// The assistant. Its words are heard to the end first, and its tool's result says how the hand-off ended.
    Assistant,
    /// The caller by a key, or a program. The caller hears the result.
    #[default]
    Other,
}

/// A queue's action for a caller whom it could not serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct QueueOverflow {
    handoff: EffectId,
    overflow: Overflow,
    queue_id: Option<QueueId>,
}

/// A request for a person, while nobody has been asked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PersonRequest {
    pub(super) phrase: String,
    /// The extension or queue that they have named.
    pub(super) named: Option<String>,
    /// When a person is asked without the assistant.
    pub(super) until: UnixMs,
}

impl QueueOverflow {
    /// `None` if no queue has anything for them.
    pub(super) fn of(
        handoff: EffectId,
        overflow: Option<&Overflow>,
        queue_id: Option<QueueId>,
    ) -> Option<Self> {
        overflow.map(|overflow| Self { handoff, overflow: overflow.clone(), queue_id })
    }
}

/// The newest hand-off.
impl Handoffs {
    /// Begins a hand-off. `requester` is told if it fails. The assistant announces it until the end of this utterance.
    pub(super) fn begins(
        &mut self,
        mut handoff: Handoff,
        requester: HandoffRequester,
        announced_until: Option<ItemId>,
    ) {
        handoff.was_let_in(self.let_in.take());
        (self.newest, self.requester, self.announced_until) =
            (Some(Box::new(handoff)), requester, announced_until);
    }

    /// An agent passes the caller on: the next hand-off is for a caller whom desks let in earlier.
    pub(super) fn pass_on(&mut self) {
        self.let_in = self.newest.as_ref().and_then(|newest| newest.let_in());
    }

    /// Applies an input to the hand-off of this number. Returns its steps, if it is the newest.
    pub(super) fn apply(
        &mut self,
        handoff: EffectId,
        event: &HandoffEvent<'_>,
        now: UnixMs,
    ) -> Option<Vec<HandoffStep>> {
        self.newest.as_mut().filter(|newest| newest.id == handoff).map(|newest| newest.apply(event, now))
    }

    /// The person has parked the caller. The car park decides about the caller now, not the profile's rule for a person who leaves.
    pub(super) fn left_in_park(&mut self, now: UnixMs) {
        if let Some(newest) = self.newest.as_mut().filter(|newest| newest.stage() == Stage::Bridged) {
            let _ = newest.apply(&HandoffEvent::Parted, now);
        }
    }

    /// The people who were joined with the caller here have left. A hand-off that led to one of them is over.
    pub(super) fn people_here_are_gone(&mut self) {
        if let Some(newest) = &mut self.newest {
            newest.people_here_are_gone();
        }
    }

    /// Sets until when the audio of the agent who has accepted is awaited. Returns whether this is the newest hand-off.
    pub(super) fn awaits_audio(&mut self, handoff: EffectId, user: UserId, until: UnixMs) -> bool {
        let newest = self.newest.as_mut().filter(|newest| newest.id == handoff);
        newest.map(|newest| newest.awaits_audio(user, until)).is_some()
    }

    /// Its announcement was heard, or is no longer awaited.
    pub(super) fn announcement_is_over(&mut self) {
        self.announced_until = None;
    }

    /// It is over, and nobody is asked after it, whether a person has taken over or not.
    pub(super) fn are_over(&mut self) {
        self.announcement_is_over();
        self.escalation.is_over();
    }

    pub(super) fn newest(&self) -> Option<&Handoff> {
        self.newest.as_deref()
    }

    /// Returns its number.
    pub(super) fn newest_id(&self) -> Option<EffectId> {
        self.newest.as_ref().map(|newest| newest.id)
    }

    /// Whether it has this number.
    pub(super) fn is_newest(&self, handoff: EffectId) -> bool {
        self.newest_id() == Some(handoff)
    }

    /// Whether a person is being asked.
    pub(super) fn are_under_way(&self) -> bool {
        self.newest.as_ref().is_some_and(|newest| !newest.is_over())
    }

    /// Returns the reason for it, in the words of whoever asked.
    pub(super) fn reason(&self) -> &str {
        self.newest.as_ref().map(|newest| newest.reason.as_str()).unwrap_or_default()
    }

    /// Returns who is told if it fails.
    pub(super) fn requester(&self) -> HandoffRequester {
        self.requester
    }

    /// Returns the last utterance that announces it.
    pub(super) fn announced_until(&self) -> Option<ItemId> {
        self.announced_until
    }
}

/// People who are asked one after another.
impl Handoffs {
    pub(super) fn escalation(&self) -> &Escalation {
        &self.escalation
    }

    pub(super) fn escalation_mut(&mut self) -> &mut Escalation {
        &mut self.escalation
    }

    /// Another person is asked after this hand-off, before the next one in line.
    pub(super) fn asks_instead(&mut self, handoff: EffectId, person: escalation::Person) {
        let reason = self.reason().to_owned();
        self.escalation.asks_instead(handoff, person, reason);
    }

    /// Another person is asked. If they don't take over, the queue's callback applies.
    pub(super) fn calls_back_otherwise(&mut self, handoff: EffectId) {
        let queue = self.calls_back(handoff);
        self.escalation.calls_back_otherwise(handoff, queue);
    }

    /// Returns the queue that wants the caller called back if nobody takes over: the queue of this hand-off, or one that was asked before.
    pub(super) fn calls_back(&self, handoff: EffectId) -> Option<QueueId> {
        let calls_back = self.overflow_of(handoff) == Some(&Overflow::Callback);
        let queue = self.given_up.as_ref().filter(|_| calls_back).and_then(|given_up| given_up.queue_id);
        queue.or_else(|| self.escalation.calls_back(handoff))
    }
}

/// Desks and queues.
impl Handoffs {
    /// Sets the caller's place in the queue to which this hand-off led.
    pub(super) fn placed(&mut self, handoff: EffectId, position: u32) {
        self.queue_place = Some((handoff, position));
    }

    pub(super) fn place_of(&self, handoff: EffectId) -> Option<u32> {
        self.queue_place.filter(|(placed, _)| *placed == handoff).map(|(_, position)| position)
    }

    /// The desks could not serve the caller. A queue may say what happens instead.
    pub(super) fn given_up_at_desks(&mut self, overflow: Option<QueueOverflow>) {
        self.given_up = overflow;
    }

    /// Returns what this hand-off's queue does for a caller whom it could not serve.
    pub(super) fn overflow_of(&self, handoff: EffectId) -> Option<&Overflow> {
        self.given_up.as_ref().filter(|known| known.handoff == handoff).map(|known| &known.overflow)
    }

    /// A person of this name is asked at their desk once the caller has a stream.
    pub(super) fn leads_to_desks(&mut self, name: String) {
        self.led_to = Some(name);
    }

    /// The caller has the stream. Returns who is asked.
    pub(super) fn has_led_to_desks(&mut self) -> Option<String> {
        self.led_to.take()
    }

    pub(super) fn is_leading_to_desks(&self) -> bool {
        self.led_to.is_some()
    }

    /// This agent's phone passes over the offer. If desks gave the call to the agent just before, they report it by `until`.
    pub(super) fn is_passed_at_phone(
        &mut self,
        handoff: EffectId,
        user_id: UserId,
        failure: HandoffFailure,
        until: UnixMs,
    ) {
        self.passed_at_phone = Some(PassedAtPhone { handoff, user_id, failure, until });
    }

    /// Desks report something new about this agent. Returns why their phone has passed over the offer, if desks did not know that.
    pub(super) fn take_pass_at_phone(
        &mut self,
        handoff: EffectId,
        user_id: UserId,
        now: UnixMs,
    ) -> Option<HandoffFailure> {
        let is_it = |passed: &mut PassedAtPhone| passed.handoff == handoff && passed.user_id == user_id;
        let passed = self.passed_at_phone.take_if(is_it)?;
        (now < passed.until).then_some(passed.failure)
    }

    /// The call begins. Sets what is known about the party that may be called back.
    pub(super) fn call_begins(&mut self, calling_back: CallingBack) {
        self.calling_back = calling_back;
    }

    pub(super) fn calling_back(&self) -> &CallingBack {
        &self.calling_back
    }

    pub(super) fn calling_back_mut(&mut self) -> &mut CallingBack {
        &mut self.calling_back
    }
}

/// A caller's request for a person.
impl Handoffs {
    /// The caller has asked for a person.
    pub(super) fn request_person(&mut self, request: PersonRequest) {
        self.wanted = Some(request);
    }

    /// The request is no longer needed: the assistant asks for a person, or one is in the call.
    pub(super) fn forget_request(&mut self) {
        self.wanted = None;
    }

    /// Takes the request, to carry it out now.
    pub(super) fn take_request(&mut self) -> Option<PersonRequest> {
        self.wanted.take()
    }

    /// Returns when the request is carried out without the assistant.
    pub(super) fn request_until(&self) -> Option<UnixMs> {
        self.wanted.as_ref().map(|request| request.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DeskPlace;
    use crate::handoff::{Announcement, Callee, HandoffRequest};

    #[test]
    fn callers_whom_agents_pass_on_stay_let_in() {
        let begun = |id: u64, at: i64| {
            let desk = Some(DeskPlace::Queue("sales".to_owned()));
            let asked = HandoffRequest {
                name: "sales".to_owned(),
                callee: Callee { phone: None, desk, joined_here: None },
                reason: String::new(),
                ring_ms: 20_000,
                announcement: Announcement::Made,
            };
            Handoff::begin_at_once(EffectId(id), asked, UnixMs(at + 2_000), UnixMs(at)).0
        };
        let mut handoffs = Handoffs::default();
        for (id, is_passed_on, let_in) in [
            (1, false, None),
            (2, true, Some(1_000)),
            (3, true, Some(1_000)),
            (4, false, None),
            (5, true, Some(4_000)),
        ] {
            if is_passed_on {
                handoffs.pass_on();
            }
            handoffs.begins(begun(id, i64::try_from(id).unwrap() * 1_000), HandoffRequester::Other, None);
            let newest = handoffs.newest().unwrap();
            assert_eq!(newest.let_in_before_passing_on(), let_in.map(UnixMs), "{id}");
        }
    }
}
