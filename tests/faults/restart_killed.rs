//! SIGKILL at any step of a restart with a live call: while the old server drains, and while the next one starts. The caller returns to the same call
//! each time.

use std::fs;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use cordboard_test_support::audio::Sound;
use cordboard_test_support::audiosocket::LegEnd;
use cordboard_test_support::waiting::wait_until;
use uuid::Uuid;

use crate::listening::wait_heard;
use crate::stage::{LIMIT, Stage, without_load};

/// Parts of a start; the server is killed at the end of each.
const PARTS: u32 = 8;

/// Makes the server forget the previous starts, as it does 10 s after them: several deaths in a row are tested in `crash_loop.rs`.
fn forget_starts(stage: &Stage) {
    // A start that was killed early recorded nothing.
    let _ = fs::remove_file(stage.server.data_folder().join("resuming"));
}

#[test]
fn a_restart_killed_at_any_step_keeps_its_call() {
    let _held = without_load();
    // So long that neither ends the call by itself.
    let mut stage = Stage::open(&[("calls.resume_window_s", "300"), ("calls.drain_timeout_s", "300")]);
    let began = Instant::now();
    stage.server.restart().unwrap();
    let start = began.elapsed();
    let uuid = Uuid::new_v4();
    let mut caller = stage.caller(uuid);
    wait_until("the first sound", LIMIT, || caller.heard().first_sound()).unwrap();
    let call = stage.wait_call(uuid, "a live call", |call| call["state"] == "live");
    for part in 0..=PARTS {
        stage.server.terminate().unwrap();
        if part % 2 == 1 {
            // It drains by now; otherwise it has hardly received the signal.
            let port = stage.server.addresses().audiosocket;
            wait_until("a closed port", LIMIT, || TcpStream::connect(port).is_err().then_some(())).unwrap();
        }
        stage.server.kill().unwrap();
        let end = caller.wait_ended(LIMIT).unwrap().0;
        assert!(matches!(end, LegEnd::Reset | LegEnd::Fin), "{end:?}");
        stage.server.restart_and_kill(start * part / PARTS).unwrap();
        forget_starts(&stage);

        stage.server.restart().unwrap();
        assert_eq!(stage.next(uuid).text(), "again", "killed after {part} of {PARTS} parts of a start");
        caller = stage.caller(uuid);
        wait_until("the first sound", LIMIT, || caller.heard().first_sound()).unwrap();
        let again = stage.wait_call(uuid, "a live call", |call| call["state"] == "live");
        assert_eq!(again["id"], call["id"], "killed after {part} of {PARTS} parts of a start");
    }
    wait_heard(&caller, "welcome_back", Duration::ZERO);
    caller.press('*');
    wait_heard(&caller, "goodbye", Duration::ZERO);
    assert_eq!(caller.wait_ended(LIMIT).unwrap().0, LegEnd::Hangup);
    let is_closed = |call: &serde_json::Value| call["recording_ms"].is_u64() && call["state"] == "ended";
    let ended = stage.wait_call(uuid, "a recording that is closed", is_closed);
    assert_eq!(stage.calls().len(), 1, "one call, however often it was interrupted");
    let journal = stage.journal(&ended);
    let count = |kind: &str| journal.iter().filter(|entry| entry["kind"] == kind).count();
    assert_eq!((count("resumed"), count("ended")), (PARTS as usize + 1, 1));
    let file = format!("recordings/{}.wav", ended["id"].as_str().unwrap());
    let recorded = Sound::read_wav_channel(&stage.server.data_folder().join(file), 1).unwrap();
    assert_eq!(ended["recording_ms"].as_u64().unwrap(), recorded.length().as_millis() as u64);
    stage.close();
}
