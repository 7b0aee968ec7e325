//! The agents of a call: who was offered the call, and with what result. Built from the call's journal, together with its row.

use serde::{Deserialize, Serialize};

use crate::event::{Decision, Event, Fact};
use crate::ids::{QueueId, UserId};
use crate::switch::HandoffFailure;
use crate::time::UnixMs;

/// An agent who was offered a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallAgent {
    /// The user.
    pub user_id: UserId,
    /// The agent's result in this call.
    pub outcome: AgentOutcome,
    /// When they first answered the offer or missed it. A call's agents are in this order.
    pub first_at: UnixMs,
    /// When they and the caller first heard each other.
    pub joined_at: Option<UnixMs>,
    /// When they last left the call; null while they are in it, or if they never were.
    pub left_at: Option<UnixMs>,
    /// Time of their conversation with the caller, in ms, without the current conversation.
    pub talked_ms: u64,
    /// The queue of the last offer that they accepted.
    pub queue_id: Option<QueueId>,
}

/// An agent's result in a call. For an agent who was offered the call several times it is the furthest one; of not answering and
/// declining, the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AgentOutcome {
    /// They are talking with the caller.
    Talking,
    /// They have talked with the caller.
    Talked,
    /// They did not answer.
    Missed,
    /// They declined.
    Declined,
    /// They accepted the call, and have not been joined with the caller yet.
    Accepted,
    /// A colleague consulted them about the caller, with whom they have not been joined.
    Consulted,
}

impl AgentOutcome {
    /// Returns the word that the API and the tables use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Talking => "talking",
            Self::Talked => "talked",
            Self::Missed => "missed",
            Self::Declined => "declined",
            Self::Accepted => "accepted",
            Self::Consulted => "consulted",
        }
    }
}

impl CallAgent {
    /// Whether they have talked with the caller, or are talking now.
    pub const fn has_talked(&self) -> bool {
        self.joined_at.is_some()
    }

    /// Returns the sort key of an agent within a call.
    pub const fn place(&self) -> (UnixMs, UserId) {
        (self.first_at, self.user_id)
    }

    fn has_not_taken_it(&self) -> bool {
        matches!(self.outcome, AgentOutcome::Missed | AgentOutcome::Declined)
    }

    fn leaves(&mut self, talked_ms: u64, at: UnixMs) {
        if self.outcome == AgentOutcome::Talking {
            self.outcome = AgentOutcome::Talked;
        }
        self.talked_ms = self.talked_ms.saturating_add(talked_ms);
        self.left_at = Some(at);
    }
}

/// Returns the agent whom an event reports as asked, or as present.
pub const fn asked(event: &Event) -> Option<UserId> {
    match event {
        Event::Fact(Fact::OfferPassed { user_id, .. } | Fact::DeskAccepted { user_id, .. })
        | Event::Decision(Decision::AgentJoined { user_id, .. }) => Some(*user_id),
        Event::Fact(Fact::CallStarted { begun: Some(begun), .. }) => Some(begun.by),
        _ => None,
    }
}

