//! Recordings that a killed process has left: those of calls that go on or were just over, those of calls that can't be resumed, and files of
//! calls that it could not store.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cordboard_actors::call::found::{Finding, FoundCall};
use cordboard_actors::media::{self, Repair};
use cordboard_schema::event::{Fact, JournalEntry};
use cordboard_schema::fold::recording_file;
use cordboard_schema::ids::CallId;
use cordboard_schema::time::UnixMs;
use tokio::time::sleep;
use tracing::{info, warn};

use crate::priority;
use crate::store::{EndedUnread, Store, StoreError, query};

/// A file of at most this length whose call nobody knows is deleted, in ms. A process that dies within a second of a call's beginning leaves such a
/// file. A longer one may be of a newer database than this one.
const UNKNOWN_MS_MAX: u64 = 2_000;
/// Other files of the folder that are looked for in the database, the newest ones.
const OTHERS_MAX: usize = 100;
/// How long after the start unknown recordings are deleted. A call that begins while they are looked for is stored by then, or its file has grown.
const DELETED_AFTER: Duration = Duration::from_secs(10);

/// Makes the header of a recording correct: a killed process leaves one that is longer than its header says. Returns its length in ms, if there is
/// one that can be read. Blocks.
fn repaired(folder: &Path, call_id: CallId) -> Option<u64> {
    let path = folder.join(recording_file(call_id));
    if path.exists()
        && let Err(error) = media::repair(&path)
    {
        warn!(%call_id, %error, "a recording could not be repaired");
    }
    media::recorded_ms(&path)
}

/// Returns a call with what is left of its recording. A file that holds nothing, and of which the journal says nothing, is deleted: no row would lead
/// to it. Blocks.
pub(super) fn with_recording(folder: &Path, call_id: CallId, finding: Finding) -> FoundCall {
    let recorded_ms = repaired(folder, call_id);
    if !finding.is_recorded() {
        delete_empty(folder, &recording_file(call_id), 0);
    }
    finding.found(recorded_ms)
}

/// Returns the ends of the recordings of calls that can't be resumed. Blocks.
pub(super) fn ends(folder: &Path, calls: &[EndedUnread], at: UnixMs) -> Vec<JournalEntry> {
    let end = |call: &EndedUnread| {
        let EndedUnread { organization_id, call_id, last_seq, recorded_ms } = *call;
        let duration_ms = repaired(folder, call_id).filter(|ms| *ms > recorded_ms)?;
        let event = Fact::RecordingFinished { duration_ms }.into();
        Some(JournalEntry { organization_id, call_id, seq: last_seq + 1, at, event })
    };
    calls.iter().filter_map(end).collect()
}

/// Short recordings of calls that began just before a process was killed, and that it could not store: no row leads to their files.
#[derive(Clone, Debug, Default)]
pub(super) struct UnknownRecordings {
    folder: PathBuf,
    files: Vec<(CallId, String)>,
}

impl UnknownRecordings {
    /// Looks for them. There are none if the database knows no call of this folder: it is empty, or of another folder. There are also none if an
    /// unknown file is longer than a kill explains: the database is older than the files, for example because it was restored.
    ///
    /// # Errors
    /// The database can't be read.
    pub(super) async fn find(store: &Store, folder: &Path) -> Result<Self, StoreError> {
        let Some(newest) = store.reads().run(query::newest_call_id).await? else {
            return Ok(Self::default());
        };
        let all = folder.to_owned();
        let listed = priority::blocking(move || Files::list(&all, newest)).await;
        let Ok(Files { since, others }) = listed else { return Ok(Self::default()) };
        if since.is_empty() {
            return Ok(Self::default());
        }
        let known = known(store, ids(&since).chain(others).collect()).await?;
        let files: Vec<_> = since.into_iter().filter(|(call_id, _)| !known.contains(call_id)).collect();
        let unknown = Self { folder: folder.to_owned(), files };
        if unknown.is_empty() {
            return Ok(unknown);
        }
        let examined = unknown.clone();
        let has_long = priority::blocking(move || examined.has_long()).await.unwrap_or(true);
        if known.is_empty() || has_long {
            let files = unknown.files.len();
            warn!(
                files,
                "recordings of calls that the database does not know are left: it may be older than they are, or another one"
            );
            return Ok(Self::default());
        }
        Ok(unknown)
    }

