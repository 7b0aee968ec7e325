//! The parties that a call has called: a call that we make, one that an agent has begun, and the number of people and numbers
//! dialled. A region of its own. `dialling.rs` and `agent_calls.rs` have the call's actions about it.

use std::sync::Arc;

use cordboard_schema::agent::AgentDialling;
use cordboard_schema::ids::{EffectId, LegId, UserId};
use cordboard_schema::outbound::{AnsweredBy, DetectedBy, Dialled, OnVoicemail, ToQueue};
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;

/// A call that we make, and the parties that it has dialled.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outgoing {
    /// It is we who call.
    call: Option<Outbound>,
    /// An agent has begun it. In a box: each call is copied at each of its steps.
    agent_call: Option<Box<AgentCall>>,
    /// People and numbers that this call has dialled.
    dialled: u32,
}

/// Further state of a call that we make.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Outbound {
    dialled: Arc<Dialled>,
    /// The party that answered, once a detector has reported it.
    by: Option<AnsweredBy>,
    /// When our own detector reported that, or its time was up.
    detected_at: Option<UnixMs>,
    /// When they were gone while our own detector still listened.
    lost_undetected_at: Option<UnixMs>,
    /// The leg that listens on for a mailbox's tone although no mailbox was found, and when it stops.
    tone_watch: Option<(LegId, UnixMs)>,
    /// Why nobody was reached.
    failure: Option<HandoffFailure>,
    /// The switch may have something of it that no link of ours leads to.
    is_at_large: bool,
    /// The run that writes that they are not to be called again, if they have said so.
    opt_out: Option<EffectId>,
    /// A person has talked with them.
    is_with_somebody: bool,
}

/// A call that an agent has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AgentCall {
    by: UserId,
    /// The number by which both agents of an internal call are in it.
    number: EffectId,
    /// The party that they call, as their desk shows it.
    dialling: AgentDialling,
    /// The tone that they hear until somebody answers.
    ring_back: Option<LegId>,
    /// The call is between two agents.
    is_internal: bool,
    /// Why the colleague was not reached.
    failure: Option<HandoffFailure>,
}

impl Outgoing {
    /// The call is made by us, to these.
    pub(super) fn begins(&mut self, dialled: Arc<Dialled>) {
        self.call = Some(Outbound {
            dialled,
            by: None,
            detected_at: None,
            lost_undetected_at: None,
            tone_watch: None,
            failure: None,
            is_at_large: false,
            opt_out: None,
            is_with_somebody: false,
        });
    }

    /// The party that it was made to, if we make it.
    pub(super) fn callee(&self) -> Option<&Arc<Dialled>> {
        self.call.as_ref().map(|outbound| &outbound.dialled)
    }

    /// Whether the callee's words are looked through for the wish not to be called again.
    pub(super) fn heeds_opt_out(&self) -> bool {
        self.call.as_ref().is_some_and(|outbound| outbound.dialled.heeds_opt_out)
    }

    /// They have asked for it; this run writes it.
    pub(super) fn opts_out(&mut self, effect: EffectId) {
        if let Some(outbound) = &mut self.call {
            outbound.opt_out = Some(effect);
        }
    }

    /// It could not be written: asked for again it is tried again.
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

    /// The switch was ordered to call, or may have been: it may have a call that no link of ours leads to.
    pub(super) fn may_be_at_large(&mut self) {
        if let Some(outbound) = &mut self.call {
            outbound.is_at_large = true;
        }
    }

    /// There is audio, whose end is the call's.
    pub(super) fn is_heard(&mut self) {
        if let Some(outbound) = &mut self.call {
            outbound.is_at_large = false;
        }
    }

    /// Nobody was reached. The switch's part of the call is over if the switch reports it itself.
    pub(super) fn failed(&mut self, failure: HandoffFailure, by_switch: bool) {
        if let Some(outbound) = &mut self.call {
            outbound.failure = Some(failure);
            outbound.is_at_large &= !by_switch;
        }
    }

    pub(super) fn failure(&self) -> Option<HandoffFailure> {
        self.call.as_ref()?.failure
    }

    /// A detector reports the party that answered; the first report counts, and none of our own detector once its time is up. Returns whether
    /// this is it.
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

    /// Whether our own detector is to find out who has answered.
    pub(super) fn is_to_be_detected(&self) -> bool {
        let unanswered = self.call.as_ref().filter(|outbound| outbound.by.is_none());
        unanswered.is_some_and(|outbound| outbound.dialled.detector() == Some(DetectedBy::Own))
    }

