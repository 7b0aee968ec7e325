//! Callers without a stream who wait in a room for a person.

use cordboard_test_support::book::Book;
use cordboard_test_support::twilio::{Caller, rooms};
use cordboard_test_support::twilio_rest::Trouble;
use serde_json::json;

use crate::house::{House, TO, sid};
use crate::people::{called, wait_completed, wait_for};

const HOST: &str = "pbx.example.com";

/// A house whose number is answered turn by turn, and that can call people.
fn meeting_house() -> House {
    let house = House::open(&[
        ("extensions.operator", "internal,2001,1"),
        ("FREEPBX_DOMAIN", HOST),
        ("TWILIO_TRANSFER_CALLER_ID", TO),
    ]);
    house.has_number(json!({ "mode": "gather" }));
    house
}

/// A caller who has heard the greeting, and has asked for a person; both wait for that one.
fn waiting(house: &House) -> (Caller, String) {
    let (caller, id) = house.call(1);
    house.rest().holds(&sid(1), &caller);
    caller.press('0');
    (caller, id)
}

/// How often the caller was asked for a turn.
fn turns(caller: &Caller) -> usize {
    caller.documents().iter().filter(|document| document.contains("<Gather")).count()
}

#[test]
fn the_person_comes_to_the_caller_who_waits_in_a_room_with_music() {
    let house = meeting_house();
    let (caller, id) = waiting(&house);
    let agent = called(&house, 0);
    assert_eq!(house.rest().came("POST", "/Conferences/")[0].get("To"), Some("sip:2001@pbx.example.com"));
    wait_for("the caller in the room", || agent.with() == ["caller"]);
    let document = caller.documents().pop().unwrap();
    assert!(
        document.contains("startConferenceOnEnter=\"false\"") && !document.contains("waitUrl"),
        "{document}"
    );
    agent.rings();
    house.event(&id, "handoff_ringing");
    assert!(house.events_of(&id, "handoff_bridged").is_empty());
    agent.answers();
    house.event(&id, "handoff_bridged");
    assert_eq!(agent.with(), ["agent", "caller"]);
    agent.leaves();
    let row = house.ended(&id);
    assert_eq!(row["hangup_cause"], "call_transferred");
    wait_completed(&house, &sid(1));
    caller.finish();
    house.close();
}

#[test]
fn a_caller_who_has_talked_and_hangs_up_ends_the_call_and_the_room() {
    let house = meeting_house();
    let (caller, id) = waiting(&house);
    let agent = called(&house, 0);
    wait_for("the caller in the room", || agent.with() == ["caller"]);
    agent.answers();
    house.event(&id, "handoff_bridged");
    caller.hang_up();
    assert_eq!(house.ended(&id)["hangup_cause"], "call_transferred");
    wait_for("the end of the room", || rooms::has_ended(agent.room()));
    caller.finish();
    house.close();
}

#[test]
fn every_end_of_the_ringing_is_told_and_the_caller_goes_on_with_the_next_turn() {
    let house = meeting_house();
    let (caller, id) = waiting(&house);
    for (number, (status, failure)) in
        [("busy", "busy"), ("no-answer", "no_answer"), ("failed", "congestion")].into_iter().enumerate()
    {
        let agent = called(&house, number);
        wait_for("the caller in the room", || agent.with() == ["caller"]);
        agent.rings();
        let before = turns(&caller);
        agent.comes_to(status);
        wait_for("the next turn", || turns(&caller) > before);
        let last = caller.documents().pop().unwrap();
        assert!(last.contains("I can&apos;t reach that person"), "{last}");
        assert_eq!(house.events_of(&id, "handoff_abandoned")[number]["failure"], failure);
        assert!(rooms::has_ended(agent.room()), "nobody is left there");
        caller.press('0');
    }
    let agent = called(&house, 3);
    wait_for("the caller in the room", || agent.with() == ["caller"]);
    agent.answers();
    house.event(&id, "handoff_bridged");
    caller.hang_up();
    house.ended(&id);
    caller.finish();
    house.close();
}

#[test]
fn a_caller_who_hangs_up_in_the_room_takes_the_ringing_with_them() {
    let house = meeting_house();
    let (caller, id) = waiting(&house);
    let agent = called(&house, 0);
    wait_for("the caller in the room", || agent.with() == ["caller"]);
    agent.rings();
    caller.hang_up();
    let row = house.ended(&id);
    assert_eq!(
        (row["hangup_by"].as_str(), row["hangup_cause"].as_str()),
        (Some("caller"), Some("normal_clearing"))
    );
    wait_completed(&house, agent.call());
    assert_eq!(house.event(&id, "handoff_abandoned")["failure"], "caller_left");
    let said = house.transcript(&id).iter().filter(|line| line["text"].to_string().contains("reach")).count();
    assert_eq!(said, 0, "nobody was there to hear that nobody can be reached");
    caller.finish();
    house.close();
}

#[test]
fn a_person_whom_twilio_refuses_to_call_brings_the_caller_back_at_once() {
    let house = meeting_house();
    house.rest().trouble(&[Trouble::Refuses(400, 21_211)]);
    let (caller, id) = waiting(&house);
    // The refusal may come before the caller is in the room: then they are led out of it once more.
    wait_for("the next turn", || turns(&caller) >= 2);
    assert_eq!(house.event(&id, "handoff_abandoned")["failure"], "bad_target");
    caller.hang_up();
    house.ended(&id);
    caller.finish();
    house.close();
}

#[test]
fn a_server_that_is_killed_while_it_rings_brings_them_together_when_it_is_back() {
    let mut house = meeting_house();
    let (caller, id) = waiting(&house);
    let agent = called(&house, 0);
    wait_for("the caller in the room", || agent.with() == ["caller"]);
    agent.rings();
    house.event(&id, "handoff_ringing");
    house.restart();
    house.event(&id, "server_restarted");
    agent.answers();
    house.event(&id, "handoff_bridged");
    agent.leaves();
    assert_eq!(house.ended(&id)["hangup_cause"], "call_transferred");
    wait_completed(&house, &sid(1));
    caller.finish();
    house.close();
}
