//! Queues: callers who wait for one of several agents.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::agent::Agent;
use crate::business::escalation::EscalationHours;
use crate::ids::{OrganizationId, QueueId, UserId};

/// Callers who wait, in order, for one of several agents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Queue {
    /// Its id.
    pub id: QueueId,
    /// The organization that owns it.
    pub organization_id: OrganizationId,
    /// The name that keys, tools and users use, written like an extension's; no extension has the same name.
    pub name: String,
    /// Display title.
    pub title: String,
    /// How the agents who are offered a call are chosen.
    pub strategy: Strategy,
    /// Time for which an agent is offered a call, in s.
    pub ring_s: u32,
    /// Skills that an agent must have, in addition to being a member.
    pub skills: BTreeSet<String>,
    /// Agents who take its calls.
    pub members: Vec<QueueMember>,
    /// Callers of a queue with a higher priority are served first.
    pub priority: u8,
    /// Maximum wait of a caller, in s; then `overflow` applies.
    pub max_wait_s: u32,
    /// Maximum number of waiting callers; `overflow` applies to the next one at once.
    pub max_waiting: u32,
    /// Action for a caller for whom no agent is found.
    pub overflow: Overflow,
    /// Whether it is closed when the business is.
    pub in_hours_only: bool,
    /// Whether callers hear their position and their expected wait.
    pub tells_position: bool,
    /// Time for the wrap-up, in s. Agents are reminded when it is over.
    pub wrap_up_s: u32,
    /// Whether agents must choose a disposition.
    pub wrap_up_required: bool,
}

impl Queue {
    /// Default of `ring_s`.
    pub const RING_S: u32 = 20;
    /// Default of `max_wait_s`.
    pub const MAX_WAIT_S: u32 = 300;
    /// Default of `max_waiting`.
    pub const MAX_WAITING: u32 = 20;
    /// Default of `wrap_up_s`.
    pub const WRAP_UP_S: u32 = 60;

    /// Returns a queue with default settings and no members.
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

/// The part of an organization that a router knows: its agents and its queues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Floor {
    /// The organization that owns it.
    pub organization_id: OrganizationId,
    /// All users who may sign in there, in the order in which they joined.
    pub agents: Vec<Agent>,
    /// Its queues, by name. A member who may no longer sign in is still listed here, and is not in `agents`.
    pub queues: Vec<Queue>,
    /// Opening hours of the business, if a queue follows them; none if it is always open.
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

/// How the agents of a queue who are offered a call are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// The agent who has been idle the longest, one at a time.
    #[default]
    LongestIdle,
    /// All free agents at once; the first who accepts gets the call.
    RingAll,
}

/// Action for a caller for whom no agent of a queue is found in time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "to", rename_all = "snake_case", deny_unknown_fields)]
pub enum Overflow {
    /// Back to the assistant, which offers to take a message.
    #[default]
    Message,
    /// Back to the assistant, which offers a callback.
    Callback,
    /// Into another queue.
    Queue {
        /// Its name.
        name: String,
    },
    /// To an extension.
    Extension {
        /// Its name.
        name: String,
    },
}
