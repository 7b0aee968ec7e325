//! A call from its greeting to its end, controlled by keys.

use std::time::Duration;

use cordboard_test_support::audio::share_heard;
use cordboard_test_support::sip::HungUpBy;

use super::ear::wait_operator;
use super::setup::Shared;
use cordboard_test_support::book::{Book, LIMIT, assert_left};
use cordboard_test_support::book::{Channel, ms};
use cordboard_test_support::ear::{
    assert_heard_out, assert_not_heard, figure, prompt, speech, wait_heard_out,
};

/// "Sound within 1 s of answer"; a busy test machine takes longer to start threads.
const GREETING_BEGINS_MAX: Duration = Duration::from_millis(2500);

#[test]
fn the_greeting_is_heard_and_key_0_reaches_the_operator() {
    let cordboard = Shared::enter();
    let mark = cordboard.setup.ami.mark();
    let call = cordboard.dial("100", "+15550100");
    let id = cordboard.call_from("+15550100");
    cordboard.wait_said(&id, "greeting");
    call.press('0');
    wait_operator(&call);
    let answered = ("UserEvent", "OperatorAnswered");
    let event =
        cordboard.setup.ami.wait_event(mark, LIMIT, "UserEvent", &[answered, ("Caller", "+15550100")]);
    event.unwrap();
    call.hang_up().unwrap();

    let heard = call.heard();
    let greeting = assert_heard_out(&heard, "greeting");
    let waited = call.heard_since().unwrap() + greeting.at - call.answered_at();
    figure(&format!("the greeting began {} ms after the answer", waited.as_millis()));
    assert!(waited < GREETING_BEGINS_MAX, "{waited:?}");
    let onward = assert_heard_out(&heard, "transferring");
    assert!(onward.at > greeting.until);

    let row = cordboard.ended(&id);
    assert_eq!((&row["hangup_cause"], &row["hangup_by"]), (&"call_transferred".into(), &"caller".into()));
    assert_eq!((&row["to"], &row["leg_kind"]), (&"100".into(), &"audiosocket".into()));
    // The recording has the sound that was played to the caller.
    assert_heard_out(&cordboard.finished_recording(&id, Channel::CallersEar), "greeting");
}

#[test]
fn hash_repeats_and_star_says_goodbye_before_it_hangs_up() {
    let cordboard = Shared::enter();
    let call = cordboard.dial("100", "+15550101");
    let id = cordboard.call_from("+15550101");
    cordboard.wait_says(&id, "greeting");
    call.press('#');
    cordboard.wait_said(&id, "repeat");
    call.press('7');
    cordboard.wait_said(&id, "unknown_key");
    call.press('*');
    assert_eq!(call.wait_ended(LIMIT).unwrap(), HungUpBy::OtherSide);

    let heard = call.heard();
    // The key interrupted the first greeting, so the one that was heard in full is the repeated one.
    assert_heard_out(&heard, "greeting");
    assert_heard_out(&heard, "unknown_key");
    let goodbye = assert_heard_out(&heard, "goodbye");
    let rest = heard.length().saturating_sub(goodbye.at + prompt("goodbye").length());
    figure(&format!("hung up {} ms after the last word", rest.as_millis()));
    assert!(rest < Duration::from_secs(2), "{rest:?}");

    let row = cordboard.ended(&id);
    assert_eq!((&row["hangup_cause"], &row["hangup_by"]), (&"normal_clearing".into(), &"assistant".into()));
}

#[test]
fn a_message_is_kept_with_the_callers_voice_in_it() {
    let cordboard = Shared::enter();
    let call = cordboard.dial("100", "+15550102");
    let id = cordboard.call_from("+15550102");
    cordboard.wait_says(&id, "greeting");
    call.press('1');
    cordboard.wait_said(&id, "message_intro");
    let message = speech("message_text");
    call.say(&message);
    call.wait_said(LIMIT).unwrap();
    call.press('#');
    cordboard.wait_said(&id, "message_saved");
    let saved = wait_heard_out(|| call.gapless(), "message_saved");
    call.hang_up().unwrap();

    assert_left(&cordboard.ended(&id));
    let intro = assert_heard_out(&call.gapless(), "message_intro");
    assert!(saved.at > intro.until, "{saved:?} after {intro:?}");
    let [activity] = &cordboard.activities(&id)[..] else { panic!("{:?}", cordboard.activities(&id)) };
    let (from_ms, to_ms) = (ms(&activity["audio"]["from_ms"]), ms(&activity["audio"]["to_ms"]));
    let kept = cordboard.caller_part(&id, from_ms, to_ms);
    let share = share_heard(&kept, &message.resampled(kept.rate)).unwrap();
    figure(&format!("message of {} ms holds {:.0} % of the speech", to_ms - from_ms, share.heard * 100.0));
    assert!(share.is_all(), "{share:?}");
    assert_not_heard(&kept, "message_intro");
}
