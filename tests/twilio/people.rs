//! People: a caller of Twilio gets one in a room, and comes back where nobody is there any more.

use std::time::Duration;

use cordboard_test_support::audio::{babble, silence};
use cordboard_test_support::book::{Book, LIMIT};
use cordboard_test_support::openai::{Answer, Content, OpenAiStandIn, Script};
use cordboard_test_support::server::Token;
use cordboard_test_support::twilio::{Agent, Caller, Opened};
use cordboard_test_support::twilio_rest::Trouble;
use cordboard_test_support::waiting::wait_until;
use serde_json::{Value, json};

use crate::house::{House, TO, sid};

const HOST: &str = "pbx.example.com";
const RATE: u32 = 8_000;

const REACHING: [(&str, &str); 4] = [
    ("TWILIO_TRANSFER_CALLER_ID", TO),
    ("FREEPBX_DOMAIN", HOST),
    ("extensions.operator", "people,2001,1"),
    ("extensions.sales", "people,2002,1"),
];

/// A house that reaches people, and its callers come back from them.
fn reaching(more: &[(&str, &str)]) -> House {
    let settings: Vec<(&str, &str)> = REACHING.iter().chain(more).copied().collect();
    let house = House::open(&settings);
    house.set_after_handoff("return");
    house
}

/// A caller who has heard the greeting, and whom the API can lead on.
fn talking(house: &House) -> (Caller, String) {
    let (caller, id) = house.call(1);
    house.rest().holds(&sid(1), &caller);
    house.wait_says(&id, "greeting");
    (caller, id)
}

/// A program wants a person for them; the person, whose phone is called.
#[track_caller]
fn hand_off(house: &House, id: &str) -> Agent {
    let path = format!("/api/v1/calls/{id}/handoff");
    let answer = house.server().post(&path, &json!({ "target": "operator" }), Token::Admin).unwrap();
    assert!(answer.status < 300, "{}", answer.text());
    called(house, 0)
}

/// The person who was called so many others before.
#[track_caller]
pub(crate) fn called(house: &House, number: usize) -> Agent {
    let came = house.wait("a person to be called", || {
        let came = house.rest().came("POST", "/Conferences/");
        came.into_iter().filter(|came| came.sid.is_some()).nth(number)
    });
    assert_eq!(came.get("From"), Some(TO));
    Agent::of(&house.account(), &came)
}

/// Waits until Twilio is told that this call is over.
#[track_caller]
pub(crate) fn wait_completed(house: &House, call: &str) {
    let is_ended = || {
        let came = house.rest().came("POST", &format!("/Calls/{call}.json"));
        came.into_iter().find(|came| came.get("Status") == Some("completed")).map(drop)
    };
    wait_until("the end of the call at Twilio", LIMIT, is_ended).unwrap();
}

pub(crate) fn wait_for(what: &str, is_so: impl Fn() -> bool) {
    wait_until(what, LIMIT, || is_so().then_some(())).unwrap();
}

#[test]
fn a_caller_is_joined_with_a_person_in_a_room_and_comes_back_where_that_one_leaves_first() {
    let house = reaching(&[]);
    let (caller, id) = talking(&house);
    let agent = hand_off(&house, &id);
    agent.rings();
    house.event(&id, "handoff_ringing");
    assert_eq!(caller.streams(), [Opened::Stream]);
    agent.answers();
    house.event(&id, "handoff_bridged");
    wait_for("both in the room", || agent.with() == ["agent", "caller"]);
    assert!(!caller.is_let_go());
    agent.leaves();
    house.event(&id, "caller_returned");
    house.wait_says(&id, "welcome_back");
    assert_eq!(caller.streams(), [Opened::Stream, Opened::Stream]);
    assert_eq!(house.events_of(&id, "handoff_bridged").len(), 1, "told twice, and once");
    caller.hang_up();
    assert_eq!(house.ended(&id)["hangup_by"], "caller");
    caller.finish();
    house.close();
}

