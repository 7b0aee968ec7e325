//! Outbound calls over a real Asterisk: a person who answers is greeted, and every failure has its own code.

use std::time::Duration;

use cordboard_test_support::ami::Message;
use cordboard_test_support::asterisk::UNREGISTERED_NUMBER;
use cordboard_test_support::audio::{Sound, Span};
use cordboard_test_support::book::{Book, LIMIT, begun};
use cordboard_test_support::ear::{assert_heard_out, assert_not_heard, speech, wait_heard_out};
use cordboard_test_support::handoff_suite::{Party, Person, Switchboard, wait_hears};
use cordboard_test_support::server::Token;
use cordboard_test_support::sip::{Manner, PhoneEnd, Says};
use serde_json::{Value, json};

use crate::placing::{called, outside, party};
use crate::setup::{Setup, Telephone, answers};

/// A mailbox: it speaks at once, and for long.
fn mailbox() -> Manner {
    let voice = speech("hello_question").resampled(8_000);
    let greeting = Sound { rate: 8_000, samples: voice.samples.repeat(4) };
    Manner::Answers { after: Duration::from_millis(300), says: Says::Sound(greeting) }
}

/// Requests the end of a call.
#[track_caller]
fn hang_up(setup: &Setup, id: &str) {
    let answer =
        setup.server.post(&format!("/api/v1/calls/{id}/hangup"), &Value::Null, Token::Admin).unwrap();
    assert_eq!(answer.status, 202, "{}", answer.text());
}

/// Checks that the row and the journal name the failure.
#[track_caller]
fn assert_failed(setup: &Setup, id: &str, failure: &str, cause: &str, by: &str) {
    let row = setup.ended(id);
    let told = (&row["failure"], &row["hangup_cause"], &row["hangup_by"], &row["answered_at"]);
    assert_eq!(told, (&json!(failure), &json!(cause), &json!(by), &Value::Null), "{row}");
    let failed = setup.events_of(id, "outbound_failed");
    assert_eq!(failed.iter().map(|event| &event["failure"]).collect::<Vec<_>>(), [failure]);
    assert_eq!(setup.events_of(id, "item_started").len(), 0, "nobody is spoken to");
}

