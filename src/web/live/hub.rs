//! The hub of the live view: follows the journal's tap, folds the calls, and sends every client its events. For control sockets it also polls the
//! topics that are sent as a whole, actors and figures, while one of them subscribes to these.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use actix_web::rt::task::JoinHandle;
use cordboard_actors::world;
use cordboard_schema::call_agent;
use cordboard_schema::changed::{Changed, Thing};
use cordboard_schema::event::{Event, Fact, JournalEntry};
use cordboard_schema::fold::{Call, TranscriptItem};
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::limits::{
    CONTROL_KEPT_MS, CONTROL_POLL_MS, CONTROL_WAITING_MAX, LIVE_ENDED_CALLS_MAX, LIVE_EVENTS_WAITING_MAX,
};
use cordboard_schema::supervision::{SupervisionPolicy, SupervisorRequest};
use cordboard_schema::wire::control::Topic;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time::{Instant, Interval, MissedTickBehavior, timeout};

use super::super::WebState;
use super::super::api::calls::{CallView, Names, agents_of};
use super::super::lost_access;
use super::kept::{Kept, Numbered};
use super::topics::{self, ControlEvent, Following, Topics};
use super::{LiveEntry, LiveEvent, LiveFeed, OfCalls, Seat, ViewFilter, Written};
use crate::live_calls::{self, Calls, CaughtUp, Read, Step};
use crate::osdial::{Dialler, OsdialChange};
use crate::store::{StoreError, query};

/// How often to check for clients that have gone without an event, and for a supervision policy set by another server.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// How long events wait for an agent's name. They go on without it if the database is away.
const NAME_WAIT: Duration = Duration::from_millis(500);

/// The most calls of a snapshot: all that can be open at once (`calls.max`).
const CALLS_MAX: i64 = 10_000;

/// Events sent at once before other tasks of the thread, which write them to clients, get their turn.
const BURST: u32 = 32;

/// A client that wants to subscribe.
pub(super) struct Join {
    pub(super) wanted: LiveRequest,
}

/// A client's subscription, and the channel for its seat.
pub(super) enum LiveRequest {
    /// A client of the live view.
    View {
        /// The events that it gets.
        filter: ViewFilter,
        /// Dialler whose changes it gets, if it wants them.
        dialler: Option<Dialler>,
        /// State used to ask for calls of this process.
        state: Box<WebState>,
        reply: oneshot::Sender<Seat>,
    },
    /// A control socket.
    Topics {
        topics: Topics,
        /// The number of the last event that it has received.
        after: Option<u64>,
        /// Whether it gets what a silent policy hides.
        supervises: bool,
        /// State from which actors and figures are read.
        state: Box<WebState>,
        /// Dialler whose changes it gets, if it wants them.
        dialler: Option<Dialler>,
        reply: oneshot::Sender<Following>,
    },
}

/// See the module's documentation.
pub(super) struct Hub {
    feed: LiveFeed,
    organization_id: OrganizationId,
    /// Every call that is not over, and those that ended recently.
    calls: Calls,
    /// Set if the rows that were read were incomplete; to be waited for.
    catch_up: Option<CaughtUp>,
    /// Names of their agents.
    names: Names,
    /// Whether the organization's policy hides supervisors from clients that may not supervise.
    is_silent: bool,
    /// The policy as last read.
    policy: Option<SupervisionPolicy>,
    /// A running read of the policy.
    reading_policy: Option<JoinHandle<Option<SupervisionPolicy>>>,
    /// Calls that ended recently, oldest first.
    ended: VecDeque<CallId>,
    clients: Vec<Client>,
    followers: Vec<Follower>,
    kept: Kept,
    /// When a control socket was last there.
    followed_at: Option<Instant>,
    /// State from which actors and figures are read, and which is used to ask for calls of this process; set by the first client.
    state: Option<Box<WebState>>,
    /// A running read of them.
    polling: Option<JoinHandle<Vec<ControlEvent>>>,
    /// Their last sent state.
    last_sent: BTreeMap<Topic, String>,
    /// The dialler's changes, while a control socket subscribes to them or did recently.
    of_dialler: Option<broadcast::Receiver<Arc<OsdialChange>>>,
}

