//! `GET /api/v1/live`: events of calls, as server-sent events. A snapshot first, then numbered events; a client that reconnects gets a new snapshot.
//!
//! ```text
//! calls -> Store -> tap -> Hub (folds, writes JSON once) -> a bounded queue a client -> its connection
//! ```
//! Pages about other things than calls are notified of changes, with the kind and the id only. The store reports a change once it is committed, and
//! it is sent to clients that may read the thing.
//!
//! Control sockets (`src/web/socket/control`) get the same events and more, by topics. The hub numbers theirs and keeps the newest for those that
//! reconnect.
//!
//! Each organization has a hub of its own. It runs while there are clients, on the HTTP worker of the first one. It never waits for a client: one
//! whose queue is full is disconnected. A hub that falls behind the journal's tap starts again, and so do all its clients.

mod hub;
mod kept;
mod topics;

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::{HttpResponse, web};
use bytes::Bytes;
use cordboard_actors::live_count::{Live, LiveCount};
use cordboard_schema::changed::{Changed, Thing};
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::limits::{LIVE_CLIENTS_MAX, LIVE_HEARTBEAT_MS};
use cordboard_schema::permission::{Permission, Permissions};
use cordboard_schema::time::{UnixMs, rfc3339};
use cordboard_schema::wire::control::Topic;
use futures_util::stream::{self, Stream};
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};
use utoipa::{IntoParams, ToSchema};

use self::hub::{Hub, Join, LiveRequest};
pub(super) use self::topics::{ControlEvent, Following, Topics};
use super::WebState;
use super::accounts::SignedIn;
use super::api::calls::CallView;
use super::api::journal::EventView;
use super::caller::Caller;
use super::problem::ApiError;
use super::query::Query;
use crate::osdial::{Dialler, OsdialChange};
use crate::store::Store;

/// Reveals a dead connection on both sides; not an event.
const HEARTBEAT: &[u8] = b": still here\n\n";

/// How often the heartbeat is sent and the sign-in is checked.
const BEAT: Duration = Duration::from_millis(LIVE_HEARTBEAT_MS);

/// The events of the live view. Cheap to clone.
#[derive(Clone)]
pub(super) struct LiveFeed(Arc<Inner>);

struct Inner {
    store: Store,
    currency: String,
    clients: LiveCount,
    /// Mailboxes of the running hubs: each organization has its own, so that nothing leaks from one to another.
    hubs: Mutex<HashMap<OrganizationId, mpsc::Sender<Join>>>,
}

/// Event of the live view, without its number. Each client has its own numbers, so that none of them sees a gap.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum LiveEvent {
    /// The present calls: those that are not over, or the requested one.
    Snapshot {
        /// Newest first; empty if calls are not a topic.
        calls: Vec<CallView>,
    },
    /// A call's row changed.
    Call {
        /// The call as it is now.
        call: Box<CallView>,
    },
    /// A call's journal has a new entry.
    Entry {
        /// The new entry.
        entry: LiveEntry,
    },
    /// Something of the organization that you may read was created, changed or removed.
    Changed {
        /// Kind of the thing.
        what: Thing,
        /// The thing: its id, or its name if it has none. For things that exist once per organization, and for several at once, the organization's
        /// id.
        id: String,
    },
    /// Rows of the dialler changed, whoever changed them: at most 200 in an event. If nobody has followed them for a while, the first events have all
    /// rows.
    Osdial {
        /// The rows as they are now.
        change: OsdialChange,
    },
}

impl LiveEvent {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Snapshot { .. } => "snapshot",
            Self::Call { .. } => "call",
            Self::Entry { .. } => "entry",
            Self::Changed { .. } => "changed",
            Self::Osdial { .. } => "osdial",
        }
    }

    /// Whether it is, or may be, about a supervisor.
    fn is_about_supervision(&self) -> bool {
        matches!(self, Self::Entry { entry } if entry.entry.is_about_supervision())
    }
}

/// An entry of a journal, and its call.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LiveEntry {
    /// The call.
    pub(super) call_id: CallId,
    /// The entry, as `/calls/{id}/events` lists it.
    #[serde(flatten)]
    pub(super) entry: EventView,
}

/// The data of one server-sent event.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LiveMessage {
    /// Number on this connection, from 1, without gaps.
    seq: u64,
    /// When it was sent; an entry also has its own time.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: UnixMs,
    /// The event.
    #[serde(flatten)]
    event: LiveEvent,
}

/// An event serialized once for all clients, without its number.
#[derive(Clone, Debug)]
struct Written {
    kind: &'static str,
    /// Whether it is hidden from clients that may not supervise.
    is_for_supervisors: bool,
    /// The JSON object after its first member, `seq`.
    rest: Arc<str>,
}

