//! A server that is killed, and a switch that goes on.

use cordboard_test_support::book::Book;
use cordboard_test_support::ear::assert_heard_out;
use cordboard_test_support::freeswitch::{Action, Phone, Rule};
use serde_json::json;

use crate::house::{Caller, House};
use crate::way::{Way, for_both_ways};

for_both_ways!(a_caller_is_taken_up_by_the_new_server, a_killed_server_dials_nobody_again);

/// One waits parked, and one in the shipped dialplan, which tries again.
fn a_caller_is_taken_up_by_the_new_server(way: Way) {
    let mut house = House::open(way);
    let callers = [house.dial(vec![house.socket(), Action::park()]), house.dial(house.shipped_dialplan())];
    for caller in &callers {
        house.wait_says(&caller.id, "greeting");
    }
    // SIGKILL: nothing is said to anybody.
    house.server.restart().unwrap();
    // A program that is killed leaves its channels alive: that is the case.
    let left = house.switch.take_violations();
    assert!(left.iter().all(|violation| violation.rule == Rule::LeftAlive), "{left:?}");
    for caller in &callers {
        house.wait_said(&caller.id, "welcome_back");
        assert_heard_out(&caller.heard(), "welcome_back");
        house.converses(caller);
        caller.phone.hang_up();
        house.assert_ended(caller, "normal_clearing", "caller");
    }
    house.close();
}

/// The phone rings on, and whoever answers then is greeted by the new server.
fn a_killed_server_dials_nobody_again(way: Way) {
    let mut house = House::open(way);
    let person = house.person(Phone::Rings);
    let id = house.place(&json!({ "to": person.name, "answer_timeout_s": 60 }));
    let callee = Caller { phone: house.leg_at(&person.number), id };
    house.event(&callee.id, "dial_progress");
    house.server.restart().unwrap();
    house.event(&callee.id, "server_restarted");
    house.event(&callee.id, "control_attached");
    callee.phone.answer();
    house.wait_said(&callee.id, "greeting");
    assert_heard_out(&callee.heard(), "greeting");
    let dialled = house.switch.sent().iter().filter(|sent| sent.command.line.contains("originate")).count();
    assert_eq!(dialled, 1);
    callee.phone.hang_up();
    house.ended(&callee.id);
    house.close();
}
