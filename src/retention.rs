//! Deletes data of organizations when its retention time is over.
//!
//! A round visits the organizations that have set retention times, and deletes in parts, with pauses in between. Calls come first. Each part is one
//! transaction, which also stores the number and the ids of what was deleted. After a crash the next round continues, and of two servers on one
//! database each finds what the other has left. The audit log has one line for each kind and round, except for its own entries:
//! that line would be deleted in its turn, and so on for ever. Their runs are listed like all others.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use cordboard_actors::world;
use cordboard_schema::audit::{Actor, AuditEntry};
use cordboard_schema::ids::{AuditId, OrganizationId, RetentionPartId, RetentionRunId};
use cordboard_schema::limits::{
    AUDIT_DELETED_AT_ONCE, RECORDINGS_UNMOVED_MAX, RETENTION_AT_ONCE, RETENTION_PAUSE_MS, RETENTION_POLL_MS,
    RETENTION_START_MS,
};
use cordboard_schema::retention::{DeletedType, Retention, RetentionKind, RetentionRun};
use cordboard_schema::time::UnixMs;
use tokio::time::sleep;

use crate::priority;
use crate::recordings::{NotDeleted, RecordingFiles, is_silence};
use crate::repeated_failure::RepeatedFailure;
use crate::store::{
    AboutRows, Connection, ContactPlace, Deleted, Job, OldRecording, OldRows, Store, StoreError, change,
    query,
};

/// Why a round was cut short.
#[derive(Debug, thiserror::Error)]
pub enum RetentionError {
    /// The database can't be read or written at the moment.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A recording's file can't be deleted.
    #[error("the recording `{}` can't be deleted: {cause}; check that the server may write in its folder, or that the object store answers", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Error of the operating system.
        cause: io::Error,
    },
    /// The server is going down.
    #[error("the server is going down")]
    Ending,
}

/// Deletes data whose time is over.
#[derive(Clone)]
pub struct RetentionKeeper {
    /// Store with calls and customers.
    pub store: Store,
    /// Files of recordings.
    pub files: RecordingFiles,
}

/// The rows of one kind that one round deletes.
#[derive(Clone, Copy)]
struct DeletionScope {
    organization_id: OrganizationId,
    kind: RetentionKind,
    kept_days: u32,
    /// Rows older than this are deleted.
    since: UnixMs,
    now: UnixMs,
}

/// Finds the next rows of an organization after a place that are older than a moment, up to a limit.
type Find<Place> =
    fn(&mut Connection, OrganizationId, UnixMs, Option<&Place>, usize) -> Result<OldRows<Place>, StoreError>;

/// Deletes those of these rows of an organization that are still older than a moment.
type Delete = fn(&mut Connection, OrganizationId, UnixMs, &[String]) -> Result<Deleted, StoreError>;

/// Progress of the deletion.
#[derive(Default)]
struct Done {
    run: Option<RetentionRunId>,
    deleted: u64,
    bytes: u64,
    /// The call whose recording was checked last.
    after: Option<String>,
    /// The contact of a campaign that was checked last.
    after_contact: Option<ContactPlace>,
    /// The customer who was checked last.
    after_customer: Option<String>,
    /// The entry of the audit log that was checked last.
    after_entry: Option<String>,
    /// Whether no due records of customers are left.
    has_records_deleted: bool,
    /// Whether no due contacts of campaigns are left.
    has_contacts_deleted: bool,
    /// The first error of a recording that can't be deleted.
    stuck: Option<RetentionError>,
    /// Whether the object store deletes no recordings now.
    is_store_away: bool,
    /// Whether it does not answer, so that no recording of any organization can be deleted now.
    is_store_silent: bool,
}

/// Results of deleting files.
#[derive(Default)]
pub(crate) struct DeletedFiles {
    /// Recordings whose files are gone.
    pub(crate) gone: Vec<OldRecording>,
    bytes: u64,
    /// Why the first of the others can't be deleted.
    pub(crate) stuck: Option<RetentionError>,
    /// Whether the object store failed, so that others would fail as well.
    pub(crate) is_store_away: bool,
    /// Whether it did not even answer.
    is_store_silent: bool,
}

impl RetentionKeeper {
    /// Deletes due data, again and again.
    pub async fn run(self) {
        let mut failures = RepeatedFailure::of("retention");
        sleep(Duration::from_millis(RETENTION_START_MS)).await;
        loop {
            let result = self.run_pass(world::now().into()).await;
            failures.note(result, |error| {
                tracing::error!(%error, "expired data can't be deleted at the moment; trying again later");
            });
            sleep(Duration::from_millis(RETENTION_POLL_MS)).await;
        }
    }

