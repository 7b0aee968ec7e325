//! External parties: people on a phone who are joined with the caller here. We ring them, on whichever switch the caller is.
//!
//! An agent asks for one by a consultation ([`super::consults`]). If the caller's own switch can't ring anyone, the call's hand-off asks
//! for a person who takes over from the assistant in the same way. The number of the consultation or hand-off is also the number of the
//! ringing. External parties who were joined with the caller stay when agents leave. The call ends with the last of both.

use cordboard_schema::call::{Ending, HangupBy, HangupCause, LegEnd};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::{EffectId, LegId};
use cordboard_schema::line::Line;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;

use super::news::MissedEvents;
use super::participants::{ExternalParty, Participant, Role, RungPhone, Who};
use super::{Effect, Effects, Machine, Phase, note};
use crate::handoff::{Handoff, HandoffEvent, Route, Stage};

/// How long a switch may take to report that a person whose line seemed to break has hung up, in ms.
const HANGUP_REPORT_MS_MAX: u64 = 3_000;

impl Machine {
    /// Returns the hand-off that asks for a person by this ringing of ours.
    fn asking(&self, ringing: EffectId) -> Option<&Handoff> {
        let mut asking = self.consults.handoff().into_iter().chain(self.handoffs.newest());
        asking.find(|known| {
            let stage = known.stage();
            let is_rung = matches!(stage, Stage::Ringing { .. } | Stage::Accepted { agent: None, .. });
            known.id == ringing && known.callee.joined_here.is_some() && is_rung && known.rings_phone()
        })
    }

    /// The person who is asked by phone has answered.
    pub(super) fn external_party_answered(&mut self, asked_by: EffectId, now: UnixMs, fx: &mut Effects) {
        if self.asking(asked_by).is_some() {
            self.handoff_event(asked_by, &HandoffEvent::Accepted, now, fx);
        }
    }

    /// They could not be reached, or are gone again. If their audio has joined, the end of that audio reports it, but not every switch ends
    /// the audio.
    pub(super) fn external_party_failed(
        &mut self,
        asked_by: EffectId,
        failure: HandoffFailure,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        if let Some(one) = self.participants.find(Who::External(asked_by)) {
            if let Some(leg) = one.presence.leg() {
                fx.push(Effect::ReleaseLeg(leg));
                self.leg_left(leg, LegEnd::Released, now, fx);
            } else if one.presence.awaited_until().is_some() {
                self.external_party_left(asked_by, now, fx);
            }
        } else if self.asking(asked_by).is_some() {
            fx.push(Effect::StopPhone { ringing: asked_by });
            self.handoff_event(asked_by, &HandoffEvent::Failed(Route::Phone, failure), now, fx);
        }
    }

    /// Takes the audio of an external party who was asked. Returns whether it was that.
    pub(super) fn external_leg_arrived(
        &mut self,
        leg: LegId,
        asked_by: EffectId,
        now: UnixMs,
        fx: &mut Effects,
    ) -> bool {
        let Some(name) = self.asking(asked_by).map(|known| known.name.clone()) else { return false };
        if self.lifecycle.has_ended() || self.participants.find(Who::External(asked_by)).is_some() {
            return false;
        }
        let phone = RungPhone { ringing: asked_by, handoff: asked_by, is_lifted: true, until: None };
        let one = self.participants.add(Role::External(ExternalParty { asked_by, name }));
        one.phone = Some(phone);
        one.presence.arrives(leg);
        fx.push(Effect::StartLeg(leg));
        // The audio may arrive before the report that they have answered.
        self.external_party_answered(asked_by, now, fx);
        true
    }

    /// The audio of an external party has joined.
    pub(super) fn external_party_is_here(
        &mut self,
        asked_by: EffectId,
        leg: LegId,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let Some(target) = self.external_party_name(asked_by) else { return };
        fx.push(note(Decision::OutsiderAnswered { consult: asked_by, target, leg }));
        match self.handoffs.is_newest(asked_by) {
            true => self.person_is_here((asked_by, Who::External(asked_by)), leg, now, fx),
            false => self.handoff_event(asked_by, &HandoffEvent::Bridged, now, fx),
        }
    }

    fn external_party_name(&self, asked_by: EffectId) -> Option<String> {
        let party = self.participants.find(Who::External(asked_by))?.as_external()?;
        Some(party.name.clone())
    }

    /// The line of an external party broke. If nobody else has the caller, this alone does not end the call. Returns whether it was handled
    /// that way.
    pub(super) fn external_party_broken(
        &mut self,
        asked_by: EffectId,
        now: UnixMs,
        fx: &mut Effects,
    ) -> bool {
        let who = Who::External(asked_by);
        let has_others = self.participants.talkers().any(|one| one.talks() && one.who() != who);
        let is_left_to_them = !has_others && matches!(*self.lifecycle.phase(), Phase::WithAgents { .. });
        let one = self.participants.find_mut(who).filter(|one| is_left_to_them && one.talks());
        let Some(one) = one else { return false };
        one.presence.is_away(now + HANGUP_REPORT_MS_MAX);
        self.rewire(fx);
        true
    }