impl Written {
    /// Serializes an event. `None` if it can't be serialized, which would be a bug.
    fn of(at: UnixMs, event: LiveEvent) -> Option<Self> {
        let kind = event.kind();
        Self::cut(kind, serde_json::to_string(&LiveMessage { seq: 0, at, event }))
    }

    /// Removes the number from the text of a message.
    fn cut(kind: &'static str, text: serde_json::Result<String>) -> Option<Self> {
        let text = text.ok()?;
        let rest = text.strip_prefix("{\"seq\":0")?;
        Some(Self { kind, is_for_supervisors: false, rest: rest.into() })
    }

    fn numbered(&self, seq: u64) -> Bytes {
        let Self { kind, rest, .. } = self;
        format!("event: {kind}\nid: {seq}\ndata: {{\"seq\":{seq}{rest}\n\n").into()
    }
}

/// A client's subscription: a snapshot, and later events.
struct Seat {
    snapshot: Written,
    events: mpsc::Receiver<Written>,
}

impl LiveFeed {
    /// The live view of the calls in `store`, with costs in `currency`; `clients` counts its clients.
    pub(super) fn new(store: Store, currency: &str, clients: LiveCount) -> Self {
        let currency = currency.to_owned();
        Self(Arc::new(Inner { store, currency, clients, hubs: Mutex::default() }))
    }

    /// Number of present clients.
    pub(super) fn clients(&self) -> usize {
        self.0.clients.now()
    }

    /// Adds a client, who gets what `filter` says, and the changes at `dialler`.
    async fn join(
        &self,
        state: &WebState,
        organization_id: OrganizationId,
        filter: ViewFilter,
        dialler: Option<Dialler>,
    ) -> Result<(Seat, Live), ApiError> {
        let counted = self.0.clients.one_more();
        let state = Box::new(state.clone());
        let (reply, seat) = oneshot::channel();
        self.hub(organization_id)
            .try_send(Join { wanted: LiveRequest::View { filter, dialler, state, reply } })
            .map_err(|_| ApiError::Unavailable("the live view is overloaded".to_owned()))?;
        let no_snapshot = |_| ApiError::Unavailable("the calls can't be read at the moment".to_owned());
        Ok((seat.await.map_err(no_snapshot)?, counted))
    }

    /// Subscribes a control socket to these topics: from the event after number `after` if all later ones are kept, else from a snapshot.
    pub(super) async fn follow(
        &self,
        state: &WebState,
        caller: &Caller,
        topics: Topics,
        after: Option<u64>,
    ) -> Result<Following, ApiError> {
        for topic in &topics {
            // Actors and figures are the node's, not an organization's; the other topics have the same data of calls as the HTTP API.
            caller.demand(match topic {
                Topic::Actors | Topic::Metrics => Permission::Installation,
                Topic::Calls | Topic::Transcripts => Permission::CallsRead,
                Topic::Osdial => Permission::FloorRead,
            })?;
        }
        let dialler = topics.contains(&Topic::Osdial).then(|| state.dialler(caller).cloned()).transpose()?;
        let (reply, seat) = oneshot::channel();
        let supervises = caller.may(Permission::CallsSupervise);
        let state = Box::new(state.clone());
        let wanted = LiveRequest::Topics { topics, after, supervises, state, dialler, reply };
        self.hub(caller.organization_id)
            .try_send(Join { wanted })
            .map_err(|_| ApiError::Unavailable("the live view is overloaded".to_owned()))?;
        let no_seat = |_| ApiError::Unavailable("the calls can't be read at the moment".to_owned());
        seat.await.map_err(no_seat)
    }

    /// The mailbox of the organization's hub, which is started if none runs.
    fn hub(&self, organization_id: OrganizationId) -> mpsc::Sender<Join> {
        // The lock only guards this assignment, and the hub's check whether it may end.
        let mut hubs = self.0.hubs.lock().unwrap_or_else(PoisonError::into_inner);
        match hubs.get(&organization_id) {
            Some(way) if !way.is_closed() => way.clone(),
            _ => {
                let (way, joins) = mpsc::channel(LIVE_CLIENTS_MAX);
                hubs.insert(organization_id, way.clone());
                actix_web::rt::spawn(Hub::new(self.clone(), organization_id).run(joins));
                way
            }
        }
    }
}

/// The events that a client of the live view gets.
#[derive(Clone, Copy, Debug)]
struct ViewFilter {
    /// Whether it gets events of calls, and of which calls.
    calls: Option<OfCalls>,
    /// Whether it only gets the journal entries that a board shows.
    board: bool,
    /// The changes that it gets: those of things that it may read. Empty if it did not ask for them.
    changes: Permissions,
    /// Whether it gets changes at the organization's dialler.
    dialler: bool,
    /// Whether it gets what a silent policy hides.
    supervises: bool,
}

