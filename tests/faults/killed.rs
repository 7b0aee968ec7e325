//! SIGKILL in the middle of calls, and the next start with what was left.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use cordboard_test_support::audio::{Sound, Span, find, share_heard};
use cordboard_test_support::audiosocket::{Caller, LegEnd, Message, kind};
use cordboard_test_support::waiting::wait_until;
use serde_json::Value;
use uuid::Uuid;

use crate::listening::{heard_length, prompt, wait_heard};
use crate::stage::{LIMIT, Stage};

/// Time for which no server runs.
const OUTAGE: Duration = Duration::from_millis(1_500);
/// A recording ends at most a second before the kill, on a machine that does nothing else.
const RECORDING_LOST: Duration = Duration::from_secs(3);
/// A journal ends at most 200 ms before the kill. How long its entries wait is exact in `src/store/queue/tests.rs`; here they are on a real disk.
const JOURNAL_LOST: Duration = Duration::from_secs(2);
/// Pause between two digits: slower than the 50 a second that a leg passes on.
const DIGIT_PAUSE: Duration = Duration::from_millis(40);
/// How the greeting begins.
const GREETING: &str = "Welcome. I am Cordboard's receptionist. Press 1 to leave a message,";
/// How long a call of a dead process can be resumed.
const RESUME_WINDOW: Duration = Duration::from_secs(4);
/// Score from which a sound counts as found: the server converts from 16 to 8 kHz in a different way than this test.
const FOUND: f64 = 0.85;
/// Length of a piece of a recording that is searched in what was heard.
const PIECE: Duration = Duration::from_millis(400);

fn open() -> Stage {
    Stage::open(&[("calls.resume_window_s", &RESUME_WINDOW.as_secs().to_string())])
}

fn recording(stage: &Stage, call: &Value) -> PathBuf {
    stage.server.data_folder().join("recordings").join(format!("{}.wav", call["id"].as_str().unwrap()))
}

fn count(journal: &[Value], kind: &str) -> usize {
    journal.iter().filter(|entry| entry["kind"] == kind).count()
}

/// Returns the sound between the end of a recording and the end of the sound that its caller heard.
fn lost_at_the_end(file: &Path, heard: &Sound) -> Duration {
    let recorded = Sound::read_wav_channel(file, 1).unwrap();
    let end = recorded.length();
    let last = recorded.part(Span { start: end - PIECE, end });
    let found = find(heard, &last).unwrap();
    assert!(found.score > FOUND, "the end of the recording was never heard: {found:?}");
    heard.length() - (found.at + PIECE)
}

#[test]
fn a_call_continues_with_the_next_process() {
    let mut stage = open();
    let uuid = Uuid::new_v4();
    let caller = stage.caller(uuid);
    wait_heard_for(&caller, Duration::from_secs(2));
    // The greeting is cut off and begins again.
    caller.press('#');
    wait_heard_for(&caller, Duration::from_secs(3));
    let call = stage.wait_call(uuid, "a live call", |call| call["state"] == "live");

    stage.server.kill().unwrap();
    let end = caller.wait_ended(LIMIT).unwrap().0;
    assert!(matches!(end, LegEnd::Reset | LegEnd::Fin), "{end:?}");
    let first_heard = caller.heard();
    // As it was left, before anything repairs it.
    let lost = lost_at_the_end(&recording(&stage, &call), &first_heard);
    println!("the recording ends {lost:?} before the kill");
    assert!(lost < RECORDING_LOST, "{lost:?}");

    thread::sleep(OUTAGE);
    stage.server.restart().unwrap();
    assert_eq!(stage.next(uuid).text(), "again");
    let caller = stage.caller(uuid);
    let welcome = wait_heard(&caller, "welcome_back", Duration::ZERO);
    let before = caller.heard().part(Span { start: Duration::ZERO, end: welcome.at });
    assert_eq!(before.first_sound(), None, "the caller is welcomed first");
    caller.press('*');
    wait_heard(&caller, "goodbye", Duration::ZERO);
    assert_eq!(caller.wait_ended(LIMIT).unwrap().0, LegEnd::Hangup);
    let is_closed = |call: &Value| call["recording_ms"].is_u64() && call["state"] == "ended";
    let ended = stage.wait_call(uuid, "a recording that is closed", is_closed);
    assert_eq!(ended["id"], call["id"]);
    assert_eq!(stage.next(uuid).text(), "hangup");

    assert_one_conversation(&stage, &ended);
    assert_one_recording(&stage, &ended, heard_length(&caller));
    stage.close();
}

