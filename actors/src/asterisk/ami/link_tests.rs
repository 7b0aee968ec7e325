//! Signing in, signs of life, actions one after the other, and permissions of our user: no socket, no clock.

use cordboard_schema::call::HangupCause;
use cordboard_schema::event::Fact;

use super::tests::{AUDIO, Bench, CALLER, announced, answer, newchannel};
use super::*;
use crate::messages::{ChannelAction, ToSwitch};

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
fn a_starting_asterisk_is_awaited_for_a_limited_time() {
    let mut bench = Bench::open();
    bench.sign_in();
    assert!(!bench.asterisk.shown().is_connected, "it has not reported that it is ready");
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
fn a_silent_asterisk_is_pinged_and_then_lost() {
    let mut bench = Bench::up();
    bench.watch();
    bench.list(&[]);
    for _ in 0..100 {
        bench.pass();
        if bench.written().contains("Action: CoreShowChannels") {
            break;
        }
    }
    // Nothing is answered.
    while bench.asterisk.shown().is_connected {
        bench.pass();
    }
    let fault = bench.asterisk.shown().fault.unwrap();
    assert!(fault.contains("unanswered"), "{fault}");
}

#[test]
fn missing_permissions_of_the_user_are_named() {
    let mut bench = Bench::with_caller();
    bench.act(ChannelAction::HangUp(HangupCause::normal_clearing()));
    let id = bench.asked("Hangup");
    bench.say(&format!("Response: Error\nActionID: {id}\nMessage: Permission denied"));
    let shown = bench.asterisk.shown();
    assert!(shown.is_connected);
    let fault = shown.fault.unwrap();
    assert!(fault.contains("add call to `write`") && fault.contains("manager kick session"), "{fault}");

    // The fix is applied when the session signs in again.
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

/// Returns the keys that Asterisk is asked to play: the id of each action, its channel and the key.
fn plays(bench: &mut Bench) -> Vec<[String; 3]> {
    let written = bench.written();
    let of = |block: &str, head: &str| {
        block.lines().find_map(|line| line.strip_prefix(head)).unwrap_or_default().to_owned()
    };
    let plays = written.split("\r\n\r\n").filter(|block| block.starts_with("Action: PlayDTMF\r\n"));
    plays.map(|block| ["ActionID: ", "Channel: ", "Digit: "].map(|head| of(block, head))).collect()
}

/// Asterisk handles no other action of ours while it plays a key. If all keys were sent at once, a caller would wait in silence for
/// their person until the keys of all other calls were played, and a hundred of them would look like a dead connection.
#[test]
fn keys_of_all_calls_are_ordered_one_by_one() {
    const OTHER: Uuid = Uuid::from_u128(0x44);
    let mut bench = Bench::with_caller();
    bench.say(&newchannel("8.8", "PJSIP/trunk-2", 6));
    bench.say(&announced("8.8").replace(&AUDIO.to_string(), &OTHER.to_string()));
    bench.watch_over(OTHER, None);
    bench.facts();
    bench.written();
    let digits = ['1', '#'].map(|key| cordboard_schema::digit::Digit::try_from(key).unwrap()).to_vec();
    let send = |bench: &mut Bench| {
        for channel in [AUDIO, OTHER] {
            let (call, action) = (bench.call.clone(), ChannelAction::SendDtmf(digits.clone()));
            bench.take(ToSwitch::Act { channel, effect: EffectId(9), action, call });
        }
    };
    send(&mut bench);
    for (channel, key) in [(CALLER, "1"), (CALLER, "#"), ("8.8", "1"), ("8.8", "#")] {
        let keys = plays(&mut bench);
        let [[id, of, digit]] = &keys[..] else { panic!("{keys:?}") };
        assert_eq!((of.as_str(), digit.as_str()), (channel, key));
        bench.say(&answer(id, "Message: DTMF successfully queued"));
    }
    assert_eq!(bench.kinds(), ["action_done", "action_done"]);
    assert_eq!(plays(&mut bench), Vec::<[String; 3]>::new());

    // A key that is refused does not block the others.
    send(&mut bench);
    let keys = plays(&mut bench);
    let [[id, ..]] = &keys[..] else { panic!("{keys:?}") };
    bench.say(&format!("Response: Error\nActionID: {id}\nMessage: Channel not found"));
    let others = plays(&mut bench);
    let [[_, of, _]] = &others[..] else { panic!("{others:?}") };
    assert_eq!(of, "8.8");
    assert_eq!(bench.kinds(), ["action_done"]);

    // The key that is being played and those that wait, when the connection is lost.
    bench.act(ChannelAction::SendDtmf(digits.clone()));
    bench.asterisk.lost(WireFault::Ended, bench.now);
    let is_unknown = |fact: &Fact| matches!(fact, Fact::ActionDone { outcome: ActionOutcome::Unknown, .. });
    assert_eq!(bench.facts().iter().filter(|fact| is_unknown(fact)).count(), 2);
}

#[test]
fn an_unanswered_login_is_given_up_despite_other_messages() {
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
fn events_of_unknown_calls_and_stray_answers_change_nothing() {
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