#[test]
fn a_caller_whose_person_leaves_is_let_go_where_the_profile_says_so() {
    let house = House::open(&REACHING);
    let (caller, id) = talking(&house);
    let agent = hand_off(&house, &id);
    agent.answers();
    house.event(&id, "handoff_bridged");
    agent.leaves();
    let row = house.ended(&id);
    assert_eq!(
        (row["hangup_by"].as_str(), row["hangup_cause"].as_str()),
        (Some("server"), Some("normal_clearing"))
    );
    wait_completed(&house, &sid(1));
    caller.finish();
    house.close();
}

#[test]
fn a_caller_who_hangs_up_in_the_room_ends_the_call_and_the_room() {
    let house = reaching(&[]);
    let (caller, id) = talking(&house);
    let agent = hand_off(&house, &id);
    agent.answers();
    house.event(&id, "handoff_bridged");
    wait_for("both in the room", || agent.with() == ["agent", "caller"]);
    caller.hang_up();
    assert_eq!(house.ended(&id)["hangup_by"], "caller");
    assert!(cordboard_test_support::twilio::rooms::has_ended(agent.room()));
    assert!(house.events_of(&id, "caller_returned").is_empty());
    caller.finish();
    house.close();
}

#[test]
fn a_caller_who_hangs_up_while_it_rings_takes_the_ringing_with_them() {
    let house = reaching(&[]);
    let (caller, id) = talking(&house);
    let agent = hand_off(&house, &id);
    agent.rings();
    house.event(&id, "handoff_ringing");
    caller.hang_up();
    wait_completed(&house, agent.call());
    assert_eq!(house.event(&id, "handoff_abandoned")["failure"], "caller_left");
    house.ended(&id);
    caller.finish();
    house.close();
}

#[test]
fn every_end_of_the_ringing_is_told_and_the_caller_never_leaves_the_stream() {
    for (status, failure) in [("busy", "busy"), ("no-answer", "no_answer"), ("failed", "congestion")] {
        let house = reaching(&[]);
        let (caller, id) = talking(&house);
        hand_off(&house, &id).comes_to(status);
        assert_eq!(house.event(&id, "handoff_abandoned")["failure"], failure);
        house.wait_said(&id, "transfer_refused");
        assert_eq!(caller.streams(), [Opened::Stream]);
        caller.hang_up();
        house.ended(&id);
        caller.finish();
        house.close();
    }
}

#[test]
fn a_person_of_whom_twilio_does_not_say_whether_it_calls_them_is_known_by_their_callbacks() {
    let house = reaching(&[]);
    let (caller, id) = talking(&house);
    house.rest().trouble(&[Trouble::TooMany { retry_after_s: 0 }, Trouble::DoneAndFails]);
    let agent = hand_off(&house, &id);
    agent.answers();
    house.event(&id, "handoff_bridged");
    assert_eq!(house.rest().came("POST", "/Conferences/").len(), 2, "refused once, done once");
    caller.hang_up();
    house.ended(&id);
    caller.finish();
    house.close();
}

#[test]
fn a_redirect_that_is_refused_ends_the_persons_leg_and_leaves_the_caller_on_the_stream() {
    let house = reaching(&[]);
    let (caller, id) = talking(&house);
    let agent = hand_off(&house, &id);
    house.rest().trouble(&[Trouble::Refuses(400, 21_205)]);
    agent.answers();
    assert_eq!(house.event(&id, "handoff_abandoned")["failure"], "congestion");
    wait_completed(&house, agent.call());
    house.wait_said(&id, "transfer_refused");
    assert_eq!(caller.streams(), [Opened::Stream]);
    caller.hang_up();
    house.ended(&id);
    caller.finish();
    house.close();
}

#[test]
fn a_redirect_that_is_done_without_a_word_joins_them_all_the_same() {
    let house = reaching(&[]);
    let (caller, id) = talking(&house);
    let agent = hand_off(&house, &id);
    house.rest().trouble(&[Trouble::DoneAndSilent]);
    agent.answers();
    house.event(&id, "handoff_bridged");
    caller.hang_up();
    assert_eq!(house.ended(&id)["hangup_by"], "caller");
    caller.finish();
    house.close();
}

