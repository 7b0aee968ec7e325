//! How agents stand in the call, as their desks show it.

use cordboard_schema::agent::AgentCallState;
use cordboard_schema::ids::UserId;

use super::super::agent_calls::ShownBegun;
use super::super::agent_phones::audio_of;
use super::super::consults::Consulting;
use super::super::{Effect, Effects, Machine, Phase};
use super::AgentInCall;
use crate::effect::AgentStands;

impl Machine {
    /// Tells desks what has changed: behind each step.
    pub(in super::super) fn tend_agents(&mut self, fx: &mut Effects) {
        self.tend_phones(fx);
        self.tend_music(fx);
        self.tend_ring_back(fx);
        let begun = self.agents.all.iter().map(|agent| self.shown_begun(agent.user_id)).collect::<Vec<_>>();
        let is_lost = matches!(*self.lifecycle.phase(), Phase::Interrupted { .. });
        let held_since = self.holding.by_agents_since();
        let consult = self.agents.consulting.as_ref().map(Consulting::shown);
        let last_consult = self.agents.last_consult;
        let told = self.agents.whisper.and_then(|whisper| whisper.listener.agent());
        let with_caller: Vec<UserId> = self.with_caller().collect();
        let outsiders = self.agents.outsiders.iter().filter(|outsider| outsider.talks());
        let outsiders: Vec<String> = outsiders.map(|outsider| outsider.name.clone()).collect();
        let supervisors = self.supervision.shown();
        let phones = &self.agents.phones;
        for (agent, begun) in self.agents.all.iter_mut().zip(begun) {
            let ShownBegun { begins, dialling, colleague } = begun;
            let audio = audio_of(phones, agent.user_id);
            let is_asked = consult.as_ref().is_some_and(|known| known.with == Some(agent.user_id));
            let state = match (agent.talks_since, agent.has_joined, held_since) {
                (None, true, _) if is_asked => AgentCallState::Consulted,
                (None, false, _) if is_asked => AgentCallState::AudioLost,
                (None, true, _) if told == Some(agent.user_id) => AgentCallState::Briefed,
                (None, ..) if begins && (agent.away_until.is_some() || dialling.is_none()) => {
                    AgentCallState::AudioLost
                }
                (None, ..) if begins => AgentCallState::Dialling,
                (None, ..) => AgentCallState::Connecting,
                (_, false, _) => AgentCallState::AudioLost,
                _ if is_lost => AgentCallState::CallerLost,
                (_, _, Some(_)) => AgentCallState::Held,
                _ => AgentCallState::Talking,
            };
            let AgentInCall { talks_since, is_muted, .. } = *agent;
            let others = with_caller.iter().copied().filter(|user| *user != agent.user_id);
            let others = others.filter(|_| colleague.is_none()).collect();
            let (outsiders, consult, supervisors) = (outsiders.clone(), consult.clone(), supervisors.clone());
            let stands = AgentStands {
                state,
                talks_since,
                held_since,
                is_muted,
                audio,
                others,
                outsiders,
                consult,
                last_consult,
                dialling,
                colleague,
                supervisors,
            };
            if agent.told.as_ref() != Some(&stands) {
                agent.told = Some(stands.clone());
                fx.push(Effect::AgentIs { user_id: agent.user_id, stands });
            }
        }
    }

    /// Has desks told anew how their agents stand: whoever was told before may have died.
    pub(in super::super) fn tell_desks_again(&mut self) {
        self.agents.all.iter_mut().for_each(|agent| agent.told = None);
    }
}
