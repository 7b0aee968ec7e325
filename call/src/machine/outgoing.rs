//! The parties that a call has called: a call that we make, a call that an agent has begun, and how many people and numbers were dialled. A
//! region of its own. What the call does about it is in `dialling.rs` and `agent_calls.rs`.

use std::sync::Arc;

use cordboard_schema::agent::AgentDialling;
use cordboard_schema::ids::{EffectId, LegId, OutsideId, UserId};
use cordboard_schema::outbound::{AnsweredBy, DetectedBy, Dialled, OnVoicemail, ToQueue};
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;

/// A call that we make, and the parties that were dialled.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outgoing {
    /// Set if we make the call.
    call: Option<Outbound>,
    /// Set if an agent has begun it. Boxed, because each call is copied at each of its steps.
    agent_call: Option<Box<AgentCall>>,
    /// How many people and numbers this call has dialled.
    dialled: u32,
}

/// More state of a call that we make.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Outbound {
    dialled: Arc<Dialled>,
    /// The switch's name of the call, once it has accepted the order. Boxed, because each call is copied at each of its steps.
    accepted_as: Option<Box<OutsideId>>,
    /// The answering party, once a detector has reported it.
    by: Option<AnsweredBy>,
    /// When our own detector reported it, or its time was up.
    detected_at: Option<UnixMs>,
    /// When their audio was lost while our own detector was still listening.
    lost_undetected_at: Option<UnixMs>,
    /// The leg that goes on listening for a mailbox's tone although no mailbox was detected, and when it stops.
    tone_watch: Option<(LegId, UnixMs)>,
    /// Why nobody was reached.
    failure: Option<HandoffFailure>,
    /// Whether the switch may have a part of this call that none of our links leads to.
    is_at_large: bool,
    /// The run that puts them on the do-not-call list, if they have asked for it.
    opt_out: Option<EffectId>,
    /// Whether a person has talked with them.
    has_person: bool,
}

/// A call that an agent has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AgentCall {
    by: UserId,
    /// The number by which both agents of an internal call are in it.
    number: EffectId,
    /// The party that they are calling, as their desk shows it.
    dialling: AgentDialling,
    /// The ring-back tone that they hear until the other party answers.
    ring_back: Option<LegId>,
    /// Whether the call is between two agents.
    is_internal: bool,
    /// Why the colleague was not reached.
    failure: Option<HandoffFailure>,
}

impl Outgoing {
    /// We make the call, to this party.
    pub(super) fn begins(&mut self, dialled: Arc<Dialled>) {
        self.call = Some(Outbound {
            dialled,
            accepted_as: None,
            by: None,
            detected_at: None,
            lost_undetected_at: None,
            tone_watch: None,
            failure: None,
            is_at_large: false,
            opt_out: None,
            has_person: false,
        });
    }

    /// Returns the party that we call, if we make the call.
    pub(super) fn callee(&self) -> Option<&Arc<Dialled>> {
        self.call.as_ref().map(|outbound| &outbound.dialled)
    }

    /// The switch has accepted the order to call, under this name of its own.
    pub(super) fn accepted_as(&mut self, name: &OutsideId) {
        if let Some(outbound) = &mut self.call {
            outbound.accepted_as = Some(Box::new(name.clone()));
        }
    }

    /// Returns the switch's name of the call, once it has accepted the order.
    pub(super) fn name_at_switch(&self) -> Option<&OutsideId> {
        self.call.as_ref()?.accepted_as.as_deref()
    }

    /// Whether the callee's words are searched for a request not to be called again.
    pub(super) fn heeds_opt_out(&self) -> bool {
        self.call.as_ref().is_some_and(|outbound| outbound.dialled.heeds_opt_out)
    }

    /// They have asked not to be called again. This run writes it.
    pub(super) fn opts_out(&mut self, effect: EffectId) {
        if let Some(outbound) = &mut self.call {
            outbound.opt_out = Some(effect);
        }
    }

