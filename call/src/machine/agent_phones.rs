//! Agents who talk on the phone at their extension: it rings while the call is offered to them, rung by us, and its audio is theirs.
//!
//! ```text
//! offered ──> rings ──lifted──> takes the offer ──accepted, audio──> an agent's leg as any other ──put down──> hangs up
//!               │ busy, declined, not reached: the offer passes them by
//!               └ accepted at the desk: rings on for 30 s, until it is lifted
//! ```
//! A phone rings as long as its agent is offered the call, or is in it: what else becomes of either ends it, behind each step.

use cordboard_schema::agent::{AgentAudio, AgentEnd, PhoneNow};
use cordboard_schema::call::{Ending, HangupBy, HangupCause, LegEnd};
use cordboard_schema::dial::DialTarget;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Decision, Fact};
use cordboard_schema::ids::{EffectId, LegId, UserId};
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;

use super::{Effect, Effects, Machine, note};
use crate::handoff::{Handoff, HandoffEvent, LIFTING_MS_MAX};

/// How long the audio of a handset that was lifted may take to come, and the router to say whose the caller is.
const AUDIO_MS_MAX: u64 = 10_000;

/// The phone of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AgentPhone {
    pub(super) ringing: EffectId,
    handoff: EffectId,
    pub(super) user_id: UserId,
    is_lifted: bool,
    /// Its audio, from when it arrives.
    pub(super) leg: Option<LegId>,
    has_joined: bool,
    /// It was lifted, and its agent does not have the call yet: when that is waited for no longer.
    pub(super) until: Option<UnixMs>,
}

/// Where this agent talks, by the phones that ring or are lifted.
pub(super) fn audio_of(phones: &[AgentPhone], user: UserId) -> AgentAudio {
    match phones.iter().any(|phone| phone.user_id == user) {
        true => AgentAudio::Phone,
        false => AgentAudio::Browser,
    }
}

impl Machine {
    /// What is told of phones that we ring to join the call here.
    pub(super) fn phone_told(&mut self, fact: &Fact, now: UnixMs, fx: &mut Effects) {
        match fact {
            Fact::PhoneOffered { handoff, user_id, extension, ring_ms } => {
                self.phone_offered(*handoff, *user_id, extension, *ring_ms, fx);
            }
            Fact::PhoneOfferGone { handoff, user_id } => {
                let is_of = |phone: &AgentPhone| phone.handoff == *handoff && phone.user_id == *user_id;
                if !self.has_agent(*user_id) {
                    self.stop_phones(is_of, fx);
                }
            }
            Fact::PhoneTold { ringing, now: told } => match told {
                PhoneNow::Rings => {}
                PhoneNow::Answered => self.phone_answered(*ringing, now, fx),
                PhoneNow::PutDown => self.phone_put_down(*ringing, now, fx),
                PhoneNow::Failed { failure, .. } => self.rung_in_vain(*ringing, *failure, now, fx),
            },
            Fact::PhoneLegArrived { leg, ringing } => self.phone_leg_arrived(*leg, *ringing, now, fx),
            _ => {}
        }
    }

    /// The call is offered to an agent who talks on their phone. Where that can't be rung from here they talk in the browser.
    fn phone_offered(
        &mut self,
        handoff: EffectId,
        user_id: UserId,
        extension: &str,
        ring_ms: u64,
        fx: &mut Effects,
    ) {
        let is_rung = self.agents.phones.iter().any(|phone| phone.user_id == user_id);
        let Some((name, _)) = self.policy.extension(extension) else { return };
        let name = name.to_owned();
        let Ok(target) = DialTarget::find(&name, &self.policy) else { return };
        let number = target.number();
        let rings_there = |known: &Handoff| {
            known.rings_phone() && known.callee.phone.as_ref().is_some_and(|phone| phone.number() == number)
        };
        let is_there_already = self.offered(handoff).is_none_or(rings_there);
        if is_rung || is_there_already || self.has_agent(user_id) {
            return;
        }
        let ringing = self.number_effect();
        self.agents.phones.push(AgentPhone {
            ringing,
            handoff,
            user_id,
            is_lifted: false,
            leg: None,
            has_joined: false,
            until: None,
        });
        fx.push(note(Decision::PhoneRung { ringing, user_id, target: name }));
        let timeout_ms = ring_ms + LIFTING_MS_MAX;
        fx.push(Effect::RingPhone { ringing, target, timeout_ms });
    }

    /// The hand-off of this number, where the call is offered at desks by it.
    fn offered(&self, handoff: EffectId) -> Option<&Handoff> {
        let asked = self.agents.consulting.as_ref().map(|consulting| &consulting.handoff);
        self.handoff.iter().chain(asked).find(|known| known.id == handoff && known.is_offered())
    }

