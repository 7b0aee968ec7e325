//! Talks of a call's agents with the caller, by the queue whose offer they had accepted. An agent to whom a colleague passes the
//! caller back talks by another offer then, and the agent's row has only the last one. Counted as part of the call's tally.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::tally::is_false;
use crate::ids::{QueueId, UserId};

/// A call's talks by queue. Agents who have accepted no queue's offer are not among them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct QueueTalks(BTreeMap<UserId, AgentTalks>);

/// An agent's talks by queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct AgentTalks {
    /// The queue of the last offer that they accepted; none if it was no queue's.
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<QueueId>,
    /// Whether they are with the caller.
    #[serde(skip_serializing_if = "is_false")]
    is_joined: bool,
    /// Time of their finished talks, in ms.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    talked_ms: BTreeMap<QueueId, u64>,
    /// The queue of the last one, to which their wrap-up belongs.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<QueueId>,
}

impl QueueTalks {
    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Records that an agent has accepted an offer, of this queue or of none.
    pub(super) fn accepted(&mut self, user_id: UserId, queue: Option<QueueId>) {
        if queue.is_some() || self.0.contains_key(&user_id) {
            self.0.entry(user_id).or_default().accepted = queue;
        }
    }

    /// Records that an agent is joined with the caller.
    pub(super) fn joined(&mut self, user_id: UserId) {
        if let Some(agent) = self.0.get_mut(&user_id) {
            agent.is_joined = true;
        }
    }

    /// Records that an agent has left.
    pub(super) fn left(&mut self, user_id: UserId, talked_ms: u64) {
        if let Some(agent) = self.0.get_mut(&user_id) {
            agent.leaves(talked_ms);
        }
    }

    /// Records the end of the call: no agent is in it any more.
    pub(super) fn ended(&mut self) {
        self.0.values_mut().for_each(|agent| agent.leaves(0));
    }

    /// The queues by whose offers agents have talked with the caller; one may be repeated.
    pub(super) fn queues(&self) -> impl Iterator<Item = QueueId> {
        self.0.values().flat_map(|agent| agent.talked_ms.keys().copied())
    }

    /// Returns the talks of an agent; none if they accepted no queue's offer, or did so before these talks were counted.
    pub(super) fn of_agent(&self, user_id: &str) -> Option<&AgentTalks> {
        self.0.get(&user_id.parse::<UserId>().ok()?)
    }
}

impl AgentTalks {
    fn leaves(&mut self, talked_ms: u64) {
        if !std::mem::take(&mut self.is_joined) {
            return;
        }
        if let Some(queue) = self.accepted {
            let talked = self.talked_ms.entry(queue).or_default();
            *talked = talked.saturating_add(talked_ms);
            self.last = Some(queue);
        }
    }

    /// Returns how long they were busy for a queue, in ms, with the time of their wrap-up if it belongs there, and how often.
    pub(super) fn handling(&self, queue: &str, wrap_up_ms: Option<u64>) -> (u64, u64) {
        let Some(queue) = queue.parse::<QueueId>().ok() else { return (0, 0) };
        let Some(talked_ms) = self.talked_ms.get(&queue) else { return (0, 0) };
        let written_ms = wrap_up_ms.filter(|_| self.last == Some(queue)).unwrap_or(0);
        (talked_ms.saturating_add(written_ms), 1)
    }
}
