//! People on a phone who are joined with the caller here: rung by us, whichever switch has the caller.
//!
//! An agent asks for one by a consultation ([`super::consults`]); who is to take over from the assistant, where the caller's own
//! switch can ring nobody, is asked by the call's hand-off. Its number is that of the ringing. Whoever was joined with the caller
//! stays when agents leave, and with the last of both the call ends.

use cordboard_schema::call::{Ending, HangupBy, HangupCause, LegEnd};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::{EffectId, LegId};
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;

use super::whisper::Listener;
use super::{Effect, Effects, Machine, Phase, note};
use crate::handoff::{Handoff, HandoffEvent, Stage, Way};

/// Somebody on a phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outsider {
    /// The consultation or the hand-off, and their ringing.
    pub(super) consult: EffectId,
    /// What the list calls them, or their number.
    pub(super) name: String,
    /// Their audio, until it has gone.
    pub(super) leg: Option<LegId>,
    has_joined: bool,
    /// Since when they talk with the caller.
    pub(super) talks_since: Option<UnixMs>,
}

impl Outsider {
    /// The leg by which they hear and speak.
    pub(super) fn ends(&self) -> Option<LegId> {
        self.leg.filter(|_| self.has_joined)
    }

    /// Whether they have the caller.
    pub(super) fn talks(&self) -> bool {
        self.talks_since.is_some()
    }
}

impl Machine {
    /// What asks for somebody by this ringing of ours.
    fn asking(&self, ringing: EffectId) -> Option<&Handoff> {
        let consulted = self.agents.consulting.as_ref().map(|consulting| &consulting.handoff);
        let mut asking = consulted.into_iter().chain(&self.handoff);
        asking.find(|known| {
            let stage = known.stage();
            let is_rung = matches!(stage, Stage::Ringing { .. } | Stage::Accepted { agent: None, .. });
            known.id == ringing && known.callee.joined_here.is_some() && is_rung && known.rings_phone()
        })
    }

    /// Whoever is asked for on a phone has answered.
    pub(super) fn outsider_answered(&mut self, consult: EffectId, now: UnixMs, fx: &mut Effects) {
        if self.asking(consult).is_some() {
            self.handoff_event(consult, &HandoffEvent::Accepted, now, fx);
        }
    }

    /// They could not be reached, or are gone again. Of one whose audio is there its end tells, and not every switch ends it.
    pub(super) fn outsider_failed(
        &mut self,
        consult: EffectId,
        failure: HandoffFailure,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        if let Some(outsider) = self.agents.outsider(consult) {
            if let Some(leg) = outsider.leg {
                fx.push(Effect::ReleaseLeg(leg));
                self.leg_left(leg, LegEnd::Released, now, fx);
            }
        } else if self.asking(consult).is_some() {
            fx.push(Effect::StopPhone { ringing: consult });
            self.handoff_event(consult, &HandoffEvent::Failed(Way::Phone, failure), now, fx);
        }
    }

    /// Whether it is the audio of somebody whom an agent asks for.
    pub(super) fn outsider_leg_arrived(
        &mut self,
        leg: LegId,
        consult: EffectId,
        now: UnixMs,
        fx: &mut Effects,
    ) -> bool {
        let Some(name) = self.asking(consult).map(|known| known.name.clone()) else { return false };
        if self.lifecycle.has_ended() || self.agents.outsider(consult).is_some() {
            return false;
        }
        let outsider = Outsider { consult, name, leg: Some(leg), has_joined: false, talks_since: None };
        self.agents.outsiders.push(outsider);
        fx.push(Effect::StartLeg(leg));
        // It may come before the word that they have answered.
        self.outsider_answered(consult, now, fx);
        true
    }

    /// Whether it was the leg of such a one that joined.
    pub(super) fn outsider_leg_joined(&mut self, leg: LegId, now: UnixMs, fx: &mut Effects) -> bool {
        let Some(outsider) = self.agents.outsiders.iter_mut().find(|outsider| outsider.leg == Some(leg))
        else {
            return false;
        };
        if !std::mem::replace(&mut outsider.has_joined, true) {
            let (consult, target) = (outsider.consult, outsider.name.clone());
            fx.push(note(Decision::OutsiderAnswered { consult, target, leg }));
            let takes_over = self.handoff.as_ref().is_some_and(|known| known.id == consult);
            if !takes_over || !self.whisper_begins((consult, Listener::Outsider), leg, now, fx) {
                self.handoff_event(consult, &HandoffEvent::Bridged, now, fx);
            }
            self.rewire(fx);
        }
        true
    }

