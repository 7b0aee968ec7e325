//! Agents who talk on the phone at their extension. We ring it while the call is offered to them, and its audio is theirs.
//!
//! ```text
//! offered ──> rings ──lifted──> takes the offer ──accepted, audio──> an agent's leg like any other ──put down──> hangs up
//!               │ busy, declined, not reached: the offer passes on
//!               └ accepted at the desk: rings on for 30 s, until it is lifted
//! ```
//! A phone rings only while its agent is offered the call or is in it. Otherwise the ringing is stopped, at the end of the step.

use cordboard_schema::agent::{AgentEnd, PhoneNow};
use cordboard_schema::call::{Ending, HangupBy, HangupCause, LegEnd};
use cordboard_schema::dial::DialTarget;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Decision, Fact};
use cordboard_schema::ids::{EffectId, LegId, UserId};
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;

use super::participants::{Agent, Participant, Role, RungPhone, Who};
use super::{Effect, Effects, Machine, note};
use crate::handoff::{Handoff, HandoffEvent, LIFTING_MS_MAX};

/// How long the audio of a lifted handset, and the router's decision about who gets the caller, may take, in ms.
const AUDIO_MS_MAX: u64 = 10_000;

impl Machine {
    /// Handles reports about phones that we ring to join the call here.
    pub(super) fn phone_reported(&mut self, fact: &Fact, now: UnixMs, fx: &mut Effects) {
        match fact {
            Fact::PhoneOffered { handoff, user_id, extension, ring_ms } => {
                self.phone_offered(*handoff, *user_id, extension, *ring_ms, fx);
            }
            Fact::PhoneOfferGone { handoff, user_id } => {
                let is_of = |one: &Participant| {
                    one.as_invited().is_some_and(|agent| agent.user_id == *user_id)
                        && one.phone.is_some_and(|phone| phone.handoff == *handoff)
                };
                self.stop_phones(is_of, fx);
            }
            Fact::PhoneTold { ringing, now: state } => match state {
                PhoneNow::Rings => {}
                PhoneNow::Answered => self.phone_answered(*ringing, now, fx),
                PhoneNow::PutDown => self.phone_put_down(*ringing, now, fx),
                PhoneNow::Failed { failure, .. } => self.phone_not_reached(*ringing, *failure, now, fx),
            },
            Fact::PhoneLegArrived { leg, ringing } => self.phone_leg_arrived(*leg, *ringing, now, fx),
            _ => {}
        }
    }

    /// The call is offered to an agent who talks on their phone. If we can't ring it, they talk in the browser.
    fn phone_offered(
        &mut self,
        handoff: EffectId,
        user_id: UserId,
        extension: &str,
        ring_ms: u64,
        fx: &mut Effects,
    ) {
        let is_asked = self.participants.find(Who::Agent(user_id)).is_some();
        let Some((name, _)) = self.policy.extension(extension) else { return };
        let name = name.to_owned();
        let Ok(target) = DialTarget::find(&name, &self.policy) else { return };
        let number = target.number();
        let rings_there = |known: &Handoff| {
            known.rings_phone() && known.callee.phone.as_ref().is_some_and(|phone| phone.number() == number)
        };
        let is_there_already = self.offered(handoff).is_none_or(rings_there);
        if is_asked || is_there_already {
            return;
        }
        let _ = self.handoffs.take_pass_at_phone(handoff, user_id, self.last_fact_at);
        let ringing = self.number_effect();
        let agent = Agent { user_id, accepted: None, is_muted: false, shown: None };
        let phone = RungPhone { ringing, handoff, is_lifted: false, until: None };
        self.participants.add(Role::Agent(agent)).phone = Some(phone);
        fx.push(note(Decision::PhoneRung { ringing, user_id, target: name }));
        let timeout_ms = ring_ms + LIFTING_MS_MAX;
        fx.push(Effect::RingPhone { ringing, target, timeout_ms });
    }

    /// Returns the hand-off of this number, if the call is offered at desks by it.
    fn offered(&self, handoff: EffectId) -> Option<&Handoff> {
        let asked = self.consults.handoff();
        self.handoffs
            .newest()
            .into_iter()
            .chain(asked)
            .find(|known| known.id == handoff && known.is_offered())
    }

    /// Returns the phone of this ringing and its agent.
    fn phone_of(&self, ringing: EffectId) -> Option<(UserId, &Participant, RungPhone)> {
        self.participants.iter().find_map(|one| match (one.who(), one.phone) {
            (Who::Agent(user), Some(phone)) if phone.ringing == ringing => Some((user, one, phone)),
            _ => None,
        })
    }

