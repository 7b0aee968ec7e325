//! The three rings of supervision, from outside: a part of Cordboard dies while a caller listens. They hear the greeting without a gap, the next key
//! works, and neither journal nor recording has a gap.

use std::time::Duration;

use cordboard_test_support::audio::{Share, Sound};
use cordboard_test_support::server::Token;
use cordboard_test_support::sip::{HungUpBy, SipCall};
use serde_json::{Value, json};

use super::ear::wait_operator;
use super::setup::Cordboard;
use cordboard_test_support::book::{Book, LIMIT};
use cordboard_test_support::book::{Channel, ms};
use cordboard_test_support::ear::{assert_heard_out, assert_not_heard, figure, share_of, words};

/// The part of the greeting, of 8 s, that the caller hears before something dies.
const HEARD_BEFORE: Duration = Duration::from_millis(1500);
/// No caller waits this long for sound. `tests/virtual/deaths.rs` checks that a death causes no gap at all: here the telephone stalls when its
/// machine does.
const GAP_MAX: Duration = Duration::from_secs(3);

/// A Cordboard for one case, because faults are armed for the whole process.
struct Stage {
    cordboard: Cordboard,
    call: SipCall,
    id: String,
}

impl Stage {
    /// A caller in the middle of the greeting.
    fn open(from: &str) -> Self {
        let cordboard = Cordboard::start(&[("calls.fallback_extension", "operator")]);
        let call = cordboard.dial("100", from);
        let id = cordboard.call_from(from);
        cordboard.wait_says(&id, "greeting");
        cordboard.wait("a part of the greeting", || (call.heard().length() > HEARD_BEFORE).then_some(()));
        Self { cordboard, call, id }
    }

    fn arm(&self, fault: &str) {
        let wanted = json!({ "fault": fault });
        let answer = self.cordboard.server.post("/api/v1/admin/faults", &wanted, Token::Admin).unwrap();
        assert_eq!(answer.status, 204, "{}", answer.text());
    }

    /// Waits until these words are in the log.
    fn wait_log(&self, words: &str) {
        let log = || self.cordboard.server.log();
        self.cordboard.wait(words, || log().contains(words).then_some(()));
    }

    fn count(&self, kind: &str) -> usize {
        self.cordboard.events_of(&self.id, kind).len()
    }

    /// The greeting is heard in full, the caller says goodbye by key, and the journal is complete.
    fn goes_on_to_its_end(&self) {
        let Self { cordboard, call, id } = self;
        cordboard.wait_said(id, "greeting");
        call.press('*');
        assert_eq!(call.wait_ended(LIMIT).unwrap(), HungUpBy::OtherSide);
        let row = cordboard.ended(id);
        assert_eq!(
            (&row["hangup_cause"], &row["hangup_by"]),
            (&"normal_clearing".into(), &"assistant".into())
        );
        let gap = call.longest_gap();
        figure(&format!("the longest gap at the caller was {} ms", gap.as_millis()));
        assert!(gap < GAP_MAX, "{gap:?}");

        let heard = call.heard();
        let at_the_caller = greeting_and_goodbye(&heard);
        let recording = cordboard.finished_recording(id, Channel::CallersEar);
        let on_record = greeting_and_goodbye(&recording);
        for [greeting, goodbye] in [at_the_caller, on_record] {
            assert!(greeting.until <= goodbye.at, "{greeting:?}, {goodbye:?}");
        }

        let events = cordboard.events(id);
        let numbers: Vec<u64> = events.iter().map(|event| ms(&event["seq"])).collect();
        assert_eq!(numbers, (1..=events.len() as u64).collect::<Vec<_>>(), "entries are missing");
        // Facts that are reported again after a death are in the journal again; words are not.
        let said: Vec<Value> = cordboard.transcript(id).iter().map(|said| said["text"].clone()).collect();
        assert_eq!(said, [words("greeting"), words("goodbye")]);
    }
}

fn greeting_and_goodbye(sound: &Sound) -> [Share; 2] {
    ["greeting", "goodbye"].map(|name| assert_heard_out(sound, name))
}

#[test]
fn a_step_that_panics_is_not_heard() {
    let stage = Stage::open("+15550601");
    stage.arm("panic_in_step");
    stage.call.press('7');
    let panicked = stage.cordboard.event(&stage.id, "step_panicked");
    assert_eq!(panicked["fact"], "dtmf", "{panicked}");
    stage.goes_on_to_its_end();
    assert_not_heard(&stage.call.heard(), "unknown_key");
    assert_eq!(stage.count("reborn"), 0);
}

