//! The erasure of everything about customers for whom that was requested (GDPR, article 17). A pass works in parts, with pauses in between:
//!
//! ```text
//! POST /api/v1/customers/{id}/erasure ──the mark──> contacts of campaigns ──> deliveries ──> files, and calls ──> other records ──> the customer
//! ```
//!
//! Contacts go first, so that no campaign calls the person meanwhile. If the process is killed, the next pass continues, because the mark is in the
//! database and the rows that are left show what is still to be done. A call that is active, or that ended just now, and a file that can't be deleted
//! keep the customer: the next pass tries again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use cordboard_actors::world;
use cordboard_schema::delivery::DeliveryState;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{
    CUSTOMER_ERASURE_POLL_MS, ERASING_ORGANIZATIONS_MAX, RETENTION_AT_ONCE, RETENTION_PAUSE_MS,
};
use cordboard_schema::time::UnixMs;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::sleep;

use crate::organization_turns::Turns;
use crate::recordings::RecordingFiles;
use crate::repeated_failure::RepeatedFailure;
use crate::retention::{DeletedFiles, RetentionError, delete_files};
use crate::store::{
    CallsToErase, Connection, ErasedCustomer, Erasure, ErasureCounts, NamingRows, Store, StoreError, change,
    query,
};

/// Erases everything about customers.
#[derive(Clone)]
pub struct CustomerEraser {
    /// Store with the customers.
    pub store: Store,
    /// Files of recordings.
    pub files: RecordingFiles,
}

/// Runs of examples that are read at once. Each repeats whole conversations.
const RUNS_AT_ONCE: usize = 10;

/// A customer, for closures that run elsewhere.
type Whom = Arc<ErasedCustomer>;

impl CustomerEraser {
    /// Erases what is marked, again and again: for some organizations at the same time, so that one with many erasures does not delay those of the
    /// others.
    pub async fn run(self) {
        let mut turns = Turns::default();
        let mut passes: JoinSet<(OrganizationId, Result<(), RetentionError>)> = JoinSet::new();
        let mut busy: BTreeMap<OrganizationId, AbortHandle> = BTreeMap::new();
        let mut failures: BTreeMap<OrganizationId, RepeatedFailure> = BTreeMap::new();
        let mut reading = RepeatedFailure::of("look-up of customers to erase");
        loop {
            busy.retain(|_, pass| !pass.is_finished());
            while let Some(ended) = passes.try_join_next() {
                // The next pass continues one that has panicked.
                let Ok((organization_id, outcome)) = ended else { continue };
                let of_organization = failures
                    .entry(organization_id)
                    .or_insert_with(|| RepeatedFailure::of("erasure of customers"));
                of_organization.note(outcome, |error| {
                    tracing::error!(%organization_id, %error, "a customer can't be erased completely at the moment; trying again later");
                });
            }
            let marked = reading.note(self.store.reads().run(query::customer_erasures).await, |error| {
                tracing::error!(%error, "customers to erase can't be looked up at the moment; trying again later");
            });
            let mut marked_of: BTreeMap<OrganizationId, Vec<Erasure>> = BTreeMap::new();
            for erasure in marked.unwrap_or_default() {
                marked_of.entry(erasure.of.organization_id).or_default().push(erasure);
            }
            failures.retain(|organization_id, _| {
                marked_of.contains_key(organization_id) || busy.contains_key(organization_id)
            });
            let room = ERASING_ORGANIZATIONS_MAX.saturating_sub(busy.len());
            let waiting = marked_of.keys().copied().filter(|id| !busy.contains_key(id)).collect();
            for organization_id in turns.order(waiting, OrganizationId::clone).into_iter().take(room) {
                turns.begins(organization_id);
                let marked = marked_of.remove(&organization_id).unwrap_or_default();
                let eraser = self.clone();
                let pass =
                    async move { (organization_id, eraser.erase_each(marked, world::now().into()).await) };
                busy.insert(organization_id, passes.spawn_local(pass));
            }
            sleep(Duration::from_millis(CUSTOMER_ERASURE_POLL_MS)).await;
        }
    }

