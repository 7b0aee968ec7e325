//! Follows calls that the dialler has given us: claims each once its caller is connected, and says that it lives.
//!
//! No call waits for it. Where the dialler's database is away a claim is tried for as long as it could be of use.

use std::collections::BTreeMap;
use std::time::Duration;

use cordboard_schema::call::CallState;
use cordboard_schema::dialler_call::DiallerCall;
use cordboard_schema::event::{Decision, Event, Fact, JournalEntry};
use cordboard_schema::ids::CallId;
use cordboard_schema::limits::DIALLER_KEEP_ALIVE_MS;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::Dialler;
use crate::live_calls::{self, CaughtUp, Read};
use crate::store::{Store, query};

/// Live calls that are looked for where the journal was lost sight of: as many as a server takes.
const LIVE_MAX: i64 = 10_000;
/// How often a claim is tried, and what lies between two tries: a claim that comes behind the dialler's own turn is of no use.
const CLAIMS_MAX: u32 = 20;
const CLAIM_PAUSE: Duration = Duration::from_millis(500);

struct Live {
    call: DiallerCall,
    is_claimed: bool,
}

/// Follows them for as long as the store is open. Belongs on an arbiter that carries no audio.
pub(crate) async fn follow(dialler: Dialler, store: Store) {
    let mut tap = store.tap();
    let mut follower = Follower { dialler, live: BTreeMap::new(), claims: JoinSet::new() };
    let mut is_behind = follower.look_anew(&store).await;
    let mut signs = interval(Duration::from_millis(DIALLER_KEEP_ALIVE_MS));
    signs.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            _ = signs.tick() => follower.keep_alive().await,
            () = live_calls::when(&mut is_behind) => is_behind = follower.look_anew(&store).await,
            Some(_) = follower.claims.join_next() => {}
            // Last: there may always be one more.
            entry = tap.recv() => match entry {
                Ok(entry) => follower.take(&entry),
                Err(RecvError::Lagged(_)) => is_behind = follower.look_anew(&store).await,
                Err(RecvError::Closed) => return,
            },
        }
    }
}

struct Follower {
    dialler: Dialler,
    live: BTreeMap<CallId, Live>,
    claims: JoinSet<()>,
}

impl Follower {
    fn take(&mut self, entry: &JournalEntry) {
        match &entry.event {
            Event::Fact(Fact::CallStarted { announced: Some(announced), .. }) => {
                if entry.organization_id == self.dialler.organization_id()
                    && let Some(call) = DiallerCall::of(announced)
                {
                    self.live.insert(entry.call_id, Live { call, is_claimed: false });
                }
            }
            Event::Fact(Fact::LegArrived { agent: None, .. }) => self.claim(entry.call_id),
            Event::Decision(Decision::Ended { .. }) => {
                self.live.remove(&entry.call_id);
            }
            _ => {}
        }
    }

    /// Has the dialler know that a line has this call, once.
    fn claim(&mut self, call_id: CallId) {
        let Some(live) = self.live.get_mut(&call_id).filter(|live| !live.is_claimed) else { return };
        live.is_claimed = true;
        let (dialler, call) = (self.dialler.clone(), live.call.clone());
        self.claims.spawn(async move {
            for _ in 0..CLAIMS_MAX {
                match dialler.claim(call.clone()).await {
                    Ok(()) => return,
                    Err(error) => {
                        tracing::warn!(%call_id, %error, "the dialler does not know yet that a line has this call");
                    }
                }
                sleep(CLAIM_PAUSE).await;
            }
        });
    }

    async fn keep_alive(&self) {
        let keys: Vec<String> = self.live.values().map(|live| live.call.key.clone()).collect();
        if !keys.is_empty()
            && let Err(error) = self.dialler.keep_alive(keys).await
        {
            tracing::warn!(%error, "the dialler was not told that its calls live: it may forget those over 10 minutes");
        }
    }

    /// Reads which calls live, where something was missed.
    async fn look_anew(&mut self, store: &Store) -> Option<CaughtUp> {
        let organization_id = self.dialler.organization_id();
        let look = move |connection: &mut _| {
            let calls = query::live_dialler_calls(connection, organization_id, LIVE_MAX)?;
            let states = if calls.is_empty() {
                Vec::new()
            } else {
                query::live_calls_everywhere(connection, LIVE_MAX)?
            };
            Ok((calls, states))
        };
        match live_calls::read(store, look).await {
            Ok(Read { found: (calls, states), is_behind }) => {
                let connected: Vec<CallId> = states
                    .into_iter()
                    .filter(|call| call.state != CallState::Waiting)
                    .map(|call| call.id)
                    .collect();
                let mut found: BTreeMap<CallId, Live> =
                    calls.into_iter().map(|(id, call)| (id, Live { call, is_claimed: false })).collect();
                for (id, known) in std::mem::take(&mut self.live) {
                    match found.get_mut(&id) {
                        Some(live) => live.is_claimed = known.is_claimed,
                        // While the database is behind, newer state stays.
                        None if is_behind.is_some() => {
                            found.insert(id, known);
                        }
                        None => {}
                    }
                }
                self.live = found;
                connected.into_iter().for_each(|id| self.claim(id));
                is_behind
            }
            Err(error) => {
                tracing::warn!(%error, "the dialler's calls can't be read: it may forget those over 10 minutes");
                None
            }
        }
    }
}
