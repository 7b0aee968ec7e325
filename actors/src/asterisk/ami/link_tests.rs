//! Signing in, signs of life, actions one after the other, and what our user may do: no socket, no clock.

use cordboard_schema::call::HangupCause;
use cordboard_schema::event::Fact;

use super::tests::{Bench, answer};
use super::*;
use crate::messages::ChannelAction;

#[test]
fn the_secret_is_shown_nowhere() {
    let mut bench = Bench::open();
    bench.until_connecting();
    bench.asterisk.connected(bench.now);
    bench.asterisk.received(Frame::Banner(String::new()), bench.now);
    let id = bench.asked("Challenge");
    bench.say(&answer(&id, "Challenge: 1"));
    let (_, login) = bench.action("Login");
    assert!(!login.contains("hush") && !format!("{:?}", bench.asterisk).contains("hush"), "{login}");
}

#[test]
fn an_asterisk_that_is_still_starting_is_waited_for_but_not_without_end() {
    let mut bench = Bench::open();
    bench.sign_in();
    assert!(!bench.asterisk.shown().is_connected, "it has not said that it is ready");
    assert_eq!(bench.pass(), 10_000);
    assert!(bench.asterisk.shown().is_connected);
    bench.asked("CoreShowChannels");
}

#[test]
fn a_refused_secret_is_tried_rarely_and_named() {
    let mut bench = Bench::open();
    bench.until_connecting();
    bench.asterisk.connected(bench.now);
    bench.asterisk.received(Frame::Banner(String::new()), bench.now);
    let id = bench.asked("Challenge");
    bench.say(&answer(&id, "Challenge: 1"));
    let id = bench.asked("Login");
    bench.say(&format!("Response: Error\nActionID: {id}\nMessage: Authentication failed"));
    let fault = bench.asterisk.shown().fault.unwrap();
    assert!(fault.contains("asterisk.servers.NAME.user") && fault.contains("manager.conf"), "{fault}");
    assert_eq!(bench.until_connecting(), 60_000);
}

#[test]
fn a_silent_asterisk_is_asked_and_one_that_does_not_answer_is_left() {
    let mut bench = Bench::up();
    bench.watch();
    bench.list(&[]);
    for _ in 0..100 {
        bench.pass();
        if bench.written().contains("Action: CoreShowChannels") {
            break;
        }
    }
    // Nothing of it is answered.
    while bench.asterisk.shown().is_connected {
        bench.pass();
    }
    let fault = bench.asterisk.shown().fault.unwrap();
    assert!(fault.contains("unanswered"), "{fault}");
}

#[test]
fn what_the_user_may_not_do_is_named() {
    let mut bench = Bench::with_caller();
    bench.act(ChannelAction::HangUp(HangupCause::normal_clearing()));
    let id = bench.asked("Hangup");
    bench.say(&format!("Response: Error\nActionID: {id}\nMessage: Permission denied"));
    let shown = bench.asterisk.shown();
    assert!(shown.is_connected);
    let fault = shown.fault.unwrap();
    assert!(fault.contains("add call to `write`") && fault.contains("manager kick session"), "{fault}");

    // The fix: the session signs in once more.
    bench.asterisk.lost(WireFault::Ended, bench.now);
    bench.sign_in();
    bench.say("Event: FullyBooted");
    assert_eq!(bench.asterisk.shown().fault, None);
}

#[test]
fn keys_are_played_one_after_the_other() {
    let mut bench = Bench::with_caller();
    let digits = ['1', '#'].map(|key| cordboard_schema::digit::Digit::try_from(key).unwrap()).to_vec();
    bench.act(ChannelAction::SendDtmf(digits));
    for key in ["1", "#"] {
        let (id, play) = bench.action("PlayDTMF");
        assert!(play.contains(&format!("Digit: {key}\r\n")), "{play}");
        assert!(bench.facts().is_empty());
        bench.say(&answer(&id, "Message: DTMF successfully queued"));
    }
    assert!(matches!(&bench.facts()[..], [Fact::ActionDone { outcome: ActionOutcome::Done, .. }]));
}

#[test]
fn a_login_that_is_never_answered_is_given_up_however_much_else_is_said() {
    let mut bench = Bench::open();
    bench.until_connecting();
    bench.asterisk.connected(bench.now);
    bench.asterisk.received(Frame::Banner(String::new()), bench.now);
    for number in 0..1_000 {
        bench.say(&format!("Event: Newchannel\nUniqueid: {number}\nChannelState: 6"));
        bench.say(&answer("never-sent", "Challenge: 1"));
    }
    assert_eq!(bench.pass(), 5_000);
    let shown = bench.asterisk.shown();
    assert!(!shown.is_connected && shown.fault.is_some(), "{:?}", shown.fault);
}

#[test]
fn events_of_calls_that_there_are_not_and_answers_to_nothing_change_nothing() {
    let mut bench = Bench::with_caller();
    bench.facts();
    bench.written();
    for number in 0..1_000 {
        bench.say(&format!("Event: Hangup\nUniqueid: no-{number}\nCause: 16"));
        bench.say(&format!("Event: DTMFEnd\nUniqueid: no-{number}\nDirection: Received\nDigit: 1"));
        bench.say(&format!("Event: HangupRequest\nUniqueid: no-{number}"));
        bench.say(&format!("Response: Success\nActionID: cordboard-00000007-{}", 1_000_000 + number));
    }
    assert!(bench.facts().is_empty());
    assert_eq!(bench.written(), "");
    assert!(bench.asterisk.shown().is_connected);
}
