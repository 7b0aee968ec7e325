//! Recordings that become Opus after their calls, and the states that a crash leaves.

use std::fs;
use std::sync::atomic::Ordering;

use cordboard::config::{Config, RecordingFormat, Sources};
use cordboard::recordings::{RecordingFiles, RecordingKeeper, RecordingsError, RemoteStore};
use cordboard::store::{ActivityQuery, Connection, OldRecording, Store, change, query};
use cordboard_actors::media::recorder::Recorder;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Fact, JournalEntry};
use cordboard_schema::ids::CallId;
use cordboard_schema::limits::RECORDINGS_UNMOVED_MAX;
use cordboard_schema::retention::DeletedType;
use cordboard_schema::time::UnixMs;
use cordboard_test_support::moto::Moto;
use diesel::connection::SimpleConnection;
use hound::{SampleFormat, WavSpec, WavWriter};
use tempfile::TempDir;

use super::room::{Room, call, read};
use crate::entries::{Conversation, now};

/// A database, a folder of recordings, and the encoder.
struct Kept {
    room: Room,
    store: Store,
    folder: TempDir,
    keeper: RecordingKeeper,
}

impl Kept {
    fn new() -> Self {
        let room = Room::new();
        let (store, folder) = (room.store(), tempfile::tempdir().unwrap());
        let files = RecordingFiles::new(folder.path().to_owned(), None);
        let keeper = RecordingKeeper::new(store.clone(), files, RecordingFormat::Opus);
        Self { room, store, folder, keeper }
    }

