//! A call and its control link: found, reported once, lost, back; ended with the right cause.

use cordboard_test_support::asterisk::AmiUser;
use cordboard_test_support::book::{Book, assert_left};
use cordboard_test_support::ear::assert_heard_out;
use cordboard_test_support::handoff_suite::{Party, Person, Switchboard};
use serde_json::json;

use crate::house::{House, Plan};

/// The extensions of the harness's dialplan by the kind of AudioSocket that answers.
const KINDS: [(&str, &str); 3] =
    [("100", "the channel driver"), ("200", "the channel driver, 16 kHz"), ("300", "the application")];

#[test]
fn every_kind_of_call_finds_its_channel_and_ends_with_its_cause() {
    let house = House::shared();
    let callers = KINDS.map(|(extension, kind)| (house.controlled(extension), kind));
    for (caller, kind) in callers {
        let attached = house.event(&caller.id, "control_attached");
        assert_eq!(attached["channel"]["switch"], "asterisk", "{kind}: {attached}");
        let offered = house.event(&caller.id, "capabilities_changed")["capabilities"].clone();
        let offered: Vec<&str> =
            offered.as_array().unwrap().iter().filter_map(|able| able.as_str()).collect();
        for able in ["hang_up", "hold", "transfer_blind", "transfer_attended", "check_extension", "send_dtmf"]
        {
            assert!(offered.contains(&able), "{kind}: {offered:?}");
        }
        house.wait_said(&caller.id, "greeting");
        caller.phone.hang_up();
        house.assert_ended(&caller, "normal_clearing", "caller");
        let hangups = house.events_of(&caller.id, "hangup").len();
        assert_eq!(hangups, 1, "{kind}: the switch has said how it ended");
    }
    house.close();
}

/// AudioSocket tells of it, and AMI does: it is one key.
#[test]
fn a_key_counts_once_though_two_ways_tell_of_it() {
    let house = House::shared();
    let caller = house.caller();
    house.wait_says(&caller.id, "greeting");
    for key in ['9', '9'] {
        caller.phone.press(key);
    }
    let told = house.wait_events(&caller.id, "dtmf", 4);
    let by_leg = told.iter().filter(|event| event["leg"].is_number()).count();
    assert_eq!((by_leg, told.len() - by_leg), (2, 2), "{told:?}");
    let unknown = || {
        let items = house.events_of(&caller.id, "item_started");
        items.iter().filter(|item| item["line"] == "unknown_key").count()
    };
    house.wait("what was said of both keys", || (unknown() >= 2).then_some(()));
    caller.phone.hang_up();
    house.ended(&caller.id);
    assert_eq!(unknown(), 2, "each was answered once");
    house.close();
}

#[test]
fn a_link_that_is_cut_takes_tools_and_no_word_and_is_there_again() {
    let house = House::open();
    let caller = house.caller();
    house.wait_says(&caller.id, "greeting");
    house.link.cut();
    house.event(&caller.id, "control_lost");
    assert_eq!(house.pbx()["is_connected"], false);
    let refused = house.refusal_of(&caller, "handoff", &json!({ "target": "desk" }));
    assert_eq!(refused, "incapable");
    house.wait_said(&caller.id, "greeting");
    assert_heard_out(&caller.phone.heard(), "greeting");
    house.converses(&caller);

    house.link.restore().unwrap();
    house.wait_events(&caller.id, "control_attached", 2);
    let desk = house.person(Person::Answers);
    let person = house.hand_to(&caller, &desk);
    house.leaves(&caller, &person);
    house.close();
}

/// The link is away while the caller hangs up: the audio's end is the word of it.
#[test]
fn a_caller_who_leaves_while_the_link_is_away_is_seen_to_leave() {
    let house = House::open();
    let caller = house.caller();
    house.wait_says(&caller.id, "greeting");
    house.link.cut();
    house.event(&caller.id, "control_lost");
    caller.phone.hang_up();
    // The end of the audio is all that tells of it.
    assert_left(&house.ended(&caller.id));
    house.link.restore().unwrap();
    house.wait("the control link", || (house.pbx()["is_connected"] == true).then_some(()));
    house.close();
}