/// Kinds of journal entries that a board shows in addition to the call's row: who holds the caller, and who hears the call.
const BOARD_KINDS: [&str; 5] =
    ["hold_began", "hold_ended", "supervisor_joined", "supervision_changed", "supervisor_left"];

/// Selection of calls.
#[derive(Clone, Copy, Debug)]
enum OfCalls {
    All,
    One(CallId),
}

impl ViewFilter {
    fn of(asked: &Narrowing, permissions: Permissions) -> Result<Self, ApiError> {
        let calls = asked.call_id.map_or(OfCalls::All, OfCalls::One);
        let mut filter = Self {
            calls: None,
            board: false,
            changes: Permissions::default(),
            dialler: false,
            supervises: permissions.contains(Permission::CallsSupervise),
        };
        for topic in asked.topics.as_deref().unwrap_or("calls").split(',') {
            match topic {
                "calls" => (filter.calls, filter.board) = (Some(calls), false),
                "board" if filter.calls.is_none() => (filter.calls, filter.board) = (Some(calls), true),
                "board" => {}
                "changes" => filter.changes = permissions,
                "osdial" => filter.dialler = true,
                _ => {
                    return Err(ApiError::BadInput(
                        "`topics` must be `calls`, `board`, `changes`, `osdial`, or several of them separated by commas"
                            .to_owned(),
                    ));
                }
            }
        }
        Ok(filter)
    }

    fn has_call(&self, call_id: CallId) -> bool {
        match self.calls {
            Some(OfCalls::All) => true,
            Some(OfCalls::One(wanted)) => wanted == call_id,
            None => false,
        }
    }

    /// Whether it includes this event of a call.
    fn includes(&self, call_id: CallId, event: &LiveEvent) -> bool {
        let is_shown = match event {
            LiveEvent::Entry { entry } => !self.board || BOARD_KINDS.contains(&entry.entry.kind()),
            _ => true,
        };
        is_shown && self.has_call(call_id)
    }

    fn has_change(&self, changed: &Changed) -> bool {
        self.changes.contains(changed.what.read_by())
    }
}

/// Filter of the live view.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Narrowing {
    /// Only this call.
    call_id: Option<CallId>,
    /// Topics of the events, separated by commas; `calls` if left out. `calls`: all events of calls. `board`: calls without what was said and done in
    /// between, about a tenth of the events. `changes`: changes of everything else that you may read. `osdial`: changes at your dialler.
    topics: Option<String>,
}

/// Streams the live view as server-sent events.
///
/// The first event is `snapshot`, with the calls that are not over. Then `call` comes whenever a call's row changes, and `entry` whenever a journal
/// has a new entry. With the topic `changes`, `changed` comes whenever something else of the organization changes that the client may read; it names
/// the thing without its new state. With the topic `osdial`, `osdial` comes whenever rows of the dialler change, for clients with the permission
/// `floor_read`. Entries that a silent supervision policy hides in `/calls/{id}/events` are hidden here too. `seq`, which is also the event's `id`,
/// counts from 1 without gaps on each connection. A comment line comes every 15 s. A client that does not keep up is disconnected, and gets a new
/// snapshot when it reconnects.
#[utoipa::path(
    get,
    operation_id = "watch_live",
    path = "/api/v1/live",
    tag = "calls",
    params(Narrowing),
    responses(
        (status = 200, description = "Events without end", body = LiveMessage, content_type = "text/event-stream"),
        (status = 400, description = "`call_id` is not a UUID, or a topic is unknown"),
        (status = 403, description = "The topic `osdial` without `floor_read`"),
        (status = 409, description = "The topic `osdial`, and your organization has no dialler (`no_dialler`)"),
        (status = 429, description = "Your organization or you have used up your share of live views (`share_used_up`)"),
        (status = 503, description = "There are too many clients, or the calls can't be read"),
    )
)]
pub(crate) async fn live(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<Narrowing>,
) -> Result<HttpResponse, ApiError> {
    let filter = ViewFilter::of(&asked, caller.permissions())?;
    if filter.dialler {
        caller.demand(Permission::FloorRead)?;
    }
    let dialler = filter.dialler.then(|| state.dialler(&caller).cloned()).transpose()?;
    let share = if filter.calls.is_some() { &state.shares.live_views } else { &state.shares.pages_following };
    let share = share.take(&caller)?;
    let (seat, counted) = state.live.join(&state, caller.organization_id, filter, dialler).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        // For proxies that would buffer events.
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(events(seat, (counted, share), caller.signed_in)))
}

/// The right of a client to see the events.
trait Right: Clone + 'static {
    /// Whether it is known to have ended.
    fn is_over(&self) -> bool;

    /// Waits until it is known to have ended.
    async fn over(&self);

    /// Checks whether it was ended elsewhere.
    async fn recheck(self);
}

