//! A process that repeatedly dies of the calls that it resumes: after some such starts the next one ends the calls and takes new ones.

use std::collections::BTreeMap;
use std::time::Duration;

use cordboard_test_support::audiosocket::Caller;
use cordboard_test_support::waiting::wait_until;
use uuid::Uuid;

use crate::listening::wait_heard;
use crate::stage::{LIMIT, Stage, without_load};

/// Live calls when the first process dies.
const CALLS: usize = 30;
/// As in `RESUME_STARTS_MAX`, repeated here: it is a promise.
const STARTS_THAT_DIE: usize = 3;

#[test]
fn after_three_deaths_a_start_ends_the_calls_and_continues() {
    let _held = without_load();
    // So long that no call ends by itself meanwhile.
    let mut stage = Stage::open(&[("calls.resume_window_s", "300")]);
    let names: Vec<Uuid> = (0..CALLS).map(|_| Uuid::new_v4()).collect();
    let callers: Vec<Caller> = names.iter().map(|uuid| stage.caller(*uuid)).collect();
    stage.wait_calls(CALLS as u64);
    for caller in &callers {
        wait_until("the first sound", LIMIT, || caller.heard().first_sound()).unwrap();
    }
    wait_all(&stage, "live");
    let first = stage.wait_call(names[0], "a live call", |call| call["state"] == "live");
    stage.server.kill().unwrap();
    for start in 1..=STARTS_THAT_DIE {
        stage.server.restart().unwrap();
        println!("start {start}");
        wait_all(&stage, "interrupted");
        assert_eq!(stage.next(names[0]).text(), "again");
        stage.server.kill().unwrap();
    }

    stage.server.restart().unwrap();
    let ended = stage.wait_ended(names[0]);
    assert_eq!((&ended["id"], &ended["hangup_cause"]), (&first["id"], &"server_restart".into()));
    wait_all(&stage, "ended");
    assert_eq!(stage.next(names[0]).text(), "hangup");
    assert!(
        stage.server.log().contains("the open calls are ended, so that the server can take new ones"),
        "{}",
        stage.server.log()
    );
    // It counts from the beginning: a new call is resumed as usual.
    let uuid = Uuid::new_v4();
    let caller = stage.caller(uuid);
    wait_heard(&caller, "greeting", Duration::ZERO);
    stage.server.restart().unwrap();
    stage.wait_call(uuid, "an interruption", |call| call["state"] == "interrupted");
    stage.close();
}

/// Waits until each of the calls has this state.
fn wait_all(stage: &Stage, state: &str) {
    let mut counted = BTreeMap::new();
    let reached = wait_until(state, LIMIT, || {
        counted.clear();
        for call in stage.calls() {
            *counted.entry(call["state"].as_str().unwrap_or_default().to_owned()).or_insert(0) += 1;
        }
        (counted == BTreeMap::from([(state.to_owned(), CALLS)])).then_some(())
    });
    reached.unwrap_or_else(|late| panic!("{late}: {counted:?}"));
}
