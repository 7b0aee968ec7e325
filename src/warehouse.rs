//! Calls for a warehouse: each night one Parquet file a day and organization, in the object store, with a manifest that is signed.
//!
//! ```text
//! a day is over, or its calls have changed ──claim──> rows (one snapshot) ──> calls.parquet ──put──> manifest.json ──put──> written
//! ```
//!
//! The table `exported_days` has the days, and how often their calls have changed since. A process that dies between any two of these
//! steps leaves a claim that ends by itself, and the day is written again from the beginning: the same rows make the same file. A store
//! that is away is reported once, and asked again at the next look.

mod columns;
mod manifest;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use chrono::NaiveDate;
pub use columns::{COLUMNS, Column, ColumnKind, Numbers, table};
use cordboard_actors::world;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::EXPORT_POLL_MS;
use cordboard_schema::time::UnixMs;
pub use manifest::{Manifest, signature};
use tokio::time::sleep;

use crate::config::{Config, Secret};
use crate::priority::blocking;
use crate::recordings::{RemoteError, RemoteStore};
use crate::repeated_failure::RepeatedFailure;
use crate::store::{AboutRows, ClaimedDay, Connection, CountedCall, Job, Store, StoreError, change, query};

/// The file of a day, in its folder.
const FILE: &str = "calls.parquet";
/// File that marks a day as whole.
const MANIFEST: &str = "manifest.json";

/// Why a day was not written.
#[derive(Debug, thiserror::Error)]
pub enum WarehouseError {
    /// The database can't be read or written at the moment.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file can't be made.
    #[error("the calls of {day} can't be written as Parquet: {cause}")]
    File {
        /// The day.
        day: String,
        /// Error of the writer.
        cause: String,
    },
    /// The object store refuses, or does not answer.
    #[error(
        "{place} takes no calls for the warehouse: {cause}; they stay in the database, see `cordboard doctor`"
    )]
    Remote {
        /// Their target.
        place: String,
        /// Error of the store.
        cause: io::Error,
    },
}

impl AboutRows for WarehouseError {
    fn is_about_rows(&self) -> bool {
        match self {
            Self::Store(error) => error.is_about_rows(),
            Self::File { .. } => true,
            Self::Remote { .. } => false,
        }
    }
}

/// Writes the files.
#[derive(Clone)]
pub struct Exporter {
    store: Store,
    remote: RemoteStore,
    key: Secret,
    numbers: Numbers,
    stop: Arc<AtomicBool>,
}

/// Has what is under way given up, once its owner is gone.
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Exporter {
    /// The one that the settings ask for; none where they ask for none. Nothing is asked of the object store yet.
    ///
    /// # Errors
    /// [`RemoteError`]: the settings do not fit each other, or the system gives no thread.
    pub fn open(config: &Config, store: &Store) -> Result<Option<Self>, RemoteError> {
        let (Some(place), Some(key)) = (&config.reports.export, &config.reports.export_key) else {
            return Ok(None);
        };
        let stop = Arc::<AtomicBool>::default();
        let remote = RemoteStore::open_at(place, &config.recordings)?.stopped_by(&stop);
        let numbers = match config.reports.export_numbers {
            true => Numbers::Written,
            false => Numbers::LeftOut,
        };
        Ok(Some(Self { store: store.clone(), remote, key: key.clone(), numbers, stop }))
    }

    /// Writes what is due, again and again.
    pub async fn run(self) {
        // A run before this one had stopped.
        self.stop.store(false, Ordering::Relaxed);
        let _stop = Stop(Arc::clone(&self.stop));
        let mut failures = RepeatedFailure::of("warehouse export");
        loop {
            let looked = self.look(world::now().into()).await;
            failures.note(looked, |error| {
                tracing::error!(%error, "calls can't be written for the warehouse at the moment; it is tried again");
            });
            sleep(Duration::from_millis(EXPORT_POLL_MS)).await;
        }
    }

    /// Writes all days that are due at this moment, of each organization the newest first. Says how many it were. A day with a row that can't
    /// be read is passed over, and holds up neither other days of its organization nor other organizations.
    ///
    /// # Errors
    /// [`WarehouseError`]; the days that are left are due at the next look.
    pub async fn look(&self, now: UnixMs) -> Result<usize, WarehouseError> {
        let mut look = self.store.held_up().begin_pass(Job::Export);
        let mut written = 0;
        let ids = self.store.reads().run(query::organization_ids).await?;
        for organization_id in look.readable(ids) {
            let mut before = None;
            loop {
                let day = match self.claim(organization_id, before, now).await {
                    Ok(Some(day)) => day,
                    Ok(None) => break,
                    Err(error) => {
                        look.pass_over(organization_id, error)?;
                        break;
                    }
                };
                before = Some(day.day);
                let outcome = self.write(&day).await;
                let is_written = outcome.is_ok();
                let finish =
                    move |connection: &mut Connection| change::finish_export(connection, &day, is_written);
                self.store.change(finish).await?;
                match outcome {
                    Ok(()) => written += 1,
                    Err(error) => look.pass_over(organization_id, error)?,
                }
            }
        }
        look.end();
        Ok(written)
    }

    /// Claims the newest day that is due, of those before `before` where that is given.
    async fn claim(
        &self,
        organization_id: OrganizationId,
        before: Option<NaiveDate>,
        now: UnixMs,
    ) -> Result<Option<ClaimedDay>, StoreError> {
        // Most looks find nothing: the writer is not asked then.
        let is_due =
            move |connection: &mut Connection| query::is_export_due(connection, organization_id, before, now);
        if !self.store.reads().run(is_due).await? {
            return Ok(None);
        }
        let claim =
            move |connection: &mut Connection| change::claim_export(connection, organization_id, before, now);
        self.store.change(claim).await
    }

    async fn write(&self, day: &ClaimedDay) -> Result<(), WarehouseError> {
        let claimed = day.clone();
        let read = move |connection: &mut Connection| query::calls_to_export(connection, &claimed);
        let calls = self.store.reads().run(read).await?;
        let (this, day) = (self.clone(), day.clone());
        let put = blocking(move || this.put(&day, &calls));
        let remote = |cause| WarehouseError::Remote { place: self.remote.shown().to_owned(), cause };
        put.await.map_err(|fault| remote(io::Error::other(fault)))?
    }

    /// Blocks.
    fn put(&self, day: &ClaimedDay, calls: &[CountedCall]) -> Result<(), WarehouseError> {
        let file = columns::file(calls, self.numbers)
            .map_err(|cause| WarehouseError::File { day: day.day.to_string(), cause: cause.to_string() })?;
        let manifest = Manifest::of(day, calls.len(), &file, self.key.expose());
        let remote = |cause| WarehouseError::Remote { place: self.remote.shown().to_owned(), cause };
        let folder = format!("calls/organization={}/day={}", day.organization_id, day.day);
        self.remote.put_bytes(&format!("{folder}/{FILE}"), Bytes::from(file)).map_err(remote)?;
        // Behind the file: who finds one that does not fit it has come in between, and looks again.
        let manifest = Bytes::from(manifest.to_json());
        self.remote.put_bytes(&format!("{folder}/{MANIFEST}"), manifest).map_err(remote)?;
        tracing::info!(organization_id = %day.organization_id, day = %day.day, calls = calls.len(), "a day's calls are written for the warehouse");
        Ok(())
    }
}