/// The person and the caller talk on; who of them hung up is found out when the link is back.
#[test]
fn a_caller_with_a_person_who_leaves_while_the_link_is_away_is_found_gone() {
    let house = House::open();
    let caller = house.caller();
    let desk = house.person(Person::Answers);
    let person = house.hand_to(&caller, &desk);
    house.link.cut();
    house.event(&caller.id, "control_lost");
    caller.phone.hang_up();
    person.wait_over();
    house.link.restore().unwrap();
    let row = house.ended(&caller.id);
    assert_eq!(row["hangup_cause"], "channel_gone", "{row}");
    house.close();
}

/// Its calls are gone with it; nothing of them is left here, and the next ones are as before.
#[test]
fn an_asterisk_that_is_started_again_takes_its_calls_along_and_serves_new_ones() {
    let mut house = House::open();
    let caller = house.caller();
    house.wait_says(&caller.id, "greeting");
    house.asterisk.restart().unwrap();
    house.wait("the end of the call", || (house.call(&caller.id)["state"] != "live").then_some(()));
    house.ami = house.asterisk.ami().unwrap();
    house.asterisk.lead_to(house.server.addresses()).unwrap();
    house.wait("the control link", || (house.pbx()["is_connected"] == true).then_some(()));
    house.ended(&caller.id);

    let next = house.caller();
    house.wait_said(&next.id, "greeting");
    next.phone.hang_up();
    house.assert_ended(&next, "normal_clearing", "caller");
    house.close();
}

/// A user who may not: the link is up, the call gets the reason why nothing comes of it, and the administrator what to write.
#[test]
fn a_user_without_a_permission_is_named() {
    let house = House::open_with(Plan { user: AmiUser::POOR, ..Plan::default() });
    let caller = house.caller();
    house.wait_says(&caller.id, "greeting");
    house.ask_of(&caller, "handoff", &json!({ "target": "desk" }));
    assert_eq!(house.event(&caller.id, "handoff_abandoned")["failure"], "congestion");
    let fault = house.pbx()["fault"].as_str().unwrap().to_owned();
    assert!(fault.contains("call") && fault.contains("manager.conf"), "{fault}");
    house.converses(&caller);
    caller.phone.hang_up();
    house.assert_ended(&caller, "normal_clearing", "caller");
    house.close();
}

/// Asterisk never tells such a user that it has started: it is taken at its word all the same.
#[test]
fn a_user_who_hears_of_calls_only_is_served_a_little_later() {
    let house = House::open_with(Plan { user: AmiUser::DEAF, ..Plan::default() });
    let caller = house.caller();
    let desk = house.person(Person::Answers);
    house.hand_to(&caller, &desk);
    caller.phone.hang_up();
    house.ended(&caller.id);
    house.close();
}

/// Somebody at the switch ends the call: its cause is reported, and that it was not the caller.
#[test]
fn a_call_that_the_switch_ends_says_so() {
    let house = House::shared();
    let caller = house.caller();
    house.wait_says(&caller.id, "greeting");
    let channels = house.ami.action("Status", &[]).unwrap();
    drop(channels);
    let number = house.call(&caller.id)["from"].as_str().unwrap().to_owned();
    let channel = house.channel_of(&number);
    house.ami.action("Hangup", &[("Channel", &channel), ("Cause", "34")]).unwrap();
    caller.phone.wait_over();
    let row = house.ended(&caller.id);
    assert_eq!(
        (&row["hangup_by"], &row["hangup_cause"]),
        (&json!("switch"), &json!("normal_circuit_congestion"))
    );
    house.close();
}

/// The stranger says the UUID of somebody's call, over a connection of their own.
#[test]
fn a_stranger_who_announces_somebodys_call_gets_nothing_of_it() {
    let house = House::shared();
    let caller = house.caller();
    let ids = house.call(&caller.id)["outside_ids"].clone();
    let uuid = ids[0]["value"].as_str().unwrap().to_owned();
    house
        .ami
        .action(
            "UserEvent",
            &[
                ("UserEvent", "CordboardCall"),
                ("AudioSocketUUID", &uuid),
                ("Uniqueid", "1.1"),
                ("From", "+1999"),
            ],
        )
        .unwrap();
    house.converses(&caller);
    assert_ne!(house.call(&caller.id)["from"], "+1999");
    assert_eq!(house.events_of(&caller.id, "control_attached").len(), 1);
    caller.phone.hang_up();
    house.assert_ended(&caller, "normal_clearing", "caller");
    house.close();
}
