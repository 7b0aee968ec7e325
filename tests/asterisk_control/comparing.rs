//! Our calls and the switch's channels, compared, where events do not tell.

use cordboard_test_support::asterisk::AmiUser;
use cordboard_test_support::book::Book;
use cordboard_test_support::handoff_suite::{Party, Person, Switchboard};
use cordboard_test_support::reconciler_suite as suite;

use crate::setup::{Plan, Setup};

/// Their end is kept from us, and there is no sound of ours that would end: they are with a person.
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

/// Of a dialplan that announces nothing, to a server that may list no channels: a variable of the channel tells whose it is.
#[test]
fn a_caller_whom_nobody_announces_is_found() {
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