    /// Erases everything about all marked customers, as far as possible.
    ///
    /// # Errors
    /// The first [`RetentionError`]: the next pass continues.
    pub async fn run_pass(&self, now: UnixMs) -> Result<(), RetentionError> {
        self.erase_each(self.store.reads().run(query::customer_erasures).await?, now).await
    }

    /// Erases everything about these customers. One that can't be erased delays no other.
    async fn erase_each(&self, marked: Vec<Erasure>, now: UnixMs) -> Result<(), RetentionError> {
        let mut first = Ok(());
        for erasure in marked {
            match self.erase(Arc::new(erasure.of), now).await {
                Err(RetentionError::Ending) => return Err(RetentionError::Ending),
                outcome => first = first.and(outcome),
            }
        }
        first
    }

    async fn erase(&self, whom: Whom, now: UnixMs) -> Result<(), RetentionError> {
        self.change(&whom, change::erase_contacts).await?;
        self.erase_deliveries(&whom, now).await?;
        self.erase_example_runs(&whom).await?;
        self.erase_calls(&whom, now).await?;
        while self.change(&whom, change::erase_attempts).await? > 0 {
            sleep(Duration::from_millis(RETENTION_PAUSE_MS)).await;
        }
        if self.read(&whom, query::has_calls_to_erase).await? {
            return Ok(());
        }
        self.erase_records(&whom).await?;
        self.empty_audit_entries(&whom).await?;
        // Read before: a customer for whom something is left, such as an open attempt of a campaign, would delay the writer in each pass.
        if self.read(&whom, query::to_erase).await?.records != ErasureCounts::default() {
            return Ok(());
        }
        let finish = move |connection: &mut Connection, whom: &ErasedCustomer| {
            change::finish_customer_erasure(connection, whom, now)
        };
        if self.change(&whom, finish).await? {
            let ErasedCustomer { organization_id, customer_id, .. } = *whom;
            tracing::info!(%organization_id, %customer_id, "erased everything about a customer");
        }
        Ok(())
    }

    async fn read<T: Send + 'static>(
        &self,
        whom: &Whom,
        read: impl FnOnce(&mut Connection, &ErasedCustomer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let whom = whom.clone();
        self.store.reads().run(move |connection: &mut Connection| read(connection, &whom)).await
    }

    async fn change<T: Send + 'static>(
        &self,
        whom: &Whom,
        change: impl FnOnce(&mut Connection, &ErasedCustomer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let whom = whom.clone();
        self.store.change(move |connection: &mut Connection| change(connection, &whom)).await
    }

    /// Deletes what is sent to webhooks and people about the person: before their calls, whose ids it names.
    async fn erase_deliveries(&self, whom: &Whom, now: UnixMs) -> Result<(), StoreError> {
        let ids = move |connection: &mut Connection, whom: &ErasedCustomer| {
            query::ids_to_erase(connection, whom, now)
        };
        let ids: Arc<BTreeSet<String>> = Arc::new(self.read(whom, ids).await?);
        // One that waits may be delivered meanwhile: it is found there.
        for state in [DeliveryState::Waiting, DeliveryState::Delivered, DeliveryState::Failed] {
            let (named, erased) = (ids.clone(), ids.clone());
            let read = move |connection: &mut Connection, whom: &ErasedCustomer, after: &str| {
                query::deliveries_about_customer(connection, whom, &named, (state, after))
            };
            let write = move |connection: &mut Connection, whom: &ErasedCustomer, these: &[String]| {
                change::erase_deliveries(connection, whom, &erased, these)
            };
            self.change_naming_rows(whom, read, write).await?;
        }
        Ok(())
    }