/// A client of the live view.
struct Client {
    filter: ViewFilter,
    events: mpsc::Sender<Written>,
}

/// A control socket.
struct Follower {
    topics: Topics,
    supervises: bool,
    events: mpsc::Sender<Numbered>,
    was_slow: Arc<AtomicBool>,
}

impl Follower {
    /// Whether an event of this topic is for it.
    fn wants(&self, topic: Topic, event: &Numbered) -> bool {
        self.topics.contains(&topic) && (self.supervises || !event.written.is_for_supervisors)
    }

    /// Sends it an event; false if it is dropped, because it has gone or has too much unread.
    fn send(&self, event: &Numbered) -> bool {
        match self.events.try_send(event.clone()) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.was_slow.store(true, Ordering::Relaxed);
                false
            }
            Err(mpsc::error::TrySendError::Closed(_)) => false,
        }
    }
}

impl Hub {
    /// The hub of an organization's calls.
    pub(super) fn new(feed: LiveFeed, organization_id: OrganizationId) -> Self {
        // Numbers of an earlier start, or of another hub, are smaller, so they are distinguished from ours.
        let before = u64::try_from(world::now().timestamp_micros()).unwrap_or_default();
        Self {
            feed,
            organization_id,
            calls: Calls::new(),
            catch_up: None,
            names: Names::new(),
            is_silent: false,
            policy: None,
            reading_policy: None,
            ended: VecDeque::new(),
            clients: Vec::new(),
            followers: Vec::new(),
            kept: Kept::starting_after(before),
            followed_at: None,
            state: None,
            polling: None,
            last_sent: BTreeMap::new(),
            of_dialler: None,
        }
    }

    /// Serves clients until none is left. If the calls can't be read, waiting clients are dropped without a seat.
    pub(super) async fn run(mut self, mut joins: mpsc::Receiver<Join>) {
        let mut check = tokio::time::interval(CHECK_INTERVAL);
        let mut node_poll = tokio::time::interval(Duration::from_millis(CONTROL_POLL_MS));
        node_poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut given_out = 0;
        loop {
            // The tap is opened first: an entry that comes while the calls are read is seen twice rather than never.
            let mut tap = self.feed.0.store.tap();
            let mut changes = self.feed.0.store.changes();
            if let Err(error) = self.read_calls().await {
                tracing::warn!(%error, "the live view can't read the calls");
                return;
            }
            loop {
                tokio::select! {
                    biased;
                    Some(Join { wanted }) = joins.recv() => self.join(wanted, &mut node_poll),
                    _ = node_poll.tick(), if self.polling.is_none() => self.begin_poll(),
                    polled = end_of(&mut self.polling) => self.send_polled(polled),
                    _ = check.tick() => {
                        if self.has_no_clients() && self.close_if_unused(&mut joins) {
                            return;
                        }
                        self.begin_policy_check();
                    }
                    found = end_of(&mut self.reading_policy) => {
                        if let Some(policy) = found {
                            self.policy_was_read(policy);
                        }
                    }
                    () = live_calls::when(&mut self.catch_up) => {
                        tracing::warn!("the live view missed something while the database was not accepting writes; it starts again");
                        self.start_again();
                        break;
                    }
                    changed = changes.recv() => match changed {
                        Ok(changed) => {
                            self.learn_policy(&changed).await;
                            self.send_change(changed);
                        }
                        Err(RecvError::Lagged(missed)) => {
                            tracing::warn!(missed, "the live view fell behind the changes; it starts again");
                            self.start_again();
                            break;
                        }
                        Err(RecvError::Closed) => return,
                    },
                    changed = next_change(&mut self.of_dialler) => match changed {
                        Ok(change) => self.send_dialler_change(&change),
                        Err(RecvError::Lagged(missed)) => {
                            tracing::warn!(missed, "the live view fell behind a dialler; it starts again");
                            self.start_again();
                            break;
                        }
                        Err(RecvError::Closed) => self.of_dialler = None,
                    },
                    // Last, because only this one can have more for ever.
                    entry = tap.recv() => match entry {
                        Ok(entry) => {
                            self.learn_name(&entry).await;
                            self.take(&entry);
                            given_out += 1;
                            if given_out % BURST == 0 {
                                tokio::task::yield_now().await;
                            }
                        }
                        Err(RecvError::Lagged(missed)) => {
                            tracing::warn!(missed, "the live view fell behind; it starts again");
                            self.start_again();
                            break;
                        }
                        Err(RecvError::Closed) => return,
                    },
                }
            }
        }
    }

