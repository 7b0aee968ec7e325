//! Recordings on disk: both channels, interrupted, resumed, on a disk that refuses writes.
//!
//! In tests that tick by hand, tokio's clock is paused, so that a busy machine makes no gaps.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant, SystemTime};

use cordboard_actors::media::{Recorder, RecordingEvent, Repair, Track, repair};
use cordboard_schema::audio::{Frame, Law, SampleRate, g711};

const RATE: SampleRate = SampleRate::HZ_8000;
const DEADLINE: Duration = Duration::from_secs(10);

/// A recorder, its own folder and the events of its recordings.
struct Studio {
    recorder: Recorder,
    dir: tempfile::TempDir,
}

impl Studio {
    fn new() -> std::io::Result<Self> {
        Ok(Self { recorder: Recorder::start()?, dir: tempfile::tempdir()? })
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("call.wav")
    }

    fn open(&self, path: &Path, rate: SampleRate) -> (Track, Receiver<RecordingEvent>) {
        let (sender, events) = channel();
        let track = self.recorder.handle().open(path.to_owned(), rate, move |event| {
            // The test may no longer listen.
            let _ = sender.send(event);
        });
        (track, events)
    }
}

/// All events of a recording up to its end, except its beginning.
fn until_finished(events: &Receiver<RecordingEvent>) -> Vec<RecordingEvent> {
    let mut reports = Vec::new();
    while let Ok(event) = events.recv_timeout(DEADLINE) {
        let is_last = matches!(event, RecordingEvent::Finished { .. });
        if !matches!(event, RecordingEvent::Began { .. }) {
            reports.push(event);
        }
        if is_last {
            break;
        }
    }
    reports
}

/// 20 ms of both channels, as a leg's two tasks give them.
fn second_by_hand(track: &mut Track, left: i16, right: i16) {
    let inlet = track.inlet();
    for _ in 0..50 {
        track.tick(Some(&Frame::pcm(RATE, vec![right; 160])));
        inlet.heard(&[left; 160]);
    }
}

/// Left and right channel of a recording; empty if it can't be played.
fn play(path: &Path) -> (Vec<i16>, Vec<i16>) {
    let Ok(wav) = hound::WavReader::open(path) else {
        return Default::default();
    };
    let samples: Vec<i16> = wav.into_samples().flatten().collect();
    samples.chunks_exact(2).map(|stereo| (stereo[0], stereo[1])).unzip()
}

fn played_ms(path: &Path) -> u64 {
    play(path).0.len() as u64 / 8
}

fn eventually(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < DEADLINE, "{what}");
        std::thread::yield_now();
    }
}

#[tokio::test(start_paused = true)]
async fn the_caller_is_recorded_left_and_the_played_sound_right() {
    let studio = Studio::new().unwrap();
    let (mut track, events) = studio.open(&studio.path(), RATE);
    second_by_hand(&mut track, 100, 200);
    track.tick(None);
    let handle = studio.recorder.handle();
    eventually("it is counted", || handle.counters().recordings_open == 1);
    track.finish();
    assert_eq!(until_finished(&events), [RecordingEvent::Finished { path: studio.path(), ms: 1_020 }]);
    let (left, right) = play(&studio.path());
    assert_eq!(left[..8_000], [100; 8_000]);
    assert_eq!(right[..8_000], [200; 8_000]);
    assert_eq!(right[8_000..], [0; 160], "a tick without a frame is silence");
    eventually("it is no longer counted", || handle.counters().recordings_open == 0);
}

#[tokio::test(start_paused = true)]
async fn a_track_that_is_only_dropped_ends_its_file() {
    let studio = Studio::new().unwrap();
    let (mut track, events) = studio.open(&studio.path(), RATE);
    second_by_hand(&mut track, 1, 2);
    let inlet = track.inlet();
    drop(track);
    assert_eq!(until_finished(&events).len(), 1);
    inlet.heard(&[1; 160]);
    assert_eq!(played_ms(&studio.path()), 1_000);
}

#[tokio::test(start_paused = true)]
async fn a_recording_can_be_played_while_it_is_made() {
    let studio = Studio::new().unwrap();
    let (mut track, _events) = studio.open(&studio.path(), RATE);
    (0..10).for_each(|_| second_by_hand(&mut track, 1, 2));
    eventually("all but the last second can be played", || played_ms(&studio.path()) >= 9_000);
}

