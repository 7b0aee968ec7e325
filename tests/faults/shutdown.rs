//! SIGTERM once and twice. A drain that the last call ends: `tests/virtual/shutdown.rs`.

use std::net::TcpStream;
use std::time::Duration;

use cordboard_test_support::audio::Sound;
use cordboard_test_support::audiosocket::{Caller, LegEnd};
use cordboard_test_support::waiting::wait_until;
use serde_json::Value;
use uuid::Uuid;

use crate::listening::{heard_length, wait_heard};
use crate::stage::{LIMIT, Stage};

/// Starts a server with one call, and sends SIGTERM: new callers are refused, and the call continues.
fn draining(drain_timeout_s: &str) -> (Stage, Uuid, Caller) {
    let stage = Stage::open(&[("calls.drain_timeout_s", drain_timeout_s)]);
    let uuid = Uuid::new_v4();
    let caller = stage.caller(uuid);
    wait_until("the first sound", LIMIT, || caller.heard().first_sound()).unwrap();
    stage.server.terminate().unwrap();
    let port = stage.server.addresses().audiosocket;
    wait_until("a closed port", LIMIT, || TcpStream::connect(port).is_err().then_some(())).unwrap();
    assert_eq!(caller.ended(), None);
    (stage, uuid, caller)
}

/// Returns the call as the next start finds it: over, with a whole journal and a recording of everything heard.
fn stored(stage: &mut Stage, uuid: Uuid, heard: Duration) -> Value {
    stage.server.restart().unwrap();
    let call = stage.wait_ended(uuid);
    let journal = stage.journal(&call);
    assert_eq!(journal.iter().filter(|entry| entry["kind"] == "ended").count(), 1);
    let file = format!("{}.wav", call["id"].as_str().unwrap());
    let recording = stage.server.data_folder().join("recordings").join(file);
    let recorded = Sound::read_wav_channel(&recording, 1).unwrap().length();
    // Ticks that a busy machine made the server skip are on record, but were not heard.
    assert!(recorded + Duration::from_millis(300) > heard, "{recorded:?} of {heard:?} recorded");
    call
}

#[test]
fn a_call_lasts_until_the_drain_ends_and_hears_goodbye() {
    let (mut stage, uuid, caller) = draining("2");
    let signalled_at = heard_length(&caller);
    let (status, reasons) = stage.readiness();
    assert_eq!(status, 503);
    for port in ["AudioSocket", "event socket", "audio stream"] {
        assert!(reasons.contains(&format!("the {port} port is closed")), "{reasons}");
    }
    let goodbye = wait_heard(&caller, "goodbye_shutdown", Duration::ZERO);
    assert!(goodbye.at > signalled_at, "{goodbye:?}, signalled at {signalled_at:?}");
    assert_eq!(caller.wait_ended(LIMIT).unwrap().0, LegEnd::Hangup);
    assert_eq!(stage.server.wait_ended(LIMIT).unwrap().code(), Some(0));
    let call = stored(&mut stage, uuid, heard_length(&caller));
    assert_eq!((&call["hangup_cause"], &call["hangup_by"]), (&"server_stopped".into(), &"server".into()));
    stage.close();
}

#[test]
fn a_second_signal_ends_everything_at_once_and_stores_it() {
    let (mut stage, uuid, caller) = draining("60");
    stage.server.terminate().unwrap();
    assert_eq!(stage.server.wait_ended(LIMIT).unwrap().code(), Some(0), "the drain would take 60 s");
    assert_eq!(caller.wait_ended(LIMIT).unwrap().0, LegEnd::Hangup);
    let call = stored(&mut stage, uuid, heard_length(&caller));
    assert_eq!((&call["hangup_cause"], &call["hangup_by"]), (&"server_stopped".into(), &"server".into()));
    stage.close();
}