    /// Seats a new client. Topics that are polled are sent at once.
    fn join(&mut self, wanted: LiveRequest, node_poll: &mut Interval) {
        match wanted {
            LiveRequest::View { filter, dialler, state, reply } => {
                self.state = Some(state);
                self.watch_dialler(dialler.as_ref());
                self.seat(filter, reply);
            }
            LiveRequest::Topics { topics, after, supervises, state, dialler, reply } => {
                if topics.iter().any(is_polled) {
                    node_poll.reset_immediately();
                }
                self.state = Some(state);
                self.watch_dialler(dialler.as_ref());
                self.seat_follower((topics, supervises), after, reply);
            }
        }
    }

    /// Whether all clients have gone, including recently. Drops their seats, and a dialler that nobody follows any more.
    fn has_no_clients(&mut self) -> bool {
        self.clients.retain(|client| !client.events.is_closed());
        self.followers.retain(|follower| !follower.events.is_closed());
        let is_followed = self.is_followed();
        let is_left = !is_followed && !self.clients.iter().any(|client| client.filter.dialler);
        if is_left && self.of_dialler.take().is_some() {
            // Its changes are not seen from now on, so nobody can resume from before.
            self.kept.forget();
        }
        self.clients.is_empty() && !is_followed
    }

    fn watch_dialler(&mut self, dialler: Option<&Dialler>) {
        if self.of_dialler.is_none() {
            self.of_dialler = dialler.map(Dialler::changes);
        }
    }

    /// Drops all clients; they reconnect to a new snapshot.
    fn start_again(&mut self) {
        self.clients.clear();
        self.followers.clear();
        self.kept.forget();
    }

    /// Reads the calls on disk, once everything submitted is there. If the database accepts nothing at the moment, what it is missing is missing in
    /// the snapshot, too.
    async fn read_calls(&mut self) -> Result<(), StoreError> {
        let organization_id = self.organization_id;
        let read = move |connection: &mut _| {
            let calls = query::live_calls(connection, organization_id, CALLS_MAX)?;
            let names = query::user_names(connection, organization_id, &agents_of(&calls))?;
            let policy = query::supervision_policy(connection, organization_id)?;
            Ok::<_, StoreError>((calls, names, policy))
        };
        let Read { found: (calls, names, policy), catch_up } =
            live_calls::read(&self.feed.0.store, read).await?;
        (self.names, self.reading_policy) = (names, None);
        self.policy_was_read(policy);
        live_calls::renew(&mut self.calls, calls, catch_up.is_some());
        self.catch_up = catch_up;
        self.ended.clear();
        Ok(())
    }

    /// Whether no client has come since the last one left; then the next client starts another hub.
    fn close_if_unused(&self, joins: &mut mpsc::Receiver<Join>) -> bool {
        let mut ways = self.feed.0.hubs.lock().unwrap_or_else(PoisonError::into_inner);
        let is_empty = joins.is_empty();
        if is_empty {
            joins.close();
            ways.remove(&self.organization_id);
        }
        is_empty
    }

    /// Whether control sockets are there, or were recently; then events are kept.
    fn is_followed(&mut self) -> bool {
        if !self.followers.is_empty() {
            self.followed_at = Some(Instant::now());
        }
        self.followed_at.is_some_and(|at| at.elapsed() < Duration::from_millis(CONTROL_KEPT_MS))
    }

    fn seat(&mut self, filter: ViewFilter, reply: oneshot::Sender<Seat>) {
        let is_wanted = |call: &&Call| match filter.calls {
            Some(OfCalls::One(wanted)) => call.id == wanted,
            Some(OfCalls::All) => call.ended_at.is_none(),
            None => false,
        };
        let calls = self.calls.values().rev().filter(is_wanted).map(|call| self.shown(call)).collect();
        let Some(snapshot) = Written::of(world::now().into(), LiveEvent::Snapshot { calls }) else { return };
        let (events, waiting) = mpsc::channel(LIVE_EVENTS_WAITING_MAX);
        if reply.send(Seat { snapshot, events: waiting }).is_ok() {
            self.clients.push(Client { filter, events });
        }
    }

