//! Commands of programs to a call.

use cordboard_call::{Command, CommandRefused};
use cordboard_schema::switch::Capability;

use crate::script::{call_after, play};

/// A call with both links and audio, in conversation.
const WITH_LINKS: &str =
    "dual; inbound; answered new; stream with its token; joined; ready; says 1 greeting; +2s; played 1";

#[track_caller]
fn assert_admits(script: &str, command: &Command, expected: Result<(), CommandRefused>) {
    assert_eq!(call_after(script).machine.admits(command), expected, "{command:?} after: {script}");
}

#[test]
fn a_capable_assistant_says_a_programs_words() {
    insta::assert_snapshot!(play("connected; ready to say anything; asked Please hold."), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: say greeting
    0.000 say_asked: say 'Please hold.'
    ");
}

#[test]
fn recordings_are_not_asked_to_say_words() {
    insta::assert_snapshot!(play("talking; asked Please hold."), @"  2.000 say_asked");
}

#[test]
fn digits_are_played_to_the_caller() {
    insta::assert_snapshot!(play("talking; digits 12#; closed; digits 3"), @"
    2.000 dtmf_asked: send_dtmf 1 12#
    2.000 leg_left 1 closed: unplug 1->2, unplug 2->1, [ended normal_clearing by caller, next 'hangup'], stop
    2.000 dtmf_asked
    ");
}

#[test]
fn a_hold_begins_and_ends_once_whoever_is_talking() {
    let with_person = format!("{WITH_LINKS}; bridged; closed");
    for talking in ["talking", &with_person] {
        assert_admits(talking, &Command::Hold, Ok(()));
        assert_admits(talking, &Command::Unhold, Err(CommandRefused::NotHeld));
        let held = format!("{talking}; hold");
        assert_admits(&held, &Command::Hold, Err(CommandRefused::AlreadyHeld));
        assert_admits(&held, &Command::Unhold, Ok(()));
    }
    let own_phone = format!("{WITH_LINKS}; held");
    assert_admits(&own_phone, &Command::Unhold, Err(CommandRefused::NotHeld));
    assert_admits("after the tone", &Command::Hold, Err(CommandRefused::NotConversing));
}

#[test]
fn a_parked_caller_can_only_be_fetched() {
    let parked = "asterisk; connected; inbound; ready; says 1 greeting; played 1; recording; park; done 1; closed; parked 701";
    assert_admits(parked, &Command::Unhold, Ok(()));
    assert_admits(parked, &Command::Hold, Err(CommandRefused::NotConversing));
}

#[test]
fn an_unheard_assistant_is_not_asked_to_speak() {
    let say = Command::Say("Hello.".to_owned());
    assert_admits("connected; ready to say anything", &say, Ok(()));
    assert_admits("connected; ready to say anything; hold", &say, Err(CommandRefused::NotConversing));
    assert_admits("connected", &say, Err(CommandRefused::NotConversing));
    assert_admits("connected; ready", &say, Err(CommandRefused::CannotSpeakText));
}

#[test]
fn the_dial_policy_limits_programs() {
    let [transfer, handoff] = [Command::Transfer, Command::Handoff].map(|ask| ask("operator".to_owned()));
    let spent = format!("dialling 0; {WITH_LINKS}");
    for command in [&transfer, &handoff] {
        assert_admits(WITH_LINKS, command, Ok(()));
        assert_admits(&spent, command, Err(CommandRefused::DialLimit));
    }
    let at_desk = format!("desk operator; {spent}");
    assert_admits(&at_desk, &handoff, Ok(()));
    assert_admits(&at_desk, &transfer, Err(CommandRefused::DialLimit));
    assert_admits("talking", &handoff, Err(CommandRefused::Incapable(Capability::TransferAttended)));
    let nobody = Command::Transfer("nobody".to_owned());
    assert_admits(WITH_LINKS, &nobody, Err(CommandRefused::NoSuchTarget));
}

/// Every call or transfer that a call dials counts, however it was requested.
#[test]
fn every_kind_of_dialling_counts() {
    let dialled = [
        "dialling 1; calling; dual; on record; picked up; by human; connected; inbound; ready",
        "dialling 1; asterisk; connected; inbound; ready; says 1 greeting; played 1; transfer operator; place 1; says 2 transferring; played 2; fails 2",
    ];
    for script in dialled {
        assert_admits(script, &Command::Transfer("operator".to_owned()), Err(CommandRefused::DialLimit));
        let unlimited = script.replacen("dialling 1; ", "", 1);
        assert_admits(&unlimited, &Command::Transfer("operator".to_owned()), Ok(()));
    }
}