#[tokio::test(start_paused = true)]
async fn played_sound_may_have_any_rate_and_law() {
    let studio = Studio::new().unwrap();
    let (mut track, events) = studio.open(&studio.path(), SampleRate::HZ_16000);
    for _ in 0..50 {
        track.tick(Some(&Frame::G711 { law: Law::A, bytes: g711::encode_all(Law::A, &[5_000; 160]).into() }));
    }
    for _ in 0..50 {
        track.tick(Some(&Frame::pcm(SampleRate::HZ_48000, vec![6_000; 960])));
    }
    drop(track);
    assert_eq!(until_finished(&events), [RecordingEvent::Finished { path: studio.path(), ms: 2_000 }]);
    let right = play(&studio.path()).1;
    assert!((right[8_000] - 5_000).abs() < 200, "{}", right[8_000]);
    assert!((right[24_000] - 6_000).abs() < 50, "{}", right[24_000]);
}

#[tokio::test(start_paused = true)]
async fn a_marked_gap_is_silence_and_not_missing_time() {
    let studio = Studio::new().unwrap();
    let (mut track, events) = studio.open(&studio.path(), RATE);
    second_by_hand(&mut track, 1, 2);
    track.gap(30_000);
    second_by_hand(&mut track, 3, 4);
    drop(track);
    until_finished(&events);
    let (left, right) = play(&studio.path());
    assert_eq!(right.len(), 32 * 8_000);
    assert!(right[8_000..31 * 8_000].iter().all(|sample| *sample == 0));
    assert_eq!((left[31 * 8_000 + 4_000], right[31 * 8_000]), (3, 4));
}

#[tokio::test(start_paused = true)]
async fn a_resumed_call_continues_its_recording_after_a_gap() {
    let studio = Studio::new().unwrap();
    let (mut track, events) = studio.open(&studio.path(), RATE);
    second_by_hand(&mut track, 1, 2);
    drop(track);
    until_finished(&events);
    let file = File::options().write(true).open(studio.path()).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(7)).unwrap();

    let (mut track, events) = studio.open(&studio.path(), RATE);
    second_by_hand(&mut track, 3, 4);
    drop(track);
    let reports = until_finished(&events);
    let [RecordingEvent::Resumed { gap_ms }, RecordingEvent::Finished { ms, .. }] = reports[..] else {
        panic!("{reports:?}");
    };
    assert!((7_000..9_000).contains(&gap_ms), "{gap_ms} ms");
    assert_eq!(ms, 2_000 + gap_ms);
    let right = play(&studio.path()).1;
    assert_eq!((right[0], right[8_000], right[right.len() - 1]), (2, 0, 4));
}

#[tokio::test(start_paused = true)]
async fn a_call_resuming_before_its_file_closes_loses_nothing() {
    let studio = Studio::new().unwrap();
    for round in 1..=3 {
        let (mut track, _events) = studio.open(&studio.path(), RATE);
        second_by_hand(&mut track, round, round);
        drop(track);
    }
    let path = studio.path();
    studio.recorder.end().await;
    let left = play(&path).0;
    let seconds: Vec<i16> = left.chunks_exact(8_000).map(|second| second[4_000]).collect();
    assert_eq!(seconds, [1, 2, 3]);
    drop(studio.dir);
}

#[tokio::test(start_paused = true)]
async fn a_missing_folder_is_reported_once_and_used_when_back() {
    let studio = Studio::new().unwrap();
    let path = studio.dir.path().join("later/call.wav");
    let (mut track, events) = studio.open(&path, RATE);
    let failed = events.recv_timeout(DEADLINE).unwrap();
    assert!(
        matches!(&failed, RecordingEvent::Failed { error } if error.contains("later/call.wav")),
        "{failed:?}"
    );
    (0..5).for_each(|_| second_by_hand(&mut track, 1, 2));
    fs::create_dir(studio.dir.path().join("later")).unwrap();
    drop(track);
    let reports = until_finished(&events);
    let [RecordingEvent::Recovered { .. }, RecordingEvent::Finished { ms: 5_000, .. }] = reports[..] else {
        panic!("{reports:?}");
    };
    assert!(studio.recorder.handle().counters().write_errors >= 1);
    assert_eq!(played_ms(&path), 5_000, "what was lost is silence of its length");
}

