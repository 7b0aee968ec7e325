//! A dialplan with a separate port for each call, as the README shows it.

use cordboard_test_support::book::Book;
use cordboard_test_support::ear::assert_heard_out;
use cordboard_test_support::free_ports::free_ports;
use cordboard_test_support::handoff_suite::{Party, Person, Switchboard};

use crate::setup::{Plan, Setup};

/// The extensions 500 to 599 lease a port.
const DIALPLAN: &str = "[outside]
exten => _5XX,1,Answer()
 same => n,Set(CORDBOARD_UUID=${UUID()})
 same => n,Set(CURLOPT(httptimeout)=2)
 same => n,Set(ANSWER=${CURL(${CORDBOARD_API}/api/v1/calls/expect?uuid=${CORDBOARD_UUID}&from=${URIENCODE(${CALLERID(num)})}&audio_port=1&token=${CORDBOARD_TOKEN})})
 same => n,GotoIf($[\"${ANSWER:0:3}\" != \"ok \"]?person)
 same => n,Set(CORDBOARD_PORT=${ANSWER:3})
 same => n,Dial(AudioSocket/127.0.0.1:${CORDBOARD_PORT}/${CORDBOARD_UUID}/c(slin),,g)
 same => n,Hangup()
 same => n(person),Goto(people,operator,1)
";

#[test]
fn each_call_has_its_own_port_or_reaches_a_person() {
    let range = free_ports(2).unwrap();
    let settings = vec![("audiosocket.port_range", format!("{}-{}", range.start, range.end - 1))];
    let setup = Setup::open_with(Plan { settings, dialplan: DIALPLAN.to_owned(), ..Plan::default() });
    let leases = || setup.items("/api/v1/audio-ports");
    let callers = [setup.controlled("500"), setup.controlled("501")];
    for caller in &callers {
        setup.wait_said(&caller.id, "greeting");
        assert_heard_out(&caller.phone.heard(), "greeting");
    }
    let ports: Vec<_> = leases().iter().map(|lease| lease["port"].clone()).collect();
    assert!(ports.len() == 2 && ports[0] != ports[1], "{ports:?}");

    let mark = setup.ami.mark();
    let (third, number) = setup.dialled("502");
    setup.wait_operator(mark, &number);
    third.hang_up();

    let desk = setup.person(Person::Answers);
    let person = setup.hand_to(&callers[0], &desk);
    callers[0].phone.hang_up();
    person.wait_over();
    setup.assert_ended(&callers[0], "normal_clearing", "caller");
    setup.wait("the port of a call that is over", || (leases().len() == 1).then_some(()));
    let next = setup.controlled("503");
    setup.wait_said(&next.id, "greeting");
    for caller in [&callers[1], &next] {
        caller.phone.hang_up();
        setup.assert_ended(caller, "normal_clearing", "caller");
    }
    setup.wait("both ports", || leases().is_empty().then_some(()));
    setup.close();
}