impl Right for Option<SignedIn> {
    fn is_over(&self) -> bool {
        self.as_ref().is_some_and(SignedIn::is_over)
    }

    async fn over(&self) {
        match self {
            Some(signed_in) => signed_in.over().await,
            None => std::future::pending().await,
        }
    }

    async fn recheck(self) {
        if let Some(signed_in) = self {
            signed_in.recheck().await;
        }
    }
}

/// The connection's bytes. They end when the hub drops the client, or when its sign-in ends. The client is counted until then.
fn events<C>(seat: Seat, counted: C, right: impl Right) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let first = Some(seat.snapshot);
    // When the last beat was due, and the number of the first event after it: now, and the one after the snapshot.
    let beaten = (Instant::now(), 2);
    stream::unfold(
        (first, seat.events, 1, (counted, right, beaten)),
        |(first, mut events, seq, (counted, right, beaten))| async move {
            let next = match first {
                Some(snapshot) => Ok(Some(snapshot)),
                None => tokio::select! {
                    biased;
                    () = right.over() => return None,
                    next = timeout_at(beaten.0 + BEAT, events.recv()) => next,
                },
            };
            // Another server may have ended it. If no event has come, that is checked before the beat; events don't wait for the check.
            let is_due = next.is_err() || beaten.0.elapsed() >= BEAT;
            if is_due && seq == beaten.1 {
                right.clone().recheck().await;
            } else if is_due {
                actix_web::rt::spawn(right.clone().recheck());
            }
            // Events that came while the client was signing out are not for it.
            if right.is_over() {
                return None;
            }
            let (bytes, seq) = match next {
                Ok(event) => (event?.numbered(seq), seq + 1),
                Err(_) => (Bytes::from_static(HEARTBEAT), seq),
            };
            let beaten = if is_due { (Instant::now(), seq) } else { beaten };
            Some((Ok(bytes), (None, events, seq, (counted, right, beaten))))
        },
    )
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use futures_util::StreamExt as _;
    use tokio::sync::Notify;

    use super::*;

    /// A right that was ended on another server: the first check finds it.
    #[derive(Clone, Default)]
    struct EndedElsewhere {
        is_known: Rc<Cell<bool>>,
        changed: Rc<Notify>,
    }

    impl Right for EndedElsewhere {
        fn is_over(&self) -> bool {
            self.is_known.get()
        }

        async fn over(&self) {
            while !self.is_over() {
                self.changed.notified().await;
            }
        }

        async fn recheck(self) {
            self.is_known.set(true);
            self.changed.notify_waiters();
        }
    }

    #[actix_web::test]
    async fn a_busy_view_ends_when_its_sign_in_ended_elsewhere() {
        tokio::time::pause();
        let written = || Written::of(UnixMs(0), LiveEvent::Snapshot { calls: Vec::new() }).unwrap();
        let (hub, waiting) = mpsc::channel(8);
        let seat = Seat { snapshot: written(), events: waiting };
        let mut events = Box::pin(events(seat, (), EndedElsewhere::default()));
        let mut seconds = 0;
        // An event comes every second, so that no beat is due.
        while events.next().await.is_some() {
            seconds += 1;
            assert!(seconds <= 17, "it goes on");
            tokio::time::sleep(Duration::from_secs(1)).await;
            hub.try_send(written()).unwrap();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_view_sends_heartbeats_and_its_numbers_continue() {
        let written = || Written::of(UnixMs(0), LiveEvent::Snapshot { calls: Vec::new() }).unwrap();
        let (hub, waiting) = mpsc::channel(8);
        let clients = LiveCount::new();
        let seat = Seat { snapshot: written(), events: waiting };
        let mut events = Box::pin(events(seat, clients.one_more(), None::<SignedIn>));
        let mut next =
            async || events.next().await.map(|event| String::from_utf8(event.unwrap().to_vec()).unwrap());
        let snapshot = "event: snapshot\nid: 1\ndata: {\"seq\":1,\"at\":\"1970-01-01T00:00:00.000Z\",\
                        \"kind\":\"snapshot\",\"calls\":[]}\n\n";
        assert_eq!(next().await.as_deref(), Some(snapshot));
        let began = tokio::time::Instant::now();
        for beat in 1..=2 {
            assert_eq!(next().await.as_deref(), Some(": still here\n\n"));
            assert_eq!(began.elapsed(), Duration::from_millis(beat * LIVE_HEARTBEAT_MS));
        }
        hub.try_send(written()).unwrap();
        assert!(next().await.unwrap().contains("id: 2\n"));
        drop(hub);
        assert_eq!(next().await, None, "disconnected by the hub");
        drop(events);
        assert_eq!(clients.now(), 0);
    }
}
