//! Sessions of live calls in the cache, and profiles of their callers while the calls are live. They are renewed here, and expire after the call is
//! over.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cordboard_schema::cache_key::{CacheKey, KeySpace};
use cordboard_schema::call::CallState;
use cordboard_schema::call_session::CallSession;
use cordboard_schema::event::JournalEntry;
use cordboard_schema::fold::Call;
use cordboard_schema::ids::{CallId, OrganizationId};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{broadcast, mpsc};
use tokio::time::{MissedTickBehavior, interval};

use crate::cache::{Cache, SharedCache};
use crate::customer_profiles::{PROFILE_TTL, Written};
use crate::live_calls::{self, Calls, CaughtUp, Read, Step};
use crate::store::{Store, query};

/// Maximum live calls that are read after the journal's tap was lost: as many as a server takes.
const LIVE_MAX: i64 = 10_000;

/// Renews them for as long as the store takes a journal. Runs on an arbiter that carries no audio.
pub(crate) async fn keep(
    store: Store,
    cache: SharedCache,
    session_ttl: Duration,
    written: &mut mpsc::Receiver<Written>,
) {
    let mut tap = store.tap();
    let mut keeper = Keeper {
        first: store.organization_id(),
        cache,
        session_ttl,
        live: Calls::new(),
        is_unread: false,
        profiles: HashMap::new(),
    };
    let mut catch_up = keeper.reread(&store).await;
    let mut renewals = interval(session_ttl / 3);
    renewals.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            _ = renewals.tick() => {
                if keeper.is_unread {
                    catch_up = keeper.reread(&store).await;
                }
                keeper.renew().await;
            }
            () = live_calls::when(&mut catch_up) => catch_up = keeper.reread(&store).await,
            Some((call_id, keys)) = written.recv() => {
                // A profile is written after the call's beginning was journalled, which may still wait in the tap.
                if !keeper.live.contains_key(&call_id) && keeper.take_waiting(&mut tap).await == Waiting::Missed {
                    catch_up = keeper.reread(&store).await;
                }
                // Nothing is renewed for a call that is over.
                if keeper.live.contains_key(&call_id) {
                    keeper.profiles.entry(call_id).or_default().extend(keys);
                }
            }
            // Last, because there may always be another entry.
            entry = tap.recv() => match entry {
                Ok(entry) => keeper.take(&entry).await,
                Err(RecvError::Lagged(_)) => catch_up = keeper.reread(&store).await,
                Err(RecvError::Closed) => return,
            },
        }
    }
}

/// Whether all entries that waited in the tap were handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    Taken,
    Missed,
}

struct Keeper {
    first: OrganizationId,
    cache: SharedCache,
    session_ttl: Duration,
    live: Calls,
    /// Whether the live calls could not be read when needed. Each renewal tries again.
    is_unread: bool,
    /// Keys of the profiles of live calls' callers.
    profiles: HashMap<CallId, BTreeSet<CacheKey>>,
}

impl Keeper {
    /// Handles a journal entry of a call.
    async fn take(&mut self, entry: &JournalEntry) {
        let before = match live_calls::step(&mut self.live, entry) {
            Some(Step::Continues(call)) => {
                let before = call.state;
                call.apply(entry);
                Some(before)
            }
            Some(Step::Begins) => None,
            Some(Step::Unknown) | None => return,
        };
        let Some(call) = self.live.get(&entry.call_id) else { return };
        let has_ended = call.state == CallState::Ended;
        if before != Some(call.state) {
            self.write(call).await;
        }
        if has_ended {
            self.live.remove(&entry.call_id);
            self.leave(entry.call_id).await;
        }
    }

