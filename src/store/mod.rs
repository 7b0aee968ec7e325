//! The store: the journal of all calls, and what is folded from it, in one SQLite file.
//!
//! ```text
//! calls, registry -> StoreActor -> Queue -> Writer's thread -> SQLite
//!                         |
//!                         `-> tap (live views)        Reads (pool) <- API, commands, LoadProfiles
//! ```
//!
//! - Handing over never blocks; what is handed over is on disk within 200 ms, and a [`Store::commit`] waits for it.
//! - On disk means: it survives the death of the process. A loss of power may cost the last commits, never the file.
//! - While the database takes nothing (locked, disk full), rows wait in memory, up to
//!   [`JOURNAL_WAITING_MAX`]; beyond that they are lost, and counted.
//! - Every query takes the organization, with these exceptions, which belong to the installation: the writer that
//!   folds any journal, the first organization, and the calls that a dead process left open.

mod activities;
mod actor;
mod audit;
mod business;
mod calls;
mod costs;
mod dialling;
#[cfg(test)]
#[path = "../../tests/store/entries.rs"]
#[allow(dead_code, reason = "the journals that tests/store and tests/api write too")]
mod entries;
mod error;
mod events;
mod idempotency;
mod journal;
mod migrations;
mod phone_numbers;
mod pool;
mod profile_versions;
mod profiles;
mod queue;
mod resume;
mod settings;
mod writer;

use std::sync::Arc;
use std::time::{Duration, Instant};

use cordboard_actors::messages::{JournalHealth, StoreFault};
use cordboard_schema::event::JournalEntry;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{COMMIT_WAIT_MS, JOURNAL_TAP_ENTRIES, JOURNAL_WAITING_MAX};
use cordboard_schema::time::UnixMs;
use tokio::sync::{broadcast, oneshot};

pub use activities::ActivityQuery;
pub use actor::StoreActor;
pub use business::StoredBusiness;
pub use calls::CallQuery;
pub use error::StoreError;
pub use events::After;
pub use idempotency::Claim;
pub use migrations::{DatabaseState, check, migrate};
pub use pool::{Connection, Reads};
pub use profiles::FIRST_PROFILE;
pub use resume::OpenCall;
pub use settings::StoreSettings;

/// Queries, for [`Reads::run`].
pub mod query {
    pub use super::activities::list as activities;
    pub use super::audit::list as audit_log;
    pub use super::business::find as business_profile;
    pub use super::calls::{
        find as call, find_by_outside_id as call_by_outside_id, list as calls, live as live_calls,
    };
    pub use super::dialling::{dial_policy, dialling, extensions};
    pub use super::events::{journal, transcript};
    pub use super::phone_numbers::{
        dialled as phone_number, find as phone_number_by_id, has_profile as profile_has_number,
        list as phone_numbers,
    };
    pub use super::profile_versions::{
        find as profile_version, list as profile_versions, published as published_profiles,
    };
    pub use super::profiles::{
        draft as profile_draft, drafts as profile_drafts, find as profile, first_organization,
        list as profiles,
    };
}

/// Changes, for [`Store::change`].
pub mod change {
    pub use super::audit::record as record_audit;
    pub use super::business::set as set_business_profile;
    pub use super::dialling::{create_extension, delete_extension, set_dial_policy, update_extension};
    pub use super::idempotency::claim as claim_key;
    pub use super::phone_numbers::{
        create as create_phone_number, delete as delete_phone_number, update as update_phone_number,
    };
    pub use super::profile_versions::publish as publish_profile;
    pub use super::profiles::{
        create as create_profile, delete as delete_profile, keys_changed as profile_keys_changed,
        set_dtmf_action, unset_dtmf_action, update as update_profile,
    };
}

use queue::{Change, Queue};
use writer::Writer;

/// How long a store that is dropped without [`Store::close`] may go on writing what it holds.
const DROPPED_WAIT: Duration = Duration::from_secs(2);

/// The open database. Cheap to clone; the writer ends with the last clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    queue: Arc<Queue>,
    reads: Reads,
    tap: broadcast::Sender<Arc<JournalEntry>>,
    organization_id: OrganizationId,
}

impl Store {
    /// Opens the database, brings its tables up to date, sees that there is an organization with a profile,
    /// and starts the writer. Blocks.
    pub fn open(settings: &StoreSettings) -> Result<Self, StoreError> {
        Self::open_with_room(settings, JOURNAL_WAITING_MAX)
    }