    /// Time is up for our own detector, which has told nothing.
    pub(super) fn detection_timed_out(&mut self, now: UnixMs) {
        if let Some(outbound) = &mut self.call {
            outbound.detected_at.get_or_insert(now);
        }
    }

    /// When our own detector has told who answered, or its time was up.
    pub(super) fn detected_at(&self) -> Option<UnixMs> {
        self.call.as_ref()?.detected_at
    }

    /// They are gone while our own detector still listens.
    pub(super) fn lost_undetected(&mut self, now: UnixMs) {
        if let Some(outbound) = &mut self.call {
            outbound.lost_undetected_at = Some(now);
        }
    }

    /// When they were last gone so.
    pub(super) fn lost_undetected_at(&self) -> Option<UnixMs> {
        self.call.as_ref()?.lost_undetected_at
    }

    /// This leg listens on for a mailbox's tone, until then.
    pub(super) fn listens_on(&mut self, listener: LegId, until: UnixMs) {
        if let Some(outbound) = &mut self.call {
            outbound.tone_watch = Some((listener, until));
        }
    }

    /// The leg that listens on for a mailbox's tone.
    pub(super) fn tone_listener(&self) -> Option<LegId> {
        self.call.as_ref()?.tone_watch.map(|(listener, _)| listener)
    }

    /// When it stops.
    pub(super) fn listens_until(&self) -> Option<UnixMs> {
        self.call.as_ref()?.tone_watch.map(|(_, until)| until)
    }

    /// It listens no longer. Returns the leg, if there was one.
    pub(super) fn listens_no_longer(&mut self) -> Option<LegId> {
        self.call.as_mut()?.tone_watch.take().map(|(listener, _)| listener)
    }

    /// The action for the mailbox that has answered, if one has. A party with whom a person has talked is none, whatever a detector reports behind
    /// that.
    pub(super) fn on_mailbox(&self) -> Option<&OnVoicemail> {
        let outbound = self.call.as_ref().filter(|outbound| !outbound.is_with_somebody)?;
        (outbound.by == Some(AnsweredBy::Machine)).then_some(&outbound.dialled.voicemail)
    }

    /// The agents who are to talk with them, as long as none has.
    pub(super) fn on_answer(&self) -> Option<&ToQueue> {
        let outbound = self.call.as_ref().filter(|outbound| !outbound.is_with_somebody)?;
        outbound.dialled.on_answer.as_ref()
    }

    /// A person talks with them from now on.
    pub(super) fn is_with_somebody(&mut self) {
        if let Some(outbound) = &mut self.call {
            outbound.is_with_somebody = true;
        }
    }

    /// Whether somebody was called with whom nobody was connected yet.
    pub(super) fn is_at_large(&self) -> bool {
        self.call.as_ref().is_some_and(|outbound| outbound.is_at_large)
    }

    /// Ends the call that is at large. Returns the party that it was made to, if there is one.
    pub(super) fn takes_at_large(&mut self) -> Option<Arc<Dialled>> {
        let outbound = self.call.as_mut().filter(|outbound| outbound.is_at_large)?;
        outbound.is_at_large = false;
        Some(outbound.dialled.clone())
    }

    /// An agent has begun the call: by which number they are in it, whom they call, and whether that is another agent.
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

    /// The call that an agent has begun.
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

    /// The agent hears ring-back tone from this leg, or no longer.
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

    /// Somebody more is dialled.
    pub(super) fn dials_one_more(&mut self) {
        self.dialled += 1;
    }

    /// Number of people and numbers that the call has dialled.
    pub(super) fn dialled(&self) -> u32 {
        self.dialled
    }
}

impl AgentCall {
    /// The agent who has begun it.
    pub(super) fn by(&self) -> UserId {
        self.by
    }

    /// The number by which both agents of an internal call are in it.
    pub(super) fn number(&self) -> EffectId {
        self.number
    }

    /// The party that they call, as their desk shows it.
    pub(super) fn dialling(&self) -> &AgentDialling {
        &self.dialling
    }

    /// The leg of the tone that they hear until somebody answers.
    pub(super) fn ring_back(&self) -> Option<LegId> {
        self.ring_back
    }

    /// Whether the call is between two agents.
    pub(super) fn is_internal(&self) -> bool {
        self.is_internal
    }

    /// Why the colleague was not reached.
    pub(super) fn failure(&self) -> Option<HandoffFailure> {
        self.failure
    }
}
