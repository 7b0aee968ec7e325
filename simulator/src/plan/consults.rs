//! Consultations in a plan: whom an agent asks about their caller, and how that ends.

use serde::{Deserialize, Serialize};

/// A consultation of an agent during a conversation with a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsultPlan {
    /// When they ask, in ms from the beginning of their conversation.
    pub after_ms: u64,
    /// The party who is asked.
    pub whom: Consulted,
    /// Time until they decide, in ms.
    pub asks_ms: u64,
    /// Their decision.
    pub end: ConsultDecision,
}

/// The party whom an agent asks about their caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "asks", rename_all = "snake_case")]
pub enum Consulted {
    /// A colleague at their desk.
    Colleague {
        /// The colleague's index, as the stage knows them.
        agent: usize,
    },
    /// Any agent of a queue.
    Queue,
    /// An external party at a telephone of the FreeSWITCH.
    Phone {
        /// The telephone's index.
        phone: usize,
    },
    /// An unknown name.
    Nobody,
}

/// An agent's decision in a consultation. A decision that needs the colleague waits some seconds for them, and then gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsultDecision {
    /// All three talk together.
    Join,
    /// The caller is left to the colleague.
    Complete,
    /// The consultation is cancelled.
    Cancel,
    /// It goes on until the colleague or the caller leaves.
    Wait,
}
