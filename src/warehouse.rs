//! Calls for a warehouse: each night one Parquet file per day and organization in the object store, with a signed manifest.
//!
//! ```text
//! a day is over, or its calls have changed ──claim──> rows (one snapshot) ──> calls.parquet ──put──> manifest.json ──put──> written
//! ```
//!
//! The table `exported_days` has the days, and how often their calls have changed since. A process that dies between any two of these steps leaves a
//! claim that expires, and the day is written again from the beginning: the same rows make the same file. An unreachable store is reported once, and
//! tried again in the next round.

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
/// The file that marks a day as complete.
const MANIFEST: &str = "manifest.json";

/// Why a day was not written.
#[derive(Debug, thiserror::Error)]
pub enum WarehouseError {
    /// The database can't be read or written at the moment.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file can't be written.
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
        /// The place of the files.
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

/// Cancels the work under way when its owner is dropped.
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Exporter {
    /// Makes the exporter that the settings ask for; none if they ask for none. The object store is not contacted yet.
    ///
    /// # Errors
    /// [`RemoteError`]: the settings contradict each other, or the system can't start a thread.
    pub fn open(config: &Config, store: &Store) -> Result<Option<Self>, RemoteError> {
        let (Some(place), Some(key)) = (&config.reports.export, &config.reports.export_key) else {
            return Ok(None);
        };
        let stop = Arc::<AtomicBool>::default();
        let remote = RemoteStore::open_marked_at(place, config)?.stopped_by(&stop);
        let numbers = match config.reports.export_numbers {
            true => Numbers::Written,
            false => Numbers::LeftOut,
        };
        Ok(Some(Self { store: store.clone(), remote, key: key.clone(), numbers, stop }))
    }

    /// Writes due days, again and again.
    pub async fn run(self) {
        // An earlier run was stopped.
        self.stop.store(false, Ordering::Relaxed);
        let _stop = Stop(Arc::clone(&self.stop));
        let mut failures = RepeatedFailure::of("warehouse export");
        loop {
            let result = self.run_pass(world::now().into()).await;
            failures.note(result, |error| {
                tracing::error!(%error, "calls can't be written for the warehouse at the moment; trying again later");
            });
            sleep(Duration::from_millis(EXPORT_POLL_MS)).await;
        }
    }

    /// Writes all days that are due at this moment, the newest of each organization first. Returns how many there were. A day with an unreadable row
    /// is skipped, and delays neither other days of its organization nor other organizations.
    ///
    /// # Errors
    /// [`WarehouseError`]; the remaining days are due in the next round.
    pub async fn run_pass(&self, now: UnixMs) -> Result<usize, WarehouseError> {
        let mut pass = self.store.job_faults().begin_pass(Job::Export);
        let mut written = 0;
        let ids = self.store.reads().run(query::organization_ids).await?;
        for organization_id in pass.readable(ids) {
            let mut before = None;
            loop {
                let day = match self.claim(organization_id, before, now).await {
                    Ok(Some(day)) => day,
                    Ok(None) => break,
                    Err(error) => {
                        pass.pass_over(organization_id, error)?;
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
                    Err(error) => pass.pass_over(organization_id, error)?,
                }
            }
        }
        pass.end();
        Ok(written)
    }

    /// Claims the newest due day, or the newest before `before` if given.
    async fn claim(
        &self,
        organization_id: OrganizationId,
        before: Option<NaiveDate>,
        now: UnixMs,
    ) -> Result<Option<ClaimedDay>, StoreError> {
        // Most rounds find nothing, so the writer is not used for that.
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

    /// Writes a day's files to the object store. Blocks.
    fn put(&self, day: &ClaimedDay, calls: &[CountedCall]) -> Result<(), WarehouseError> {
        let file = columns::file(calls, self.numbers)
            .map_err(|cause| WarehouseError::File { day: day.day.to_string(), cause: cause.to_string() })?;
        let manifest = Manifest::of(day, calls.len(), &file, self.key.expose());
        let remote = |cause| WarehouseError::Remote { place: self.remote.shown().to_owned(), cause };
        let folder = format!("calls/organization={}/day={}", day.organization_id, day.day);
        self.remote.put_bytes(&format!("{folder}/{FILE}"), Bytes::from(file)).map_err(remote)?;
        // After the file: a reader who finds a manifest that does not fit the file has read in between, and tries again.
        let manifest = Bytes::from(manifest.to_json());
        self.remote.put_bytes(&format!("{folder}/{MANIFEST}"), manifest).map_err(remote)?;
        tracing::info!(organization_id = %day.organization_id, day = %day.day, calls = calls.len(), "a day's calls are written for the warehouse");
        Ok(())
    }
}
