//! A call and its control link: found, reported once, lost, restored, and ended with the right cause.

use cordboard_test_support::asterisk::AmiUser;
use cordboard_test_support::book::{Book, assert_left};
use cordboard_test_support::ear::assert_heard_out;
use cordboard_test_support::handoff_suite::{Party, Person, Switchboard};
use serde_json::json;

use crate::setup::{Plan, Setup};

/// The extensions of the harness's dialplan, by the kind of AudioSocket that answers.
const KINDS: [(&str, &str); 3] =
    [("100", "the channel driver"), ("200", "the channel driver, 16 kHz"), ("300", "the application")];

#[test]
fn calls_of_every_kind_find_their_channel_and_hangup_cause() {
    let setup = Setup::shared();
    let callers = KINDS.map(|(extension, kind)| (setup.controlled(extension), kind));
    for (caller, kind) in callers {
        let attached = setup.event(&caller.id, "control_attached");
        assert_eq!(attached["channel"]["switch"], "asterisk", "{kind}: {attached}");
        let offered = setup.event(&caller.id, "capabilities_changed")["capabilities"].clone();
        let offered: Vec<&str> =
            offered.as_array().unwrap().iter().filter_map(|able| able.as_str()).collect();
        for able in ["hang_up", "hold", "transfer_blind", "transfer_attended", "check_extension", "send_dtmf"]
        {
            assert!(offered.contains(&able), "{kind}: {offered:?}");
        }
        setup.wait_said(&caller.id, "greeting");
        caller.phone.hang_up();
        setup.assert_ended(&caller, "normal_clearing", "caller");
        let hangups = setup.events_of(&caller.id, "hangup").len();
        assert_eq!(hangups, 1, "{kind}: the switch has said how it ended");
    }
    setup.close();
}

/// AudioSocket reports it, and so does AMI: it is one key.
#[test]
fn a_key_that_is_reported_twice_counts_once() {
    let setup = Setup::shared();
    let caller = setup.caller();
    setup.wait_says(&caller.id, "greeting");
    for key in ['9', '9'] {
        caller.phone.press(key);
    }
    let told = setup.wait_events(&caller.id, "dtmf", 4);
    let by_leg = told.iter().filter(|event| event["leg"].is_number()).count();
    assert_eq!((by_leg, told.len() - by_leg), (2, 2), "{told:?}");
    let unknown = || {
        let items = setup.events_of(&caller.id, "item_started");
        items.iter().filter(|item| item["line"] == "unknown_key").count()
    };
    setup.wait("what was said of both keys", || (unknown() >= 2).then_some(()));
    caller.phone.hang_up();
    setup.ended(&caller.id);
    assert_eq!(unknown(), 2, "each was answered once");
    setup.close();
}

#[test]
fn a_lost_link_costs_tools_but_no_word_and_returns() {
    let setup = Setup::open();
    let caller = setup.caller();
    setup.wait_says(&caller.id, "greeting");
    setup.link.cut();
    setup.event(&caller.id, "control_lost");
    assert_eq!(setup.pbx()["is_connected"], false);
    let refused = setup.refusal_of(&caller, "handoff", &json!({ "target": "desk" }));
    assert_eq!(refused, "incapable");
    setup.wait_said(&caller.id, "greeting");
    assert_heard_out(&caller.phone.heard(), "greeting");
    setup.converses(&caller);

    setup.link.restore().unwrap();
    setup.wait_events(&caller.id, "control_attached", 2);
    let desk = setup.person(Person::Answers);
    let person = setup.hand_to(&caller, &desk);
    setup.leaves(&caller, &person);
    setup.close();
}

/// The link is lost while the caller hangs up: only the end of the audio reports it.
#[test]
fn a_caller_who_leaves_during_a_lost_link_is_noticed() {
    let setup = Setup::open();
    let caller = setup.caller();
    setup.wait_says(&caller.id, "greeting");
    setup.link.cut();
    setup.event(&caller.id, "control_lost");
    caller.phone.hang_up();
    // Only the end of the audio reports it.
    assert_left(&setup.ended(&caller.id));
    setup.link.restore().unwrap();
    setup.wait("the control link", || (setup.pbx()["is_connected"] == true).then_some(()));
    setup.close();
}