    /// Deletes everything that is due at this moment. Records that can't be deleted or read delay nothing else: neither other recordings of their
    /// organization nor other organizations. An object store that does not answer is asked once, because each request would wait for its timeout.
    ///
    /// # Errors
    /// The first [`RetentionError`]. Everything else that is due was deleted, unless the server is going down.
    pub async fn run_pass(&self, now: UnixMs) -> Result<(), RetentionError> {
        let mut first = Ok(());
        let mut pass = self.store.job_faults().begin_pass(Job::Retention);
        let mut is_store_silent = false;
        let set = self.store.reads().run(query::retention_everywhere).await?;
        for (organization_id, days) in pass.readable(set) {
            for kind in RetentionKind::ALL {
                match self.delete_expired(organization_id, &days, kind, now, &mut is_store_silent).await {
                    Err(RetentionError::Ending) => return Err(RetentionError::Ending),
                    Err(RetentionError::Store(error)) if error.is_about_rows() => {
                        pass.note(organization_id, &error);
                    }
                    outcome => first = first.and(outcome),
                }
            }
        }
        // While the database is unreachable nothing is known about any organization.
        if !matches!(first, Err(RetentionError::Store(_))) {
            pass.end();
        }
        first
    }

    async fn delete_expired(
        &self,
        organization_id: OrganizationId,
        days: &Retention,
        kind: RetentionKind,
        now: UnixMs,
        is_store_silent: &mut bool,
    ) -> Result<(), RetentionError> {
        let (Some(kept_days), Some(since)) = (days.days(kind), days.kept_since(kind, now)) else {
            return Ok(());
        };
        let scope = DeletionScope { organization_id, kind, kept_days, since, now };
        let mut done = Done { is_store_away: *is_store_silent, ..Done::default() };
        let outcome = loop {
            // A call is deleted with its recording, even if recordings alone are kept longer.
            let has_sound = matches!(kind, RetentionKind::Recordings | RetentionKind::Calls);
            let sound = match has_sound && !done.is_store_away {
                true => self.delete_sound(scope, &mut done).await,
                false => Ok(0),
            };
            let rows = match sound {
                Ok(_) if kind == RetentionKind::Recordings => sound,
                Ok(sound) => self.delete_rows(scope, &mut done).await.map(|rows| rows + sound),
                failed => failed,
            };
            match rows {
                Ok(0) => break Ok(()),
                Ok(_) => sleep(Duration::from_millis(RETENTION_PAUSE_MS)).await,
                Err(error) => break Err(error),
            }
        };
        *is_store_silent |= done.is_store_silent;
        let Done { deleted, bytes, stuck, .. } = done;
        // Of the examples' calls only the sound is deleted: bytes, but no call.
        let has_deleted = deleted > 0 || bytes > 0;
        if has_deleted {
            tracing::info!(%organization_id, kind = kind.as_str(), kept_days, deleted, bytes, "deleted expired data");
        }
        if has_deleted && kind != RetentionKind::AuditLog {
            self.store.audit(AuditEntry {
                id: AuditId(world::new_id()),
                organization_id,
                at: world::now().into(),
                actor: Actor::System,
                action: "retention.deleted".to_owned(),
                subject: kind.as_str().to_owned(),
                address: None,
                detail: format!("{deleted}, older than {kept_days} days"),
            });
        }
        outcome.and(stuck.map_or(Ok(()), Err))
    }

    /// Deletes some recordings: their files first. Returns how many were checked, and notes the first one that can't be deleted.
    async fn delete_sound(&self, scope: DeletionScope, done: &mut Done) -> Result<u64, RetentionError> {
        let DeletionScope { organization_id, since, .. } = scope;
        let after = done.after.clone();
        let read = move |connection: &mut Connection| {
            let after = after.as_deref();
            query::old_recordings(connection, organization_id, Some(since), after, RETENTION_AT_ONCE)
        };
        let old = self.store.reads().run(read).await?;
        let Some(last) = old.last() else { return Ok(0) };
        done.after = Some(last.call_id.clone());
        let file_count = old.len();
        let DeletedFiles { gone, bytes, stuck, is_store_away, is_store_silent } =
            delete_files(&self.files, old).await?;
        done.stuck = done.stuck.take().or(stuck);
        (done.is_store_away, done.is_store_silent) = (is_store_away, is_store_silent);
        let forget = move |connection: &mut Connection| change::forget_recordings(connection, &gone);
        self.write_down(scope, done, bytes, forget).await?;
        Ok(u64::try_from(file_count).unwrap_or(u64::MAX))
    }