    /// Removes external parties whose line broke and who have not hung up, as far as was reported. Returns whether there were any.
    pub(super) fn external_parties_deadline(&mut self, now: UnixMs, fx: &mut Effects) -> bool {
        let is_over = |one: &&Participant| one.presence.awaited_until().is_some_and(|until| until <= now);
        let gone = self.participants.external_parties().filter(is_over).filter_map(Participant::as_external);
        let gone: Vec<EffectId> = gone.map(|party| party.asked_by).collect();
        for asked_by in &gone {
            self.drop_external_party(*asked_by, now, fx);
        }
        !gone.is_empty()
    }

    /// The audio of an external party is gone. They don't come back.
    pub(super) fn external_party_left(&mut self, asked_by: EffectId, now: UnixMs, fx: &mut Effects) {
        let Some(one) = self.participants.find_mut(Who::External(asked_by)) else { return };
        one.presence.is_lost();
        let has_talked = one.talks();
        self.drop_external_party(asked_by, now, fx);
        if !has_talked && self.consults.is_by(asked_by) {
            self.external_party_leaves_consult(asked_by, now, fx);
        } else if !has_talked {
            let declined = HandoffEvent::Failed(Route::Phone, HandoffFailure::Declined);
            self.handoff_event(asked_by, &declined, now, fx);
        } else if !self.has_agents() {
            if matches!(*self.lifecycle.phase(), Phase::WithAgents { .. }) {
                let ending = Ending { cause: HangupCause::normal_clearing(), by: HangupBy::Switch };
                return self.end(ending, NextStep::Hangup, fx);
            }
            // A caller who is away finds the assistant, who can ask another person.
            let message =
                "a person has talked with the caller, and has left while the caller was away".to_owned();
            self.caller_without_agents(MissedEvents { message, opening: Line::WelcomeBack }, now, fx);
        }
    }

    /// An external party talks with the caller from now on.
    pub(super) fn external_party_meets_caller(&mut self, asked_by: EffectId, now: UnixMs, fx: &mut Effects) {
        let Some(target) = self.external_party_name(asked_by) else { return };
        self.meets_caller(Who::External(asked_by), now);
        fx.push(note(Decision::OutsiderJoined { consult: asked_by, target }));
    }

    /// An external party replaces the assistant from now on.
    pub(super) fn external_party_took_over(&mut self, handoff: EffectId, now: UnixMs, fx: &mut Effects) {
        self.external_party_meets_caller(handoff, now, fx);
        self.outgoing.person_joined();
        self.person_took_over(handoff, now, fx);
        // A caller who is lost just now comes back to them.
        if !matches!(*self.lifecycle.phase(), Phase::Interrupted { .. }) {
            self.leave_to_agents(now, fx);
        }
    }

    /// An external party leaves the call: ends their leg and their phone call.
    pub(super) fn drop_external_party(&mut self, asked_by: EffectId, now: UnixMs, fx: &mut Effects) {
        let who = Who::External(asked_by);
        let Some(one) = self.participants.find(who) else { return };
        let talked_ms = one.presence.took_part_ms(now);
        let Some(target) = self.external_party_name(asked_by) else { return };
        let left = note(Decision::OutsiderLeft { consult: asked_by, target, talked_ms });
        self.participant_leaves(who, [left], fx);
    }

    /// Like `drop_external_party`, also for one who may not have answered yet.
    pub(super) fn stop_external_party(&mut self, asked_by: EffectId, now: UnixMs, fx: &mut Effects) {
        match self.participants.find(Who::External(asked_by)) {
            Some(_) => self.drop_external_party(asked_by, now, fx),
            None => fx.push(Effect::StopPhone { ringing: asked_by }),
        }
    }

    /// The process died while a person was rung to take over here: that ringing is over.
    pub(super) fn joining_died(&mut self, fx: &mut Effects) {
        let now = self.last_fact_at;
        let own = self.handoffs.newest_id();
        if let Some(id) = own.filter(|id| self.asking(*id).is_some()) {
            self.stop_external_party(id, now, fx);
            self.handoff_event(id, &HandoffEvent::Failed(Route::Phone, HandoffFailure::Congestion), now, fx);
        }
    }

    /// All external parties leave the call: it has ended, or its caller goes elsewhere.
    pub(super) fn let_external_parties_go(&mut self, now: UnixMs, fx: &mut Effects) {
        let parties = self.participants.external_parties().filter_map(Participant::as_external);
        let asked_by: Vec<EffectId> = parties.map(|party| party.asked_by).collect();
        for asked_by in asked_by {
            self.drop_external_party(asked_by, now, fx);
        }
    }
}
