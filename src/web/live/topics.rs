//! Events of control sockets in addition to the live view's, and the topics that select them.

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

/// Events that only control sockets get.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(in crate::web) enum ControlEvent {
    /// The present calls, if calls are a topic. What was said before is in a call's transcript.
    Snapshot {
        /// The requested topics.
        topics: Topics,
        /// Calls that are not over, newest first; null if calls are not a topic.
        calls: Option<Vec<CallView>>,
    },
    /// Something was said on a call and heard.
    Transcript {
        /// The call.
        call_id: CallId,
        /// The line, as `/calls/{id}/transcript` lists it.
        line: TranscriptItem,
    },
    /// The actors of the node, limits and failures.
    Actors {
        /// The actors, as `/admin/actors` shows them.
        actors: Box<ActorsView>,
    },
    /// The node's figures.
    Metrics {
        /// Cordboard's own figures of `/metrics`, without the buckets of histograms: value by name and labels.
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

    /// Serializes it without its number.
    pub(super) fn write(&self, at: UnixMs) -> Option<Written> {
        let message = ControlMessage { seq: 0, at, event: self };
        Written::cut(self.kind().name(), serde_json::to_string(&message))
    }
}

/// Subscription of a control socket.
#[derive(Debug)]
pub(in crate::web) struct Following {
    /// Whether it resumes where the client was; else `first` is a snapshot.
    pub(in crate::web) resumed: bool,
    /// The number of the newest event of `first`; if that is empty, the number that the client has.
    pub(in crate::web) seq: u64,
    /// First events, to be sent at once.
    pub(super) first: Vec<Numbered>,
    pub(super) events: mpsc::Receiver<Numbered>,
    pub(super) was_slow: Arc<AtomicBool>,
}

impl Following {
    /// Takes the texts to send at once.
    pub(in crate::web) fn first(&mut self) -> impl Iterator<Item = String> + use<> {
        std::mem::take(&mut self.first).into_iter().map(|event| event.text())
    }

    /// Bytes of the texts to send at once.
    pub(in crate::web) fn first_bytes(&self) -> usize {
        self.first.iter().map(|event| event.written.rest.len()).sum()
    }

    /// Returns the text of the next event. `None` if the hub has dropped the client; [`Following::was_slow`] says whether it had too much unread.
    pub(in crate::web) async fn next(&mut self) -> Option<String> {
        self.events.recv().await.map(|event| event.text())
    }

    /// Whether more events were waiting than allowed.
    pub(in crate::web) fn was_slow(&self) -> bool {
        self.was_slow.load(Ordering::Relaxed)
    }
}

/// Reads the polled topics among these, as far as they can be read now.
pub(super) async fn poll(state: Box<WebState>, topics: Topics) -> Vec<ControlEvent> {
    let mut polled = Vec::new();
    if topics.contains(&Topic::Actors)
        && let Ok(actors) = actors::shown(&state).await
    {
        polled.push(ControlEvent::Actors { actors: Box::new(actors) });
    }
    if topics.contains(&Topic::Metrics)
        && let Ok(metrics) = metrics::samples(&state).await
    {
        polled.push(ControlEvent::Metrics { metrics });
    }
    polled
}
