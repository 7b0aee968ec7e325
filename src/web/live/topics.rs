//! Control sockets' events beyond the live view's, and the topics by which they choose.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cordboard_schema::fold::TranscriptItem;
use cordboard_schema::ids::CallId;
use cordboard_schema::time::{UnixMs, rfc3339};
use cordboard_schema::wire::control::{EventKind, Topic};
use serde::Serialize;
use tokio::sync::mpsc;
use utoipa::ToSchema;

use super::Written;
use super::kept::Numbered;
use crate::web::WebState;
use crate::web::api::actors::{self, ActorsView};
use crate::web::api::calls::CallView;
use crate::web::metrics;

/// Topics of a control socket.
pub(in crate::web) type Topics = BTreeSet<Topic>;

/// Events of control sockets alone.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(in crate::web) enum ControlEvent {
    /// The calls as they stand, where calls are among the topics. Earlier words are in a call's transcript.
    Snapshot {
        /// The topics that were asked for.
        topics: Topics,
        /// Those that are not over, newest first; null where calls are no topic.
        calls: Option<Vec<CallView>>,
    },
    /// Something was said on a call, and heard.
    Transcript {
        /// The call.
        call_id: CallId,
        /// The line, as `/calls/{id}/transcript` lists it.
        line: TranscriptItem,
    },
    /// The actors of the node, limits and failures.
    Actors {
        /// As `/admin/actors` shows them.
        actors: Box<ActorsView>,
    },
    /// The node's figures.
    Metrics {
        /// Those of `/metrics` that are Cordboard's own, without the buckets of histograms: value by name and labels.
        metrics: BTreeMap<String, f64>,
    },
}

/// A message that only control sockets get.
#[derive(Serialize)]
struct ControlMessage<'a> {
    seq: u64,
    #[serde(with = "rfc3339")]
    at: UnixMs,
    #[serde(flatten)]
    event: &'a ControlEvent,
}

impl ControlEvent {
    const fn kind(&self) -> EventKind {
        match self {
            Self::Snapshot { .. } => EventKind::Snapshot,
            Self::Transcript { .. } => EventKind::Transcript,
            Self::Actors { .. } => EventKind::Actors,
            Self::Metrics { .. } => EventKind::Metrics,
        }
    }

    /// Writes it, but for its number.
    pub(super) fn write(&self, at: UnixMs) -> Option<Written> {
        let message = ControlMessage { seq: 0, at, event: self };
        Written::cut(self.kind().name(), serde_json::to_string(&message))
    }
}

/// Subscription of a control socket.
#[derive(Debug)]
pub(in crate::web) struct Following {
    /// Whether it goes on where the client was; else `first` is a snapshot.
    pub(in crate::web) resumed: bool,
    /// The number of the newest event of `first`, or where there is none the one that the client has.
    pub(in crate::web) seq: u64,
    /// First events, sent at once.
    pub(super) first: Vec<Numbered>,
    pub(super) events: mpsc::Receiver<Numbered>,
    pub(super) was_slow: Arc<AtomicBool>,
}

impl Following {
    /// The texts of what it gets at once; they are given out once.
    pub(in crate::web) fn first(&mut self) -> impl Iterator<Item = String> + use<> {
        std::mem::take(&mut self.first).into_iter().map(|event| event.text())
    }

    /// Bytes of what it gets at once.
    pub(in crate::web) fn first_bytes(&self) -> usize {
        self.first.iter().map(|event| event.written.rest.len()).sum()
    }

    /// The text of the next event. None where the hub has let go of the client; [`Following::was_slow`] says whether that was
    /// for what it left unread.
    pub(in crate::web) async fn next(&mut self) -> Option<String> {
        self.events.recv().await.map(|event| event.text())
    }

    /// Whether more waited than may.
    pub(in crate::web) fn was_slow(&self) -> bool {
        self.was_slow.load(Ordering::Relaxed)
    }
}

/// Looks at topics that are sent as a whole: of these, those that can be looked at now.
pub(super) async fn look(state: Box<WebState>, topics: Topics) -> Vec<ControlEvent> {
    let mut seen = Vec::new();
    if topics.contains(&Topic::Actors)
        && let Ok(actors) = actors::shown(&state).await
    {
        seen.push(ControlEvent::Actors { actors: Box::new(actors) });
    }
    if topics.contains(&Topic::Metrics)
        && let Ok(metrics) = metrics::samples(&state).await
    {
        seen.push(ControlEvent::Metrics { metrics });
    }
    seen
}