    /// [`Store::open`] with room for `waiting_max` rows in memory, for tests of the bound.
    pub fn open_with_room(settings: &StoreSettings, waiting_max: usize) -> Result<Self, StoreError> {
        for migration in migrate(settings)? {
            tracing::info!(migration, "migration ran");
        }
        let mut connection = pool::open_writer(&settings.file, settings::Access::Write)?;
        let organization_id = profiles::ensure_first(&mut connection)?;
        let reads = Reads::open(settings)?;
        let queue = Arc::new(Queue::new(waiting_max));
        Writer::spawn(settings.file.clone(), queue.clone(), connection).map_err(|cause| {
            StoreError::NoConnection(format!("the writer's thread did not start: {cause}"))
        })?;
        let tap = broadcast::Sender::new(JOURNAL_TAP_ENTRIES);
        Ok(Self(Arc::new(Inner { queue, reads, tap, organization_id })))
    }

    /// The installation's first organization, in which the admin token acts.
    pub fn organization_id(&self) -> OrganizationId {
        self.0.organization_id
    }

    /// For reading what is on disk.
    pub fn reads(&self) -> &Reads {
        &self.0.reads
    }

    /// Every entry from now on, as it is handed in and before it is on disk. A receiver that lags misses some
    /// and is told so; it never slows the journal.
    pub fn tap(&self) -> broadcast::Receiver<Arc<JournalEntry>> {
        self.0.tap.subscribe()
    }

    /// Hands entries to the writer. Never blocks; see [`Store::health`] for what becomes of them.
    pub fn journal(&self, entries: Vec<JournalEntry>) {
        for entry in entries.into_iter().map(Arc::new) {
            // Without receivers nobody wants it. A lost row is counted and logged by the queue.
            let _ = self.0.tap.send(entry.clone());
            let _ = self.0.queue.push(entry);
        }
    }

    /// Answers when all that was handed over before is on disk, or why it is not within [`COMMIT_WAIT_MS`].
    pub fn commit(&self) -> impl Future<Output = Result<(), StoreFault>> + use<> {
        let queue = self.0.queue.clone();
        async move { queue.committed().await }
    }

    /// Runs `change` in a transaction of the writer, between batches of the journal. It is made once or not at all:
    /// one that has to wait for longer than [`COMMIT_WAIT_MS`] is given up.
    pub async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, outcome) = oneshot::channel();
        let run = move |connection: &mut Connection| {
            // Nobody waits any more: who was told that it failed must not find it made.
            if !reply.is_closed() {
                let _ = reply.send(connection.immediate_transaction(change));
            }
        };
        let busy = |cause: &str| StoreError::NoConnection(cause.to_owned());
        let queued = self.0.queue.push_change(Change(Box::new(run)));
        queued.map_err(|_| busy("too many changes wait, or the store is closing"))?;
        match tokio::time::timeout(Duration::from_millis(COMMIT_WAIT_MS), outcome).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(busy("the database could not be opened, or the store has ended")),
            Err(_) => Err(busy("the database takes nothing at the moment")),
        }
    }

    /// What the organization's calls have cost that began since then, in millionths of the currency: what is on disk, and
    /// what was handed over and waits for it.
    ///
    /// # Errors
    /// The database can't be read.
    pub async fn spent_micros(
        &self,
        organization_id: OrganizationId,
        since: UnixMs,
    ) -> Result<u64, StoreError> {
        // Before the database is read: what gets there meanwhile counts twice for once, and never not at all.
        let waiting = self.0.queue.charges_micros(organization_id);
        let read = move |connection: &mut Connection| costs::spent_micros(connection, organization_id, since);
        Ok(self.reads().run(read).await?.saturating_add(waiting))
    }

    /// Whether the journal keeps up.
    pub fn health(&self) -> JournalHealth {
        self.0.queue.health()
    }

    /// How long the oldest row has waited that is not on disk yet.
    pub fn lag(&self) -> Duration {
        self.0.queue.lag()
    }

    /// Takes no more rows and waits until those that it holds are on disk, at most `wait`. Then
    /// [`JournalHealth::lost`] counts what did not get there.
    pub async fn close(&self, wait: Duration) -> JournalHealth {
        self.0.queue.close(Instant::now() + wait);
        // An attempt that is under way when the time is over ends within SQLite's busy time-out.
        let _ = tokio::time::timeout(wait + Duration::from_secs(1), self.0.queue.ended()).await;
        self.health()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.queue.close(Instant::now() + DROPPED_WAIT);
    }
}
