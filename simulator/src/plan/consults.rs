//! Consultations in a plan: whom an agent asks about their caller, and what becomes of it.

use serde::{Deserialize, Serialize};

/// A consultation of an agent in a conversation with a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsultPlan {
    /// When they ask, in ms from the beginning of their conversation.
    pub after_ms: u64,
    /// The party who is asked.
    pub whom: Consulted,
    /// Time until they decide, in ms.
    pub asks_ms: u64,
    /// Their decision.
    pub end: ConsultWish,
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
    /// Somebody at a telephone of the FreeSWITCH, who is no agent at a desk.
    Phone {
        /// The telephone's index.
        phone: usize,
    },
    /// Nobody has this name.
    Nobody,
}

/// An agent's decision in a consultation. One that takes the colleague waits for them for some seconds, and is given up then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsultWish {
    /// All three talk.
    Join,
    /// The caller is left to the colleague.
    Complete,
    /// It is given up.
    Cancel,
    /// It goes on until the colleague leaves, or the caller.
    Wait,
}