    /// Deletes some rows. Returns how many, including those that are not records.
    async fn delete_rows(&self, scope: DeletionScope, done: &mut Done) -> Result<u64, RetentionError> {
        let DeletionScope { organization_id, kind, since, now, .. } = scope;
        if kind == RetentionKind::AuditLog {
            let (find, delete) = (query::old_audit_entries, change::delete_audit_entries);
            let at_once = AUDIT_DELETED_AT_ONCE;
            return self.delete_found(scope, done, |done| &mut done.after_entry, find, delete, at_once).await;
        }
        // Customers are deleted after their records.
        if kind == RetentionKind::Customers && done.has_records_deleted {
            return self.delete_people(scope, done).await;
        }
        let delete = move |connection: &mut Connection| match kind {
            RetentionKind::Recordings | RetentionKind::AuditLog => Ok(Deleted::default()),
            RetentionKind::Words => {
                change::delete_words(connection, organization_id, since, now, RETENTION_AT_ONCE)
            }
            RetentionKind::Calls => {
                change::delete_calls(connection, organization_id, (since, now), RETENTION_AT_ONCE)
            }
            RetentionKind::Customers => {
                change::delete_records_of_customers(connection, organization_id, since, RETENTION_AT_ONCE)
            }
        };
        let rows = self.write_down(scope, done, 0, delete).await?;
        if rows > 0 || kind != RetentionKind::Customers {
            return Ok(rows);
        }
        done.has_records_deleted = true;
        self.delete_people(scope, done).await
    }

    /// Deletes some contacts of campaigns, and after the last of them some customers. Returns how many.
    async fn delete_people(&self, scope: DeletionScope, done: &mut Done) -> Result<u64, RetentionError> {
        if !done.has_contacts_deleted {
            let (find, delete) = (query::old_contacts, change::delete_old_contacts);
            let at_once = RETENTION_AT_ONCE;
            let deleted =
                self.delete_found(scope, done, |done| &mut done.after_contact, find, delete, at_once).await?;
            if deleted > 0 {
                return Ok(deleted);
            }
            done.has_contacts_deleted = true;
        }
        let (find, delete) = (query::old_customers, change::delete_customers);
        let at_once = RETENTION_AT_ONCE;
        self.delete_found(scope, done, |done| &mut done.after_customer, find, delete, at_once).await
    }

    /// Deletes at most `at_once` rows. Due rows are found outside of the writer, from a place that advances, and checked again by the writer. Returns
    /// how many.
    async fn delete_found<Place: Clone + Send + 'static>(
        &self,
        scope: DeletionScope,
        done: &mut Done,
        place: fn(&mut Done) -> &mut Option<Place>,
        find: Find<Place>,
        delete: Delete,
        at_once: i64,
    ) -> Result<u64, RetentionError> {
        let DeletionScope { organization_id, since, .. } = scope;
        let at_once = usize::try_from(at_once).unwrap_or_default();
        loop {
            let after = place(done).clone();
            let read = move |connection: &mut Connection| {
                find(connection, organization_id, since, after.as_ref(), at_once)
            };
            let OldRows { ids, read_up_to } = self.store.reads().run(read).await?;
            if read_up_to.is_none() {
                return Ok(0);
            }
            *place(done) = read_up_to;
            let deleted = if ids.is_empty() {
                0
            } else {
                let delete =
                    move |connection: &mut Connection| delete(connection, organization_id, since, &ids);
                self.write_down(scope, done, 0, delete).await?
            };
            if deleted > 0 {
                return Ok(deleted);
            }
            sleep(Duration::from_millis(RETENTION_PAUSE_MS)).await;
        }
    }

    /// Deletes, and stores in the same transaction what was deleted. Recordings of deleted calls don't count as records of their own. Returns how
    /// much was deleted, including what is not a record.
    async fn write_down(
        &self,
        scope: DeletionScope,
        done: &mut Done,
        bytes: u64,
        delete: impl FnOnce(&mut Connection) -> Result<Deleted, StoreError> + Send + 'static,
    ) -> Result<u64, RetentionError> {
        let DeletionScope { organization_id, kind, kept_days, now, .. } = scope;
        let (before, id) = (done.run, done.run.unwrap_or_else(|| RetentionRunId(world::new_id())));
        let write = move |connection: &mut Connection| {
            let Deleted { records, others } = delete(connection)?;
            let records: Vec<_> = records
                .into_iter()
                .filter(|(_, ids)| !ids.is_empty())
                .map(|(record_type, ids)| (RetentionPartId(world::new_id()), record_type, ids))
                .collect();
            let counts = |record_type: DeletedType| {
                record_type != DeletedType::Recording || kind == RetentionKind::Recordings
            };
            let counted = records.iter().filter(|(_, record_type, _)| counts(*record_type));
            let whole = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
            let deleted = counted.map(|(_, _, ids)| whole(ids.len())).sum();
            if !records.is_empty() || bytes > 0 {
                match before {
                    Some(id) => change::add_to_retention_run(connection, id, deleted, bytes)?,
                    None => {
                        let run = RetentionRun { id, at: now, kind, kept_days, deleted, bytes };
                        change::note_retention_run(connection, organization_id, &run)?;
                    }
                }
            }
            let is_noted = !records.is_empty() || bytes > 0;
            change::note_retention_parts(connection, organization_id, id, records)?;
            Ok((deleted, whole(others), is_noted))
        };
        let (deleted, others, is_noted): (u64, u64, bool) = self.store.change(write).await?;
        if is_noted {
            done.run = Some(id);
        }
        done.deleted += deleted;
        done.bytes += bytes;
        Ok(deleted + others)
    }
}