/// Waits until a caller has heard this much more.
fn wait_heard_for(caller: &Caller, more: Duration) {
    let enough = heard_length(caller) + more;
    wait_until("more to hear", LIMIT, || (heard_length(caller) >= enough).then_some(())).unwrap();
}

/// Asserts that there is one journal and one transcript.
fn assert_one_conversation(stage: &Stage, call: &Value) {
    let journal = stage.journal(call);
    let counts = ["server_restarted", "resumed", "ended"].map(|kind| count(&journal, kind));
    assert_eq!(counts, [1, 1, 1]);
    let transcript = stage.json(&format!("/api/v1/calls/{}/transcript", call["id"].as_str().unwrap()));
    let lines: Vec<&str> =
        transcript["items"].as_array().unwrap().iter().map(|line| line["text"].as_str().unwrap()).collect();
    let [greeting, again, welcome_back, goodbye] = lines[..] else { panic!("{lines:?}") };
    assert!(!greeting.is_empty() && GREETING.starts_with(greeting), "{lines:?}");
    // The words at the kill, as far as they are recorded.
    assert!(again.contains("receptionist") && GREETING.starts_with(again), "{lines:?}");
    assert_eq!(welcome_back, "Sorry, we were cut off. Where were we?");
    assert_eq!(goodbye, "Thank you for calling. Goodbye.");
}

/// Asserts that there is one file: the time before the kill, silence for the time without a caller, the time after it.
fn assert_one_recording(stage: &Stage, call: &Value, heard_after: Duration) {
    let recorded = Sound::read_wav_channel(&recording(stage, call), 1).unwrap();
    // Piece by piece: a tick that a busy machine skips is a hole in a recording, and the rest is later by that time.
    let at = |name: &str| {
        let share = share_heard(&recorded, &prompt(name)).unwrap();
        assert!(share.is_all(), "{name}: {share:?}");
        share.at
    };
    let welcome_at = at("welcome_back");
    assert!(welcome_at < at("goodbye"));
    let resumed_at = recorded.length() - heard_after;
    let silences = recorded.silences(OUTAGE);
    let gap = silences.iter().find(|gap| gap.start < resumed_at && gap.end + OUTAGE > resumed_at);
    assert!(gap.is_some(), "no silence before {resumed_at:?}: {silences:?}");

    // As long as the call was, by its own clock.
    let ms = |name: &str| {
        let at = chrono::DateTime::parse_from_rfc3339(call[name].as_str().unwrap()).unwrap();
        at.timestamp_millis() as u64
    };
    let lasted = Duration::from_millis(ms("ended_at") - ms("answered_at"));
    assert!(recorded.length().abs_diff(lasted) < RECORDING_LOST, "{:?} of {lasted:?}", recorded.length());
    assert_eq!(call["recording_ms"].as_u64().unwrap(), recorded.length().as_millis() as u64);
}

#[test]
fn a_journal_survives_except_its_last_moments() {
    let mut stage = open();
    let uuid = Uuid::new_v4();
    let caller = stage.caller(uuid);
    wait_until("the first sound", LIMIT, || caller.heard().first_sound()).unwrap();
    let digit = Message { kind: kind::DTMF, payload: b"5".to_vec() }.to_bytes();
    let mut pressed_at = Vec::new();
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(3) {
        caller.send(&digit);
        pressed_at.push(Instant::now());
        thread::sleep(DIGIT_PAUSE);
    }
    let killed_at = Instant::now();
    stage.server.kill().unwrap();

    stage.server.restart().unwrap();
    let call = stage.wait_call(uuid, "the call", |call| call["state"] == "interrupted");
    let stored = count(&stage.journal(&call), "dtmf");
    let newest_lost = pressed_at.get(stored).map_or(Duration::ZERO, |at| killed_at - *at);
    println!(
        "{stored} of {} digits are stored; the first lost one came {newest_lost:?} before the kill",
        pressed_at.len()
    );
    assert!(newest_lost < JOURNAL_LOST, "{newest_lost:?}");
    stage.close();
}