    /// A handset was lifted: its agent takes the call.
    fn phone_answered(&mut self, ringing: EffectId, now: UnixMs, fx: &mut Effects) {
        let Some((user_id, one, mut phone)) = self.phone_of(ringing) else {
            return self.external_party_answered(ringing, now, fx);
        };
        if phone.is_lifted {
            return;
        }
        let is_accepted = one.as_agent().is_some();
        phone.is_lifted = true;
        if !is_accepted {
            phone.until = Some(now + AUDIO_MS_MAX);
        }
        self.keep_phone(user_id, phone);
        match is_accepted {
            true => self.await_audio_of(phone.handoff, user_id, now + AUDIO_MS_MAX),
            false => fx.push(Effect::TakeOffer { handoff: phone.handoff, user_id }),
        }
    }

    fn keep_phone(&mut self, user: UserId, phone: RungPhone) {
        if let Some(one) = self.participants.find_mut(Who::Agent(user)) {
            one.phone = Some(phone);
        }
    }

    fn await_audio_of(&mut self, handoff: EffectId, user: UserId, until: UnixMs) {
        if !self.handoffs.awaits_audio(handoff, user, until)
            && let Some(asked) = self.consults.handoff_mut().filter(|asked| asked.id == handoff)
        {
            asked.awaits_audio(user, until);
        }
    }

    /// An agent has accepted, on their phone or at their desk: the leg of their phone becomes theirs.
    pub(super) fn phone_is_accepted(&mut self, user: UserId, now: UnixMs, fx: &mut Effects) {
        let Some(one) = self.participants.agent(user) else { return };
        let Some(phone) = one.phone else { return };
        let here = one.presence.here();
        self.keep_phone(user, RungPhone { until: None, ..phone });
        if !phone.is_lifted {
            self.await_audio_of(phone.handoff, user, now + LIFTING_MS_MAX);
        }
        if let Some(leg) = here {
            self.participant_joined(leg, now, fx);
        }
    }

    /// The audio of a phone has arrived. It is accepted once, and only if the phone rings for this call.
    fn phone_leg_arrived(&mut self, leg: LegId, ringing: EffectId, now: UnixMs, fx: &mut Effects) {
        if !self.numbers.is_new_leg(leg) {
            return;
        }
        if self.external_leg_arrived(leg, ringing, now, fx) {
            return;
        }
        let is_over = self.lifecycle.has_ended();
        let phone = self.participants.agent_by_ringing_mut(ringing);
        let Some(one) = phone.filter(|one| !is_over && one.presence.leg().is_none()) else {
            return fx.push(Effect::RefuseLeg(leg));
        };
        one.presence.arrives(leg);
        fx.push(Effect::StartLeg(leg));
        self.phone_answered(ringing, now, fx);
    }

    /// Handles the end of an agent's phone leg because the handset was put down, and returns whether it was that. If the line broke
    /// instead, the agent's audio counts as lost.
    pub(super) fn phone_leg_left(
        &mut self,
        user: UserId,
        how: LegEnd,
        now: UnixMs,
        fx: &mut Effects,
    ) -> bool {
        let Some(one) = self.participants.find_mut(Who::Agent(user)) else { return false };
        let Some(phone) = one.phone else { return false };
        let is_accepted = one.as_agent().is_some();
        if is_accepted && how == LegEnd::Broken {
            return false;
        }
        one.presence.is_lost();
        match is_accepted {
            true => self.puts_down(user, now, fx),
            false => self.phone_not_reached(phone.ringing, HandoffFailure::Declined, now, fx),
        }
        true
    }

    /// The switch reports that the person at this phone has hung up. If the line seemed to break before, this was the cause, and they will
    /// not come back.
    fn phone_put_down(&mut self, ringing: EffectId, now: UnixMs, fx: &mut Effects) {
        let broken = self.phone_of(ringing).filter(|(_, one, _)| {
            one.as_agent().is_some() && one.presence.was_here() && one.presence.leg().is_none()
        });
        if let Some((user, ..)) = broken {
            return self.puts_down(user, now, fx);
        }
        let unheard = self.phone_of(ringing).filter(|(_, one, _)| {
            one.as_agent().is_some() && !one.presence.was_here() && one.presence.leg().is_none()
        });
        if let Some((user, ..)) = unheard {
            self.stop_phones(|one| one.has_phone(ringing), fx);
            return self.hangs_up_unheard(user, now, fx);
        }
        self.phone_not_reached(ringing, HandoffFailure::Declined, now, fx);
    }

    /// An agent has put their handset down.
    fn puts_down(&mut self, user: UserId, now: UnixMs, fx: &mut Effects) {
        let talks = self.participants.agent(user).is_some_and(Participant::talks);
        if self.is_consulted(user) {
            self.agent_leaves(user, AgentEnd::ConsultOver, now, fx);
        } else if !talks {
            self.hangs_up_unheard(user, now, fx);
        } else if self.leaves_to_colleague(user) {
            self.complete_consult(user, now, fx);
        } else if self.others_than(user) > 0 {
            self.agent_leaves(user, AgentEnd::Left, now, fx);
        } else {
            let ending = Ending { cause: HangupCause::normal_clearing(), by: HangupBy::Agent };
            self.end(ending, NextStep::Hangup, fx);
        }
    }