    /// Whether there are none.
    pub(super) const fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Blocks.
    fn has_long(&self) -> bool {
        let recorded_ms = |name: &String| media::recorded_ms(&self.folder.join(name));
        self.files.iter().any(|(_, name)| recorded_ms(name).is_some_and(|ms| ms > UNKNOWN_MS_MAX))
    }

    /// Deletes them some time after the start.
    pub(super) async fn delete_later(self, store: Store) {
        sleep(DELETED_AFTER).await;
        if let Err(error) = self.delete(&store).await {
            warn!(%error, "recordings of unknown calls can't be deleted");
        }
    }

    /// Deletes those whose calls are still unknown.
    async fn delete(self, store: &Store) -> Result<(), StoreError> {
        let known = known(store, ids(&self.files).collect()).await?;
        let Self { folder, files } = self;
        let delete = move || {
            for (call_id, name) in files.into_iter().filter(|(call_id, _)| !known.contains(call_id)) {
                if delete_empty(&folder, &name, UNKNOWN_MS_MAX) {
                    info!(%call_id, "a recording was deleted: its call began just before the server was killed, and is unknown");
                } else {
                    warn!(%call_id, file = name, "a recording belongs to a call that the database does not know");
                }
            }
        };
        if let Err(error) = priority::blocking(delete).await {
            warn!(%error, "recordings of unknown calls can't be deleted");
        }
        Ok(())
    }
}

fn ids(files: &[(CallId, String)]) -> impl Iterator<Item = CallId> {
    files.iter().map(|(call_id, _)| *call_id)
}

/// Returns which of these calls the database knows.
async fn known(store: &Store, ids: Vec<CallId>) -> Result<BTreeSet<CallId>, StoreError> {
    store.reads().run(move |connection| query::known_calls(connection, &ids)).await
}

/// The recordings of a folder.
#[derive(Debug, Default)]
struct Files {
    /// WAV files of calls that began after the newest call of the database, or in the minute before it. Older files were there when their calls were
    /// deleted, or will be deleted with their calls.
    since: Vec<(CallId, String)>,
    /// The newest calls of the other files.
    others: Vec<CallId>,
}

impl Files {
    /// Lists them. Blocks.
    fn list(folder: &Path, newest: CallId) -> Self {
        let first = CallId::first_at(newest.began_at() - 60_000);
        let mut files = Self::default();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let Some((stem, extension)) = name.split_once('.') else { continue };
            let Ok(call_id) = stem.parse::<CallId>() else { continue };
            if call_id >= first && extension == "wav" {
                files.since.push((call_id, name));
            } else {
                files.others.push(call_id);
            }
        }
        files.others.sort_unstable_by(|one, other| other.cmp(one));
        files.others.truncate(OTHERS_MAX);
        files
    }
}

/// Deletes a recording of ours with at most `ms_max`. Returns whether it is gone.
fn delete_empty(folder: &Path, name: &str, ms_max: u64) -> bool {
    let path = folder.join(name);
    let is_empty = match media::repair(&path) {
        Ok(Repair::Empty) => true,
        Ok(Repair::Sound | Repair::Repaired { .. }) => {
            media::recorded_ms(&path).is_some_and(|ms| ms <= ms_max)
        }
        Err(_) => false,
    };
    is_empty && fs::remove_file(&path).is_ok()
}

#[cfg(test)]
mod tests {
    use cordboard_actors::world;
    use cordboard_schema::ids::OrganizationId;
    use uuid::Uuid;

    use super::*;
    use crate::store::StoreSettings;
    use crate::store::entries::Conversation;

    const CALL: CallId = CallId(Uuid::from_u128(7 << 100));

    /// A stereo WAV at 8 kHz of this many ms whose header says that it is empty, as a killed process leaves it.
    fn killed(ms: usize) -> Vec<u8> {
        let mut wav = b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0".to_vec();
        wav.extend(8_000_u32.to_le_bytes());
        wav.extend(32_000_u32.to_le_bytes());
        wav.extend(b"\x04\0\x10\0data\0\0\0\0");
        wav.resize(44 + ms * 32, 0);
        wav
    }

