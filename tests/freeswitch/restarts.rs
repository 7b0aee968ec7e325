//! One of the two is started again.

use cordboard_test_support::book::{Book, LIMIT};
use cordboard_test_support::ear::assert_heard_out;
use cordboard_test_support::freeswitch::{Action, Rule, Script};

use crate::house::House;
use crate::way::{Way, for_both_ways};

for_both_ways!(
    a_switch_that_is_started_again_takes_calls_as_before,
    a_caller_who_waits_parked_is_taken_up_by_the_new_server,
);

fn a_switch_that_is_started_again_takes_calls_as_before(way: Way) {
    let house = House::open(way);
    let callers = [house.caller(), house.caller()];
    house.switch.restart();
    for caller in &callers {
        assert_eq!(caller.phone.wait_over(LIMIT).unwrap(), "SYSTEM_SHUTDOWN");
        house.assert_ended(caller, "system_shutdown", "switch");
    }
    house.wait("the switch", || {
        let pbx = house.pbx();
        (pbx["is_connected"] == true && pbx["losses"] == 1).then_some(())
    });
    let caller = house.caller();
    house.converses(&caller);
    caller.phone.hang_up();
    house.assert_ended(&caller, "normal_clearing", "caller");
    house.close();
}

fn a_caller_who_waits_parked_is_taken_up_by_the_new_server(way: Way) {
    let mut house = House::open(way);
    let caller = house.dial(Script::to("5000"), vec![house.socket(), Action::park()]);
    house.wait_says(&caller.id, "greeting");
    // SIGKILL: nothing is said to anybody.
    house.server.restart().unwrap();
    // A program that is killed leaves its channels alive: that is the case.
    let left = house.switch.take_violations();
    assert!(left.iter().all(|violation| violation.rule == Rule::LeftAlive), "{left:?}");
    house.wait_said(&caller.id, "welcome_back");
    assert_heard_out(&caller.heard(), "welcome_back");
    house.converses(&caller);
    caller.phone.hang_up();
    house.assert_ended(&caller, "normal_clearing", "caller");
    house.close();
}