/// The kinds of the journal's entries, in order.
fn kinds(setup: &Setup, id: &str) -> Vec<String> {
    setup.events(id).iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_number_outside_is_called_over_the_trunk_and_greeted() {
    let setup = Setup::shared();
    let number = outside(&setup, answers());
    let variables = json!({ "customer": "Ann, of Köln & Sons", "order": "17" });
    let call = json!({ "to": number, "from": "+49301234", "variables": variables });
    let (id, phone) = called(&setup, &number, &call);
    assert_eq!(phone.caller(), "+49301234");
    setup.wait_said(&id, "greeting");
    wait_heard_out(|| phone.gapless(), "greeting");
    let channels = setup.ami.list("CoreShowChannels", &[]).unwrap();
    let value_of = |channel: &str, name: &str| {
        let answer = setup.ami.action("Getvar", &[("Channel", channel), ("Variable", name)]).unwrap();
        answer.get("Value").unwrap_or_default().to_owned()
    };
    let has_variables = |channel: &str| {
        let customer = value_of(channel, "cordboard_customer");
        value_of(channel, "cordboard_order") == "17" && customer == "Ann%2C%20of%20K%C3%B6ln%20%26%20Sons"
    };
    assert!(channels.iter().filter_map(|row| row.get("Uniqueid")).any(has_variables), "{channels:?}");
    let callee = party(&id, &phone);
    setup.converses(&callee);
    callee.phone.hang_up();
    setup.assert_ended(&callee, "normal_clearing", "caller");
    let row = setup.call(&id);
    let said = (&row["direction"], &row["from"], &row["to"], &row["failure"]);
    assert_eq!(said, (&json!("outbound"), &json!("+49301234"), &json!(number), &Value::Null), "{row}");
    assert!(!row["answered_at"].is_null(), "{row}");
    assert_eq!(setup.phones.rings(&number), 1);
    setup.close();
}

/// The call has its own profile, not the default one.
#[test]
fn a_call_runs_under_the_profile_that_was_asked_for() {
    let setup = Setup::shared();
    let action = json!({ "action": "transfer_call", "target": "operator" });
    let profile = json!({ "name": "sales", "dtmf_actions": [{ "digits": "5", "action": action }] });
    let answer = setup.server.post("/api/v1/agent-profiles", &profile, Token::Admin).unwrap();
    assert_eq!(answer.status, 201, "{}", answer.text());
    let desk = setup.person(Person::Answers);
    let from = "+49301235";
    let call = json!({ "to": desk, "from": from, "profile": "sales" });
    let id = setup.wait("a profile that calls can have", || {
        let answer = setup.server.post("/api/v1/calls", &call, Token::Admin).unwrap();
        (answer.status != 404).then(|| begun(&answer))
    });
    let phone = setup.phones.wait_invite(desk.trim_start_matches("desk"), LIMIT).unwrap();
    setup.wait_says(&id, "greeting");
    assert_eq!(setup.event(&id, "call_started")["profile"]["name"], "sales");
    let mark = setup.ami.mark();
    phone.press('5');
    let callee = party(&id, &phone);
    setup.wait_operator(mark, from);
    callee.phone.hang_up();
    setup.assert_ended(&callee, "call_transferred", "caller");
    setup.close();
}

#[test]
fn an_extension_is_called_and_we_hang_up() {
    let setup = Setup::shared();
    let desk = setup.person(Person::Answers);
    let number = desk.trim_start_matches("desk").to_owned();
    let (id, phone) = called(&setup, &number, &json!({ "to": desk }));
    setup.wait_said(&id, "greeting");
    wait_heard_out(|| phone.gapless(), "greeting");
    hang_up(&setup, &id);
    assert_eq!(phone.wait_ended(LIMIT).unwrap(), PhoneEnd::HungUpByOther);
    let row = setup.ended(&id);
    let told = (&row["to"], &row["hangup_by"], &row["failure"]);
    assert_eq!(told, (&json!(desk), &json!("api"), &Value::Null), "{row}");
    setup.close();
}

#[test]
fn an_unreachable_person_is_reported_with_a_code() {
    let setup = Setup::shared();
    let people = [
        (Manner::Busy, "busy", "user_busy"),
        (Manner::Declines, "declined", "call_rejected"),
        (Manner::NotFound, "unallocated", "unallocated_number"),
        (Manner::Unavailable, "no_answer", "no_answer"),
        (Manner::Congested, "congestion", "normal_circuit_congestion"),
        (Manner::Rings, "no_answer", "no_answer"),
        (Manner::Dead, "unavailable", "no_answer"),
    ];
    let calls = people.map(|(manner, failure, cause)| {
        let number = outside(&setup, manner);
        (setup.place(&json!({ "to": number, "answer_timeout_s": 5 })), number, failure, cause)
    });
    let nobody = setup.place(&json!({ "to": format!("desk{UNREGISTERED_NUMBER}"), "answer_timeout_s": 5 }));
    for (id, number, failure, cause) in calls {
        assert_failed(&setup, &id, failure, cause, "switch");
        assert_eq!(setup.phones.rings(&number), 1, "{failure}");
    }
    assert_failed(&setup, &nobody, "unregistered", "unregistered", "switch");
    setup.close();
}

#[test]
fn early_media_is_not_an_answer() {
    let setup = Setup::shared();
    let manner =
        Manner::EarlyMedia { early: Says::Tone(425), after: Duration::from_secs(3), says: Says::nothing() };
    let number = outside(&setup, manner);
    let (id, phone) = called(&setup, &number, &json!({ "to": number }));
    assert_eq!(setup.event(&id, "dial_progress")["progress"], "early_media");
    setup.event(&id, "assistant_ready");
    assert!(phone.answered_at().is_none() && setup.call(&id)["state"] == "dialling");
    assert_not_heard(&phone.heard(), "greeting");
    setup.wait_said(&id, "greeting");
    wait_heard_out(|| phone.gapless(), "greeting");
    let kinds = kinds(&setup, &id);
    let at = |kind: &str| kinds.iter().position(|known| known == kind).unwrap();
    // Asterisk connects the audio of the answering party, which often arrives here before the event.
    assert!(at("answered") < at("item_started"), "{kinds:?}");
    phone.hang_up().unwrap();
    setup.ended(&id);
    setup.close();
}

#[test]
fn a_hang_up_during_ringing_cancels_the_call() {
    let setup = Setup::shared();
    let number = outside(&setup, Manner::Rings);
    let (id, phone) = called(&setup, &number, &json!({ "to": number }));
    assert_eq!(setup.event(&id, "dial_progress")["progress"], "ringing");
    hang_up(&setup, &id);
    assert_eq!(phone.wait_ended(LIMIT).unwrap(), PhoneEnd::Cancelled);
    let row = setup.ended(&id);
    let told = (&row["failure"], &row["hangup_by"], &row["answered_at"]);
    assert_eq!(told, (&json!("caller_left"), &json!("api"), &Value::Null), "{row}");
    assert_eq!(setup.event(&id, "outbound_failed")["failure"], "caller_left");
    setup.close();
}

/// Asterisk reports a key twice: over the audio connection and over AMI.
#[test]
fn a_key_of_the_callee_counts_once() {
    let setup = Setup::shared();
    let number = outside(&setup, answers());
    let (id, phone) = called(&setup, &number, &json!({ "to": number }));
    setup.event(&id, "control_attached");
    setup.wait_says(&id, "greeting");
    phone.press('#');
    setup.wait_events(&id, "key_pressed", 1);
    phone.press('#');
    setup.wait_events(&id, "key_pressed", 2);
    // Both reports of both keys have arrived.
    setup.wait_events(&id, "dtmf", 4);
    assert_eq!(setup.events_of(&id, "key_pressed").len(), 2);
    phone.hang_up().unwrap();
    setup.ended(&id);
    setup.close();
}

#[test]
fn the_callee_is_handed_to_a_person() {
    let setup = Setup::shared();
    let desk = setup.person(Person::Answers);
    let number = outside(&setup, answers());
    let (id, phone) = called(&setup, &number, &json!({ "to": number, "from": "+49301234" }));
    setup.event(&id, "control_attached");
    setup.wait_says(&id, "greeting");
    let callee = party(&id, &phone);
    let person = setup.hand_to(&callee, &desk);
    let Telephone::Called(rung) = &person else { panic!("the person has called") };
    assert_eq!(rung.caller(), number, "and not the number that the callee sees");
    let (question, answer) = (speech("hello_question"), speech("interruption"));
    callee.phone.say(&question);
    person.say(&answer);
    wait_hears(&person, &question);
    wait_hears(&callee.phone, &answer);
    callee.phone.wait_said();
    person.hang_up();
    setup.wait_said(&id, "welcome_back");
    assert_heard_out(&callee.phone.heard(), "welcome_back");
    callee.phone.hang_up();
    setup.assert_ended(&callee, "normal_clearing", "caller");
    assert_eq!(setup.phones.rings(&number), 1);
    setup.close();
}

/// A mailbox speaks at once and for long; a party who says little and waits is a person.
#[test]
fn mailboxes_are_hung_up_on_if_only_people_are_wanted() {
    let setup = Setup::shared();
    let number = outside(&setup, mailbox());
    let call = json!({ "to": number, "voicemail": { "do": "hang_up" } });
    let (id, phone) = called(&setup, &number, &call);
    let row = setup.ended(&id);
    assert_eq!((&row["failure"], &row["hangup_cause"]), (&json!("voicemail"), &json!("voicemail")), "{row}");
    assert_eq!(setup.event(&id, "answered_by")["who"], "machine");
    assert_eq!(phone.wait_ended(LIMIT).unwrap(), PhoneEnd::HungUpByOther);
    assert_eq!(setup.events_of(&id, "item_started").len(), 0, "nobody is spoken to");
    setup.close();
}

#[test]
fn a_person_is_greeted_if_mailboxes_are_hung_up_on() {
    let setup = Setup::shared();
    let number = outside(&setup, answers());
    let call = json!({ "to": number, "voicemail": { "do": "hang_up" } });
    let (id, phone) = called(&setup, &number, &call);
    phone.wait_answered(LIMIT).unwrap();
    let hello = speech("hello_question").resampled(8_000);
    let word = hello.first_sound().unwrap();
    phone.say(&hello.part(Span { start: word, end: word + Duration::from_millis(500) }));
    assert_eq!(setup.event(&id, "answered_by")["who"], "human");
    setup.wait_said(&id, "greeting");
    wait_heard_out(|| phone.gapless(), "greeting");
    phone.hang_up().unwrap();
    let row = setup.ended(&id);
    assert_eq!(row["failure"], Value::Null, "{row}");
    setup.close();
}

/// There is no detection of mailboxes: the assistant talks at once, even to a party who speaks for long.
#[test]
fn a_mailbox_is_talked_to_without_detection() {
    let setup = Setup::shared();
    let number = outside(&setup, mailbox());
    let (id, phone) = called(&setup, &number, &json!({ "to": number, "voicemail": { "do": "talk" } }));
    setup.wait_says(&id, "greeting");
    assert_eq!(setup.events_of(&id, "answered_by").len(), 0);
    phone.hang_up().unwrap();
    let row = setup.ended(&id);
    assert_eq!(row["failure"], Value::Null, "{row}");
    setup.close();
}

#[test]
fn one_request_sent_twice_makes_one_call() {
    let setup = Setup::shared();
    let number = outside(&setup, answers());
    let call = json!({ "to": number });
    let post = || setup.server.post_once("/api/v1/calls", &call, Token::Admin, "order-17").unwrap();
    let id = begun(&post());
    let phone = setup.phones.wait_invite(&number, LIMIT).unwrap();
    let again = post();
    assert_eq!((again.status, &again.json()["id"]), (200, &json!(id)), "{}", again.text());
    setup.wait_said(&id, "greeting");
    phone.hang_up().unwrap();
    setup.ended(&id);
    let late = post();
    assert_eq!((late.status, &late.json()["state"]), (200, &json!("ended")), "{}", late.text());
    assert_eq!(setup.phones.rings(&number), 1);
    setup.close();
}

#[test]
fn an_invalid_target_reaches_no_switch() {
    let setup = Setup::shared();
    let mark = setup.ami.mark();
    let number = "+49309876543";
    let targets = [
        format!("{number},1"),
        format!("{number}&PJSIP/2001"),
        format!("{number}@trunk"),
        format!("PJSIP/{number}"),
        format!("{number}\r\nAction: Originate"),
        format!("{number}\n"),
        number.repeat(42),
    ];
    for target in targets {
        let answer = setup.server.post("/api/v1/calls", &json!({ "to": target }), Token::Admin).unwrap();
        assert_eq!(answer.status, 422, "{target:?}: {}", answer.text());
        assert!(answer.text().contains("\"to\""), "{}", answer.text());
    }
    let elsewhere =
        setup.server.post("/api/v1/calls", &json!({ "to": "+4989123456" }), Token::Admin).unwrap();
    assert_eq!((elsewhere.status, &elsewhere.json()["code"]), (403, &json!("not_allowed")));
    // A successful call shows that the requests before it would have been seen.
    let known = outside(&setup, Manner::Busy);
    let id = setup.place(&json!({ "to": known }));
    setup.ended(&id);
    let names = |message: &Message, number: &str| format!("{message:?}").contains(&number[1..]);
    setup.ami.wait_for(mark, LIMIT, "the telephone that was rung", |message| names(message, &known)).unwrap();
    let seen = setup.ami.since(mark);
    assert!(!seen.iter().any(|message| names(message, number) || names(message, "+4989123456")));
    assert_eq!(setup.phones.rings(number), 0);
    setup.close();
}

/// Two phones ring on: a person who answers then is greeted by the new server, and the other call can still be cancelled.
#[test]
fn a_killed_server_does_not_dial_again() {
    let mut setup = Setup::open();
    let numbers = [outside(&setup, Manner::Rings), outside(&setup, Manner::Rings)];
    let [answered, taken_back] = numbers
        .clone()
        .map(|number| called(&setup, &number, &json!({ "to": number, "answer_timeout_s": 60 })));
    for (id, _) in [&answered, &taken_back] {
        setup.event(id, "dial_progress");
    }
    setup.server.restart().unwrap();
    for (id, _) in [&answered, &taken_back] {
        setup.event(id, "control_attached");
    }
    let (id, phone) = taken_back;
    hang_up(&setup, &id);
    assert_eq!(phone.wait_ended(LIMIT).unwrap(), PhoneEnd::Cancelled);
    assert_eq!(setup.ended(&id)["failure"], "caller_left");
    let (id, phone) = answered;
    phone.answer(&Says::nothing()).unwrap();
    setup.wait_said(&id, "greeting");
    wait_heard_out(|| phone.gapless(), "greeting");
    phone.hang_up().unwrap();
    setup.ended(&id);
    assert_eq!(numbers.map(|number| setup.phones.rings(&number)), [1, 1]);
    setup.close();
}

/// The link is lost while a phone rings. Once it is back, a person who answered is greeted, and one who declined in the meantime is reported.
#[test]
fn calls_ringing_while_the_link_is_cut_are_not_forgotten() {
    let setup = Setup::open();
    let (early, late, gone) =
        (outside(&setup, Manner::Rings), outside(&setup, Manner::Rings), outside(&setup, Manner::Rings));
    let [early, late, gone] = [early, late, gone]
        .map(|number| called(&setup, &number, &json!({ "to": number, "answer_timeout_s": 60 })));
    for (id, _) in [&early, &late, &gone] {
        setup.event(id, "dial_progress");
    }
    setup.link.cut();
    setup.wait("a lost link", || (setup.pbx()["is_connected"] == false).then_some(()));
    early.1.answer(&Says::nothing()).unwrap();
    gone.1.hang_up().unwrap();
    setup.link.restore().unwrap();
    setup.wait("the control link", || (setup.pbx()["is_connected"] == true).then_some(()));
    late.1.answer(&Says::nothing()).unwrap();
    for (id, phone) in [&early, &late] {
        setup.wait_said(id, "greeting");
        wait_heard_out(|| phone.gapless(), "greeting");
        phone.hang_up().unwrap();
        let row = setup.ended(id);
        assert_eq!(row["failure"], Value::Null, "{row}");
    }
    let row = setup.ended(&gone.0);
    assert_eq!((&row["failure"], &row["answered_at"]), (&json!("timeout"), &Value::Null), "{row}");
    setup.close();
}