    fn seat_follower(
        &mut self,
        (topics, supervises): (Topics, bool),
        after: Option<u64>,
        reply: oneshot::Sender<Following>,
    ) {
        let mut missed = after.and_then(|after| self.kept.since(after, &topics));
        if let Some(missed) = &mut missed {
            missed.retain(|event| supervises || !event.written.is_for_supervisors);
        }
        let resumed = missed.is_some();
        let first = match missed {
            Some(missed) => missed,
            None => {
                let live = || self.calls.values().rev().filter(|call| call.ended_at.is_none());
                let calls =
                    topics.contains(&Topic::Calls).then(|| live().map(|call| self.shown(call)).collect());
                let snapshot = ControlEvent::Snapshot { topics: topics.clone(), calls };
                let Some(written) = snapshot.write(world::now().into()) else { return };
                vec![Numbered { seq: self.kept.newest(), written }]
            }
        };
        // A new subscriber has not seen the last state.
        topics.iter().for_each(|topic| drop(self.last_sent.remove(topic)));
        let (events, waiting) = mpsc::channel(CONTROL_WAITING_MAX);
        let was_slow = Arc::new(AtomicBool::new(false));
        let seq = first.last().map(|event| event.seq).or(after).unwrap_or_default();
        let following = Following { resumed, seq, first, events: waiting, was_slow: was_slow.clone() };
        if reply.send(following).is_ok() {
            self.followers.push(Follower { topics, supervises, events, was_slow });
            self.followed_at = Some(Instant::now());
        }
    }

    /// Begins to read actors and figures if somebody subscribes to them, in a task of its own, because the registry may take a while.
    fn begin_poll(&mut self) {
        self.followers.retain(|follower| !follower.events.is_closed());
        let wanted = self.followers.iter().flat_map(|follower| &follower.topics);
        let wanted: Topics = wanted.copied().filter(is_polled).collect();
        if let Some(state) = self.state.clone()
            && !wanted.is_empty()
        {
            self.polling = Some(actix_web::rt::spawn(topics::poll(state, wanted)));
        }
    }

    /// Sends what was read, if it differs from what was last sent.
    fn send_polled(&mut self, polled: Vec<ControlEvent>) {
        for event in polled {
            let topic = match event {
                ControlEvent::Actors { .. } => Topic::Actors,
                ControlEvent::Metrics { .. } => Topic::Metrics,
                ControlEvent::Snapshot { .. } | ControlEvent::Transcript { .. } => continue,
            };
            let Ok(text) = serde_json::to_string(&event) else { continue };
            if self.last_sent.get(&topic) != Some(&text) {
                self.last_sent.insert(topic, text);
                if let Some(written) = event.write(world::now().into()) {
                    self.send_to_followers(topic, written);
                }
            }
        }
    }

    /// Numbers an event, keeps it, and sends it to the control sockets with its topic.
    fn send_to_followers(&mut self, topic: Topic, written: Written) {
        let event = self.kept.keep(topic, written);
        self.followers.retain(|follower| !follower.wants(topic, &event) || follower.send(&event));
    }

    /// Looks up the name of the agent in an entry: each time, because people change their names.
    async fn learn_name(&mut self, entry: &JournalEntry) {
        let organization_id = self.organization_id;
        let asked = call_agent::asked(&entry.event).filter(|_| entry.organization_id == organization_id);
        let Some(user_id) = asked else { return };
        let read =
            move |connection: &mut _| query::user_names(connection, organization_id, &[user_id].into());
        match timeout(NAME_WAIT, self.feed.0.store.reads().run(read)).await {
            Ok(Ok(name)) => self.names.extend(name),
            Ok(Err(error)) => tracing::warn!(%error, "the live view can't read an agent's name"),
            Err(_) => tracing::warn!("the live view did not get an agent's name in time"),
        }
    }

    /// Begins to check whether another server has set the supervision policy, in a task of its own, so that events don't wait for a slow read. A
    /// failed read changes nothing.
    fn begin_policy_check(&mut self) {
        if self.reading_policy.is_some() {
            return;
        }
        let (store, organization_id) = (self.feed.0.store.clone(), self.organization_id);
        let read = move |connection: &mut _| query::supervision_policy(connection, organization_id);
        let check = async move { store.reads().run(read).await.ok() };
        self.reading_policy = Some(actix_web::rt::spawn(check));
    }