    fn phone_of(&mut self, ringing: EffectId) -> Option<&mut AgentPhone> {
        self.agents.phones.iter_mut().find(|phone| phone.ringing == ringing)
    }

    /// A handset was lifted: its agent takes the call.
    fn phone_answered(&mut self, ringing: EffectId, now: UnixMs, fx: &mut Effects) {
        let Some(phone) = self.phone_of(ringing) else {
            return self.outsider_answered(ringing, now, fx);
        };
        if std::mem::replace(&mut phone.is_lifted, true) {
            return;
        }
        let (handoff, user_id) = (phone.handoff, phone.user_id);
        if self.has_agent(user_id) {
            return self.await_audio_of(handoff, user_id, now + AUDIO_MS_MAX);
        }
        if let Some(phone) = self.phone_of(ringing) {
            phone.until = Some(now + AUDIO_MS_MAX);
        }
        fx.push(Effect::TakeOffer { handoff, user_id });
    }

    fn await_audio_of(&mut self, handoff: EffectId, user: UserId, until: UnixMs) {
        let asked = self.agents.consulting.as_mut().map(|consulting| &mut consulting.handoff);
        let known = self.handoff.iter_mut().chain(asked).find(|known| known.id == handoff);
        known.into_iter().for_each(|known| known.awaits_audio(user, until));
    }

    /// An agent has accepted, on their phone or at their desk: what of their phone is there is theirs.
    pub(super) fn phone_is_accepted(&mut self, user: UserId, now: UnixMs, fx: &mut Effects) {
        let Some(phone) = self.agents.phones.iter_mut().find(|phone| phone.user_id == user) else { return };
        phone.until = None;
        let (handoff, is_lifted) = (phone.handoff, phone.is_lifted);
        let (leg, has_joined) = (phone.leg, phone.has_joined);
        if !is_lifted {
            self.await_audio_of(handoff, user, now + LIFTING_MS_MAX);
        }
        if let Some(leg) = leg {
            self.agents.gets_leg(user, leg);
            if has_joined {
                self.agent_leg_joined(leg, now, fx);
            }
        }
    }

    /// The audio of a phone has come: taken where it rings for this call, once.
    fn phone_leg_arrived(&mut self, leg: LegId, ringing: EffectId, now: UnixMs, fx: &mut Effects) {
        if leg.0 <= self.legs_numbered {
            return;
        }
        self.legs_numbered = leg.0;
        if self.outsider_leg_arrived(leg, ringing, now, fx) {
            return;
        }
        let is_over = self.lifecycle.has_ended();
        let Some(phone) = self.phone_of(ringing).filter(|phone| !is_over && phone.leg.is_none()) else {
            return fx.push(Effect::RefuseLeg(leg));
        };
        phone.leg = Some(leg);
        let user_id = phone.user_id;
        self.agents.gets_leg(user_id, leg);
        fx.push(Effect::StartLeg(leg));
        self.phone_answered(ringing, now, fx);
    }

    /// Whether it was a phone's leg that joined, whose agent does not have the call yet.
    pub(super) fn phone_leg_joined(&mut self, leg: LegId) -> bool {
        let Some(phone) = self.agents.phones.iter_mut().find(|phone| phone.leg == Some(leg)) else {
            return false;
        };
        phone.has_joined = true;
        let user = phone.user_id;
        !self.has_agent(user)
    }

    /// Whether it was a phone's leg that has gone, and the handset put down. A line that broke is an agent's audio that was lost.
    pub(super) fn phone_leg_left(&mut self, leg: LegId, how: LegEnd, now: UnixMs, fx: &mut Effects) -> bool {
        let Some(phone) = self.agents.phones.iter().find(|phone| phone.leg == Some(leg)) else {
            return false;
        };
        let (ringing, user) = (phone.ringing, phone.user_id);
        match (self.has_agent(user), how) {
            (true, LegEnd::Broken) => {
                self.phone_of(ringing).into_iter().for_each(|phone| phone.leg = None);
                return false;
            }
            (true, _) => {
                self.agents.loses_leg(leg);
                self.puts_down(user, now, fx);
            }
            (false, _) => {
                self.phone_of(ringing).into_iter().for_each(|phone| phone.leg = None);
                self.rung_in_vain(ringing, HandoffFailure::Declined, now, fx);
            }
        }
        true
    }

    /// The switch says that who has this phone has hung up. Where its line seemed to break it was that: they do not come back.
    fn phone_put_down(&mut self, ringing: EffectId, now: UnixMs, fx: &mut Effects) {
        let broken = self.phone_of(ringing).filter(|phone| phone.has_joined && phone.leg.is_none());
        match broken.map(|phone| phone.user_id).filter(|user| self.has_agent(*user)) {
            Some(user) => self.puts_down(user, now, fx),
            None => self.rung_in_vain(ringing, HandoffFailure::Declined, now, fx),
        }
    }

