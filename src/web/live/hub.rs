//! The hub of the live view: follows the journal's tap, folds the calls, and gives every client its events.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use chrono::Utc;
use cordboard_schema::event::JournalEntry;
use cordboard_schema::fold::Call;
use cordboard_schema::ids::CallId;
use cordboard_schema::limits::{LIVE_ENDED_CALLS_MAX, LIVE_EVENTS_WAITING_MAX};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{mpsc, oneshot};

use super::super::api::calls::CallView;
use super::{LiveEntry, LiveEvent, LiveFeed, Seat, Written};
use crate::store::{StoreError, query};

/// How often clients are looked for that are gone while nothing happened.
const LOOK: Duration = Duration::from_secs(5);

/// The most calls of a snapshot: all that can be open at once (`calls.max`).
const CALLS_MAX: i64 = 10_000;

/// A client that wants a seat.
pub(super) struct Join {
    /// The one call that it looks at.
    pub(super) call_id: Option<CallId>,
    pub(super) reply: oneshot::Sender<Seat>,
}

/// See the module's description.
pub(super) struct Hub {
    feed: LiveFeed,
    /// Every call that is not over, and those that ended of late.
    calls: BTreeMap<CallId, Call>,
    /// Those that ended of late, the oldest first.
    ended: VecDeque<CallId>,
    clients: Vec<Client>,
}

struct Client {
    call_id: Option<CallId>,
    events: mpsc::Sender<Written>,
}

impl Client {
    fn looks_at(&self, call_id: CallId) -> bool {
        self.call_id.is_none_or(|wanted| wanted == call_id)
    }
}

impl Hub {
    pub(super) fn new(feed: LiveFeed) -> Self {
        Self { feed, calls: BTreeMap::new(), ended: VecDeque::new(), clients: Vec::new() }
    }

    /// Serves clients until none is left. Where the calls can't be read, those who wait are let go without a seat.
    pub(super) async fn run(mut self, mut joins: mpsc::Receiver<Join>) {
        let mut look = tokio::time::interval(LOOK);
        loop {
            // The tap first: what is handed in while the calls are read is seen twice rather than never.
            let mut tap = self.feed.0.store.tap();
            if let Err(error) = self.read_calls().await {
                tracing::warn!(%error, "the live view can't read the calls");
                return;
            }
            loop {
                tokio::select! {
                    Some(join) = joins.recv() => self.seat(join),
                    entry = tap.recv() => match entry {
                        Ok(entry) => self.take(&entry),
                        Err(RecvError::Lagged(missed)) => {
                            tracing::warn!(missed, "the live view was left behind and begins anew");
                            self.clients.clear();
                            break;
                        }
                        Err(RecvError::Closed) => return,
                    },
                    _ = look.tick() => {
                        self.clients.retain(|client| !client.events.is_closed());
                        if self.clients.is_empty() && self.may_go(&mut joins) {
                            return;
                        }
                    }
                }
            }
        }
    }

    /// The calls as they are on disk, once all is there that was handed in.
    async fn read_calls(&mut self) -> Result<(), StoreError> {
        let store = &self.feed.0.store;
        // A database that takes nothing at the moment can still be read; what it lacks is missing in the snapshot.
        let _ = store.commit().await;
        let organization_id = store.organization_id();
        let read = move |connection: &mut _| query::live_calls(connection, organization_id, CALLS_MAX);
        let calls = store.reads().run(read).await?;
        self.calls = calls.into_iter().map(|call| (call.id, call)).collect();
        self.ended.clear();
        Ok(())
    }

    /// Whether nobody has come since the last client went; then whoever comes next starts another hub.
    fn may_go(&self, joins: &mut mpsc::Receiver<Join>) -> bool {
        let mut way = self.feed.0.hub.lock().unwrap_or_else(PoisonError::into_inner);
        let nobody = joins.is_empty();
        if nobody {
            joins.close();
            *way = None;
        }
        nobody
    }

    fn seat(&mut self, Join { call_id, reply }: Join) {
        let is_wanted = |call: &&Call| match call_id {
            Some(wanted) => call.id == wanted,
            None => call.ended_at.is_none(),
        };
        let calls = self.calls.values().rev().filter(is_wanted).map(|call| self.shown(call)).collect();
        let Some(snapshot) = Written::of(Utc::now().into(), LiveEvent::Snapshot { calls }) else { return };
        let (events, waiting) = mpsc::channel(LIVE_EVENTS_WAITING_MAX);
        if reply.send(Seat { snapshot, events: waiting }).is_ok() {
            self.clients.push(Client { call_id, events });
        }
    }

    fn take(&mut self, entry: &Arc<JournalEntry>) {
        let call_id = entry.call_id;
        if entry.organization_id != self.feed.0.store.organization_id() {
            return;
        }
        let Some(changed) = self.fold(entry) else { return };
        let entry = LiveEntry { call_id, entry: JournalEntry::clone(entry).into() };
        self.tell(call_id, LiveEvent::Entry { entry });
        if changed && let Some(call) = self.calls.get(&call_id) {
            let call = Box::new(self.shown(call));
            self.tell(call_id, LiveEvent::Call { call });
        }
    }

    fn shown(&self, call: &Call) -> CallView {
        CallView::new(call.clone(), &self.feed.0.currency)
    }

    /// Takes an entry into its call, and says whether the row has changed; `None` where the row holds the entry already.
    fn fold(&mut self, entry: &JournalEntry) -> Option<bool> {
        let Some(call) = self.calls.get_mut(&entry.call_id) else {
            let begun = Call::begin(entry);
            let is_new = begun.is_some();
            self.calls.extend(begun.map(|call| (call.id, call)));
            return Some(is_new);
        };
        if entry.seq <= call.last_seq {
            return None;
        }
        let mut before = call.clone();
        call.apply(entry);
        before.last_seq = call.last_seq;
        if before.ended_at.is_none() && call.ended_at.is_some() {
            self.ended.push_back(entry.call_id);
        }
        let changed = before != *call;
        while self.ended.len() > LIVE_ENDED_CALLS_MAX {
            self.ended.pop_front().and_then(|oldest| self.calls.remove(&oldest));
        }
        Some(changed)
    }

    /// Gives an event to all who look at its call. Who has no room for it is cut off, and so comes to a new snapshot.
    fn tell(&mut self, call_id: CallId, event: LiveEvent) {
        if !self.clients.iter().any(|client| client.looks_at(call_id)) {
            return;
        }
        let Some(written) = Written::of(Utc::now().into(), event) else { return };
        self.clients
            .retain(|client| !client.looks_at(call_id) || client.events.try_send(written.clone()).is_ok());
    }
}