/// Deletes files, on a thread that may block. One that is gone already counts as deleted, because a server died after deleting it. One that the object
/// store refuses to delete does not keep the others, until several in a row are refused.
///
/// # Errors
/// The server is going down.
pub(crate) async fn delete_files(
    files: &RecordingFiles,
    old: Vec<OldRecording>,
) -> Result<DeletedFiles, RetentionError> {
    let files = files.clone();
    let delete = move || {
        let (mut done, mut refused_in_a_row) = (DeletedFiles::default(), 0);
        for recording in old {
            match files.delete(&recording.file) {
                Ok(bytes) => {
                    done.bytes += bytes;
                    done.gone.push(recording);
                    refused_in_a_row = 0;
                }
                Err(NotDeleted { path, cause, is_remote }) => {
                    done.is_store_silent = is_remote && is_silence(&cause);
                    done.stuck.get_or_insert(RetentionError::File { path, cause });
                    refused_in_a_row += u32::from(is_remote);
                    if done.is_store_silent || refused_in_a_row == RECORDINGS_UNMOVED_MAX {
                        done.is_store_away = true;
                        break;
                    }
                }
            }
        }
        done
    };
    priority::blocking(delete).await.map_err(|_| RetentionError::Ending)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recordings::scripted_s3::{bucket_at, scripted};

    /// Deletes the objects `a` to `e` of a bucket, and returns the deleted ones and what is said about the store.
    async fn deleted(bucket: crate::recordings::RemoteStore) -> (Vec<String>, [bool; 3]) {
        let folder = tempfile::tempdir().unwrap();
        let files = RecordingFiles::new(folder.path().to_owned(), Some(bucket));
        let old = ["a", "b", "c", "d", "e"].map(|name| OldRecording {
            call_id: name.to_owned(),
            file: format!("{name}.opus"),
            moved_at: None,
        });
        let done = delete_files(&files, old.to_vec()).await.unwrap();
        let gone = done.gone.into_iter().map(|gone| gone.call_id).collect();
        (gone, [done.stuck.is_some(), done.is_store_away, done.is_store_silent])
    }

    /// The status for requests about objects that end with `.opus`, of which some can't be deleted.
    fn refusing(refused: &'static str) -> impl Fn(&str, &str) -> u16 + Send + 'static {
        move |method, name| match name.split_once('.') {
            Some((stem, "opus")) if method == "DELETE" && refused.contains(stem) => 403,
            Some((_, "opus")) => 200,
            _ => 404,
        }
    }

    #[tokio::test]
    async fn only_refusals_in_a_row_and_silence_keep_other_recordings() {
        let (bucket, _requests) = scripted(refusing("ac"));
        assert_eq!(
            deleted(bucket).await,
            (["b", "d", "e"].map(str::to_owned).to_vec(), [true, false, false])
        );
        let (bucket, requests) = scripted(refusing("bcde"));
        assert_eq!(deleted(bucket).await, (vec!["a".to_owned()], [true, true, false]));
        let deletions = requests.try_iter().filter(|request| request.starts_with("DELETE")).count();
        assert_eq!(deletions, 4, "the last one is not tried");
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert_eq!(deleted(bucket_at(nobody)).await, (Vec::new(), [true, true, true]));
    }
}