    /// An agent has put their handset down.
    fn puts_down(&mut self, user: UserId, now: UnixMs, fx: &mut Effects) {
        let talks = self.agents.all.iter().any(|agent| agent.is(user) && agent.talks());
        if self.is_consulted(user) {
            self.agent_leaves(user, AgentEnd::ConsultOver, now, fx);
        } else if !talks {
            self.never_talks(user, HandoffFailure::Declined, now, fx);
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
    fn never_talks(&mut self, user: UserId, failure: HandoffFailure, now: UnixMs, fx: &mut Effects) {
        let Some(handoff) = self.agents.handoff_of(user) else { return };
        self.handoff_event(handoff, &HandoffEvent::NoAudio(failure), now, fx);
    }

    /// A phone could not be reached, or is gone again. Of one whose audio is there its end tells, and not every switch ends it.
    fn rung_in_vain(&mut self, ringing: EffectId, failure: HandoffFailure, now: UnixMs, fx: &mut Effects) {
        let Some(phone) = self.phone_of(ringing) else {
            return self.outsider_failed(ringing, failure, now, fx);
        };
        let (handoff, user_id, leg, has_joined) = (phone.handoff, phone.user_id, phone.leg, phone.has_joined);
        match (self.has_agent(user_id), leg) {
            (true, Some(leg)) => {
                fx.push(Effect::ReleaseLeg(leg));
                self.leg_left(leg, LegEnd::Released, now, fx);
            }
            // The line broke before: they may come back, and be it in the browser.
            (true, None) if has_joined => {}
            // No switch rings it for us: they talk in the browser.
            _ if failure == HandoffFailure::Trunk => self.stop_phones(|phone| phone.ringing == ringing, fx),
            (true, None) => {
                self.stop_phones(|phone| phone.ringing == ringing, fx);
                self.never_talks(user_id, failure, now, fx);
            }
            (false, _) => {
                self.stop_phones(|phone| phone.ringing == ringing, fx);
                fx.push(Effect::PassOffer { handoff, user_id, failure });
            }
        }
    }

    /// The audio of an agent has come from elsewhere, in the place of their phone.
    pub(super) fn talks_elsewhere(&mut self, user: UserId, fx: &mut Effects) {
        self.agents.phones.retain(|phone| {
            if phone.user_id == user {
                fx.push(Effect::StopPhone { ringing: phone.ringing });
            }
            phone.user_id != user
        });
    }

    /// Handsets that were lifted, and whose agents were not given the call in time.
    pub(super) fn phones_deadline(&mut self, now: UnixMs, fx: &mut Effects) {
        let is_late = |phone: &AgentPhone| phone.until.is_some_and(|until| until <= now);
        let late: Vec<EffectId> =
            self.agents.phones.iter().filter(|phone| is_late(phone)).map(|phone| phone.ringing).collect();
        for ringing in late {
            self.rung_in_vain(ringing, HandoffFailure::Timeout, now, fx);
        }
    }

    /// Phones ring no more whose agents are neither offered the call nor in it: behind each step.
    pub(super) fn tend_phones(&mut self, fx: &mut Effects) {
        let is_idle =
            |phone: &AgentPhone| !self.has_agent(phone.user_id) && self.offered(phone.handoff).is_none();
        let idle: Vec<EffectId> =
            self.agents.phones.iter().filter(|phone| is_idle(phone)).map(|phone| phone.ringing).collect();
        if !idle.is_empty() {
            self.stop_phones(|phone| idle.contains(&phone.ringing), fx);
        }
    }

    /// The process died, and with it the audio of phones: what of them still rings is ended.
    pub(super) fn phones_died(&mut self, fx: &mut Effects) {
        self.agents.phones.iter_mut().for_each(|phone| phone.leg = None);
        self.stop_phones(|_| true, fx);
    }

    fn stop_phones(&mut self, is_meant: impl Fn(&AgentPhone) -> bool, fx: &mut Effects) {
        let (stopped, kept): (Vec<_>, Vec<_>) =
            self.agents.phones.drain(..).partition(|phone| is_meant(phone));
        self.agents.phones = kept;
        for AgentPhone { ringing, leg, user_id, .. } in stopped {
            // What has become an agent's leg is released with them.
            fx.extend(leg.filter(|_| !self.has_agent(user_id)).map(Effect::ReleaseLeg));
            fx.push(Effect::StopPhone { ringing });
        }
    }
}
