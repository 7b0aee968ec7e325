//! A killed server: while its caller is on a stream, and while a person's phone rings for a caller who waits in a room at Twilio.

use cordboard_test_support::book::{Book, LIMIT};
use cordboard_test_support::driving::block_on;
use cordboard_test_support::ear::assert_heard_out;
use cordboard_test_support::twilio::{Agent, Caller};
use cordboard_test_support::waiting::wait_until;
use serde_json::json;

use crate::setup::{Setup, TO, sid};

const HOST: &str = "pbx.example.com";

/// A set-up whose number is answered turn by turn, and that can call people.
fn meeting_house() -> Setup {
    let setup = Setup::open(&[
        ("extensions.operator", "internal,2001,1"),
        ("FREEPBX_DOMAIN", HOST),
        ("TWILIO_TRANSFER_CALLER_ID", TO),
    ]);
    setup.has_number(json!({ "mode": "gather" }));
    setup
}

/// A caller who has heard the greeting and requested a person; both wait for that person.
fn waiting(setup: &Setup) -> (Caller, String) {
    let (caller, id) = setup.call(1);
    setup.rest().holds(&sid(1), &caller);
    caller.press('0');
    (caller, id)
}

#[test]
fn a_killed_servers_caller_continues_where_they_were() {
    let mut setup = Setup::open(&[]);
    let (caller, id) = setup.call(1);
    setup.wait_said(&id, "greeting");
    setup.restart();
    // Twilio requested the next document when the stream broke, and nobody was there.
    caller.ask_again();
    setup.wait_said(&id, "welcome_back");
    assert_heard_out(&caller.heard(), "welcome_back");
    caller.hang_up();
    let row = setup.ended(&id);
    assert_eq!((&row["hangup_cause"], &row["hangup_by"]), (&"normal_clearing".into(), &"caller".into()));
    caller.finish();
    setup.close();
}

#[test]
fn a_server_killed_during_ringing_still_connects_both_sides() {
    let mut setup = meeting_house();
    let (caller, id) = waiting(&setup);
    let came = setup.rest().wait_done("POST", "/Conferences/", LIMIT).unwrap();
    let agent = Agent::of(&setup.account(), &came);
    let is_there = || (agent.with() == ["caller"]).then_some(());
    wait_until("the caller in the room", LIMIT, is_there).unwrap();
    block_on(agent.rings());
    setup.event(&id, "handoff_ringing");
    setup.restart();
    setup.event(&id, "server_restarted");
    block_on(agent.answers());
    setup.event(&id, "handoff_bridged");
    block_on(agent.leaves());
    assert_eq!(setup.ended(&id)["hangup_cause"], "call_transferred");
    let ended = setup.rest().wait_done("POST", &format!("/Calls/{}.json", sid(1)), LIMIT).unwrap();
    assert_eq!(ended.get("Status"), Some("completed"));
    caller.finish();
    setup.close();
}
