//! An agent at a desk phone whose server is killed. Everything else about callers of FreeSWITCH and agents at their desks is in
//! `tests/virtual/freeswitch/desks.rs`.

use cordboard_test_support::book::Book;
use cordboard_test_support::desk_suite::Agent;
use cordboard_test_support::freeswitch::Rule;
use cordboard_test_support::handoff_suite::{Party, Person, Switchboard};

use crate::setup::Setup;
use crate::way::AudioTransport;

/// The next process can't know which switch rings the phone: it asks all of them.
#[test]
fn a_desk_phone_stops_ringing_after_its_server_died() {
    // How long phones ring does not matter here.
    let mut setup = Setup::open_among(AudioTransport::Websocket, &[("freeswitch.ring_timeout_s", "30")]);
    let mut agent = Agent::open_with(&setup, Person::Rings, "phone");
    let caller = agent.caller_who_knows(&setup, "desk_phones");
    agent.is_offered(&setup, &caller);
    let phone = setup.telephone_of(&agent.extension);
    setup.server.restart().unwrap();
    Party::wait_over(&phone);
    // A killed program leaves its channels alive: that is the case to test.
    let left = setup.switch.take_violations();
    assert!(left.iter().all(|violation| violation.rule == Rule::LeftAlive), "{left:?}");
    caller.phone.hang_up();
    Book::ended(&setup, &caller.id);
    Switchboard::close(&setup);
}
