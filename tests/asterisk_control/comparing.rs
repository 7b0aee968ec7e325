//! Our calls and the switch's channels are compared, in case events are missing.

use cordboard_test_support::asterisk::AmiUser;
use cordboard_test_support::book::Book;
use cordboard_test_support::handoff_suite::{Party, Person, Switchboard};
use cordboard_test_support::reconciler_suite as suite;

use crate::setup::{Plan, Setup};

/// Their end is hidden from us, and no audio of ours could end: the callers are with a person.
#[test]
fn a_vanished_channel_ends_its_call_and_silence_does_not() {
    let setup = Setup::open_with(Plan { user: AmiUser::UNAWARE, ..Plan::default() });
    let (silent, gone) = (setup.caller(), setup.caller());
    let desk = setup.person(Person::Answers);
    let person = setup.hand_to(&gone, &desk);
    let vanish = || {
        gone.phone.hang_up();
        person.wait_over();
    };
    suite::a_vanished_channel_ends_its_call_and_silence_does_not(&setup, &gone, &silent, vanish);
    silent.phone.hang_up();
    setup.ended(&silent.id);
    setup.close();
}

/// With a dialplan that announces nothing, and a server that may not list channels: a variable of the channel identifies the caller.
#[test]
fn a_caller_without_an_announcement_is_found() {
    let dialplan = "[outside]
exten => 400,1,Answer()
 same => n,Set(CALL_UUID=${UUID()})
 same => n,AudioSocket(${CALL_UUID},${CORDBOARD_AUDIOSOCKET})
 same => n,Hangup()
";
    let settings = vec![("asterisk.servers.pbx1.uuid_variable", "CALL_UUID".to_owned())];
    let plan = Plan { user: AmiUser::NARROW, settings, dialplan: dialplan.to_owned() };
    let setup = Setup::open_with(plan);
    let caller = setup.controlled("400");
    setup.wait_says(&caller.id, "greeting");
    setup.ask_of(&caller, "hangup", &serde_json::Value::Null);
    caller.phone.wait_over();
    setup.assert_ended(&caller, "normal_clearing", "api");
    setup.close();
}
