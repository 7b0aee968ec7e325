//! Our calls and the switch's channels, compared, where events do not tell.

use std::time::{Duration, Instant};

use cordboard_test_support::asterisk::AmiUser;
use cordboard_test_support::book::Book;
use cordboard_test_support::handoff_suite::{Party, Person, Switchboard};

use crate::house::{House, Plan};

/// How long a call may outlive its channel.
const MISSED_MAX: Duration = Duration::from_secs(10);
/// So long a caller says nothing: two comparisons and more.
const SILENT: Duration = Duration::from_secs(12);

/// Their end is kept from us, and there is no sound of ours that would end: they are with a person.
#[test]
fn a_call_whose_channel_is_gone_ends_and_a_silent_one_does_not() {
    let house = House::open_with(Plan { user: AmiUser::UNAWARE, ..Plan::default() });
    let (silent, gone) = (house.caller(), house.caller());
    let desk = house.person(Person::Answers);
    let person = house.hand_to(&gone, &desk);
    let since = Instant::now();
    gone.phone.hang_up();
    person.wait_over();
    house.assert_ended(&gone, "channel_gone", "switch");
    assert!(since.elapsed() < MISSED_MAX, "{:?}", since.elapsed());
    house.wait("a long silence", || (since.elapsed() > SILENT).then_some(()));
    assert_eq!(house.call(&silent.id)["state"], "live");
    house.converses(&silent);
    silent.phone.hang_up();
    house.ended(&silent.id);
    house.close();
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
    let settings = vec![("asterisk.servers.pbx1.uuid_variable", "CALL_UUID")];
    let plan = Plan { user: AmiUser::NARROW, settings, dialplan: dialplan.to_owned() };
    let house = House::open_with(plan);
    let caller = house.controlled("400");
    house.wait_said(&caller.id, "greeting");
    house.ask_of(&caller, "hangup", &serde_json::Value::Null);
    caller.phone.wait_over();
    house.assert_ended(&caller, "normal_clearing", "api");
    house.close();
}