/// The person and the caller continue to talk; which of them hung up is found out when the link is back.
#[test]
fn bridged_callers_who_leave_during_lost_links_are_found_gone() {
    let setup = Setup::open();
    let caller = setup.caller();
    let desk = setup.person(Person::Answers);
    let person = setup.hand_to(&caller, &desk);
    setup.link.cut();
    setup.event(&caller.id, "control_lost");
    caller.phone.hang_up();
    person.wait_over();
    setup.link.restore().unwrap();
    let row = setup.ended(&caller.id);
    assert_eq!(row["hangup_cause"], "channel_gone", "{row}");
    setup.close();
}

/// Its calls are gone with it; nothing of them is left here, and the next ones work as before.
#[test]
fn a_restarted_asterisk_drops_its_calls_and_serves_new_ones() {
    let mut setup = Setup::open();
    let caller = setup.caller();
    setup.wait_says(&caller.id, "greeting");
    setup.asterisk.restart().unwrap();
    setup.wait("the end of the call", || (setup.call(&caller.id)["state"] != "live").then_some(()));
    setup.ami = setup.asterisk.ami().unwrap();
    setup.asterisk.lead_to(setup.server.addresses()).unwrap();
    setup.wait("the control link", || (setup.pbx()["is_connected"] == true).then_some(()));
    setup.ended(&caller.id);

    let next = setup.caller();
    setup.wait_said(&next.id, "greeting");
    next.phone.hang_up();
    setup.assert_ended(&next, "normal_clearing", "caller");
    setup.close();
}

/// A user without the permission: the link is up, the call gets the reason for the failure, and the administrator the line to add.
#[test]
fn a_user_without_a_permission_is_named() {
    let setup = Setup::open_with(Plan { user: AmiUser::POOR, ..Plan::default() });
    let caller = setup.caller();
    setup.wait_says(&caller.id, "greeting");
    setup.ask_of(&caller, "handoff", &json!({ "target": "desk" }));
    assert_eq!(setup.event(&caller.id, "handoff_abandoned")["failure"], "congestion");
    let fault = setup.pbx()["fault"].as_str().unwrap().to_owned();
    assert!(fault.contains("call") && fault.contains("manager.conf"), "{fault}");
    setup.converses(&caller);
    caller.phone.hang_up();
    setup.assert_ended(&caller, "normal_clearing", "caller");
    setup.close();
}

/// Asterisk never reports to such a user that it has started: the link is used all the same.
#[test]
fn an_ami_user_with_call_events_only_is_served() {
    let setup = Setup::open_with(Plan { user: AmiUser::DEAF, ..Plan::default() });
    let caller = setup.caller();
    let desk = setup.person(Person::Answers);
    setup.hand_to(&caller, &desk);
    caller.phone.hang_up();
    setup.ended(&caller.id);
    setup.close();
}

/// The call is ended at the switch: the row has its cause, and that it was not the caller.
#[test]
fn a_call_that_the_switch_ends_is_reported_as_such() {
    let setup = Setup::shared();
    let caller = setup.caller();
    setup.wait_says(&caller.id, "greeting");
    let channels = setup.ami.action("Status", &[]).unwrap();
    drop(channels);
    let number = setup.call(&caller.id)["from"].as_str().unwrap().to_owned();
    let channel = setup.channel_of(&number);
    setup.ami.action("Hangup", &[("Channel", &channel), ("Cause", "34")]).unwrap();
    caller.phone.wait_over();
    let row = setup.ended(&caller.id);
    assert_eq!(
        (&row["hangup_by"], &row["hangup_cause"]),
        (&json!("switch"), &json!("normal_circuit_congestion"))
    );
    setup.close();
}

/// The stranger sends the UUID of another party's call, over a separate connection.
#[test]
fn a_stranger_who_announces_another_call_gets_nothing() {
    let setup = Setup::shared();
    let caller = setup.caller();
    let ids = setup.call(&caller.id)["outside_ids"].clone();
    let uuid = ids[0]["value"].as_str().unwrap().to_owned();
    setup
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
    setup.converses(&caller);
    assert_ne!(setup.call(&caller.id)["from"], "+1999");
    assert_eq!(setup.events_of(&caller.id, "control_attached").len(), 1);
    caller.phone.hang_up();
    setup.assert_ended(&caller, "normal_clearing", "caller");
    setup.close();
}
