//! People who are asked to take over: the newest hand-off, the next people, the answers of desks and queues, and the person that the
//! caller wishes for. A region of its own. A hand-off's own stages are in `handoff.rs` of the crate; the call's actions about them
//! are in `people.rs`, `desks.rs`, `escalating.rs`, `callbacks.rs` and `wishes.rs`.

mod calling_back;
mod escalation;

use cordboard_schema::ids::{EffectId, ItemId, QueueId, UserId};
use cordboard_schema::queue::Overflow;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;

use crate::handoff::{Handoff, HandoffEvent, HandoffStep, Stage};
pub(super) use calling_back::CallingBack;
pub(super) use escalation::{Escalation, NextPerson};

/// People who are asked to take over.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Handoffs {
    /// In a box: most calls have none, and each call is copied at each of its steps.
    newest: Option<Box<Handoff>>,
    /// The party that is told if it fails.
    wish: HandoffRequester,
    /// The last utterance that announces it.
    announced_until: Option<ItemId>,
    /// The caller's place in a queue, by the hand-off that led there.
    queue_place: Option<(EffectId, u32)>,
    /// The queue's action for the caller for whom it has found nobody.
    given_up: Option<QueueOverflow>,
    /// The person at desks who is asked once the caller has a stream.
    led_to: Option<String>,
    /// Whether and where the caller is called back.
    calling_back: CallingBack,
    /// The people of the business who are asked one after the other.
    escalation: Escalation,
    /// The caller has asked for a person, and nobody is asked yet.
    wanted: Option<PersonRequest>,
    /// An agent's phone has passed an offer by, and desks have not said yet that they know.
    passed_at_phone: Option<PassedAtPhone>,
}

/// An offer that an agent's phone has passed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PassedAtPhone {
    handoff: EffectId,
    user_id: UserId,
    failure: HandoffFailure,
    /// Desks that have given it to the agent just before say so by then.
    until: UnixMs,
}

/// The party that is told how a hand-off ends, besides the tool that asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum HandoffRequester {
    /// The assistant: its words are heard out first, and the answer of its tool says how it ended.
    Assistant,
    /// The caller by a key, or a program: the caller hears it.
    #[default]
    Other,
}

/// A queue's action for a caller for whom it has found nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct QueueOverflow {
    handoff: EffectId,
    overflow: Overflow,
    queue_id: Option<QueueId>,
}

/// A person was asked for, and nobody is asked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PersonRequest {
    pub(super) phrase: String,
    /// An extension, or a queue, that they have named.
    pub(super) named: Option<String>,
    /// When that is done without the assistant.
    pub(super) until: UnixMs,
}

impl QueueOverflow {
    /// Nothing if no queue says.
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
    /// One begins, for the party that is told if it fails; the assistant announces it until the end of this utterance.
    pub(super) fn begins(
        &mut self,
        handoff: Handoff,
        wish: HandoffRequester,
        announced_until: Option<ItemId>,
    ) {
        (self.newest, self.wish, self.announced_until) = (Some(Box::new(handoff)), wish, announced_until);
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

    /// The person has parked the caller: the car park decides about the caller here, not the profile's rule for a person who leaves.
    pub(super) fn left_in_park(&mut self, now: UnixMs) {
        if let Some(newest) = self.newest.as_mut().filter(|newest| newest.stage() == Stage::Bridged) {
            let _ = newest.apply(&HandoffEvent::Parted, now);
        }
    }

    /// Nobody of those who were joined with the caller here is in the call any more: a hand-off that led to one of them is over.
    pub(super) fn people_here_are_gone(&mut self) {
        if let Some(newest) = &mut self.newest {
            newest.people_here_are_gone();
        }
    }

    /// The audio of the agent who has accepted may take until then. Returns whether this is the newest hand-off.
    pub(super) fn awaits_audio(&mut self, handoff: EffectId, user: UserId, until: UnixMs) -> bool {
        let newest = self.newest.as_mut().filter(|newest| newest.id == handoff);
        newest.map(|newest| newest.awaits_audio(user, until)).is_some()
    }

    /// Its announcement was heard, or is waited for no longer.
    pub(super) fn announcement_is_over(&mut self) {
        self.announced_until = None;
    }

    /// It is over, and nobody is asked after it: somebody has taken over, or nobody has.
    pub(super) fn are_over(&mut self) {
        self.announcement_is_over();
        self.escalation.is_over();
    }

    pub(super) fn newest(&self) -> Option<&Handoff> {
        self.newest.as_deref()
    }

    /// Its number.
    pub(super) fn newest_id(&self) -> Option<EffectId> {
        self.newest.as_ref().map(|newest| newest.id)
    }

    /// Whether it has this number.
    pub(super) fn is_newest(&self, handoff: EffectId) -> bool {
        self.newest_id() == Some(handoff)
    }

    /// Whether somebody is being asked.
    pub(super) fn are_under_way(&self) -> bool {
        self.newest.as_ref().is_some_and(|newest| !newest.is_over())
    }

    /// Why somebody is asked, in the words of who asked.
    pub(super) fn reason(&self) -> &str {
        self.newest.as_ref().map(|newest| newest.reason.as_str()).unwrap_or_default()
    }

    /// The party that is told if it fails.
    pub(super) fn wish(&self) -> HandoffRequester {
        self.wish
    }

    /// The last utterance that announces it.
    pub(super) fn announced_until(&self) -> Option<ItemId> {
        self.announced_until
    }
}

/// People who are asked one after the other.
impl Handoffs {
    pub(super) fn escalation(&self) -> &Escalation {
        &self.escalation
    }

