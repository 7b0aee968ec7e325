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
    /// The actors of the node: `actors`, complete, immediately and then every 2 s if they have changed.
    Actors,
    /// The node's figures: `metrics`, complete, immediately and then every 2 s if they have changed.
    Metrics,
    /// A dialler's agents, campaigns, lists and statuses: `osdial`, the changes. The first events after a time without followers have
    /// all of them; a program that others precede lists them after it has subscribed.
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
    /// The current calls; the first event of a subscription that doesn't continue an earlier one.
    Snapshot,
    /// A call's row has changed.
    Call,
    /// A call's journal has grown.
    Entry,
    /// Something was said.
    Transcript,
    /// The current actors.
    Actors,
    /// The current figures.
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

    /// Returns the kind on the wire.
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

    /// Returns its topic; none for a snapshot, which covers all requested topics.
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