/// A house whose assistant asks for this tool in its first turn.
fn asking(tool: &str, arguments: &Value) -> (House, OpenAiStandIn) {
    let script = Script::new()
        .greeting(Answer::say("Hello.", 1_000.0, Duration::from_millis(500)))
        .turn(Answer::call(tool, arguments))
        .after_tools(Answer::say("Nobody is free.", 700.0, Duration::from_millis(600)));
    let provider = OpenAiStandIn::start(script).unwrap();
    let base_url = provider.base_url();
    let house = reaching(&[
        ("assistant.provider", "openai"),
        ("OPENAI_API_KEY", "sk-of-the-tests-0123456789"),
        ("OPENAI_BASE_URL", &base_url),
        ("OPENAI_REALTIME_MODEL", "gpt-realtime-2.1"),
    ]);
    (house, provider)
}

/// A caller who has said something to it.
fn asks(house: &House) -> (Caller, String) {
    let (caller, id) = house.call(1);
    house.rest().holds(&sid(1), &caller);
    house.event(&id, "item_complete");
    house.event(&id, "played_until");
    caller.say(&babble(7, Duration::from_millis(900), RATE));
    caller.say(&silence(Duration::from_millis(300), RATE));
    (caller, id)
}

/// What the assistant was answered.
fn answered(provider: &OpenAiStandIn) -> Value {
    let returned = |content: &Content| match content {
        Content::Returned { output, .. } => serde_json::from_str(output).ok(),
        _ => None,
    };
    let given = || {
        let connections = provider.connections();
        connections.iter().flat_map(|one| &one.conversation.items).find_map(|item| returned(&item.content))
    };
    wait_until("the tool's answer", LIMIT, given).unwrap()
}

#[test]
fn whom_the_business_has_named_is_asked_in_order_and_the_second_takes_over() {
    let (house, provider) =
        asking("escalate_to_human", &json!({ "reason": "water", "urgency": "emergency" }));
    house.describe_business(&json!({ "escalation": { "targets": ["operator", "sales"] } }));
    let (caller, id) = asks(&house);
    let first = called(&house, 0);
    first.comes_to("busy");
    let second = called(&house, 1);
    assert_ne!(first.room(), second.room());
    second.answers();
    house.event(&id, "handoff_bridged");
    let targets: Vec<Value> =
        house.events_of(&id, "handoff_requested").iter().map(|event| event["target"].clone()).collect();
    assert_eq!(targets, ["operator", "sales"]);
    assert_eq!(house.event(&id, "tool_finished")["outcome"], "done");
    caller.hang_up();
    house.ended(&id);
    caller.finish();
    provider.finish();
    house.close();
}

#[test]
fn where_all_are_busy_the_assistant_says_so_and_the_caller_never_leaves_the_stream() {
    let (house, provider) = asking("escalate_to_human", &json!({ "reason": "water", "urgency": "normal" }));
    house.describe_business(&json!({ "escalation": { "targets": ["operator"] } }));
    let (caller, id) = asks(&house);
    called(&house, 0).comes_to("busy");
    let told = answered(&provider);
    assert_eq!(told["failure"], "busy");
    assert!(told["error"].as_str().unwrap().contains("offer to take a message"), "{told}");
    house.wait("the assistant's answer", || (house.events_of(&id, "item_complete").len() > 1).then_some(()));
    assert_eq!(caller.streams(), [Opened::Stream]);
    caller.hang_up();
    house.ended(&id);
    caller.finish();
    provider.finish();
    house.close();
}

#[test]
fn outside_of_the_hours_nobody_is_asked_and_the_assistant_learns_it() {
    let (house, provider) = asking("escalate_to_human", &json!({ "reason": "a bill", "urgency": "low" }));
    // Open on no day of the week.
    house.describe_business(&json!({
        "hours": {}, "escalation": { "targets": ["operator"], "when": "open_hours" },
    }));
    let (caller, id) = asks(&house);
    let told = answered(&provider);
    assert_eq!(told["failure"], "offline", "{told}");
    assert!(house.rest().came("POST", "/Conferences/").is_empty());
    caller.hang_up();
    house.ended(&id);
    caller.finish();
    provider.finish();
    house.close();
}