    /// Changes the rows that name the person, of all rows that `read` goes through in parts.
    async fn change_naming_rows(
        &self,
        whom: &Whom,
        read: impl Fn(&mut Connection, &ErasedCustomer, &str) -> Result<NamingRows, StoreError>
        + Clone
        + Send
        + 'static,
        write: impl Fn(&mut Connection, &ErasedCustomer, &[String]) -> Result<(), StoreError>
        + Clone
        + Send
        + 'static,
    ) -> Result<(), StoreError> {
        let mut after = String::new();
        loop {
            let (read, write, from) = (read.clone(), write.clone(), after);
            let next =
                move |connection: &mut Connection, whom: &ErasedCustomer| read(connection, whom, &from);
            let NamingRows { ids, last } = self.read(whom, next).await?;
            let Some(last) = last else { return Ok(()) };
            after = last;
            if !ids.is_empty() {
                let these =
                    move |connection: &mut Connection, whom: &ErasedCustomer| write(connection, whom, &ids);
                self.change(whom, these).await?;
            }
            sleep(Duration::from_millis(RETENTION_PAUSE_MS)).await;
        }
    }

    /// Deletes runs with an example that was removed since: they may repeat the person's words, and nothing says whose they are. This comes before
    /// the calls, because nobody without calls is repeated. Other runs go with the calls of their examples.
    async fn erase_example_runs(&self, whom: &Whom) -> Result<(), StoreError> {
        if !self.read(whom, query::has_calls_to_erase).await? {
            return Ok(());
        }
        let all = |connection: &mut Connection, whom: &ErasedCustomer| {
            query::example_runs(connection, whom.organization_id)
        };
        let all = self.read(whom, all).await?;
        for runs in all.chunks(RUNS_AT_ONCE) {
            let runs = runs.to_vec();
            let read = move |connection: &mut Connection, _: &ErasedCustomer| {
                query::runs_of_removed_examples(connection, &runs)
            };
            let removed = self.read(whom, read).await?;
            if !removed.is_empty() {
                let delete = move |connection: &mut Connection, whom: &ErasedCustomer| {
                    change::delete_example_runs(connection, whom.organization_id, &removed)
                };
                self.change(whom, delete).await?;
            }
            sleep(Duration::from_millis(RETENTION_PAUSE_MS)).await;
        }
        Ok(())
    }

    /// Erases ended calls, the files of their recordings first.
    ///
    /// # Errors
    /// The first file that can't be deleted. Other calls are erased, unless the object store does not answer.
    async fn erase_calls(&self, whom: &Whom, now: UnixMs) -> Result<(), RetentionError> {
        let (mut after, mut stuck) = (String::new(), None);
        loop {
            let from = after;
            let read = move |connection: &mut Connection, whom: &ErasedCustomer| {
                query::calls_to_erase(connection, whom, &from, now)
            };
            let CallsToErase { last, ended, recordings } = self.read(whom, read).await?;
            let Some(last) = last else { break };
            after = last;
            let DeletedFiles { gone, stuck: cause, is_store_away, .. } =
                delete_files(&self.files, recordings).await?;
            stuck = stuck.or(cause);
            if !ended.is_empty() {
                let erase = move |connection: &mut Connection, whom: &ErasedCustomer| {
                    change::erase_calls(connection, whom, (&ended, &gone), now)
                };
                self.change(whom, erase).await?;
            }
            if is_store_away {
                break;
            }
            sleep(Duration::from_millis(RETENTION_PAUSE_MS)).await;
        }
        stuck.map_or(Ok(()), Err)
    }

    /// Erases what is left when there are no calls: leads, appointments, text messages and callbacks.
    async fn erase_records(&self, whom: &Whom) -> Result<(), StoreError> {
        loop {
            let read = |connection: &mut Connection, whom: &ErasedCustomer| {
                query::records_to_erase(connection, whom, RETENTION_AT_ONCE)
            };
            let records = self.read(whom, read).await?;
            if records.is_empty() {
                return Ok(());
            }
            let erase = move |connection: &mut Connection, whom: &ErasedCustomer| {
                change::erase_records(connection, whom, &records)
            };
            self.change(whom, erase).await?;
            sleep(Duration::from_millis(RETENTION_PAUSE_MS)).await;
        }
    }

    /// Empties the details of entries of the audit log that name the person.
    async fn empty_audit_entries(&self, whom: &Whom) -> Result<(), StoreError> {
        let (read, write) = (query::audit_entries_about_customer, change::empty_audit_entries);
        self.change_naming_rows(whom, read, write).await
    }
}
