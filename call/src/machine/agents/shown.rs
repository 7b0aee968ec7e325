//! The state of agents in the call, as their desks show it.

use cordboard_schema::agent::{AgentAudio, AgentCallState};
use cordboard_schema::ids::UserId;

use super::super::agent_calls::ShownAgentCall;
use super::super::participants::{Participant, Role, Who};
use super::super::{Effect, Effects, Machine, Phase, supervision};
use crate::effect::AgentStatus;

impl Machine {
    /// Starts and stops phones, music and ring-back tones, then notifies desks of changes; runs after each step.
    pub(in super::super) fn tend_agents(&mut self, fx: &mut Effects) {
        self.tend_phones(fx);
        self.tend_music(fx);
        self.tend_ring_back(fx);
        let agents = self.agents_in_call().collect::<Vec<_>>();
        let begun = agents.iter().map(|user| self.shown_begun(*user)).collect::<Vec<_>>();
        let is_lost = matches!(*self.lifecycle.phase(), Phase::Interrupted { .. });
        let held_since = self.holding.by_agents_since();
        let (consult, last_consult) = (self.consults.shown(), self.consults.last());
        let briefed = self.briefing.listener();
        let talkers = || self.participants.talkers().filter(|one| one.talks());
        let with_caller: Vec<UserId> =
            talkers().filter_map(Participant::as_agent).map(|agent| agent.user_id).collect();
        let outsiders: Vec<String> =
            talkers().filter_map(Participant::as_external).map(|party| party.name.clone()).collect();
        let supervisors = supervision::shown(&self.participants);
        for (user_id, begun) in agents.into_iter().zip(begun) {
            let Some(one) = self.participants.agent_mut(user_id) else { continue };
            let (presence, phone) = (one.presence, one.phone);
            let Role::Agent(agent) = &mut one.role else { continue };
            let ShownAgentCall { begins, dialling, colleague } = begun;
            let audio = if phone.is_some() { AgentAudio::Phone } else { AgentAudio::Browser };
            let is_asked = consult.as_ref().is_some_and(|known| known.with == Some(user_id));
            let is_here = presence.here().is_some();
            let state = match (presence.since(), is_here, held_since) {
                (None, true, _) if is_asked => AgentCallState::Consulted,
                (None, false, _) if is_asked => AgentCallState::AudioLost,
                (None, true, _) if briefed == Some(Who::Agent(user_id)) => AgentCallState::Briefed,
                (None, ..) if begins && (presence.awaited_until().is_some() || dialling.is_none()) => {
                    AgentCallState::AudioLost
                }
                (None, ..) if begins => AgentCallState::Dialling,
                (None, ..) => AgentCallState::Connecting,
                (_, false, _) => AgentCallState::AudioLost,
                _ if is_lost => AgentCallState::CallerLost,
                (_, _, Some(_)) => AgentCallState::Held,
                _ => AgentCallState::Talking,
            };
            let others = with_caller.iter().copied().filter(|user| *user != user_id);
            let others = others.filter(|_| colleague.is_none()).collect();
            let (outsiders, consult, supervisors) = (outsiders.clone(), consult.clone(), supervisors.clone());
            let status = AgentStatus {
                state,
                talks_since: presence.since(),
                held_since,
                is_muted: agent.is_muted,
                audio,
                others,
                outsiders,
                consult,
                last_consult,
                dialling,
                colleague,
                supervisors,
            };
            if agent.shown.as_deref() != Some(&status) {
                agent.shown = Some(Box::new(status.clone()));
                fx.push(Effect::AgentIs { user_id, status });
            }
        }
    }

    /// Has the agents' state reported to desks again, because the earlier receiver may have died.
    pub(in super::super) fn report_agents_again(&mut self) {
        for one in self.participants.iter_mut() {
            if let Role::Agent(agent) = &mut one.role {
                agent.shown = None;
            }
        }
    }
}