    /// It could not be written. If they ask again, it is tried again.
    pub(super) fn opts_in_again(&mut self) {
        if let Some(outbound) = &mut self.call {
            outbound.opt_out = None;
        }
    }

    pub(super) fn has_opted_out(&self) -> bool {
        self.call.as_ref().is_some_and(|outbound| outbound.opt_out.is_some())
    }

    /// Whether this run writes it.
    pub(super) fn is_opt_out(&self, effect: EffectId) -> bool {
        self.call.as_ref().is_some_and(|outbound| outbound.opt_out == Some(effect))
    }

    /// The switch was ordered to call, or may have been. It may have a call that none of our links leads to.
    pub(super) fn may_be_at_large(&mut self) {
        if let Some(outbound) = &mut self.call {
            outbound.is_at_large = true;
        }
    }

    /// There is audio, whose end is also the end of the call.
    pub(super) fn is_heard(&mut self) {
        if let Some(outbound) = &mut self.call {
            outbound.is_at_large = false;
        }
    }

    /// Nobody was reached. If the switch reports this itself, its part of the call is over.
    pub(super) fn failed(&mut self, failure: HandoffFailure, by_switch: bool) {
        if let Some(outbound) = &mut self.call {
            outbound.failure = Some(failure);
            outbound.is_at_large &= !by_switch;
        }
    }

    pub(super) fn failure(&self) -> Option<HandoffFailure> {
        self.call.as_ref()?.failure
    }

    /// A detector reports what answered. The first report counts, but not one of our own detector after its time is up. Returns whether
    /// this report counts.
    pub(super) fn answered_by(&mut self, who: AnsweredBy, by: DetectedBy, now: UnixMs) -> bool {
        let Some(outbound) =
            self.call.as_mut().filter(|outbound| outbound.by.is_none() && outbound.detected_at.is_none())
        else {
            return false;
        };
        outbound.by = Some(who);
        outbound.detected_at = (by == DetectedBy::Own).then_some(now);
        true
    }

    /// Whether our own detector should find out who has answered.
    pub(super) fn is_to_be_detected(&self) -> bool {
        let unanswered = self.call.as_ref().filter(|outbound| outbound.by.is_none());
        unanswered.is_some_and(|outbound| outbound.dialled.detector() == Some(DetectedBy::Own))
    }

    /// The time of our own detector is up, and it has reported nothing.
    pub(super) fn detection_timed_out(&mut self, now: UnixMs) {
        if let Some(outbound) = &mut self.call {
            outbound.detected_at.get_or_insert(now);
        }
    }

    /// Returns when our own detector reported who answered, or when its time was up.
    pub(super) fn detected_at(&self) -> Option<UnixMs> {
        self.call.as_ref()?.detected_at
    }

    /// Their audio is lost while our own detector is still listening.
    pub(super) fn lost_undetected(&mut self, now: UnixMs) {
        if let Some(outbound) = &mut self.call {
            outbound.lost_undetected_at = Some(now);
        }
    }

    /// Returns when this last happened.
    pub(super) fn lost_undetected_at(&self) -> Option<UnixMs> {
        self.call.as_ref()?.lost_undetected_at
    }

    /// This leg goes on listening for a mailbox's tone, until then.
    pub(super) fn listens_on(&mut self, listener: LegId, until: UnixMs) {
        if let Some(outbound) = &mut self.call {
            outbound.tone_watch = Some((listener, until));
        }
    }

    /// Returns the leg that goes on listening for a mailbox's tone.
    pub(super) fn tone_listener(&self) -> Option<LegId> {
        self.call.as_ref()?.tone_watch.map(|(listener, _)| listener)
    }

    /// Returns when it stops.
    pub(super) fn listens_until(&self) -> Option<UnixMs> {
        self.call.as_ref()?.tone_watch.map(|(_, until)| until)
    }

    /// Stops it. Returns the leg, if there was one.
    pub(super) fn listens_no_longer(&mut self) -> Option<LegId> {
        self.call.as_mut()?.tone_watch.take().map(|(listener, _)| listener)
    }