    pub(super) fn escalation_mut(&mut self) -> &mut Escalation {
        &mut self.escalation
    }

    /// Somebody else is asked next after this hand-off, before the next person.
    pub(super) fn asks_instead(&mut self, handoff: EffectId, person: escalation::Person) {
        let reason = self.reason().to_owned();
        self.escalation.asks_instead(handoff, person, reason);
    }

    /// Somebody else is asked; the queue's action counts if they don't take over.
    pub(super) fn calls_back_otherwise(&mut self, handoff: EffectId) {
        let queue = self.calls_back(handoff);
        self.escalation.calls_back_otherwise(handoff, queue);
    }

    /// The queue that wants the caller to be called back if it stays at this: that of the hand-off, or one that was asked before.
    pub(super) fn calls_back(&self, handoff: EffectId) -> Option<QueueId> {
        let calls_back = self.overflow_of(handoff) == Some(&Overflow::Callback);
        let queue = self.given_up.as_ref().filter(|_| calls_back).and_then(|given_up| given_up.queue_id);
        queue.or_else(|| self.escalation.calls_back(handoff))
    }
}

/// Desks and queues.
impl Handoffs {
    /// The caller's place in the queue to which this hand-off led.
    pub(super) fn placed(&mut self, handoff: EffectId, position: u32) {
        self.queue_place = Some((handoff, position));
    }

    pub(super) fn place_of(&self, handoff: EffectId) -> Option<u32> {
        self.queue_place.filter(|(placed, _)| *placed == handoff).map(|(_, position)| position)
    }

    /// The desks have found nobody, and want this done, where a queue says so.
    pub(super) fn given_up_at_desks(&mut self, overflow: Option<QueueOverflow>) {
        self.given_up = overflow;
    }

    /// The action of this hand-off's queue for a caller for whom it has found nobody.
    pub(super) fn overflow_of(&self, handoff: EffectId) -> Option<&Overflow> {
        self.given_up.as_ref().filter(|known| known.handoff == handoff).map(|known| &known.overflow)
    }

    /// Somebody of this name is asked at their desk once the caller has a stream.
    pub(super) fn leads_to_desks(&mut self, name: String) {
        self.led_to = Some(name);
    }

    /// The caller has it. Says who is asked.
    pub(super) fn has_led_to_desks(&mut self) -> Option<String> {
        self.led_to.take()
    }

    pub(super) fn is_leading_to_desks(&self) -> bool {
        self.led_to.is_some()
    }

    /// This agent's phone passes the offer by. Desks may have given it to the agent just before, which they say until then.
    pub(super) fn is_passed_at_phone(
        &mut self,
        handoff: EffectId,
        user_id: UserId,
        failure: HandoffFailure,
        until: UnixMs,
    ) {
        self.passed_at_phone = Some(PassedAtPhone { handoff, user_id, failure, until });
    }

    /// Desks have something new for this agent. Returns why their phone has passed the offer by, if desks did not know.
    pub(super) fn takes_pass_at_phone(
        &mut self,
        handoff: EffectId,
        user_id: UserId,
        now: UnixMs,
    ) -> Option<HandoffFailure> {
        let is_it = |passed: &mut PassedAtPhone| passed.handoff == handoff && passed.user_id == user_id;
        let passed = self.passed_at_phone.take_if(is_it)?;
        (now < passed.until).then_some(passed.failure)
    }

    /// The call begins, and with it the facts about the party that may be called back.
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

/// A wish in words.
impl Handoffs {
    /// The caller has asked for a person.
    pub(super) fn is_wished_for(&mut self, wish: PersonRequest) {
        self.wanted = Some(wish);
    }

    /// Nobody is asked for any more besides: the assistant asks, or somebody is there.
    pub(super) fn forget_wish(&mut self) {
        self.wanted = None;
    }

    /// The wish is seen to now.
    pub(super) fn takes_wish(&mut self) -> Option<PersonRequest> {
        self.wanted.take()
    }

    /// When a wish is seen to without the assistant.
    pub(super) fn wish_until(&self) -> Option<UnixMs> {
        self.wanted.as_ref().map(|wish| wish.until)
    }
}
