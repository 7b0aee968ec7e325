//! Queues: callers who wait for one of several agents.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::agent::Agent;
use crate::business::escalation::EscalationHours;
use crate::ids::{OrganizationId, QueueId, UserId};

/// Callers who wait for one of several agents, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Queue {
    /// Its id.
    pub id: QueueId,
    /// The organization that owns it.
    pub organization_id: OrganizationId,
    /// The name by which keys, tools and people call it, written as an extension's; no extension has it.
    pub name: String,
    /// Display title.
    pub title: String,
    /// Choice of the agents who are offered a call.
    pub strategy: Strategy,
    /// Time that an agent is offered a call, in s.
    pub ring_s: u32,
    /// Skills that all agents must have, besides being members.
    pub skills: BTreeSet<String>,
    /// Agents who take its calls.
    pub members: Vec<QueueMember>,
    /// Its callers go before those of queues with a smaller one.
    pub priority: u8,
    /// The longest that a caller waits, in s; then what `overflow` says.
    pub max_wait_s: u32,
    /// The most callers who wait; the next one goes as `overflow` says at once.
    pub max_waiting: u32,
    /// Action for a caller for whom nobody is found.
    pub overflow: Overflow,
    /// Whether it is closed when the business is.
    pub in_hours_only: bool,
    /// Whether callers hear their position and their expected wait.
    pub tells_position: bool,
    /// Time for the wrap-up, in s. Agents are reminded when it is over.
    pub wrap_up_s: u32,
    /// Whether a disposition must be chosen.
    pub wrap_up_required: bool,
}

impl Queue {
    /// Usual value of `ring_s`.
    pub const RING_S: u32 = 20;
    /// Usual value of `max_wait_s`.
    pub const MAX_WAIT_S: u32 = 300;
    /// Usual value of `max_waiting`.
    pub const MAX_WAITING: u32 = 20;
    /// Usual value of `wrap_up_s`.
    pub const WRAP_UP_S: u32 = 60;

    /// A queue of which nothing is said but its name. It has no members.
    pub fn usual(organization_id: OrganizationId, id: QueueId, name: String) -> Self {
        Self {
            id,
            organization_id,
            name,
            title: String::new(),
            strategy: Strategy::default(),
            ring_s: Self::RING_S,
            skills: BTreeSet::new(),
            members: Vec::new(),
            priority: 0,
            max_wait_s: Self::MAX_WAIT_S,
            max_waiting: Self::MAX_WAITING,
            overflow: Overflow::default(),
            in_hours_only: false,
            tells_position: true,
            wrap_up_s: Self::WRAP_UP_S,
            wrap_up_required: false,
        }
    }
}

/// All that a router knows of an organization: its agents and its queues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Floor {
    /// The organization that owns it.
    pub organization_id: OrganizationId,
    /// Everybody who may sign in there, in the order in which they came.
    pub agents: Vec<Agent>,
    /// Its queues, by name. A member who may not sign in any more is still named, and is none of the agents.
    pub queues: Vec<Queue>,
    /// Opening hours of the business, where a queue goes by them; none if it is open at all times.
    pub hours: Option<EscalationHours>,
}

/// A member of a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueMember {
    /// The agent.
    pub user_id: UserId,
    /// Members with a smaller tier are asked first.
    #[serde(default)]
    pub tier: u8,
}

/// Choice of the agents of a queue who are offered a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// The agent who has been idle the longest, one after the other.
    #[default]
    LongestIdle,
    /// Everybody who is free, at once; the first who accepts has the call.
    RingAll,
}

/// Action for a caller for whom no agent of a queue is found in time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "to", rename_all = "snake_case", deny_unknown_fields)]
pub enum Overflow {
    /// Back to the assistant, which offers a message.
    #[default]
    Message,
    /// Back to the assistant, which offers that somebody calls them back.
    Callback,
    /// Into another queue.
    Queue {
        /// Its name.
        name: String,
    },
    /// An extension is asked.
    Extension {
        /// Its name.
        name: String,
    },
}