    /// Creates a call that ended a minute ago, and its WAV of a second.
    async fn call(&self) -> CallId {
        let id = self.call_with(true).await;
        let spec = WavSpec {
            channels: 2,
            sample_rate: 8_000,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let mut wav = WavWriter::create(self.folder.path().join(format!("{id}.wav")), spec).unwrap();
        for n in 0..8_000_i16 {
            wav.write_sample((n % 40 - 20) * 500).unwrap();
            wav.write_sample(0_i16).unwrap();
        }
        wav.finalize().unwrap();
        id
    }

    async fn call_with(&self, is_over: bool) -> CallId {
        let mut said = Conversation::new(self.store.organization_id());
        let mut entries = said.live();
        entries.push(said.entry(Fact::RecordingStarted { offset_ms: 0 }));
        entries.push(said.entry(Fact::RecordingFinished { duration_ms: 1_000 }));
        if is_over {
            entries.extend(said.ended(NextStep::Hangup));
        }
        self.store.journal(entries);
        self.store.commit().await.unwrap();
        said.call_id
    }

    /// Recordings are moved to this S3 from now on, and kept in this way.
    fn moves_to(&mut self, endpoint: &str, format: RecordingFormat) {
        let environment = Moto::environment("of/calls", endpoint);
        let config = Config::load(&Sources { environment, ..Sources::default() }).unwrap().config;
        let remote = RemoteStore::open(&config.recordings).unwrap();
        let files = RecordingFiles::new(self.folder.path().to_owned(), remote);
        self.keeper = RecordingKeeper::new(self.store.clone(), files, format);
    }

    fn unmoved(&self) -> i64 {
        read(&self.store, query::unmoved_recordings)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn row(&self, id: CallId) -> Option<String> {
        call(&self.store, id).unwrap().recording
    }

    fn to_encode(&self) -> usize {
        read(&self.store, |connection| query::recordings_to_encode(connection, in_a_minute(), None, 10)).len()
    }

    fn sql(&self, sql: &str) {
        self.room.stranger().batch_execute(sql).unwrap();
    }
}

fn in_a_minute() -> UnixMs {
    now() + 60_000
}

#[actix::test]
async fn recordings_become_opus_after_their_call_despite_crashes() {
    let kept = Kept::new();
    let done = kept.call().await;
    kept.keeper.run_once(now()).await.unwrap();
    assert_eq!(kept.names(), [format!("{done}.wav")], "the end may still be written");
    kept.keeper.run_once(in_a_minute()).await.unwrap();
    assert_eq!((kept.names(), kept.row(done)), (vec![format!("{done}.opus")], Some(format!("{done}.opus"))));
    let opus = fs::read(kept.folder.path().join(format!("{done}.opus"))).unwrap();
    assert!(opus.starts_with(b"OggS") && opus.len() * 4 < 32_044, "{} bytes", opus.len());

    // The files of a process that is killed after each step.
    for (step, part, whole, named, wav) in [
        ("while it is written", true, false, false, true),
        ("after the file's name", false, true, false, true),
        ("after the row's new name", false, true, true, true),
        ("after the end of the WAV", false, true, true, false),
        ("in a backup of that moment", false, true, false, false),
    ] {
        let id = kept.call().await;
        let path = |extension: &str| kept.folder.path().join(format!("{id}.{extension}"));
        if part {
            fs::write(path("opus.part"), &opus[..opus.len() / 2]).unwrap();
        }
        if whole {
            fs::write(path("opus"), &opus).unwrap();
        }
        if named {
            kept.sql(&format!("UPDATE recordings SET file = '{id}.opus' WHERE call_id = '{id}'"));
        }
        if !wav {
            fs::remove_file(path("wav")).unwrap();
        }
        kept.keeper.run_once(in_a_minute()).await.unwrap();
        assert_eq!(fs::read(path("opus")).unwrap(), opus, "{step}");
        assert!(!path("wav").exists() && !path("opus.part").exists(), "{step}: {:?}", kept.names());
        assert_eq!((kept.row(id), kept.to_encode()), (Some(format!("{id}.opus")), 0), "{step}");
    }
}

#[actix::test]
async fn unencodable_recordings_stay_and_hold_up_nothing_else() {
    let kept = Kept::new();
    let live = kept.call_with(false).await;
    fs::write(kept.folder.path().join(format!("{live}.wav")), "RIFF").unwrap();
    let missing = kept.call_with(true).await;
    let unreadable = kept.call_with(true).await;
    fs::create_dir(kept.folder.path().join(format!("{unreadable}.wav"))).unwrap();
    let foreign = kept.call_with(true).await;
    fs::write(kept.folder.path().join(format!("{foreign}.wav")), "a letter").unwrap();
    let good = kept.call().await;
    kept.keeper.run_once(in_a_minute()).await.unwrap();
    let mut names = [live, unreadable, foreign].map(|id| format!("{id}.wav")).to_vec();
    names.push(format!("{good}.opus"));
    names.sort();
    assert_eq!((kept.names(), kept.to_encode()), (names, 0));
    assert_eq!(kept.row(missing), Some(format!("{missing}.wav")));

    // The folder of one was missing. The next start checks it again.
    fs::write(kept.folder.path().join(format!("{missing}.wav")), "a letter").unwrap();
    assert_eq!(kept.store.change(change::retry_set_aside_recordings).await.unwrap(), 2);
    assert_eq!(kept.to_encode(), 2);
}

#[actix::test]
async fn a_server_that_stops_leaves_the_wav() {
    let kept = Kept::new();
    let id = kept.call().await;
    kept.keeper.stop.store(true, Ordering::Relaxed);
    assert!(matches!(kept.keeper.run_once(in_a_minute()).await, Err(RecordingsError::Ending)));
    assert_eq!((kept.names(), kept.to_encode()), (vec![format!("{id}.wav")], 1));
}

#[actix::test]
async fn retention_misses_no_recording_that_became_opus_meanwhile() {
    let kept = Kept::new();
    let id = kept.call().await;
    let old = OldRecording { call_id: id.to_string(), file: kept.row(id).unwrap(), moved_at: None };
    kept.keeper.run_once(in_a_minute()).await.unwrap();
    let forget = move |connection: &mut Connection| change::forget_recordings(connection, &[old]);
    assert_eq!(kept.store.change(forget).await.unwrap().records, [(DeletedType::Recording, vec![])]);
    assert_eq!(kept.row(id), Some(format!("{id}.opus")), "the next run finds the row and its file");
}

#[actix::test]
async fn retention_misses_no_recording_that_was_moved_meanwhile() {
    let (mut kept, moto) = (Kept::new(), Moto::start().unwrap());
    kept.moves_to(&moto.endpoint(), RecordingFormat::Wav);
    let id = kept.call().await;
    let (owner, later) = (kept.store.organization_id(), now() + 3_600_000);
    let old =
        || read(&kept.store, |connection| query::old_recordings(connection, owner, Some(later), None, 9));
    let left = JournalEntry {
        organization_id: owner,
        call_id: id,
        seq: call(&kept.store, id).unwrap().last_seq + 1,
        at: now(),
        event: Fact::VoicemailLeft {
            recording: format!("RE{}", "6".repeat(32)).parse().unwrap(),
            duration_ms: 900,
        }
        .into(),
    };
    kept.store.journal(vec![left]);
    kept.store.commit().await.unwrap();
    let messages_with_audio = || {
        let of_call =
            ActivityQuery { call_id: Some(id), has_audio: Some(true), limit: 9, ..ActivityQuery::default() };
        read(&kept.store, |connection| query::activities(connection, owner, of_call)).len()
    };
    // Its file is deleted while it is being moved.
    let before = old();
    kept.keeper.run_once(in_a_minute()).await.unwrap();
    let forget = move |connection: &mut Connection| change::forget_recordings(connection, &before);
    assert_eq!(kept.store.change(forget).await.unwrap().records, [(DeletedType::Recording, vec![])]);
    assert!(kept.row(id).is_some(), "the next run finds the row and its object");
    assert_eq!(messages_with_audio(), 1, "it can still be heard");
    let now_there = old();
    let forget = move |connection: &mut Connection| change::forget_recordings(connection, &now_there);
    let gone = (DeletedType::Recording, vec![id.to_string()]);
    assert_eq!(kept.store.change(forget).await.unwrap().records, [gone]);
    assert_eq!(messages_with_audio(), 0);
}

#[actix::test]
async fn recordings_are_moved_to_s3_after_any_crash() {
    let (mut kept, moto) = (Kept::new(), Moto::start().unwrap());
    kept.moves_to(&moto.endpoint(), RecordingFormat::Wav);
    let key = |id: CallId| format!("of/calls/{id}.wav");
    let path = |kept: &Kept, id: CallId| kept.folder.path().join(format!("{id}.wav"));
    let (first, live) = (kept.call().await, kept.call_with(false).await);
    fs::write(path(&kept, live), "RIFF").unwrap();
    let wav = fs::read(path(&kept, first)).unwrap();
    kept.keeper.run_once(now()).await.unwrap();
    assert_eq!(moto.keys().unwrap(), [""; 0], "the end may still be written");
    kept.keeper.run_once(in_a_minute()).await.unwrap();
    assert_eq!((moto.keys().unwrap(), kept.names()), (vec![key(first)], vec![format!("{live}.wav")]));
    assert_eq!((kept.row(first), kept.unmoved()), (Some(format!("{first}.wav")), 1));

    // The files of a process that is killed after each step.
    for (step, there, here) in [
        ("after a part of the upload", Some(&wav[..100]), true),
        ("after the upload", Some(&wav[..]), true),
        ("after the end of the file", Some(&wav[..]), false),
    ] {
        let id = kept.call().await;
        moto.put(&key(id), there.unwrap()).unwrap();
        if !here {
            fs::remove_file(path(&kept, id)).unwrap();
        }
        kept.keeper.run_once(in_a_minute()).await.unwrap();
        assert_eq!((moto.get(&key(id)).unwrap(), kept.unmoved()), (wav.clone(), 1), "{step}");
        assert_eq!(kept.names(), [format!("{live}.wav")], "{step}");
    }

    // A killed process has left a header that says nothing of the sound.
    let cut = kept.call().await;
    let mut unfinished = wav.clone();
    unfinished[40..44].fill(0);
    fs::write(path(&kept, cut), unfinished).unwrap();
    kept.keeper.run_once(in_a_minute()).await.unwrap();
    assert_eq!(moto.get(&key(cut)).unwrap(), wav);

    // A missing file holds up no other.
    let (nowhere, last) = (kept.call_with(true).await, kept.call().await);
    kept.keeper.run_once(in_a_minute()).await.unwrap();
    let keys = moto.keys().unwrap();
    assert!(keys.contains(&key(last)) && !keys.contains(&key(nowhere)), "{keys:?}");
    assert_eq!(kept.row(nowhere), Some(format!("{nowhere}.wav")));
}

#[actix::test]
async fn unreadable_recordings_keep_no_other_from_the_store() {
    let (mut kept, moto) = (Kept::new(), Moto::start().unwrap());
    kept.moves_to(&moto.endpoint(), RecordingFormat::Wav);
    // After as many refusals the store counts as unreachable.
    for _ in 0..RECORDINGS_UNMOVED_MAX {
        let unreadable = kept.call_with(true).await;
        fs::create_dir(kept.folder.path().join(format!("{unreadable}.wav"))).unwrap();
    }
    let good = kept.call().await;
    kept.keeper.run_once(in_a_minute()).await.unwrap();
    assert_eq!(moto.keys().unwrap(), [format!("of/calls/{good}.wav")]);
}

#[actix::test]
async fn wavs_that_were_moved_stay_when_later_ones_become_opus() {
    let (mut kept, moto) = (Kept::new(), Moto::start().unwrap());
    kept.moves_to(&moto.endpoint(), RecordingFormat::Wav);
    let moved = kept.call().await;
    kept.keeper.run_once(in_a_minute()).await.unwrap();
    kept.moves_to(&moto.endpoint(), RecordingFormat::Opus);
    let later = kept.call().await;
    kept.keeper.run_once(in_a_minute()).await.unwrap();
    let again = kept.store.change(change::retry_set_aside_recordings).await.unwrap();
    assert_eq!((again, kept.to_encode()), (0, 0), "a moved file is not looked for in the folder");
    let mut keys = moto.keys().unwrap();
    keys.sort();
    let mut wanted = [format!("of/calls/{moved}.wav"), format!("of/calls/{later}.opus")];
    wanted.sort();
    assert_eq!((keys, kept.row(moved)), (wanted.to_vec(), Some(format!("{moved}.wav"))));
}

/// A process was killed between the new file's name and its row, and the recording had been deleted right before.
#[actix::test]
async fn an_opus_of_a_deleted_recording_goes_with_its_mark() {
    let kept = Kept::new();
    let (deleted, lives) = (kept.call().await, kept.call().await);
    kept.sql(&format!("DELETE FROM recordings WHERE call_id = '{deleted}'"));
    let path = |name: String| kept.folder.path().join(name);
    fs::rename(path(format!("{deleted}.wav")), path(format!("{deleted}.opus"))).unwrap();
    for id in [deleted, lives] {
        fs::write(path(format!("{id}.unsettled")), id.to_string()).unwrap();
    }
    kept.keeper.run_once(now()).await.unwrap();
    assert_eq!(kept.names(), [format!("{lives}.wav")], "a recording with a row stays unchanged");
}

#[actix::test]
async fn an_object_without_its_row_is_deleted_once_s3_answers() {
    let (mut kept, moto) = (Kept::new(), Moto::start().unwrap());
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    kept.moves_to(&moto.endpoint(), RecordingFormat::Wav);
    let id = kept.call().await;
    kept.keeper.run_once(in_a_minute()).await.unwrap();
    assert_eq!(moto.keys().unwrap(), [format!("of/calls/{id}.wav")]);
    kept.sql(&format!("DELETE FROM recordings WHERE call_id = '{id}'"));
    let mark = format!("{id}.unsettled");
    fs::write(kept.folder.path().join(&mark), id.to_string()).unwrap();
    kept.moves_to(&format!("http://{nobody}"), RecordingFormat::Wav);
    let said = kept.keeper.run_once(in_a_minute()).await;
    assert!(matches!(said, Err(RecordingsError::Remote { .. })), "{said:?}");
    assert_eq!(kept.names(), [mark], "the mark is kept");

    kept.moves_to(&moto.endpoint(), RecordingFormat::Wav);
    kept.keeper.run_once(in_a_minute()).await.unwrap();
    assert!(moto.keys().unwrap().is_empty() && kept.names().is_empty());
}

#[actix::test]
async fn recordings_stay_while_s3_is_away_and_move_afterwards() {
    let (mut kept, moto) = (Kept::new(), Moto::start().unwrap());
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    kept.moves_to(&format!("http://{nobody}"), RecordingFormat::Opus);
    let id = kept.call().await;
    let said = kept.keeper.run_once(in_a_minute()).await.unwrap_err();
    assert!(matches!(said, RecordingsError::Remote { .. }), "{said}");
    assert!(
        said.to_string().starts_with("recordings can't be moved to s3://recordings/of/calls: "),
        "{said}"
    );
    assert_eq!((kept.names(), kept.unmoved()), (vec![format!("{id}.opus")], 1), "it still became Opus");

    kept.moves_to(&moto.endpoint(), RecordingFormat::Opus);
    kept.keeper.run_once(in_a_minute()).await.unwrap();
    assert_eq!((moto.keys().unwrap(), kept.unmoved()), (vec![format!("of/calls/{id}.opus")], 0));
    assert!(kept.names().is_empty());
}

#[cfg(feature = "fault-injection")]
#[actix::test]
async fn moving_a_wav_frees_a_disk_too_full_for_opus() {
    use cordboard_actors::disk_fault::{self, DiskFault};
    let (mut kept, moto) = (Kept::new(), Moto::start().unwrap());
    kept.moves_to(&moto.endpoint(), RecordingFormat::Opus);
    kept.call().await;
    kept.call().await;
    disk_fault::set(Some(DiskFault::Full));
    let said = kept.keeper.run_once(in_a_minute()).await;
    disk_fault::set(None);
    assert!(matches!(said, Err(RecordingsError::File { .. })), "{said:?}");
    let keys = moto.keys().unwrap();
    assert!(matches!(&keys[..], [moved] if moved.ends_with(".wav")), "{keys:?}");
    let names = kept.names();
    assert!(matches!(&names[..], [waits] if waits.ends_with(".wav")), "{names:?}");

    kept.keeper.run_once(in_a_minute()).await.unwrap();
    let keys = moto.keys().unwrap();
    assert_eq!(keys.iter().filter(|key| key.ends_with(".opus")).count(), 1, "{keys:?}");
    assert_eq!((keys.len(), kept.names().len(), kept.unmoved()), (2, 0, 0));
}

#[actix::test]
async fn a_full_s3_backlog_pauses_recording_until_moved() {
    let (mut kept, moto) = (Kept::new(), Moto::start().unwrap());
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let recorder = Recorder::start().unwrap();
    let pass = async |kept: &mut Kept, endpoint: &str, bytes_max| {
        kept.moves_to(endpoint, RecordingFormat::Wav);
        let keeper = kept.keeper.clone().bounded(recorder.handle(), bytes_max);
        (keeper.run_once(in_a_minute()).await.is_ok(), recorder.handle().paused().is_some())
    };
    kept.call().await;
    let (away, wav_bytes) = (format!("http://{nobody}"), 44 + 8_000 * 4);
    assert_eq!(pass(&mut kept, &away, wav_bytes).await, (false, false), "the backlog is within its limit");
    assert_eq!(pass(&mut kept, &away, wav_bytes - 1).await, (false, true));
    assert_eq!(pass(&mut kept, &moto.endpoint(), wav_bytes - 1).await, (true, false));
}

#[actix::test]
async fn a_day_without_s3_loses_nothing_within_a_bounded_backlog() {
    const HOURS_MS: u64 = 6 * 3_600_000;
    let (mut kept, moto) = (Kept::new(), Moto::start().unwrap());
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let recorder = Recorder::start().unwrap();
    // Calls of six hours arrive between two runs, and there is room for those of twenty hours.
    let bytes_max = 20 * (44 + 8_000 * 4);
    kept.moves_to(&format!("http://{nobody}"), RecordingFormat::Wav);
    let mut waiting = Vec::new();
    for (pass, is_full) in (0_u64..).zip([false, false, false, true, true]) {
        // Later calls are not recorded.
        while recorder.handle().paused().is_none() && waiting.len() as u64 <= 6 * pass + 5 {
            waiting.push(kept.call().await);
        }
        let keeper = kept.keeper.clone().bounded(recorder.handle(), bytes_max);
        let result = keeper.run_once(in_a_minute() + pass * HOURS_MS).await;
        assert!(matches!(result, Err(RecordingsError::Remote { .. })), "{result:?}");
        assert_eq!(kept.names().len(), waiting.len(), "all of them can be played from here");
        assert_eq!(recorder.handle().paused().is_some(), is_full, "behind {} calls", waiting.len());
    }
    assert_eq!(waiting.len(), 24);

    kept.moves_to(&moto.endpoint(), RecordingFormat::Wav);
    let keeper = kept.keeper.clone().bounded(recorder.handle(), bytes_max);
    keeper.run_once(in_a_minute() + 5 * HOURS_MS).await.unwrap();
    assert!(recorder.handle().paused().is_none());
    assert_eq!((kept.unmoved(), kept.names().len()), (0, 0));
    let mut keys = moto.keys().unwrap();
    keys.sort();
    let mut wanted: Vec<String> = waiting.iter().map(|id| format!("of/calls/{id}.wav")).collect();
    wanted.sort();
    assert_eq!(keys, wanted);
}

#[actix::test]
async fn a_stopping_server_waits_for_no_silent_s3() {
    let mut kept = Kept::new();
    // It accepts connections and sends nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    kept.moves_to(&format!("http://{}", silent.local_addr().unwrap()), RecordingFormat::Wav);
    let id = kept.call().await;
    let stop = std::sync::Arc::clone(&kept.keeper.stop);
    let asked = std::thread::spawn(move || {
        let connection = silent.accept().unwrap();
        stop.store(true, Ordering::Relaxed);
        connection
    });
    let began = std::time::Instant::now();
    assert!(matches!(kept.keeper.run_once(in_a_minute()).await, Err(RecordingsError::Ending)));
    assert!(began.elapsed().as_secs() < 15, "an answer is awaited for 20 s");
    drop(asked.join().unwrap());
    assert_eq!((kept.names(), kept.unmoved()), (vec![format!("{id}.wav")], 1));
}