/// Applies an entry of the journal to the call's agents.
pub(crate) fn fold(agents: &mut Vec<CallAgent>, event: &Event, at: UnixMs) {
    match event {
        Event::Fact(Fact::OfferPassed { user_id, failure, .. }) => {
            let outcome = match failure {
                HandoffFailure::Declined => AgentOutcome::Declined,
                _ => AgentOutcome::Missed,
            };
            of(agents, *user_id, at, |agent| {
                if agent.has_not_taken_it() {
                    agent.outcome = outcome;
                }
            });
        }
        // An agent who starts a call is in it from its beginning.
        Event::Fact(Fact::CallStarted { begun: Some(begun), .. }) => {
            of(agents, begun.by, at, |agent| agent.outcome = AgentOutcome::Accepted);
        }
        Event::Fact(Fact::DeskAccepted { user_id, queue_id, .. }) => of(agents, *user_id, at, |agent| {
            agent.queue_id = *queue_id;
            if agent.has_not_taken_it() {
                agent.outcome = AgentOutcome::Accepted;
            }
            agent.left_at = None;
        }),
        Event::Decision(Decision::AgentJoined { user_id, .. }) => of(agents, *user_id, at, |agent| {
            agent.outcome = AgentOutcome::Talking;
            agent.joined_at.get_or_insert(at);
            agent.left_at = None;
        }),
        Event::Decision(Decision::ColleagueJoined { user_id, .. }) => of(agents, *user_id, at, |agent| {
            if agent.outcome == AgentOutcome::Accepted {
                agent.outcome = AgentOutcome::Consulted;
            }
        }),
        Event::Decision(Decision::AgentLeft { user_id, talked_ms, .. }) => {
            let left = agents.iter_mut().find(|agent| agent.user_id == *user_id);
            left.into_iter().for_each(|agent| agent.leaves(talked_ms.unwrap_or(0), at));
        }
        // A finished call has no agents in it.
        Event::Decision(Decision::Ended { .. }) => {
            let is_present = |agent: &&mut CallAgent| !agent.has_not_taken_it() && agent.left_at.is_none();
            agents.iter_mut().filter(is_present).for_each(|agent| agent.leaves(0, at));
        }
        _ => {}
    }
}

