//! The caller's leg: broken and back, broken for good, closed, and one too many.

use std::time::{Duration, Instant};

use cordboard_test_support::audiosocket::LegEnd;
use cordboard_test_support::waiting::wait_until;
use serde_json::Value;
use uuid::Uuid;

use crate::listening::{Witness, heard_length, wait_heard};
use crate::peer::Peer;
use crate::stage::{LIMIT, Stage};

/// How long a broken leg is waited for.
const MEET_TIMEOUT: Duration = Duration::from_secs(3);
/// How soon after its leg's end a call is over.
const AT_ONCE: Duration = Duration::from_secs(1);

fn open() -> Stage {
    Stage::open(&[("calls.meet_timeout_s", &MEET_TIMEOUT.as_secs().to_string())])
}

fn is_interrupted(call: &Value) -> bool {
    call["state"] == "interrupted"
}

#[test]
fn a_broken_leg_comes_back_to_its_call_or_is_given_up() {
    let stage = open();
    let before = stage.held();
    let uuid = Uuid::new_v4();
    let mut caller = stage.caller(uuid);
    wait_until("the first sound", LIMIT, || caller.report().heard().first_sound()).unwrap();
    caller.reset().unwrap();
    let call = stage.wait_call(uuid, "an interruption", is_interrupted);
    assert_eq!(stage.next(uuid).text(), "again");

    let mut caller = stage.caller(uuid);
    wait_heard(&caller, "welcome_back", Duration::ZERO);
    let same = stage.wait_call(uuid, "the return", |call| call["state"] == "live");
    assert_eq!(same["id"], call["id"]);

    caller.reset().unwrap();
    let broken_at = Instant::now();
    let call = stage.wait_ended(uuid);
    let waited = broken_at.elapsed();
    assert!(waited >= MEET_TIMEOUT && waited < MEET_TIMEOUT + AT_ONCE, "{waited:?}");
    assert_eq!((&call["id"], &call["hangup_cause"]), (&same["id"], &"connection_lost".into()));
    assert_eq!(stage.next(uuid).text(), "hangup");
    let kinds: Vec<String> =
        stage.journal(&call).iter().map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect();
    let count = |kind: &str| kinds.iter().filter(|of_entry| *of_entry == kind).count();
    assert_eq!((count("interrupted"), count("resumed"), count("ended")), (2, 1, 1), "{kinds:?}");
    stage.wait_nothing_left(before);
    stage.close();
}

#[test]
fn a_closed_leg_ends_its_call_at_once() {
    let stage = open();
    let before = stage.held();
    let uuid = Uuid::new_v4();
    let caller = stage.caller(uuid);
    wait_until("the first sound", LIMIT, || caller.report().heard().first_sound()).unwrap();
    caller.hang_up();
    let closed_at = Instant::now();
    let call = stage.wait_ended(uuid);
    assert!(closed_at.elapsed() < AT_ONCE, "{:?}", closed_at.elapsed());
    assert_eq!((&call["hangup_cause"], &call["hangup_by"]), (&"normal_clearing".into(), &"caller".into()));
    assert_eq!(stage.next(uuid).text(), "hangup");
    stage.wait_nothing_left(before);
    stage.close();
}

#[test]
fn a_second_leg_with_a_live_uuid_is_refused_and_the_first_hears_nothing_of_it() {
    let stage = open();
    let before = stage.held();
    let witness = Witness::join(&stage);
    let address = stage.server.addresses().audiosocket;
    for _ in 0..10 {
        let second = stage.caller(witness.uuid);
        assert_eq!(second.wait_ended(LIMIT).unwrap().0, LegEnd::Hangup);
        assert_eq!((heard_length(&second), second.report().violations), (Duration::ZERO, vec![]));
        // Nor does it matter how such a one ends.
        let mut rude = Peer::connect(address);
        rude.send(&crate::peer::hello_of(witness.uuid));
        rude.reset();
    }
    let census = stage.census();
    assert_eq!((census.calls, census.assistants), (1, 1));
    witness.heard_undisturbed();
    stage.wait_nothing_left(before);
    stage.close();
}

#[test]
fn of_two_legs_that_come_at_once_one_is_taken() {
    let stage = open();
    let before = stage.held();
    for _ in 0..20 {
        let uuid = Uuid::new_v4();
        let pair = [stage.caller(uuid), stage.caller(uuid)];
        let refused = || pair.iter().filter(|caller| caller.ended() == Some(LegEnd::Hangup)).count();
        let greeted = || pair.iter().filter(|caller| caller.report().heard().first_sound().is_some()).count();
        wait_until("one greeted, one refused", LIMIT, || ((greeted(), refused()) == (1, 1)).then_some(()))
            .unwrap();
    }
    stage.wait_nothing_left(before);
    stage.close();
}
