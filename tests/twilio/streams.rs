//! Streams: who may open one, what is heard on it, and what its end means.

use std::time::Duration;

use cordboard_test_support::audio::{Span, tone};
use cordboard_test_support::book::{Book, Channel, LIMIT};
use cordboard_test_support::ear::speech;
use cordboard_test_support::twilio::{Caller, Opened};
use cordboard_test_support::waiting::wait_until;
use serde_json::Value;

use crate::house::{FROM, House, TO, sid};

/// Waits until the caller is let go.
#[track_caller]
fn wait_let_go(caller: &Caller) {
    wait_until("the end of the caller's leg", LIMIT, || caller.is_let_go().then_some(())).unwrap();
}

#[test]
fn a_stream_that_twilio_did_not_sign_is_refused() {
    let house = House::open(&[]);
    // Webhooks by the right token, the stream's handshake by another: the first is taken, the second is not.
    let mut account = house.account();
    let fields = cordboard_test_support::twilio::Account::fields(&sid(1), FROM, TO, "ringing");
    assert_eq!(account.post("/twilio/voice", &fields).unwrap().status, 200);
    account.auth_token = "another token".to_owned();
    let caller = Caller::dial(&account, &sid(1), FROM, TO);
    wait_let_go(&caller);
    assert!(caller.streams().is_empty(), "no TwiML, no stream");
    let url = "wss://calls.example.com/call";
    assert_eq!(caller.open_stream(&account, url), Opened::Refused(403));
    assert_eq!(caller.open_stream(&house.account(), url), Opened::Stream);
    let id = house.wait("the call", || house.id_of(1));
    assert_eq!(house.ended(&id)["hangup_cause"], "no_audio", "a stream without a token is nobody's");
    house.close();
}

#[test]
fn a_redirect_is_no_hang_up() {
    let house = House::open(&[]);
    let (caller, id) = house.call(1);
    house.wait_says(&id, "greeting");
    caller.redirect();
    let row = house.ended(&id);
    assert_eq!(
        (row["hangup_cause"].as_str(), row["hangup_by"].as_str()),
        (Some("call_transferred"), Some("switch"))
    );
    caller.finish();
    house.close();
}

#[test]
fn a_broken_stream_is_opened_again_and_joins_the_same_call() {
    let house = House::open(&[]);
    let (caller, id) = house.call(1);
    house.wait_says(&id, "greeting");
    caller.break_stream();
    house.wait_said(&id, "welcome_back");
    assert_eq!(caller.streams(), [Opened::Stream, Opened::Stream]);
    let tokens: Vec<String> = caller
        .documents()
        .iter()
        .map(|document| document.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned())
        .collect();
    assert_ne!(tokens[0], tokens[1], "each stream has a token of its own");
    caller.hang_up();
    let row = house.ended(&id);
    assert_eq!(
        (row["hangup_cause"].as_str(), row["hangup_by"].as_str()),
        (Some("normal_clearing"), Some("caller"))
    );
    assert_eq!(house.calls().len(), 1);
    caller.finish();
    house.close();
}

#[test]
fn a_barge_in_clears_what_twilio_has_and_the_transcript_ends_at_what_was_heard() {
    let house = House::open(&[]);
    let (caller, id) = house.call(1);
    house.wait_says(&id, "greeting");
    wait_until("some of the greeting", LIMIT, || {
        (caller.heard().length() > Duration::from_secs(2)).then_some(())
    })
    .unwrap();
    caller.say(&speech("interruption"));
    house.event(&id, "barge_in");
    assert!(caller.clears() > 0);
    caller.hang_up();
    house.ended(&id);
    let said: &Value = &house.transcript(&id)[0];
    assert_eq!(said["interrupted"], true, "{said}");
    caller.finish();
    house.close();
}

#[test]
fn what_is_lost_of_the_callers_voice_is_silence_of_its_length_in_the_recording() {
    let house = House::open(&[]);
    let (caller, id) = house.call(1);
    house.wait_said(&id, "greeting");
    let beep = tone(1_000.0, 8_000.0, Duration::from_millis(600), 8_000);
    caller.say(&beep);
    caller.wait_said(LIMIT).unwrap();
    // The time of what is said now passes, and nothing of it arrives.
    caller.lose(400);
    caller.say(&cordboard_test_support::audio::silence(Duration::from_millis(400), 8_000));
    caller.say(&beep);
    caller.wait_said(LIMIT).unwrap();
    caller.hang_up();
    house.ended(&id);
    let recorded = house.finished_recording(&id, Channel::Caller);
    let first = recorded.first_sound().unwrap();
    let words = recorded.part(Span { start: first, end: recorded.length() });
    let gap = words.silences(Duration::from_millis(300))[0];
    let (start, length) = (gap.start.as_millis(), gap.length().as_millis());
    assert!((550..=800).contains(&start) && (300..=460).contains(&length), "{start} ms, {length} ms");
    caller.finish();
    house.close();
}

#[test]
fn what_no_twilio_sends_harms_nobody() {
    let house = House::open(&[]);
    let (caller, id) = house.call(1);
    for odd in [
        "",
        "{",
        "[]",
        r#"{"event":"media"}"#,
        r#"{"event":"mark","mark":{"name":"cb-9-9"}}"#,
        r#"{"event":"x"}"#,
    ] {
        caller.send(odd);
    }
    house.wait_said(&id, "greeting");
    caller.press('*');
    wait_let_go(&caller);
    assert_eq!(house.ended(&id)["hangup_cause"], "normal_clearing");
    caller.finish();
    house.close();
}
