//! Followers in a plan: programs at the control socket and pages with a live view, which lose their connections and reconnect.

use serde::{Deserialize, Serialize};

/// A program or page that follows an organization's calls, in all lives of the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowerPlan {
    /// The kind.
    pub kind: FollowerKind,
    /// The organization: 0 or 1.
    pub organization: usize,
    /// When it first connects, in ms from the beginning.
    pub opens_ms: u64,
    /// Losses of its connection, ordered by time.
    pub cuts: Vec<CutPlan>,
}

/// The kind of a follower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FollowerKind {
    /// A program at the control socket. When it reconnects, it names the last event that it has.
    Program,
    /// A page with a live view. It begins with a snapshot each time.
    Page,
}

/// A loss of a follower's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CutPlan {
    /// When, in ms from the beginning.
    pub at_ms: u64,
    /// Time until it reconnects, in ms.
    pub away_ms: u64,
}