    /// Handles a supervision policy that was read. If another server set it, it is applied here to supervisors in this server's calls, which the
    /// other server can't reach.
    fn policy_was_read(&mut self, policy: SupervisionPolicy) {
        self.is_silent = policy.silent;
        let is_new = self.policy.replace(policy).is_some_and(|before| before != policy);
        if is_new && let Some(state) = self.state.clone() {
            let organization_id = self.organization_id;
            actix_web::rt::spawn(async move { lost_access::bind_supervisors(&state, organization_id).await });
        }
    }

    /// Reads the supervision policy again if it was changed on this server, which applies it to supervisors itself.
    async fn learn_policy(&mut self, changed: &Changed) {
        let organization_id = self.organization_id;
        if changed.organization_id != organization_id || changed.what != Thing::SupervisionPolicy {
            return;
        }
        // A running read may have read the previous one.
        self.reading_policy = None;
        let read = move |connection: &mut _| query::supervision_policy(connection, organization_id);
        let found = timeout(NAME_WAIT, self.feed.0.store.reads().run(read)).await;
        // A policy that is not known may be silent.
        self.is_silent = match found {
            Ok(Ok(policy)) => {
                self.policy = Some(policy);
                policy.silent
            }
            Ok(Err(_)) | Err(_) => {
                tracing::warn!("the live view can't read the supervision policy, and takes it for silent");
                true
            }
        };
    }

    fn take(&mut self, entry: &Arc<JournalEntry>) {
        let call_id = entry.call_id;
        if entry.organization_id != self.organization_id {
            return;
        }
        // The policy may have been changed on another server.
        if let Event::Fact(Fact::SupervisorAsked {
            wish: SupervisorRequest::Supervise { silent: true, .. },
            ..
        }) = &entry.event
        {
            (self.is_silent, self.reading_policy) = (true, None);
        }
        let Some(changed) = self.fold(entry) else { return };
        if let Some(line) = TranscriptItem::from_entry(entry)
            && self.is_followed()
            && let Some(written) = (ControlEvent::Transcript { call_id, line }).write(world::now().into())
        {
            self.send_to_followers(Topic::Transcripts, written);
        }
        let entry = LiveEntry { call_id, entry: JournalEntry::clone(entry).into() };
        self.send_call_event(call_id, LiveEvent::Entry { entry });
        if changed && let Some(call) = self.calls.get(&call_id) {
            let call = Box::new(self.shown(call));
            self.send_call_event(call_id, LiveEvent::Call { call });
        }
    }

    fn shown(&self, call: &Call) -> CallView {
        CallView::new(call.clone(), &self.names, &self.feed.0.currency)
    }

    /// Applies an entry to its call, and returns whether the row has changed; `None` if the row already contains the entry.
    fn fold(&mut self, entry: &JournalEntry) -> Option<bool> {
        let call = match live_calls::step(&mut self.calls, entry)? {
            Step::Begins => return Some(true),
            Step::Unknown => return Some(false),
            Step::Continues(call) => call,
        };
        let mut before = call.clone();
        call.apply(entry);
        before.last_seq = call.last_seq;
        // A supervisor changes only what is counted of the call, which a row does not show: sending the row would reveal them.
        if entry.event.is_about_supervision() {
            before.tally.clone_from(&call.tally);
        }
        if before.ended_at.is_none() && call.ended_at.is_some() {
            self.ended.push_back(entry.call_id);
        }
        let changed = before != *call;
        while self.ended.len() > LIVE_ENDED_CALLS_MAX {
            self.ended.pop_front().and_then(|oldest| self.calls.remove(&oldest));
        }
        Some(changed)
    }

    /// Notifies subscribed clients that may read it of a change.
    fn send_change(&mut self, changed: Changed) {
        let is_wanted = |client: &Client| client.filter.has_change(&changed);
        if changed.organization_id != self.organization_id || !self.clients.iter().any(is_wanted) {
            return;
        }
        let event = LiveEvent::Changed { what: changed.what, id: changed.id.clone() };
        let Some(written) = Written::of(world::now().into(), event) else { return };
        self.clients.retain(|client| !is_wanted(client) || client.events.try_send(written.clone()).is_ok());
    }