/// Changes an agent of the call, who is added if missing.
fn of(agents: &mut Vec<CallAgent>, user_id: UserId, at: UnixMs, change: impl FnOnce(&mut CallAgent)) {
    if let Some(agent) = agents.iter_mut().find(|agent| agent.user_id == user_id) {
        return change(agent);
    }
    let mut agent = CallAgent {
        user_id,
        outcome: AgentOutcome::Missed,
        first_at: at,
        joined_at: None,
        left_at: None,
        talked_ms: 0,
        queue_id: None,
    };
    change(&mut agent);
    let place = agents.partition_point(|other| other.place() < agent.place());
    agents.insert(place, agent);
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::agent::AgentEnd;
    use crate::call::{Ending, HangupBy, HangupCause};
    use crate::dialplan::NextStep;
    use crate::ids::{EffectId, LegId};

    const ADA: UserId = UserId(Uuid::from_u128(2));
    const GRACE: UserId = UserId(Uuid::from_u128(1));

    fn passed(user_id: UserId, failure: HandoffFailure) -> Event {
        Fact::OfferPassed { handoff: EffectId(1), user_id, failure }.into()
    }

    fn accepted(user_id: UserId) -> Event {
        accepted_by(user_id, None)
    }

    fn accepted_by(user_id: UserId, queue_id: Option<QueueId>) -> Event {
        Fact::DeskAccepted { handoff: EffectId(1), user_id, extension: None, queue_id }.into()
    }

    fn joined(user_id: UserId) -> Event {
        Decision::AgentJoined { handoff: EffectId(1), user_id, leg: LegId(3) }.into()
    }

    fn consulted(user_id: UserId) -> Event {
        Decision::ColleagueJoined { consult: EffectId(2), user_id, leg: LegId(3) }.into()
    }

    fn left(user_id: UserId, talked_ms: Option<u64>) -> Event {
        Decision::AgentLeft { user_id, talked_ms, how: AgentEnd::HandedBack }.into()
    }

    fn ended() -> Event {
        let ending = Ending { cause: HangupCause::normal_clearing(), by: HangupBy::Caller };
        Decision::Ended { ending, next: NextStep::Hangup }.into()
    }

    /// Returns the agents of a journal with one entry each second.
    fn agents_of(events: impl IntoIterator<Item = Event>) -> Vec<CallAgent> {
        let mut agents = Vec::new();
        for (second, event) in (1..).zip(events) {
            fold(&mut agents, &event, UnixMs(second * 1_000));
        }
        agents
    }

    #[test]
    fn each_agent_has_their_furthest_outcome() {
        use AgentOutcome::{Accepted, Consulted, Declined, Missed, Talked, Talking};
        use HandoffFailure::NoAnswer;
        let no = HandoffFailure::Declined;
        for (events, outcome) in [
            (vec![passed(ADA, NoAnswer)], Missed),
            (vec![passed(ADA, no)], Declined),
            (vec![passed(ADA, no), passed(ADA, NoAnswer)], Missed),
            (vec![passed(ADA, NoAnswer), accepted(ADA)], Accepted),
            (vec![accepted(ADA), left(ADA, None), passed(ADA, NoAnswer)], Accepted),
            (vec![passed(ADA, no), accepted(ADA), joined(ADA)], Talking),
            (vec![accepted(ADA), joined(ADA), left(ADA, Some(500)), passed(ADA, NoAnswer)], Talked),
            (vec![accepted(ADA), joined(ADA), left(ADA, Some(500)), accepted(ADA)], Talked),
            (vec![joined(ADA), left(ADA, Some(500)), accepted(ADA), joined(ADA)], Talking),
            (vec![accepted(ADA), consulted(ADA), left(ADA, None), passed(ADA, no)], Consulted),
            (vec![accepted(ADA), consulted(ADA), joined(ADA), left(ADA, Some(500))], Talked),
            (vec![joined(ADA), left(ADA, Some(500)), accepted(ADA), consulted(ADA)], Talked),
        ] {
            let agents = agents_of(events.clone());
            assert_eq!(agents.iter().map(|agent| agent.outcome).collect::<Vec<_>>(), [outcome], "{events:?}");
        }
    }

    #[test]
    fn an_agents_talk_time_includes_every_conversation() {
        let twice = [accepted(ADA), joined(ADA), left(ADA, Some(900)), accepted(ADA), joined(ADA)];
        let here = CallAgent {
            user_id: ADA,
            outcome: AgentOutcome::Talking,
            first_at: UnixMs(1_000),
            joined_at: Some(UnixMs(2_000)),
            left_at: None,
            talked_ms: 900,
            queue_id: None,
        };
        assert_eq!(agents_of(twice.clone()), [here]);
        let gone = CallAgent {
            outcome: AgentOutcome::Talked,
            left_at: Some(UnixMs(6_000)),
            talked_ms: 1_800,
            ..here
        };
        let all = twice.into_iter().chain([left(ADA, Some(900)), ended()]);
        assert_eq!(agents_of(all), [gone]);
    }

    #[test]
    fn an_agent_has_the_queue_of_their_last_accepted_offer() {
        let (sales, help) = (QueueId(Uuid::from_u128(8)), QueueId(Uuid::from_u128(9)));
        let queues =
            |events: Vec<Event>| agents_of(events).iter().map(|agent| agent.queue_id).collect::<Vec<_>>();
        let by_sales = [passed(ADA, HandoffFailure::NoAnswer), accepted_by(ADA, Some(sales)), joined(ADA)];
        let later = [left(ADA, Some(500)), accepted_by(ADA, Some(help)), joined(ADA), ended()];
        assert_eq!(queues(by_sales.clone().into()), [Some(sales)]);
        assert_eq!(queues(by_sales.into_iter().chain(later).collect()), [Some(help)]);
        assert_eq!(queues(vec![accepted(ADA), accepted_by(GRACE, Some(help))]), [None, Some(help)]);
    }

    #[test]
    fn journals_from_before_queues_are_read() {
        let before = serde_json::json!({ "kind": "desk_accepted", "handoff": 1, "user_id": ADA });
        assert_eq!(Event::Fact(serde_json::from_value(before).unwrap()), accepted(ADA));
    }

    #[test]
    fn no_agent_stays_after_the_end_or_leaves_without_joining() {
        let agents = agents_of([
            left(ADA, None),
            passed(ADA, HandoffFailure::NoAnswer),
            accepted(GRACE),
            joined(GRACE),
            ended(),
        ]);
        let seen: Vec<_> = agents.iter().map(|agent| (agent.user_id, agent.outcome, agent.left_at)).collect();
        let over = Some(UnixMs(5_000));
        assert_eq!(seen, [(ADA, AgentOutcome::Missed, None), (GRACE, AgentOutcome::Talked, over)]);
    }
}