    /// Whether it was the leg of such a one that has gone. They don't come back.
    pub(super) fn outsider_leg_left(&mut self, leg: LegId, now: UnixMs, fx: &mut Effects) -> bool {
        let Some(outsider) = self.agents.outsiders.iter_mut().find(|outsider| outsider.leg == Some(leg))
        else {
            return false;
        };
        outsider.leg = None;
        let (consult, has_talked) = (outsider.consult, outsider.talks());
        self.drop_outsider(consult, now, fx);
        if !has_talked && self.agents.consulting.as_ref().is_some_and(|known| known.handoff.id == consult) {
            self.outsider_leaves_consult(consult, now, fx);
        } else if !has_talked {
            let declined = HandoffEvent::Failed(Way::Phone, HandoffFailure::Declined);
            self.handoff_event(consult, &declined, now, fx);
        } else if matches!(*self.lifecycle.phase(), Phase::WithAgents { .. }) && !self.has_agents() {
            let ending = Ending { cause: HangupCause::normal_clearing(), by: HangupBy::Switch };
            self.end(ending, NextStep::Hangup, fx);
        }
        true
    }

    /// Such a one talks with the caller from now on.
    pub(super) fn outsider_meets_caller(&mut self, consult: EffectId, now: UnixMs, fx: &mut Effects) {
        let Some(outsider) = self.agents.outsiders.iter_mut().find(|outsider| outsider.consult == consult)
        else {
            return;
        };
        outsider.talks_since = Some(now);
        fx.push(note(Decision::OutsiderJoined { consult, target: outsider.name.clone() }));
    }

    /// Such a one has the caller from now on, in place of the assistant.
    pub(super) fn outsider_took_over(&mut self, handoff: EffectId, now: UnixMs, fx: &mut Effects) {
        self.outsider_meets_caller(handoff, now, fx);
        self.person_took_over(handoff, now, fx);
        // A caller who is lost just now comes back to them.
        if !matches!(*self.lifecycle.phase(), Phase::Interrupted { .. }) {
            self.leave_to_agents(now, fx);
        }
    }

    /// Such a one is in the call no more: their leg and their phone are ended.
    pub(super) fn drop_outsider(&mut self, consult: EffectId, now: UnixMs, fx: &mut Effects) {
        let Some(at) = self.agents.outsiders.iter().position(|outsider| outsider.consult == consult) else {
            return;
        };
        let Outsider { name: target, leg, talks_since, .. } = self.agents.outsiders.remove(at);
        let talked_ms = talks_since.map(|since| now.ms_since(since));
        self.whisper_broken(consult, fx);
        fx.push(note(Decision::OutsiderLeft { consult, target, talked_ms }));
        self.rewire(fx);
        fx.extend(leg.map(Effect::ReleaseLeg));
        fx.push(Effect::StopPhone { ringing: consult });
    }

    /// The same of one who may not have answered yet.
    pub(super) fn stop_outsider(&mut self, consult: EffectId, now: UnixMs, fx: &mut Effects) {
        match self.agents.outsider(consult) {
            Some(_) => self.drop_outsider(consult, now, fx),
            None => fx.push(Effect::StopPhone { ringing: consult }),
        }
    }

    /// The process died while somebody was rung to take over here: nobody is, any more.
    pub(super) fn joining_died(&mut self, fx: &mut Effects) {
        let now = self.last_fact_at;
        let own = self.handoff.as_ref().map(|handoff| handoff.id);
        if let Some(id) = own.filter(|id| self.asking(*id).is_some()) {
            self.stop_outsider(id, now, fx);
            self.handoff_event(id, &HandoffEvent::Failed(Way::Phone, HandoffFailure::Congestion), now, fx);
        }
    }

    /// None of them is in the call any more: it has ended, or its caller goes another way.
    pub(super) fn let_outsiders_go(&mut self, now: UnixMs, fx: &mut Effects) {
        while let Some(consult) = self.agents.outsiders.first().map(|outsider| outsider.consult) {
            self.drop_outsider(consult, now, fx);
        }
    }
}
