//! Those who only follow calls, in a plan: programs at the control socket and pages with a live view, which lose their connections and come back.

use serde::{Deserialize, Serialize};

/// Somebody who follows an organization's calls, in all lives of the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowerPlan {
    /// The way.
    pub kind: FollowerKind,
    /// The organization: 0 or 1.
    pub organization: usize,
    /// When it first connects, in ms from the beginning.
    pub opens_ms: u64,
    /// When it loses its connection, in the order of their times.
    pub cuts: Vec<CutPlan>,
}

/// The way in which somebody follows calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FollowerKind {
    /// A program at the control socket. It names the last event that it has when it comes back.
    Program,
    /// A page with a live view. It begins with a snapshot each time.
    Page,
}

/// A loss of a follower's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CutPlan {
    /// When, in ms from the beginning.
    pub at_ms: u64,
    /// Time until it comes back, in ms.
    pub away_ms: u64,
}