#[test]
fn a_call_whose_actor_dies_is_not_heard() {
    let stage = Stage::open("+15550602");
    stage.arm("panic_in_call");
    stage.call.press('7');
    let reborn = stage.cordboard.event(&stage.id, "reborn");
    assert_eq!(reborn["during"], "dtmf", "{reborn}");
    stage.goes_on_to_its_end();
    assert_not_heard(&stage.call.heard(), "unknown_key");
    assert_eq!(stage.count("reborn"), 1);
}

#[test]
fn a_leg_whose_actor_dies_is_not_heard() {
    let stage = Stage::open("+15550603");
    stage.arm("panic_in_leg");
    stage.wait_log("a part of the leg died and is restarted");
    stage.goes_on_to_its_end();
    assert_eq!((stage.count("leg_left"), stage.count("interrupted")), (1, 0));
}

#[test]
fn a_leg_whose_reader_dies_is_not_heard() {
    let stage = Stage::open("+15550604");
    stage.arm("panic_in_reading");
    stage.wait_log("a part of the leg died and is restarted");
    stage.goes_on_to_its_end();
    assert_eq!((stage.count("leg_left"), stage.count("interrupted")), (1, 0));
}

#[test]
fn a_dying_registry_is_not_heard_and_recovers_its_calls() {
    let stage = Stage::open("+15550605");
    stage.arm("panic_in_registry");
    // It dies of this request, or of what its own watch reported before.
    let _ = stage.cordboard.server.get("/readyz", Token::None);
    stage.wait_log("the registry died");
    let calls =
        || -> Value { stage.cordboard.server.get("/readyz", Token::None).unwrap().json()["calls"].clone() };
    assert_eq!((&calls()["calls"], &calls()["legs"]), (&json!(1), &json!(1)));

    let second = stage.cordboard.dial("100", "+15550606");
    let id = stage.cordboard.call_from("+15550606");
    stage.cordboard.wait_says(&id, "greeting");
    assert_eq!(calls()["calls"], 2);
    second.hang_up().unwrap();
    stage.cordboard.ended(&id);
    stage.goes_on_to_its_end();
    stage.cordboard.wait("an empty house", || (calls()["calls"] == 0).then_some(()));
}

#[test]
fn a_caller_whose_assistant_dies_hears_another_one_soon() {
    let stage = Stage::open("+15550607");
    stage.arm("panic_in_assistant");
    stage.call.press('7');
    let failed = stage.cordboard.event(&stage.id, "assistant_failed");
    assert_eq!(failed["failure"], "panicked", "{failed}");
    stage.cordboard.event(&stage.id, "assistant_replaced");
    // The next assistant says what the call had requested of the first.
    stage.cordboard.wait_said(&stage.id, "unknown_key");
    stage.call.press('*');
    stage.call.wait_ended(LIMIT).unwrap();
    let gap = stage.call.longest_gap();
    assert!(gap < GAP_MAX, "{gap:?}");
    let heard = stage.call.heard();
    let cut = share_of(&heard, "greeting");
    let next = assert_heard_out(&heard, "unknown_key");
    let silence = next.at.saturating_sub(cut.until);
    figure(&format!("the next assistant spoke {} ms after the first", silence.as_millis()));
    assert!(silence < GAP_MAX, "{silence:?}");
    assert_heard_out(&heard, "goodbye");
    assert_eq!(stage.cordboard.ended(&stage.id)["hangup_cause"], "normal_clearing");
}

#[test]
fn a_call_dying_three_times_apologizes_and_reaches_a_person() {
    let stage = Stage::open("+15550608");
    for death in 1..=3 {
        stage.arm("panic_in_call");
        stage.call.press('7');
        stage.cordboard.wait("the next life", || (stage.count("reborn") == death).then_some(()));
    }
    wait_operator(&stage.call);
    stage.call.hang_up().unwrap();
    assert_heard_out(&stage.call.heard(), "apology");
    let row = stage.cordboard.ended(&stage.id);
    assert_eq!((&row["hangup_cause"], &row["hangup_by"]), (&"internal_error".into(), &"server".into()));
}