    #[test]
    fn recordings_of_calls_ended_unread_are_repaired_and_closed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(recording_file(CALL));
        fs::write(&path, killed(400)).unwrap();
        let organization_id = OrganizationId(Uuid::from_u128(1));
        let ends = |recorded_ms| {
            let call = EndedUnread { organization_id, call_id: CALL, last_seq: 9, recorded_ms };
            ends(folder.path(), &[call], UnixMs(5))
        };
        let [end] = &ends(0)[..] else { panic!("one end") };
        assert_eq!((end.seq, &end.event), (10, &Fact::RecordingFinished { duration_ms: 400 }.into()));
        assert_eq!(media::repair(&path).unwrap(), Repair::Sound);
        assert_eq!(ends(400), [], "it is reported already");
        fs::remove_file(&path).unwrap();
        assert_eq!(ends(0), [], "it was never recorded");
    }

    #[test]
    fn only_short_recordings_of_ours_are_deleted() {
        let folder = tempfile::tempdir().unwrap();
        for (bytes, is_gone) in [
            (killed(150), true),
            (killed(2_000), true),
            (killed(2_020), false),
            (b"RIFF".to_vec(), true),
            (vec![1; 100], false),
        ] {
            let path = folder.path().join("a.wav");
            fs::write(&path, &bytes).unwrap();
            assert_eq!(
                delete_empty(folder.path(), "a.wav", UNKNOWN_MS_MAX),
                is_gone,
                "{} bytes",
                bytes.len()
            );
            assert_eq!(path.exists(), !is_gone);
        }
        assert!(!delete_empty(folder.path(), "b.wav", UNKNOWN_MS_MAX), "there is none");
    }

    #[test]
    fn files_older_than_the_newest_call_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let at = |ms| CallId::first_at(UnixMs(ms));
        for name in [at(1_000), at(900_000), at(1_000_000)].map(recording_file) {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::write(folder.path().join(format!("{}.opus", at(940_000))), "").unwrap();
        fs::write(folder.path().join("a.wav"), "").unwrap();
        let mut files = Files::list(folder.path(), at(950_000));
        files.since.sort();
        assert_eq!(ids(&files.since).collect::<Vec<_>>(), [at(900_000), at(1_000_000)]);
        assert_eq!(files.others, [at(940_000), at(1_000)]);
    }

    #[tokio::test]
    async fn only_the_database_of_the_folder_deletes_its_unknown_recordings() {
        let (folder, recordings) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let store = Store::open(&StoreSettings::file(folder.path().join("cordboard.db"))).unwrap();
        let path = |call_id: CallId| recordings.path().join(recording_file(call_id));
        let put = |call_id: CallId, ms: usize| fs::write(path(call_id), killed(ms)).unwrap();
        let find = async || UnknownRecordings::find(&store, recordings.path()).await.unwrap();
        let unknown = CallId(world::new_id());
        put(unknown, 150);
        assert!(find().await.is_empty(), "the database is empty");
        let mut call = Conversation::new(store.organization_id());
        store.journal(vec![call.started()]);
        store.commit().await.unwrap();
        assert!(find().await.is_empty(), "the database knows no call of this folder");
        put(call.call_id, 400);
        let long = CallId(world::new_id());
        put(long, 5_000);
        assert!(find().await.is_empty(), "the database is older than the folder");
        fs::remove_file(path(long)).unwrap();

        // Two calls that begin meanwhile: one is stored, and one is recorded.
        let (mut stored, recorded) = (Conversation::new(store.organization_id()), CallId(world::new_id()));
        put(stored.call_id, 150);
        put(recorded, 150);
        let found = find().await;
        assert_eq!(found.files.len(), 3);
        store.journal(vec![stored.started()]);
        store.commit().await.unwrap();
        put(recorded, 2_100);
        found.delete(&store).await.unwrap();
        assert!(!path(unknown).exists());
        assert!([call.call_id, stored.call_id, recorded].into_iter().all(|call_id| path(call_id).exists()));
    }
}
