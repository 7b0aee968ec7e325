//! Many calls at once: what each caller hears, at what pace, and what is left open afterwards.

use std::thread;
use std::time::Duration;

use cordboard_test_support::sip::{Codec, SipCall};

use super::setup::Cordboard;
use cordboard_test_support::book::{Book, LIMIT, assert_left};
use cordboard_test_support::book::{Channel, text};
use cordboard_test_support::ear::{assert_heard_out, figure, share_of, words};

/// No caller waits this long for sound. `tests/virtual/capacity.rs` measures exactly how even it is.
const GAP_MAX: Duration = Duration::from_secs(3);
/// The part of the greeting that callers hear before Cordboard is killed.
const HEARD_BEFORE: Duration = Duration::from_millis(1500);
/// How many files and threads may be left after all calls: the runtime keeps them for the next ones.
const LEFT_MAX: usize = 8;

/// Callers at once: 5, and 20 in a full run.
fn count() -> usize {
    if std::env::var_os("CORDBOARD_TEST_FULL").is_some() { 20 } else { 5 }
}

/// Callers who dialled at once and were answered, each with the id of their call.
pub(crate) fn crowd(
    cordboard: &Cordboard,
    extension: &str,
    codec: Codec,
    prefix: &str,
) -> Vec<(SipCall, String)> {
    let dial = |index: usize| {
        let number = format!("{prefix}{index:02}");
        let call = cordboard.dial_in(extension, &number, codec);
        let id = cordboard.call_from(&number);
        (call, id)
    };
    thread::scope(|scope| {
        let dialling: Vec<_> = (0..count()).map(|index| scope.spawn(move || dial(index))).collect();
        dialling.into_iter().map(|dialled| dialled.join().unwrap()).collect()
    })
}

#[test]
fn many_simultaneous_callers_hear_the_greeting_without_a_gap() {
    let cordboard = Cordboard::start(&[]);
    let before = cordboard.server.holdings().unwrap();
    let calls = crowd(&cordboard, "100", Codec::Pcmu, "+155502");
    for (_, id) in &calls {
        cordboard.wait_said(id, "greeting");
    }
    let mut longest = Duration::ZERO;
    for (call, _) in &calls {
        call.hang_up().unwrap();
        longest = longest.max(call.longest_gap());
    }
    figure(&format!("{} calls at once: the longest gap at a caller was {longest:?}", calls.len()));
    assert!(longest < GAP_MAX, "{longest:?}");
    for (call, id) in &calls {
        assert_heard_out(&call.heard(), "greeting");
        assert_left(&cordboard.ended(id));
    }
    cordboard.wait("the end of all that the calls held", || {
        let now = cordboard.server.holdings().unwrap();
        (now.sockets <= before.sockets + LEFT_MAX && now.open_files <= before.open_files + LEFT_MAX)
            .then_some(())
    });
}

/// Kills Cordboard under its callers and starts it again: each is welcomed back on their own call.
fn survive(extension: &str, codec: Codec, prefix: &str) {
    let mut cordboard = Cordboard::start(&[]);
    let calls = crowd(&cordboard, extension, codec, prefix);
    for (_, id) in &calls {
        cordboard.wait_says(id, "greeting");
    }
    for (call, _) in &calls {
        cordboard.wait("a part of the greeting", || (call.heard().length() > HEARD_BEFORE).then_some(()));
    }
    cordboard.server.kill().unwrap();
    cordboard.server.restart().unwrap();
    for (call, id) in &calls {
        cordboard.wait_said(id, "welcome_back");
        call.press('*');
    }
    for (index, (call, id)) in calls.iter().enumerate() {
        call.wait_ended(LIMIT).unwrap();
        let row = cordboard.ended(id);
        assert_eq!(row["hangup_cause"], "normal_clearing", "{row}");
        assert_eq!(cordboard.calls_from(&format!("{prefix}{index:02}")).len(), 1, "one caller, one call");
        cordboard.event(id, "server_restarted");
        let away_ms = &cordboard.event(id, "resumed")["away_ms"];
        figure(&format!("caller {index} was back after {away_ms} ms"));
        let heard = call.heard();
        let back = assert_heard_out(&heard, "welcome_back");
        assert!(share_of(&heard, "greeting").at < back.at, "first the greeting, then the return");
        assert_heard_out(&heard, "goodbye");
        // The words of the killed process are in the transcript, as far as they were heard.
        let said = &cordboard.transcript(id)[0];
        let words_heard = text(&said["text"]);
        assert!(said["interrupted"] == true && words("greeting").starts_with(&words_heard), "{said}");
    }
    // One call has one recording, with both processes in it. Checking one caller's is enough.
    let (_, id) = &calls[0];
    let recording = cordboard.finished_recording(id, Channel::CallersEar);
    let begun = share_of(&recording, "greeting");
    assert!(begun.heard > 0.1 && begun.at < assert_heard_out(&recording, "welcome_back").at, "{begun:?}");
}

#[test]
fn callers_of_a_killed_cordboard_are_back_on_their_calls() {
    survive("100", Codec::Pcmu, "+155503");
}

#[test]
fn wideband_callers_of_a_killed_cordboard_resume_their_calls() {
    survive("200", Codec::Linear16k, "+155504");
}
