//! Signing in, signs of life, actions one after the other, and what our user may do: no socket, no clock.

use cordboard_schema::call::HangupCause;
use cordboard_schema::event::Fact;

use super::tests::{Desk, answer};
use super::*;
use crate::messages::ChannelAction;

#[test]
fn the_secret_is_shown_nowhere() {
    let mut desk = Desk::open();
    desk.until_connecting();
    desk.asterisk.connected(desk.now);
    desk.asterisk.received(Frame::Banner(String::new()), desk.now);
    let id = desk.asked("Challenge");
    desk.say(&answer(&id, "Challenge: 1"));
    let (_, login) = desk.action("Login");
    assert!(!login.contains("hush") && !format!("{:?}", desk.asterisk).contains("hush"), "{login}");
}

#[test]
fn an_asterisk_that_is_still_starting_is_waited_for_but_not_without_end() {
    let mut desk = Desk::open();
    desk.sign_in();
    assert!(!desk.asterisk.shown().is_connected, "it has not said that it is ready");
    assert_eq!(desk.pass(), 10_000);
    assert!(desk.asterisk.shown().is_connected);
    desk.asked("CoreShowChannels");
}

#[test]
fn a_refused_secret_is_tried_rarely_and_named() {
    let mut desk = Desk::open();
    desk.until_connecting();
    desk.asterisk.connected(desk.now);
    desk.asterisk.received(Frame::Banner(String::new()), desk.now);
    let id = desk.asked("Challenge");
    desk.say(&answer(&id, "Challenge: 1"));
    let id = desk.asked("Login");
    desk.say(&format!("Response: Error\nActionID: {id}\nMessage: Authentication failed"));
    let fault = desk.asterisk.shown().fault.unwrap();
    assert!(fault.contains("asterisk.servers.NAME.user") && fault.contains("manager.conf"), "{fault}");
    assert_eq!(desk.until_connecting(), 60_000);
}

#[test]
fn a_silent_asterisk_is_asked_and_one_that_does_not_answer_is_left() {
    let mut desk = Desk::up();
    desk.watch();
    desk.list(&[]);
    for _ in 0..100 {
        desk.pass();
        if desk.written().contains("Action: CoreShowChannels") {
            break;
        }
    }
    // Nothing of it is answered.
    while desk.asterisk.shown().is_connected {
        desk.pass();
    }
    let fault = desk.asterisk.shown().fault.unwrap();
    assert!(fault.contains("unanswered"), "{fault}");
}

#[test]
fn what_the_user_may_not_do_is_named() {
    let mut desk = Desk::with_caller();
    desk.act(ChannelAction::HangUp(HangupCause::normal_clearing()));
    let id = desk.asked("Hangup");
    desk.say(&format!("Response: Error\nActionID: {id}\nMessage: Permission denied"));
    let shown = desk.asterisk.shown();
    assert!(shown.is_connected);
    assert!(shown.fault.unwrap().contains("add call to `write`"));
}

#[test]
fn keys_are_played_one_after_the_other() {
    let mut desk = Desk::with_caller();
    let digits = ['1', '#'].map(|key| cordboard_schema::digit::Digit::try_from(key).unwrap()).to_vec();
    desk.act(ChannelAction::SendDtmf(digits));
    for key in ["1", "#"] {
        let (id, play) = desk.action("PlayDTMF");
        assert!(play.contains(&format!("Digit: {key}\r\n")), "{play}");
        assert!(desk.facts().is_empty());
        desk.say(&answer(&id, "Message: DTMF successfully queued"));
    }
    assert!(matches!(&desk.facts()[..], [Fact::ActionDone { outcome: ActionOutcome::Done, .. }]));
}