/// A listener that blocks simulates a disk that hangs: the thread does nothing, and the calls go on.
#[tokio::test(start_paused = true)]
async fn sound_the_recorder_cannot_take_becomes_equally_long_silence() {
    let studio = Studio::new().unwrap();
    let (release, released) = channel::<()>();
    let nowhere = PathBuf::from("/nowhere/call.wav");
    let blocking = studio.recorder.handle().open(nowhere, RATE, move |_| {
        let _ = released.recv();
    });
    let (mut track, events) = studio.open(&studio.path(), RATE);
    let start = Instant::now();
    (0..1_000).for_each(|_| second_by_hand(&mut track, 1, 2));
    assert!(start.elapsed() < DEADLINE, "the leg never waits");
    let dropped = studio.recorder.handle().counters().blocks_dropped;
    assert!((800..1_000).contains(&dropped), "{dropped} of 5,000 blocks: the channel takes 4,096");
    drop(release);
    eventually("the thread goes on", || played_ms(&studio.path()) >= 800_000);
    (0..10).for_each(|_| second_by_hand(&mut track, 3, 4));
    drop((track, blocking));

    let reports = until_finished(&events);
    let lost_ms = studio.recorder.handle().counters().blocks_dropped * 200;
    let finished = RecordingEvent::Finished { path: studio.path(), ms: 1_010_000 };
    assert_eq!(reports, [RecordingEvent::Lost { lost_ms }, finished]);
    let right = play(&studio.path()).1;
    let second = |number: usize| right[number * 8_000];
    assert_eq!((second(0), second(700), second(950), second(1_005)), (2, 2, 0, 4));
}

#[tokio::test(start_paused = true)]
async fn a_call_ending_while_the_recorder_lags_is_written_whole() {
    let studio = Studio::new().unwrap();
    let (mut track, events) = studio.open(&studio.path(), RATE);
    second_by_hand(&mut track, 1, 2);
    drop(track);
    until_finished(&events);

    let (release, released) = channel::<()>();
    let (sender, events) = channel();
    let mut track = studio.recorder.handle().open(studio.path(), RATE, move |event| {
        // Blocks at the first event, which is that the recording goes on, until the call is over.
        let _ = released.recv();
        let _ = sender.send(event);
    });
    (0..10).for_each(|_| second_by_hand(&mut track, 3, 4));
    drop(track);
    // Longer than the thread waits between two checks for ended calls.
    std::thread::sleep(Duration::from_millis(300));
    drop(release);
    until_finished(&events);
    let right = play(&studio.path()).1;
    assert_eq!(right[right.len() - 80_000..], [4; 80_000]);
}

#[test]
fn a_track_reports_that_its_recorder_has_ended() {
    let studio = Studio::new().unwrap();
    let (mut track, events) = studio.open(&studio.path(), RATE);
    second_by_hand(&mut track, 1, 2);
    let handle = studio.recorder.handle();
    studio.recorder.join();
    assert!(matches!(until_finished(&events)[..], [RecordingEvent::Finished { ms: 600.., .. }]));
    second_by_hand(&mut track, 1, 2);
    drop(track);

    let (sender, events) = channel();
    let path = studio.dir.path().join("late.wav");
    drop(handle.open(path, RATE, move |event| drop(sender.send(event))));
    let reports = until_finished(&events);
    assert!(matches!(reports[..], [RecordingEvent::Failed { .. }, RecordingEvent::Finished { ms: 0, .. }]));
}

/// Runs this test again in a process of its own, which finds `path` in its environment.
fn child(test: &str, path: &Path, shell: &str) -> Command {
    let mut command = Command::new("sh");
    let program = std::env::current_exe().unwrap_or_default();
    command
        .args(["-c", &format!("{shell} exec \"$0\" --exact {test} --nocapture")])
        .arg(program)
        .env("RECORDING_OF_TEST_CHILD", path);
    command
}

fn path_of_child() -> Option<PathBuf> {
    std::env::var_os("RECORDING_OF_TEST_CHILD").map(PathBuf::from)
}