    /// Handles the entries that wait in the tap now.
    async fn take_waiting(&mut self, tap: &mut broadcast::Receiver<Arc<JournalEntry>>) -> Waiting {
        for _ in 0..tap.len() {
            match tap.try_recv() {
                Ok(entry) => self.take(&entry).await,
                Err(TryRecvError::Lagged(_)) => return Waiting::Missed,
                // The next wait finds the end.
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        Waiting::Taken
    }

    /// Reads which calls are live after entries were missed. Returns what to wait for before they must be read again.
    async fn reread(&mut self, store: &Store) -> Option<CaughtUp> {
        let live = |connection: &mut _| query::live_calls_everywhere(connection, LIVE_MAX);
        let read = live_calls::read(store, live).await;
        self.is_unread = read.is_err();
        let catch_up = match read {
            Ok(Read { found, catch_up }) => {
                live_calls::renew(&mut self.live, found, catch_up.is_some());
                catch_up
            }
            Err(error) => {
                tracing::warn!(%error, "live calls can't be read: their sessions in the cache may expire early, or outlive them");
                None
            }
        };
        let over: Vec<CallId> =
            self.profiles.keys().filter(|call_id| !self.live.contains_key(call_id)).copied().collect();
        for call_id in over {
            self.leave(call_id).await;
        }
        self.renew().await;
        catch_up
    }

    /// Renews everything of live calls.
    async fn renew(&mut self) {
        for call in self.live.values() {
            self.write(call).await;
        }
        for keys in self.profiles.values() {
            self.renew_profiles(keys).await;
        }
    }

    /// Removes a call that is over. The profiles of its caller expire by themselves.
    async fn leave(&mut self, call_id: CallId) {
        if let Some(keys) = self.profiles.remove(&call_id) {
            self.renew_profiles(&keys).await;
        }
    }

    async fn write(&self, call: &Call) {
        let key = KeySpace::of(call.organization_id, self.first).session(call.id);
        let Ok(session) = serde_json::to_vec(&CallSession::of(call)) else { return };
        // An unreachable Redis gets it once it is back. The cache's own state shows that it was unreachable.
        let _ = self.cache.set(&[key], Bytes::from(session), self.session_ttl).await;
    }

    async fn renew_profiles(&self, keys: &BTreeSet<CacheKey>) {
        let keys: Vec<CacheKey> = keys.iter().cloned().collect();
        let _ = self.cache.expire(&keys, PROFILE_TTL).await;
    }
}

#[cfg(test)]
mod tests {
    use cordboard_actors::world;
    use cordboard_schema::cache_key::KeyExtension;
    use cordboard_schema::dialplan::NextStep;
    use cordboard_schema::limits::JOURNAL_TAP_ENTRIES;
    use diesel::connection::SimpleConnection as _;
    use diesel::{Connection as _, SqliteConnection};
    use tokio::runtime::Builder;
    use tokio::time::sleep;

    use super::*;
    use crate::store::StoreSettings;
    use crate::store::entries::Conversation;

    const TTL: Duration = Duration::from_secs(30);

    /// Caches a call whose end is journalled while the keeper is blocked. `before` is done to the database first, and `after` 5 s later. Returns
    /// whether the call is still cached after ten times its time to live.
    fn is_renewed(before: &str, after: &str) -> bool {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let _stay = world::enter("2027-05-04T09:00:00Z".parse().unwrap(), 1);
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("cordboard.db");
            let store = Store::open(&StoreSettings::file(&file)).unwrap();
            let mut stranger = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
            let cache = SharedCache::in_process();
            let (_written, mut no_changes) = mpsc::channel(1);
            let (kept, into) = (store.clone(), cache.clone());
            tokio::spawn(async move { keep(kept, into, TTL, &mut no_changes).await });
            let mut said = Conversation::new(store.organization_id());
            store.journal(said.live());
            store.commit().await.unwrap();
            let key = KeySpace::of(said.organization_id, store.organization_id()).session(said.call_id);
            sleep(TTL * 3).await;
            assert!(cache.get(&key).await.unwrap().is_some(), "it lives");

            stranger.batch_execute(before).unwrap();
            store.journal(said.ended(NextStep::Hangup));
            let mut other = Conversation::new(store.organization_id());
            store.journal(vec![other.started()]);
            // More entries than the tap holds, so the keeper misses the end.
            for _ in 0..=JOURNAL_TAP_ENTRIES {
                store.journal(vec![other.said("more")]);
            }
            sleep(Duration::from_secs(5)).await;
            stranger.batch_execute(after).unwrap();
            sleep(TTL * 10).await;
            cache.get(&key).await.unwrap().is_some()
        })
    }

    #[test]
    fn a_profile_is_renewed_although_its_calls_beginning_still_waits() {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let _stay = world::enter("2027-05-04T09:00:00Z".parse().unwrap(), 1);
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(&StoreSettings::file(folder.path().join("cordboard.db"))).unwrap();
            let cache = SharedCache::in_process();
            let (reports, mut written) = mpsc::channel(1);
            let (kept, into) = (store.clone(), cache.clone());
            tokio::spawn(async move { keep(kept, into, TTL, &mut written).await });
            sleep(TTL).await;
            let mut said = Conversation::new(store.organization_id());
            let space = KeySpace::of(said.organization_id, store.organization_id());
            let key = space.customer_by_call(&KeyExtension::new("2001").unwrap(), said.call_id);
            cache.set(std::slice::from_ref(&key), Bytes::from_static(b"{}"), PROFILE_TTL).await.unwrap();
            store.journal(said.live());
            reports.try_send((said.call_id, vec![key.clone()])).unwrap();
            sleep(PROFILE_TTL * 2).await;
            assert!(cache.get(&key).await.unwrap().is_some(), "its call goes on");
        });
    }

    #[test]
    fn calls_with_a_missed_end_expire_despite_late_writes() {
        assert!(!is_renewed("BEGIN IMMEDIATE", "COMMIT"));
    }

    #[test]
    fn calls_with_a_missed_end_expire_despite_failed_reads() {
        assert!(!is_renewed(
            "ALTER TABLE recordings RENAME TO gone",
            "ALTER TABLE gone RENAME TO recordings"
        ));
    }
}
