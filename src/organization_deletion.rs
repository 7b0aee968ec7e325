//! The deletion of organizations that the operator has marked. A pass deletes rows, then the files of recordings with their rows, then the rest:
//!
//! ```text
//! DELETE /api/v1/organizations/{id} ──the mark──> rows in parts ──> files, and their rows ──> calls, and the organization ──> the audit log
//! ```
//!
//! If the process is killed, the next pass continues, because the mark is in the database and the rows that are left show what is still to be done. A
//! file that can't be deleted keeps its call, and with it the organization: the log says so, and the next pass tries again.

use std::time::Duration;

use cordboard_actors::world;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{ORGANIZATION_DELETION_POLL_MS, RETENTION_AT_ONCE, RETENTION_PAUSE_MS};
use cordboard_schema::time::UnixMs;
use tokio::time::sleep;

use crate::outside_accounts::OutsideAccounts;
use crate::recordings::RecordingFiles;
use crate::repeated_failure::RepeatedFailure;
use crate::retention::{DeletedFiles, RetentionError, delete_files};
use crate::store::{Connection, DeletedUpTo, Store, change, query};

/// Deletes organizations.
#[derive(Clone)]
pub struct OrganizationDeleter {
    /// Store with the organizations.
    pub store: Store,
    /// Files of recordings.
    pub files: RecordingFiles,
    /// Organizations' own accounts. Those of one that is being deleted are forgotten.
    pub accounts: Option<OutsideAccounts>,
}

impl OrganizationDeleter {
    /// Deletes marked organizations, again and again.
    pub async fn run(self) {
        let mut failures = RepeatedFailure::of("deletion of organizations");
        loop {
            let result = self.run_pass(world::now().into()).await;
            failures.note(result, |error| {
                tracing::error!(%error, "an organization can't be deleted completely at the moment; trying again later");
            });
            sleep(Duration::from_millis(ORGANIZATION_DELETION_POLL_MS)).await;
        }
    }

    /// Deletes all marked organizations, as far as possible. One that can't be deleted delays no other.
    ///
    /// # Errors
    /// The first [`RetentionError`]: the next pass continues.
    pub async fn run_pass(&self, now: UnixMs) -> Result<(), RetentionError> {
        let mut first = Ok(());
        let marked = self.store.reads().run(query::organization_deletions).await?;
        for organization_id in marked.into_keys() {
            match self.delete(organization_id, now).await {
                Err(RetentionError::Ending) => return Err(RetentionError::Ending),
                outcome => first = first.and(outcome),
            }
        }
        first
    }

    /// Deletes an organization. A call that began just before the mark and is still active, or that ended just now, is left for a later pass.
    async fn delete(&self, organization_id: OrganizationId, now: UnixMs) -> Result<(), RetentionError> {
        self.delete_rows(organization_id, now).await?;
        // Its integrations are deleted by now, and the rest may take long: until then a new organization that has the same account at
        // Twilio would get no webhooks.
        self.forget_accounts(organization_id).await;
        self.delete_sound(organization_id).await?;
        self.delete_rows(organization_id, now).await?;
        let first = self.store.organization_id();
        let finish = move |connection: &mut Connection| {
            change::finish_organization_deletion(connection, organization_id, first, now)
        };
        if self.store.change(finish).await? {
            tracing::info!(%organization_id, "deleted an organization");
            // The operator may have set one in the meantime.
            self.forget_accounts(organization_id).await;
        }
        Ok(())
    }

    /// Has the accounts in memory read again.
    async fn forget_accounts(&self, organization_id: OrganizationId) {
        if let Some(accounts) = &self.accounts {
            accounts.reload(organization_id).await;
        }
    }

    /// Deletes rows, until none are left that can be deleted now.
    async fn delete_rows(&self, organization_id: OrganizationId, now: UnixMs) -> Result<(), RetentionError> {
        let mut from = DeletedUpTo::default();
        loop {
            let delete = move |connection: &mut Connection| {
                change::delete_some_of_organization(connection, organization_id, &from, now)
            };
            let Some(next) = self.store.change(delete).await? else { return Ok(()) };
            from = next;
            sleep(Duration::from_millis(RETENTION_PAUSE_MS)).await;
        }
    }

    /// Deletes the recordings of ended calls, the files first.
    ///
    /// # Errors
    /// The first file that can't be deleted. The others are deleted, unless the object store does not answer.
    async fn delete_sound(&self, organization_id: OrganizationId) -> Result<(), RetentionError> {
        let (mut after, mut stuck) = (None::<String>, None);
        loop {
            let from = after.take();
            let read = move |connection: &mut Connection| {
                let from = from.as_deref();
                query::old_recordings(connection, organization_id, None, from, RETENTION_AT_ONCE)
            };
            let old = self.store.reads().run(read).await?;
            let Some(last) = old.last() else { break };
            after = Some(last.call_id.clone());
            let DeletedFiles { gone, stuck: cause, is_store_away, .. } =
                delete_files(&self.files, old).await?;
            stuck = stuck.or(cause);
            let forget = move |connection: &mut Connection| {
                change::forget_recordings_of_organization(connection, organization_id, &gone)
            };
            self.store.change(forget).await?;
            if is_store_away {
                break;
            }
            sleep(Duration::from_millis(RETENTION_PAUSE_MS)).await;
        }
        stuck.map_or(Ok(()), Err)
    }
}