    /// Notifies subscribed clients of changed rows of the dialler.
    fn send_dialler_change(&mut self, change: &OsdialChange) {
        let is_wanted = |client: &Client| client.filter.dialler;
        let is_followed = self.is_followed();
        if !is_followed {
            self.kept.forget();
        }
        if !is_followed && !self.clients.iter().any(is_wanted) {
            return;
        }
        let event = LiveEvent::Osdial { change: change.clone() };
        let Some(written) = Written::of(world::now().into(), event) else { return };
        self.clients.retain(|client| !is_wanted(client) || client.events.try_send(written.clone()).is_ok());
        if is_followed {
            self.send_to_followers(Topic::Osdial, written);
        }
    }

    /// Sends an event to all clients that follow its call. A client without room for it is disconnected, and so gets a new snapshot.
    fn send_call_event(&mut self, call_id: CallId, event: LiveEvent) {
        let is_followed = self.is_followed();
        if !is_followed {
            self.kept.forget();
        }
        let is_hidden = self.is_silent && event.is_about_supervision();
        let includes =
            |filter: &ViewFilter| (filter.supervises || !is_hidden) && filter.includes(call_id, &event);
        let wanted: Vec<bool> = self.clients.iter().map(|client| includes(&client.filter)).collect();
        if !is_followed && !wanted.contains(&true) {
            return;
        }
        let Some(written) = Written::of(world::now().into(), event) else { return };
        let written = Written { is_for_supervisors: is_hidden, ..written };
        let mut wanted = wanted.into_iter();
        self.clients.retain(|client| {
            !wanted.next().unwrap_or_default() || client.events.try_send(written.clone()).is_ok()
        });
        if is_followed {
            self.send_to_followers(Topic::Calls, written);
        }
    }
}

/// Whether a topic is polled and sent as a whole.
pub(super) const fn is_polled(topic: &Topic) -> bool {
    matches!(topic, Topic::Actors | Topic::Metrics)
}

/// The dialler's next change; never, if nobody subscribes to it.
async fn next_change(
    changes: &mut Option<broadcast::Receiver<Arc<OsdialChange>>>,
) -> Result<Arc<OsdialChange>, RecvError> {
    match changes {
        Some(changes) => changes.recv().await,
        None => std::future::pending().await,
    }
}

/// Result of a read when it ends, or the default if it panicked; never, if none is running.
async fn end_of<T: Default>(polling: &mut Option<JoinHandle<T>>) -> T {
    let Some(under_way) = polling else { return std::future::pending().await };
    // A read that panicked has seen nothing.
    let polled = under_way.await.unwrap_or_default();
    *polling = None;
    polled
}

#[cfg(test)]
mod tests {
    use cordboard_actors::live_count::LiveCount;
    use tokio::time::advance;

    use super::*;
    use crate::store::{Store, StoreSettings};

    #[tokio::test(start_paused = true)]
    async fn dialler_changes_that_nobody_followed_are_not_skipped_silently() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreSettings::file(folder.path().join("cordboard.db"))).unwrap();
        let organization_id = store.organization_id();
        let mut hub = Hub::new(LiveFeed::new(store, "EUR", LiveCount::new()), organization_id);
        let (_dialler, changes) = broadcast::channel(1);
        hub.of_dialler = Some(changes);
        let follow = |hub: &mut Hub, after: Option<u64>| {
            let (reply, mut seat) = oneshot::channel();
            hub.seat_follower(([Topic::Osdial].into(), false), after, reply);
            let Following { resumed, seq, .. } = seat.try_recv().unwrap();
            (resumed, seq)
        };
        let (_, seq) = follow(&mut hub, None);
        hub.has_no_clients();
        assert_eq!(follow(&mut hub, Some(seq)), (true, seq), "its changes are still kept");
        advance(Duration::from_millis(CONTROL_KEPT_MS)).await;
        // Others watch calls in a page, so the hub goes on.
        hub.has_no_clients();
        assert!(!follow(&mut hub, Some(seq)).0, "rows may have changed or gone meanwhile");
    }
}
