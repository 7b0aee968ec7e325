//! Kinds of events.

use serde::{Deserialize, Serialize};

/// A topic that a program subscribes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Calls: `call` when a row changes, `entry` when a journal grows.
    Calls,
    /// Transcripts of conversations: `transcript`, line by line.
    Transcripts,
    /// The actors of the node: `actors`, whole, at once and then every 2 s in which they changed.
    Actors,
    /// The node's figures: `metrics`, whole, at once and then every 2 s in which they changed.
    Metrics,
    /// A dialler's agents, campaigns, lists and statuses: `osdial`, all of them at first and then what changes.
    Osdial,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 5] = [Self::Calls, Self::Transcripts, Self::Actors, Self::Metrics, Self::Osdial];
}

/// Kind of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The calls as they stand; the first event of a subscription that does not go on where another ended.
    Snapshot,
    /// A call's row has changed.
    Call,
    /// A call's journal has grown.
    Entry,
    /// Something was said.
    Transcript,
    /// The actors as they are.
    Actors,
    /// The figures as they are.
    Metrics,
    /// Rows of a dialler have changed.
    Osdial,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Snapshot,
        Self::Call,
        Self::Entry,
        Self::Transcript,
        Self::Actors,
        Self::Metrics,
        Self::Osdial,
    ];

    /// The kind on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Call => "call",
            Self::Entry => "entry",
            Self::Transcript => "transcript",
            Self::Actors => "actors",
            Self::Metrics => "metrics",
            Self::Osdial => "osdial",
        }
    }

    /// The topic that it belongs to; none for a snapshot, which is of all that were asked for.
    pub const fn topic(self) -> Option<Topic> {
        match self {
            Self::Snapshot => None,
            Self::Call | Self::Entry => Some(Topic::Calls),
            Self::Transcript => Some(Topic::Transcripts),
            Self::Actors => Some(Topic::Actors),
            Self::Metrics => Some(Topic::Metrics),
            Self::Osdial => Some(Topic::Osdial),
        }
    }
}