    /// Returns what to do with the mailbox that has answered, if one has. A party that has talked with a person is not a mailbox, whatever
    /// a detector reports after that.
    pub(super) fn on_mailbox(&self) -> Option<&OnVoicemail> {
        let outbound = self.call.as_ref().filter(|outbound| !outbound.has_person)?;
        (outbound.by == Some(AnsweredBy::Machine)).then_some(&outbound.dialled.voicemail)
    }

    /// Returns the queue whose agents are to talk with them, until one does.
    pub(super) fn on_answer(&self) -> Option<&ToQueue> {
        let outbound = self.call.as_ref().filter(|outbound| !outbound.has_person)?;
        outbound.dialled.on_answer.as_ref()
    }

    /// A person talks with them from now on.
    pub(super) fn person_joined(&mut self) {
        if let Some(outbound) = &mut self.call {
            outbound.has_person = true;
        }
    }

    /// Whether a party was called and nobody has been connected with them yet.
    pub(super) fn is_at_large(&self) -> bool {
        self.call.as_ref().is_some_and(|outbound| outbound.is_at_large)
    }

    /// Stops counting the call as at large. Returns the party that it was made to, if it was.
    pub(super) fn take_at_large(&mut self) -> Option<Arc<Dialled>> {
        let outbound = self.call.as_mut().filter(|outbound| outbound.is_at_large)?;
        outbound.is_at_large = false;
        Some(outbound.dialled.clone())
    }

    /// An agent has begun the call: the number by which they are in it, whom they call, and whether that is another agent.
    pub(super) fn begun_by_agent(
        &mut self,
        by: UserId,
        number: EffectId,
        to: String,
        is_internal: bool,
        now: UnixMs,
    ) {
        let dialling = AgentDialling { to, since: now, rings_since: None };
        let begun = AgentCall { by, number, dialling, ring_back: None, is_internal, failure: None };
        self.agent_call = Some(Box::new(begun));
    }

    /// Returns the call that an agent has begun.
    pub(super) fn agent_call(&self) -> Option<&AgentCall> {
        self.agent_call.as_deref()
    }

    /// The party that the agent calls is ringing.
    pub(super) fn agent_call_rings(&mut self, now: UnixMs) {
        if let Some(begun) = &mut self.agent_call {
            begun.dialling.rings_since.get_or_insert(now);
        }
    }

    /// The colleague whom the agent calls was not reached.
    pub(super) fn colleague_not_reached(&mut self, failure: HandoffFailure) {
        if let Some(begun) = &mut self.agent_call {
            begun.failure = Some(failure);
        }
    }

    /// Sets the leg of the ring-back tone that the agent hears, or none.
    pub(super) fn ring_back_is(&mut self, leg: Option<LegId>) {
        if let Some(begun) = &mut self.agent_call {
            begun.ring_back = leg;
        }
    }

    /// The process died, and the tone and the listener with it.
    pub(super) fn process_died(&mut self) {
        self.ring_back_is(None);
        self.listens_no_longer();
    }

    /// One more person or number is dialled.
    pub(super) fn dials_one_more(&mut self) {
        self.dialled += 1;
    }

    /// Returns how many people and numbers the call has dialled.
    pub(super) fn dialled(&self) -> u32 {
        self.dialled
    }
}

impl AgentCall {
    /// Returns the agent who began it.
    pub(super) fn by(&self) -> UserId {
        self.by
    }

    /// Returns the number by which both agents of an internal call are in it.
    pub(super) fn number(&self) -> EffectId {
        self.number
    }

    /// Returns the party that they are calling, as their desk shows it.
    pub(super) fn dialling(&self) -> &AgentDialling {
        &self.dialling
    }

    /// Returns the leg of the ring-back tone that they hear until the other party answers.
    pub(super) fn ring_back(&self) -> Option<LegId> {
        self.ring_back
    }

    /// Whether the call is between two agents.
    pub(super) fn is_internal(&self) -> bool {
        self.is_internal
    }

    /// Returns why the colleague was not reached.
    pub(super) fn failure(&self) -> Option<HandoffFailure> {
        self.failure
    }
}