    /// The audio of an agent who has accepted will not come.
    pub(super) fn never_talks(
        &mut self,
        user: UserId,
        failure: HandoffFailure,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let Some(handoff) = self.accepted_by(user) else { return };
        self.handoff_event(handoff, &HandoffEvent::NoAudio(failure), now, fx);
    }

    /// An agent who has accepted hangs up before their audio is there.
    pub(super) fn hangs_up_unheard(&mut self, user: UserId, now: UnixMs, fx: &mut Effects) {
        let Some(handoff) = self.accepted_by(user) else { return };
        self.handoff_event(handoff, &HandoffEvent::HungUp, now, fx);
    }

    /// A phone could not be reached, or its call has ended. If its audio has joined, the end of that audio reports it, but not every switch
    /// ends the audio.
    fn phone_not_reached(
        &mut self,
        ringing: EffectId,
        failure: HandoffFailure,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let Some((user_id, one, phone)) = self.phone_of(ringing) else {
            return self.external_party_failed(ringing, failure, now, fx);
        };
        let is_accepted = one.as_agent().is_some();
        match (is_accepted, one.presence.leg()) {
            (true, Some(leg)) => {
                fx.push(Effect::ReleaseLeg(leg));
                self.leg_left(leg, LegEnd::Released, now, fx);
            }
            // The line broke before. They may come back, perhaps in the browser.
            (true, None) if one.presence.was_here() => {}
            // No switch rings it for us, so they talk in the browser.
            _ if failure == HandoffFailure::Trunk => self.stop_phones(|one| one.has_phone(ringing), fx),
            (true, None) => {
                self.stop_phones(|one| one.has_phone(ringing), fx);
                self.never_talks(user_id, failure, now, fx);
            }
            (false, _) => {
                self.stop_phones(|one| one.has_phone(ringing), fx);
                let handoff = phone.handoff;
                self.handoffs.is_passed_at_phone(handoff, user_id, failure, now + AUDIO_MS_MAX);
                fx.push(Effect::PassOffer { handoff, user_id, failure });
            }
        }
    }

    /// An agent's audio comes from elsewhere now and replaces their phone.
    pub(super) fn talks_elsewhere(&mut self, user: UserId, fx: &mut Effects) {
        let phone = self.participants.find_mut(Who::Agent(user)).and_then(|one| one.phone.take());
        fx.extend(phone.map(|phone| Effect::StopPhone { ringing: phone.ringing }));
    }

    /// Handsets that were lifted but whose agents did not get the call in time.
    pub(super) fn phones_deadline(&mut self, now: UnixMs, fx: &mut Effects) {
        let phones = self.participants.iter().filter_map(|one| one.phone);
        let late = phones.filter(|phone| phone.until.is_some_and(|until| until <= now));
        let late: Vec<EffectId> = late.map(|phone| phone.ringing).collect();
        for ringing in late {
            self.phone_not_reached(ringing, HandoffFailure::Timeout, now, fx);
        }
    }

    /// Stops phones whose agents are neither offered the call nor in it; runs after each step.
    pub(super) fn tend_phones(&mut self, fx: &mut Effects) {
        let invited = self.participants.iter().filter(|one| one.as_invited().is_some());
        let phones = invited.filter_map(|one| one.phone);
        let idle = phones.filter(|phone| self.offered(phone.handoff).is_none());
        let idle: Vec<EffectId> = idle.map(|phone| phone.ringing).collect();
        if !idle.is_empty() {
            self.stop_phones(|one| idle.iter().any(|ringing| one.has_phone(*ringing)), fx);
        }
    }

    /// The process died, and with it the audio of phones. Phones that still ring are stopped.
    pub(super) fn phones_died(&mut self, fx: &mut Effects) {
        self.stop_phones(|one| one.phone.is_some(), fx);
    }

    /// Stops these phones. An agent who has the call stays in it; one who doesn't is no longer asked.
    fn stop_phones(&mut self, is_meant: impl Fn(&Participant) -> bool, fx: &mut Effects) {
        let meant = self.participants.iter().filter(|one| is_meant(one)).map(Participant::who);
        for who in meant.collect::<Vec<_>>() {
            let is_invited = self.participants.find(who).is_some_and(|one| one.as_invited().is_some());
            match who {
                Who::Agent(_) if is_invited => self.participant_leaves(who, [], fx),
                Who::Agent(user) => self.talks_elsewhere(user, fx),
                Who::External(_) | Who::Supervisor(_) | Who::PersonAtSwitch => {}
            }
        }
    }
}
