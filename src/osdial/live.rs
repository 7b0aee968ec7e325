//! Follows calls that the dialler has given us: claims each call once its caller is connected, and reports that it is live.
//!
//! No call waits for it. If the dialler's database is unreachable, a claim is tried for as long as it could help.

use std::collections::BTreeMap;
use std::time::Duration;

use cordboard_schema::call::CallState;
use cordboard_schema::dialler_call::DiallerCall;
use cordboard_schema::event::{Decision, Event, Fact, JournalEntry};
use cordboard_schema::ids::CallId;
use cordboard_schema::limits::DIALLER_KEEP_ALIVE_MS;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep};

use super::Dialler;
use crate::live_calls::{self, CaughtUp, Read};
use crate::store::{Store, query};

/// Maximum live calls that are read after the journal's tap was lost: as many as a server takes.
const LIVE_MAX: i64 = 10_000;
/// How often a claim is tried, and the pause between attempts. A claim after the dialler's own turn is useless.
const CLAIMS_MAX: u32 = 20;
const CLAIM_PAUSE: Duration = Duration::from_millis(500);

struct Live {
    call: DiallerCall,
    is_claimed: bool,
}

/// Live calls, and when they are reported to the dialler.
struct LiveCalls {
    calls: BTreeMap<CallId, Live>,
    signs: Interval,
}

impl LiveCalls {
    fn new() -> Self {
        let mut signs = interval(Duration::from_millis(DIALLER_KEEP_ALIVE_MS));
        signs.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { calls: BTreeMap::new(), signs }
    }

    fn begins(&mut self, call_id: CallId, call: DiallerCall) {
        self.calls.insert(call_id, Live { call, is_claimed: false });
    }

    fn ends(&mut self, call_id: CallId) {
        self.calls.remove(&call_id);
    }

    /// Returns the call to be claimed; none if it was claimed already, or does not come from a dialler.
    fn claim(&mut self, call_id: CallId) -> Option<DiallerCall> {
        let live = self.calls.get_mut(&call_id).filter(|live| !live.is_claimed)?;
        live.is_claimed = true;
        Some(live.call.clone())
    }

    /// Waits until the next report to the dialler is due: at once, and every 4 minutes from then on. Returns the names of the live calls.
    async fn due(&mut self) -> Vec<String> {
        self.signs.tick().await;
        self.calls.values().map(|live| live.call.key.clone()).collect()
    }
}

/// Follows them for as long as the store is open. Runs on an arbiter that carries no audio.
pub(crate) async fn follow(dialler: Dialler, store: Store) {
    let mut tap = store.tap();
    let mut follower = Follower { dialler, live: LiveCalls::new(), claims: JoinSet::new() };
    let mut catch_up = follower.reread(&store).await;
    loop {
        tokio::select! {
            biased;
            keys = follower.live.due() => follower.keep_alive(keys).await,
            () = live_calls::when(&mut catch_up) => catch_up = follower.reread(&store).await,
            Some(_) = follower.claims.join_next() => {}
            // Last, because there may always be another entry.
            entry = tap.recv() => match entry {
                Ok(entry) => follower.take(&entry),
                Err(RecvError::Lagged(_)) => catch_up = follower.reread(&store).await,
                Err(RecvError::Closed) => return,
            },
        }
    }
}

struct Follower {
    dialler: Dialler,
    live: LiveCalls,
    claims: JoinSet<()>,
}

impl Follower {
    fn take(&mut self, entry: &JournalEntry) {
        match &entry.event {
            Event::Fact(Fact::CallStarted { announced: Some(announced), .. }) => {
                if entry.organization_id == self.dialler.organization_id()
                    && let Some(call) = DiallerCall::of(announced)
                {
                    self.live.begins(entry.call_id, call);
                }
            }
            Event::Fact(Fact::LegArrived { agent: None, .. }) => self.claim(entry.call_id),
            Event::Decision(Decision::Ended { .. }) => self.live.ends(entry.call_id),
            _ => {}
        }
    }

    /// Tells the dialler once that a line has this call.
    fn claim(&mut self, call_id: CallId) {
        let Some(call) = self.live.claim(call_id) else { return };
        let dialler = self.dialler.clone();
        self.claims.spawn(async move {
            for _ in 0..CLAIMS_MAX {
                match dialler.claim(call.clone()).await {
                    Ok(()) => return,
                    Err(error) => {
                        tracing::warn!(%call_id, %error, "the dialler could not be told that a line has this call");
                    }
                }
                sleep(CLAIM_PAUSE).await;
            }
        });
    }

    async fn keep_alive(&self, keys: Vec<String>) {
        if !keys.is_empty()
            && let Err(error) = self.dialler.keep_alive(keys).await
        {
            tracing::warn!(%error, "live calls could not be reported to the dialler: it may forget those longer than 10 minutes");
        }
    }

