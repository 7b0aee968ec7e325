//! Agents who are no longer in the call: they have left, their audio was lost, or the call is over.

use cordboard_schema::agent::AgentEnd;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::UserId;
use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;

use super::super::news::MissedEvents;
use super::super::participants::{Participant, Who};
use super::super::{Effect, Effects, Machine, Phase, Step, note};
use crate::handoff::{Handoff, HandoffEvent};

impl Machine {
    /// Removes agents whose audio did not come back. A colleague who was asked without an answer is no longer asked.
    pub(in super::super) fn agents_deadline(&mut self, now: UnixMs, fx: &mut Effects) {
        let is_awaited = self.is_awaited();
        let message = match is_awaited {
            true => "an agent has called them, and was cut off before the two could talk",
            false => "an agent has talked with the caller, and their connection was lost",
        };
        let were_there = is_awaited || self.has_agents();
        let message = match self.external_parties_deadline(now, fx) {
            true => "a person has talked with the caller, and their connection was lost",
            false => message,
        };
        self.phones_deadline(now, fx);
        if self.briefing.deadline().is_some_and(|until| until <= now) {
            self.whisper_over(now, fx);
        }
        let is_over = |one: &&Participant| one.presence.awaited_until().is_some_and(|until| until <= now);
        let gone = self.participants.agents().filter(is_over).filter_map(Participant::as_agent);
        let gone: Vec<UserId> = gone.map(|agent| agent.user_id).collect();
        for user in gone {
            if self.ends_with(user, fx) {
                return;
            }
            self.agent_leaves(user, AgentEnd::AudioLost, now, fx);
        }
        self.consult_tick(now, fx);
        if were_there {
            self.caller_without_agents(
                MissedEvents { message: message.to_owned(), opening: Line::WelcomeBack },
                now,
                fx,
            );
        }
    }

    pub(in super::super) fn agent_leaves(
        &mut self,
        user: UserId,
        how: AgentEnd,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        self.leaves_consult(user, now, fx);
        self.drop_agent(user, how, now, fx);
    }

    /// Like `agent_leaves`, but leaves consultations alone.
    pub(in super::super) fn drop_agent(
        &mut self,
        user: UserId,
        how: AgentEnd,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let Some(agent) = self.participants.agent(user) else { return };
        let talked_ms = agent.presence.took_part_ms(now);
        // Agents write no wrap-up for a talk between themselves.
        let has_talked = talked_ms.is_some() && !self.is_internal();
        let left = note(Decision::AgentLeft { user_id: user, talked_ms, how });
        self.participant_leaves(
            Who::Agent(user),
            [left, Effect::AgentLeft { user_id: user, has_talked }],
            fx,
        );
        let is_last = !self.participants.agents().any(|one| one.presence.is_unparted() && one.talks());
        if is_last && self.participants.agents_awaited_until().is_none() {
            self.agents_unhold(now, fx);
        }
    }

    /// The last agent is gone, but the caller isn't: they return to the assistant.
    pub(in super::super) fn caller_without_agents(
        &mut self,
        news: MissedEvents,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        if self.has_agents() {
            return self.rewire(fx);
        }
        if let Some(handoff) = self.handoffs.newest_id() {
            self.handoff_event(handoff, &HandoffEvent::Parted, now, fx);
        }
        // The next assistant hears of it before anything else.
        let opening = news.opening;
        self.conversation.keep_missed_events(news);
        if matches!(*self.lifecycle.phase(), Phase::WithAgents { .. }) {
            self.step(Step::Converse);
            self.report_missed_events(fx);
            self.leave_to_assistant(opening, now, fx);
            self.watch_silence(now);
        }
    }

    /// All agents leave the call: it has ended, or its caller goes elsewhere.
    pub(in super::super) fn let_agents_go(&mut self, how: AgentEnd, fx: &mut Effects) {
        let now = self.last_fact_at;
        self.give_consult_up(now, fx);
        for user in self.agents_in_call().collect::<Vec<_>>() {
            self.agent_leaves(user, how, now, fx);
        }
        self.let_external_parties_go(now, fx);
        self.handoffs.people_here_are_gone();
        self.agents_unhold(now, fx);
        self.stop_waiting_music(fx);
    }

    /// The process died, and with it the agents' audio. A caller who comes back finds the assistant. If they were waiting for a person,
    /// they are offered at desks again.
    pub(in super::super) fn agents_died(&mut self, fx: &mut Effects) {
        let was_there = self.has_agents();
        self.joining_died(fx);
        self.let_agents_go(AgentEnd::AudioLost, fx);
        self.phones_died(fx);
        self.handoff_under_way(&HandoffEvent::ProcessDied, self.last_fact_at, fx);
        let is_asked = self.handoffs.newest().is_some_and(Handoff::waits_for_caller) || self.is_asked_later();
        let message = match (was_there, is_asked) {
            (true, _) => "an agent was talking with the caller, and the server was restarted",
            (false, true) => {
                "the caller was waiting for a person, and the server was restarted: people are asked once more"
            }
            (false, false) => return,
        };
        self.conversation
            .keep_missed_events(MissedEvents { message: message.to_owned(), opening: Line::WelcomeBack });
    }
}