#[test]
fn a_killed_process_leaves_all_but_the_last_second() {
    if let Some(path) = path_of_child() {
        let recorder = Recorder::start().unwrap();
        let mut track = recorder.handle().open(path, RATE, |_| {});
        let inlet = track.inlet();
        for number in 1_u64.. {
            // The pace of a call, not a wait for something.
            std::thread::sleep(Duration::from_millis(20));
            track.tick(Some(&Frame::pcm(RATE, vec![2; 160])));
            inlet.heard(&[1; 160]);
            println!("played {}", 20 * number);
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("call.wav");
    let mut process = child("a_killed_process_leaves_all_but_the_last_second", &path, "")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
    let played = lines.filter_map(|line| line.strip_prefix("played ")?.parse::<u64>().ok());
    let said_ms = played.take_while(|ms| *ms <= 3_500).last().unwrap();
    process.kill().unwrap();
    process.wait().unwrap();

    let (before, lost) = (played_ms(&path), |ms: u64| said_ms.saturating_sub(ms));
    assert!(lost(before) <= 1_000, "{before} ms of {said_ms} can be played as the file is");
    assert_ne!(repair(&path).unwrap(), Repair::Empty);
    let after = played_ms(&path);
    assert!(after >= before && lost(after) <= 1_000, "{after} ms after the repair");
}

/// A limit on the size of files simulates a full disk; the signal that comes with it is ignored, as in the server.
#[tokio::test(start_paused = true)]
async fn a_full_disk_ends_no_call_and_shifts_nothing() {
    let test = "a_full_disk_ends_no_call_and_shifts_nothing";
    let Some(path) = path_of_child() else {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("call.wav");
        // 128 blocks of 512 bytes: 2 s of a recording.
        let output = child(test, &path, "trap '' XFSZ; ulimit -S -f 128;").output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("child is through"), "{said}");
        return;
    };
    let recorder = Recorder::start().unwrap();
    let (sender, events) = channel();
    let mut track = recorder.handle().open(path.clone(), RATE, move |event| drop(sender.send(event)));
    assert_eq!(events.recv_timeout(DEADLINE), Ok(RecordingEvent::Began { offset_ms: 0 }));
    (1..=10).for_each(|second| second_by_hand(&mut track, 1, second));
    let failed = events.recv_timeout(DEADLINE).unwrap();
    assert!(matches!(failed, RecordingEvent::Failed { .. }), "{failed:?}");
    let fits_ms = played_ms(&path);
    assert!((1_600..=2_048).contains(&fits_ms), "{fits_ms} ms fit");

    let pid = std::process::id().to_string();
    assert!(Command::new("prlimit").args(["--fsize=unlimited", "--pid", &pid]).status().unwrap().success());
    let start = Instant::now();
    let (mut seconds, mut recovered) = (10, None);
    while recovered.is_none() && start.elapsed() < DEADLINE {
        seconds += 1;
        second_by_hand(&mut track, 1, seconds);
        recovered = events.recv_timeout(Duration::from_millis(100)).ok();
    }
    assert!(
        matches!(recovered, Some(RecordingEvent::Recovered { lost_ms }) if lost_ms > 7_000),
        "{recovered:?}"
    );
    second_by_hand(&mut track, 1, seconds + 1);
    drop(track);
    let ms = 1_000 * (seconds as u64 + 1);
    assert_eq!(until_finished(&events), [RecordingEvent::Finished { path: path.clone(), ms }]);

    let right = play(&path).1;
    let heard: Vec<i16> = right.chunks(8_000).map(|second| second[4_000]).collect();
    assert_eq!((heard[0], heard[5], heard[seconds as usize]), (1, 0, seconds + 1), "{heard:?}");
    let in_place = |(number, second): (usize, &i16)| *second == 0 || *second as usize == number + 1;
    assert!(heard.iter().enumerate().all(in_place), "{heard:?}");
    println!("child is through");
}

/// This many seconds of both channels, as a leg's two tasks give them in real time.
#[cfg(feature = "fault-injection")]
async fn seconds_in_time(track: &mut Track, seconds: u32, left: i16, right: i16) {
    let inlet = track.inlet();
    for _ in 0..seconds * 50 {
        track.tick(Some(&Frame::pcm(RATE, vec![right; 160])));
        inlet.heard(&[left; 160]);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The disk of this thread, and the calendar of its world: the recorder is a task on it.
#[cfg(feature = "fault-injection")]
fn world_of_this_thread() -> cordboard_actors::world::WorldGuard {
    cordboard_actors::world::enter(chrono::DateTime::UNIX_EPOCH, 1)
}

#[cfg(feature = "fault-injection")]
#[tokio::test(start_paused = true)]
async fn a_recording_delayed_by_a_full_disk_says_its_offset() {
    use cordboard_actors::disk_fault::{self, DiskFault};
    let _world = world_of_this_thread();
    let studio = Studio::new().unwrap();
    let path = studio.path();
    disk_fault::set(Some(DiskFault::Full));
    let (mut track, events) = studio.open(&path, RATE);
    seconds_in_time(&mut track, 3, 1, 2).await;
    disk_fault::set(None);
    seconds_in_time(&mut track, 3, 3, 4).await;
    drop(track);
    studio.recorder.end().await;
    let reports: Vec<RecordingEvent> = events.try_iter().collect();
    let [
        RecordingEvent::Failed { .. },
        RecordingEvent::Began { offset_ms },
        RecordingEvent::Recovered { lost_ms },
        RecordingEvent::Finished { ms, .. },
    ] = reports[..]
    else {
        panic!("{reports:?}");
    };
    // It is tried again each second. Sound that is kept back for late sound comes after the event.
    assert!((3_000..4_500).contains(&offset_ms), "{reports:?}");
    assert!((offset_ms - 1_000..=offset_ms).contains(&lost_ms), "{reports:?}");
    assert_eq!(ms, 6_000);
    let right = play(&path).1;
    assert_eq!((right[0], right[20_000], right[44_000]), (0, 0, 4));
}

#[cfg(feature = "fault-injection")]
#[tokio::test(start_paused = true)]
async fn recordings_resumed_on_a_full_disk_have_one_exact_gap() {
    use cordboard_actors::disk_fault::{self, DiskFault};
    let _world = world_of_this_thread();
    let studio = Studio::new().unwrap();
    let path = studio.path();
    let (mut track, _events) = studio.open(&path, RATE);
    seconds_in_time(&mut track, 1, 1, 2).await;
    drop(track);
    tokio::time::sleep(Duration::from_secs(7)).await;
    disk_fault::set(Some(DiskFault::Full));
    let (mut track, events) = studio.open(&path, RATE);
    seconds_in_time(&mut track, 3, 3, 4).await;
    disk_fault::set(None);
    seconds_in_time(&mut track, 3, 5, 6).await;
    drop(track);
    studio.recorder.end().await;
    let reports: Vec<RecordingEvent> = events.try_iter().collect();
    let Some(RecordingEvent::Finished { ms, .. }) = reports.last() else { panic!("{reports:?}") };
    // The first part was closed within 250 ms of its end.
    assert!((13_700..=14_000).contains(ms), "{reports:?}");
    let right = play(&path).1;
    assert_eq!((right[4_000], right[5 * 8_000], right[13 * 8_000 + 1_600]), (2, 0, 6));
}

#[cfg(feature = "fault-injection")]
#[tokio::test(start_paused = true)]
async fn a_recording_refused_to_the_end_reports_loss_and_length() {
    use cordboard_actors::disk_fault::{self, DiskFault};
    let _world = world_of_this_thread();
    let studio = Studio::new().unwrap();
    let path = studio.path();
    let (mut track, events) = studio.open(&path, RATE);
    seconds_in_time(&mut track, 2, 1, 2).await;
    disk_fault::set(Some(DiskFault::Full));
    seconds_in_time(&mut track, 3, 3, 4).await;
    drop(track);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let reports: Vec<RecordingEvent> = events.try_iter().collect();
    let [
        RecordingEvent::Began { offset_ms: 0 },
        RecordingEvent::Failed { .. },
        RecordingEvent::Lost { lost_ms },
        RecordingEvent::Finished { ms, .. },
    ] = reports[..]
    else {
        panic!("{reports:?}");
    };
    assert!((1_000..=2_000).contains(&ms), "{reports:?}");
    assert_eq!(ms + lost_ms, 5_000);

    // The call goes on, and the disk stays full.
    let (mut track, events) = studio.open(&path, RATE);
    seconds_in_time(&mut track, 3, 5, 6).await;
    drop(track);
    studio.recorder.end().await;
    disk_fault::set(None);
    let reports: Vec<RecordingEvent> = events.try_iter().collect();
    let finished = RecordingEvent::Finished { path: path.clone(), ms };
    assert!(matches!(reports[0], RecordingEvent::Failed { .. }), "{reports:?}");
    assert_eq!(reports[1..], [RecordingEvent::Lost { lost_ms: 3_000 }, finished]);
    assert_eq!(played_ms(&path), ms, "what was written before can be played");
}