    /// Reads which calls are live after entries were missed. Returns what to wait for before they must be read again.
    async fn reread(&mut self, store: &Store) -> Option<CaughtUp> {
        let organization_id = self.dialler.organization_id();
        let read_live = move |connection: &mut _| {
            let calls = query::live_dialler_calls(connection, organization_id, LIVE_MAX)?;
            let states = if calls.is_empty() {
                Vec::new()
            } else {
                query::live_calls_everywhere(connection, LIVE_MAX)?
            };
            Ok((calls, states))
        };
        match live_calls::read(store, read_live).await {
            Ok(Read { found: (calls, states), catch_up }) => {
                let connected: Vec<CallId> = states
                    .into_iter()
                    .filter(|call| call.state != CallState::Waiting)
                    .map(|call| call.id)
                    .collect();
                let mut found: BTreeMap<CallId, Live> =
                    calls.into_iter().map(|(id, call)| (id, Live { call, is_claimed: false })).collect();
                for (id, known) in std::mem::take(&mut self.live.calls) {
                    match found.get_mut(&id) {
                        Some(live) => live.is_claimed = known.is_claimed,
                        // While the database is behind, newer state is kept.
                        None if catch_up.is_some() => {
                            found.insert(id, known);
                        }
                        None => {}
                    }
                }
                self.live.calls = found;
                connected.into_iter().for_each(|id| self.claim(id));
                catch_up
            }
            Err(error) => {
                tracing::warn!(%error, "the dialler's calls can't be read: it may forget those longer than 10 minutes");
                Some(live_calls::a_while())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use cordboard_actors::world;
    use cordboard_schema::dialplan::NextStep;
    use cordboard_settings::SettingValue as _;
    use diesel::connection::SimpleConnection as _;
    use diesel::{Connection as _, SqliteConnection};
    use tokio::net::TcpListener;
    use tokio::runtime::Handle;
    use tokio::time::{Instant, timeout};
    use uuid::Uuid;

    use super::*;
    use crate::config::{Config, OsdialUrl};
    use crate::store::StoreSettings;
    use crate::store::entries::Conversation;

    /// The time after which the dialler forgets an unreported call.
    const FORGETS_AFTER: Duration = Duration::from_secs(600);

    fn call(key: &str) -> DiallerCall {
        DiallerCall {
            key: key.to_owned(),
            server: "10.0.0.1".to_owned(),
            unique_id: "1764374400.1".to_owned(),
            user: "1001".to_owned(),
            lead_id: 2,
            campaign_id: "TEST1".to_owned(),
            usual_status: None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_dialler_may_miss_one_report_of_a_live_call() {
        let began_at = Instant::now();
        let mut live = LiveCalls::new();
        assert_eq!(live.due().await, [""; 0]);
        let (short, long) = (CallId(Uuid::from_u128(1)), CallId(Uuid::from_u128(2)));
        live.begins(short, call("V1"));
        live.begins(long, call("V2"));
        assert_eq!(live.due().await, ["V1", "V2"]);
        live.ends(short);
        let mut reported_after = vec![Duration::ZERO, began_at.elapsed()];
        while began_at.elapsed() < Duration::from_secs(3_600) {
            assert_eq!(live.due().await, ["V2"]);
            reported_after.push(began_at.elapsed());
        }
        let every_4_minutes: Vec<Duration> = (0..=15).map(|nth| Duration::from_secs(240 * nth)).collect();
        assert_eq!(reported_after, every_4_minutes);
        assert!(reported_after.windows(3).all(|three| three[2] - three[0] < FORGETS_AFTER));
        live.ends(long);
        assert_eq!(live.due().await, [""; 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_is_claimed_once_and_no_others_are() {
        let mut live = LiveCalls::new();
        let (own, other) = (CallId(Uuid::from_u128(1)), CallId(Uuid::from_u128(2)));
        live.begins(own, call("V1"));
        assert_eq!([live.claim(own), live.claim(own), live.claim(other)], [Some(call("V1")), None, None]);
    }

    /// The journal of a call that a dialler has given.
    fn given(said: &mut Conversation, key: &str) -> Vec<JournalEntry> {
        let mut entries = said.live();
        if let Event::Fact(Fact::CallStarted { announced: Some(announced), .. }) = &mut entries[0].event {
            announced.variables = call(key).variables();
        }
        entries
    }

    #[tokio::test]
    async fn live_calls_are_found_however_many_results_wait() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreSettings::file(folder.path().join("cordboard.db"))).unwrap();
        let organization_id = store.organization_id();
        let [mut over, mut lives] = [1, 2].map(|n| {
            let mut said = Conversation::new(organization_id);
            said.call_id = CallId(Uuid::from_u128(n));
            said
        });
        let mut entries = given(&mut over, "V1");
        entries.extend(over.ended(NextStep::Hangup));
        entries.extend(given(&mut lives, "V2"));
        store.journal(entries);
        store.commit().await.unwrap();
        let read_live = |connection: &mut _| query::live_dialler_calls(connection, organization_id, 1);
        assert_eq!(store.reads().run_blocking(read_live).unwrap(), [(lives.call_id, call("V2"))]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_unreadable_call_is_claimed_once_it_can_be_read() {
        let _stay = world::enter("2027-05-04T09:00:00Z".parse().unwrap(), 1);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cordboard.db");
        let store = Store::open(&StoreSettings::file(&file)).unwrap();
        let mut said = Conversation::new(store.organization_id());
        store.journal(given(&mut said, "V1"));
        store.commit().await.unwrap();
        // It accepts a connection and sends nothing.
        let database = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("mysql://osdial:secret@{}/osdial", database.local_addr().unwrap());
        let (url, settings) = (OsdialUrl::parse(&url).unwrap(), Config::default().osdial);
        let dialler = Dialler::new(&url, &settings, store.organization_id(), Handle::current()).unwrap();
        let mut stranger = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
        stranger.batch_execute("ALTER TABLE recordings RENAME TO gone").unwrap();
        let asked = async {
            sleep(Duration::from_secs(3)).await;
            stranger.batch_execute("ALTER TABLE gone RENAME TO recordings").unwrap();
            timeout(Duration::from_secs(60), database.accept()).await
        };
        tokio::select! {
            () = follow(dialler, store.clone()) => panic!("the store is open"),
            asked = asked => drop(asked.unwrap().unwrap()),
        }
    }
}
