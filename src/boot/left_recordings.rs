//! Recordings that a killed process has left: those of calls that go on or were just over, those of calls that can't be resumed, and files of
//! calls that it could not store.

use std::fs;
use std::path::Path;

use cordboard_actors::call::found::{Finding, FoundCall};
use cordboard_actors::media::{self, Repair};
use cordboard_schema::event::{Fact, JournalEntry};
use cordboard_schema::fold::recording_file;
use cordboard_schema::ids::CallId;
use cordboard_schema::time::UnixMs;
use tracing::{info, warn};

use crate::priority;
use crate::store::{EndedUnread, Store, StoreError, query};

/// A file of at most this length whose call nobody knows is deleted, in ms. A process that dies within a second of a call's beginning leaves such a
/// file. A longer one may be of a newer database than this one.
const UNKNOWN_MS_MAX: u64 = 2_000;

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

/// Deletes the short recordings of calls that began just before a process was killed, and that it could not store: no row leads to their files.
///
/// # Errors
/// The database can't be read.
pub(super) async fn delete_unknown(store: &Store, folder: &Path) -> Result<(), StoreError> {
    let newest = store.reads().run(query::newest_call_id).await?;
    // Older files were there when their calls were deleted, or will be deleted with their calls.
    let all = folder.to_owned();
    let Ok(files) = priority::blocking(move || files_since(&all, newest)).await else { return Ok(()) };
    let ids: Vec<CallId> = files.iter().map(|(call_id, _)| *call_id).collect();
    let known = store.reads().run(move |connection| query::known_calls(connection, &ids)).await?;
    for (call_id, name) in files.into_iter().filter(|(call_id, _)| !known.contains(call_id)) {
        if delete_empty(folder, &name, UNKNOWN_MS_MAX) {
            info!(%call_id, "a recording was deleted: its call began just before the server was killed, and is unknown");
        } else {
            warn!(%call_id, file = name, "a recording belongs to a call that the database does not know");
        }
    }
    Ok(())
}

/// The WAV files of calls that began after this call, or in the minute before it.
fn files_since(folder: &Path, newest: Option<CallId>) -> Vec<(CallId, String)> {
    let since = newest.map(|newest| CallId::first_at(newest.began_at() - 60_000));
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let call_id: CallId = name.strip_suffix(".wav")?.parse().ok()?;
        Some((call_id, name))
    });
    named.filter(|(call_id, _)| since.is_none_or(|since| *call_id >= since)).collect()
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
    use cordboard_schema::ids::OrganizationId;
    use uuid::Uuid;

    use super::*;

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
        fs::write(folder.path().join("a.wav"), "").unwrap();
        let found = |newest: Option<CallId>| {
            let mut ids: Vec<CallId> =
                files_since(folder.path(), newest).into_iter().map(|(id, _)| id).collect();
            ids.sort();
            ids
        };
        assert_eq!(found(Some(at(950_000))), [at(900_000), at(1_000_000)]);
        assert_eq!(found(None).len(), 3);
    }
}
