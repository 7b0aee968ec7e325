//! Supervisors in live calls: what they hear, and who hears them.

use std::time::Duration;

use cordboard_test_support::audio::{Span, babble};
use cordboard_test_support::browser::Caller;
use cordboard_test_support::control::TaskProgram;
use cordboard_test_support::desk::{Person, RATE};
use cordboard_test_support::openai::{Answer, OpenAiStandIn, Script};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::stage::{Stage, Visitor};
use crate::suites::book::until;
use crate::suites::desks::{
    IN_TURN, has_heard, has_not, hears, hears_something, is_heard, says, sees_first, stands,
};
use crate::suites::provider::provider_of;
use crate::world::virtually;

/// The length of sound that is played at once.
const FRAME: Duration = Duration::from_millis(20);

/// The path of a call's supervision in the API.
fn at(visitor: &Visitor, more: &str) -> String {
    format!("/api/v1/calls/{}/supervision{more}", visitor.call_id.as_str().unwrap())
}

/// Sam takes part in this way.
async fn supervises(stage: &Stage, sam: &Person, visitor: &Visitor, mode: &str) -> Value {
    stage.setup.as_person(sam, "PUT", &at(visitor, ""), &json!({ "mode": mode }), 200).await
}

/// Sam's audio in a call, as a supervisor who takes part in this way.
pub(super) async fn heard_by(stage: &Stage, sam: &Person, visitor: &Visitor, mode: &str) -> Caller {
    let begun = supervises(stage, sam, visitor, mode).await;
    let ear = Caller::connect_here(stage.setup.server.http, begun["token"].as_str().unwrap(), RATE).await;
    let joined = stage.event(&visitor.call_id, "supervisor_joined").await;
    assert_eq!((&joined["user_id"], &joined["mode"]), (&sam.id, &json!(mode)));
    ear
}

/// The same, once more in this call.
pub(super) async fn heard_again_by(stage: &Stage, sam: &Person, visitor: &Visitor) -> Caller {
    let begun = supervises(stage, sam, visitor, "listen").await;
    let ear = Caller::connect_here(stage.setup.server.http, begun["token"].as_str().unwrap(), RATE).await;
    until("their second audio", async || {
        let events = stage.events(&visitor.call_id).await;
        let joined = events.iter().filter(|event| event["kind"] == "supervisor_joined").count();
        (joined == 2).then_some(())
    })
    .await;
    ear
}

/// Waits until a desk shows that these users hear its call.
async fn comes_to_show(desk: &mut TaskProgram, visitor: &Visitor, wanted: &Value) {
    while stands(desk, &visitor.call_id, "talking").await["supervisors"] != *wanted {}
}

/// Waits until a user's audio has ended; the token to resume it does not bring it back.
pub(super) async fn is_cut_off(stage: &Stage, ear: &Caller) {
    until("no more sound", async || ear.is_let_go().then_some(())).await;
    let again = ear.come_back_here(stage.setup.server.http).await;
    until("no way back", async || again.is_let_go().then_some(())).await;
    assert_eq!(again.ready(), None, "they came back");
}

/// Whether a desk shows who hears its call.
fn shows(call: &Value, sam: &Person, mode: &str) -> bool {
    call["supervisors"] == json!([{ "user_id": sam.id, "mode": mode }])
}

#[test]
fn a_listening_supervisor_hears_visitor_and_assistant_but_stays_unheard() {
    virtually(async || {
        let stage = Stage::open().await;
        let sam = stage.setup.person("Sam", "supervisor").await;
        let visitor = stage.visitor().await;
        let ear = heard_by(&stage, &sam, &visitor, "listen").await;
        stage.event(&visitor.call_id, "assistant_said").await;
        is_heard(&visitor.caller, &ear, 500.0).await;
        let before = visitor.caller.heard().length();
        says(&ear, 900.0).await;
        assert!(!has_heard(&visitor.caller, 900.0, before), "the visitor hears the listener");
        // The assistant asks a silent caller whether they are there: both hear it.
        stage.event(&visitor.call_id, "silence_prompted").await;
        let began = hears_something(&ear).await;
        assert!(began <= IN_TURN, "{began:?}");

        stage.setup.as_person(&sam, "DELETE", &at(&visitor, ""), &Value::Null, 202).await;
        until("no more sound", async || ear.is_let_go().then_some(())).await;
        assert_eq!(stage.event(&visitor.call_id, "supervisor_left").await["how"], "left");
        assert_eq!(stage.call(&visitor.call_id).await["state"], "live");
        stage.setup.as_person(&sam, "DELETE", &at(&visitor, ""), &Value::Null, 409).await;
    });
}

#[test]
fn words_are_heard_whole_although_a_supervisor_leaves_in_them() {
    virtually(async || {
        let stage = Stage::open().await;
        let sam = stage.setup.person("Sam", "supervisor").await;
        let visitor = stage.visitor().await;
        let ear = heard_by(&stage, &sam, &visitor, "listen").await;
        stage.event(&visitor.call_id, "silence_prompted").await;
        hears_something(&ear).await;
        stage.setup.as_person(&sam, "DELETE", &at(&visitor, ""), &Value::Null, 202).await;
        stage.event(&visitor.call_id, "supervisor_left").await;
        let of_kind = async |kind: &str| {
            let events = stage.events(&visitor.call_id).await.into_iter();
            events.filter(|event| event["kind"] == *kind).collect::<Vec<_>>()
        };
        let said =
            until("the end of the question", async || of_kind("assistant_said").await.into_iter().nth(1))
                .await;
        assert_eq!((&said["end"], &said["item"]), (&json!("finished"), &json!(2)), "{said}");
        let told: Vec<Value> =
            of_kind("played_until").await.into_iter().map(|told| told["item"].clone()).collect();
        assert_eq!(told, [1, 2], "the visitor's ear alone tells what was heard");
    });
}

#[test]
fn keys_and_words_of_a_supervisor_are_never_the_callers() {
    virtually(async || {
        let stage = Stage::open().await;
        let sam = stage.setup.person("Sam", "supervisor").await;
        let visitor = stage.visitor().await;
        let ear = heard_by(&stage, &sam, &visitor, "listen").await;
        ear.press('0');
        ear.send(&json!({ "type": "typed", "text": "I want a person" }).to_string());
        ear.send(&json!({ "type": "person" }).to_string());
        ear.hang_up();
        stage.event(&visitor.call_id, "leg_left").await;
        let told = stage.events(&visitor.call_id).await;
        let callers = ["dtmf", "typed", "person_asked", "caller_said", "agent_requested"];
        let wrong: Vec<&Value> =
            told.iter().filter(|event| callers.iter().any(|kind| event["kind"] == *kind)).collect();
        assert_eq!(wrong, Vec::<&Value>::new());
        // The visitor's own key is pressed.
        visitor.caller.press('0');
        stage.event(&visitor.call_id, "dtmf").await;
    });
}

#[test]
fn only_the_agent_hears_whispers_but_both_hear_barging_in() {
    virtually(async || {
        let stage = Stage::open().await;
        let sam = stage.setup.person("Sam", "supervisor").await;
        let (mut desk, visitor, ada) = stage.talking().await;
        let ear = heard_by(&stage, &sam, &visitor, "listen").await;
        assert!(shows(&stands(&mut desk, &visitor.call_id, "talking").await, &sam, "listen"));
        is_heard(&visitor.caller, &ear, 500.0).await;
        is_heard(&ada, &ear, 700.0).await;

        supervises(&stage, &sam, &visitor, "whisper").await;
        assert!(shows(&stands(&mut desk, &visitor.call_id, "talking").await, &sam, "whisper"));
        let before = visitor.caller.heard().length();
        // At once: `is_heard` waits only as long as sound needs to get there.
        is_heard(&ear, &ada, 900.0).await;
        assert!(!has_heard(&visitor.caller, 900.0, before), "the visitor hears a whisper");

        supervises(&stage, &sam, &visitor, "barge").await;
        assert!(shows(&stands(&mut desk, &visitor.call_id, "talking").await, &sam, "barge"));
        is_heard(&ear, &visitor.caller, 1_100.0).await;
        is_heard(&ear, &ada, 1_300.0).await;

        supervises(&stage, &sam, &visitor, "listen").await;
        let before = (visitor.caller.heard().length(), ada.heard().length());
        says(&ear, 600.0).await;
        assert!(!has_heard(&visitor.caller, 600.0, before.0) && !has_heard(&ada, 600.0, before.1));
    });
}

#[test]
fn the_assistant_says_nothing_while_a_supervisor_barges_in() {
    virtually(async || {
        let stage = Stage::open().await;
        let sam = stage.setup.person("Sam", "supervisor").await;
        let visitor = stage.visitor().await;
        let ear = heard_by(&stage, &sam, &visitor, "barge").await;
        is_heard(&ear, &visitor.caller, 900.0).await;
        is_heard(&visitor.caller, &ear, 500.0).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        let kinds: Vec<Value> =
            stage.events(&visitor.call_id).await.into_iter().map(|event| event["kind"].clone()).collect();
        assert!(
            !kinds.contains(&json!("silence_prompted")),
            "a caller who talks is asked whether they are there"
        );
        supervises(&stage, &sam, &visitor, "listen").await;
        stage.event(&visitor.call_id, "silence_prompted").await;
    });
}

#[test]
fn a_supervisor_who_takes_over_has_the_visitor() {
    virtually(async || {
        let stage = Stage::open().await;
        let sam = stage.setup.person("Sam", "supervisor").await;
        let (mut leads, snapshot) = stage.setup.desk(&sam).await;
        sees_first((&mut leads, &snapshot), &sam, "away").await;
        let (mut desk, visitor, ada) = stage.talking().await;
        let ear = heard_by(&stage, &sam, &visitor, "listen").await;
        stage.setup.as_person(&sam, "POST", &at(&visitor, "/take-over"), &Value::Null, 202).await;
        until("the end of the agent's audio", async || ada.is_let_go().then_some(())).await;
        has_not(&mut desk, &visitor.call_id).await;
        stands(&mut leads, &visitor.call_id, "talking").await;
        is_heard(&ear, &visitor.caller, 500.0).await;
        is_heard(&visitor.caller, &ear, 700.0).await;
        assert_eq!(stage.event(&visitor.call_id, "agent_left").await["how"], "taken_over");
        leads.done(json!({ "command": "hang_up", "call_id": visitor.call_id })).await;
        assert_eq!(stage.event(&visitor.call_id, "ended").await["by"], "agent");
    });
}

#[test]
fn a_supervisor_whose_connection_breaks_returns_in_the_same_mode() {
    virtually(async || {
        let stage = Stage::open().await;
        let sam = stage.setup.person("Sam", "supervisor").await;
        let (mut desk, visitor, ada) = stage.talking().await;
        let whispers = json!([{ "user_id": sam.id, "mode": "whisper" }]);
        let ear = heard_by(&stage, &sam, &visitor, "whisper").await;
        comes_to_show(&mut desk, &visitor, &whispers).await;
        ear.break_socket();
        // A supervisor who does not hear the call is not shown.
        comes_to_show(&mut desk, &visitor, &json!([])).await;
        tokio::time::sleep(Duration::from_secs(14)).await;
        let back = ear.come_back_here(stage.setup.server.http).await;
        comes_to_show(&mut desk, &visitor, &whispers).await;
        is_heard(&visitor.caller, &back, 500.0).await;
        let before = visitor.caller.heard().length();
        is_heard(&back, &ada, 900.0).await;
        assert!(!has_heard(&visitor.caller, 900.0, before), "the visitor hears a whisper");

        back.break_socket();
        comes_to_show(&mut desk, &visitor, &json!([])).await;
        assert_eq!(stage.event(&visitor.call_id, "supervisor_left").await["how"], "audio_lost");
        let late = back.come_back_here(stage.setup.server.http).await;
        until("no way back", async || late.is_let_go().then_some(())).await;
        assert_eq!(late.ready(), None, "they came back");
    });
}

#[test]
fn acts_of_a_supervisor_are_in_journal_and_audit_log() {
    virtually(async || {
        let stage = Stage::open().await;
        let sam = stage.setup.person("Sam", "supervisor").await;
        let (_desk, visitor, _ada) = stage.talking().await;
        let ear = heard_by(&stage, &sam, &visitor, "listen").await;
        supervises(&stage, &sam, &visitor, "whisper").await;
        supervises(&stage, &sam, &visitor, "barge").await;
        stage.setup.as_person(&sam, "DELETE", &at(&visitor, ""), &Value::Null, 202).await;
        until("no more sound", async || ear.is_let_go().then_some(())).await;
        let _again = heard_again_by(&stage, &sam, &visitor).await;
        stage.setup.as_person(&sam, "POST", &at(&visitor, "/take-over"), &Value::Null, 202).await;
        stage.event(&visitor.call_id, "agent_left").await;

        let theirs = |event: &Value| {
            let kind = event["kind"].as_str().unwrap().to_owned();
            kind.starts_with("supervis").then(|| {
                assert_eq!(event["user_id"], sam.id, "{event}");
                let more = [&event["wish"], &event["mode"], &event["how"]].map(Value::as_str);
                std::iter::once(kind.as_str()).chain(more.into_iter().flatten()).collect::<Vec<_>>().join(" ")
            })
        };
        let journal: Vec<String> = stage.events(&visitor.call_id).await.iter().filter_map(theirs).collect();
        assert_eq!(
            journal,
            [
                "supervisor_asked supervise listen",
                "supervisor_joined listen",
                "supervisor_asked supervise whisper",
                "supervision_changed whisper",
                "supervisor_asked supervise barge",
                "supervision_changed barge",
                "supervisor_asked leave",
                "supervisor_left left",
                "supervisor_asked supervise listen",
                "supervisor_joined listen",
                "supervisor_asked take_over",
                "supervisor_left took_over",
            ]
        );

        let acts = async || {
            let log = stage.setup.send("GET", "/api/v1/audit-log?limit=200", &Value::Null, 200).await;
            let items = log["items"].as_array().unwrap().clone();
            let of_call = items.into_iter().rev().filter(|entry| entry["subject"] == visitor.call_id);
            let by_sam = of_call.filter(|entry| entry["actor"] == json!({ "kind": "user", "id": sam.id }));
            let told = by_sam.map(|entry| (entry["action"].clone(), entry["detail"].clone()));
            told.collect::<Vec<_>>()
        };
        let log = until("the last of it", async || {
            let acts = acts().await;
            acts.last().is_some_and(|(action, _)| action == "call.taken_over").then_some(acts)
        })
        .await;
        let wanted = [
            ("call.supervised", "listen"),
            ("call.supervised", "whisper"),
            ("call.supervised", "barge"),
            ("call.supervision_ended", ""),
            ("call.supervised", "listen"),
            ("call.taken_over", ""),
        ];
        assert_eq!(log, wanted.map(|(action, detail)| (json!(action), json!(detail))));
    });
}

/// The provider's tones: the greeting, and the answer that follows the hint.
const GREETING_HZ: f64 = 1_000.0;
const ANSWER_HZ: f64 = 1_300.0;
const HINT: &str = "offer the appointment on Friday";

/// Calls that this provider answers.
async fn answered_by(provider: &OpenAiStandIn) -> Stage {
    Stage::with_settings(&[
        ("assistant.provider", "openai"),
        ("OPENAI_API_KEY", "sk-test"),
        ("OPENAI_BASE_URL", &provider.base_url()),
        ("OPENAI_REALTIME_MODEL", "gpt-realtime-2.1"),
    ])
    .await
}

/// A provider sends an answer faster than it is heard: most of it waits to be played when the supervisor joins, and when the visitor
/// interrupts it.
#[test]
fn supervisors_hear_the_rest_of_an_answer_until_interrupted() {
    virtually(async || {
        let greeting = Answer::say("Good day.", GREETING_HZ, Duration::from_millis(600));
        let answer = Answer::say("That is a long story.", ANSWER_HZ, Duration::from_secs(30));
        let provider = provider_of(Script::new().greeting(greeting).turn(answer));
        let stage = answered_by(&provider).await;
        let sam = stage.setup.person("Sam", "supervisor").await;
        let visitor = stage.visitor().await;
        stage.event(&visitor.call_id, "assistant_said").await;
        visitor.caller.say(&babble(7, Duration::from_millis(900), RATE));
        hears(&visitor.caller, |sound| sound.tone_share(ANSWER_HZ) > 0.5).await;
        // By then all of it has come: it is sent four times as fast as it is heard.
        tokio::time::sleep(Duration::from_secs(9)).await;
        let ear = heard_by(&stage, &sam, &visitor, "listen").await;
        hears(&ear, |sound| sound.tone_share(ANSWER_HZ) > 0.5).await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        visitor.caller.say(&babble(8, Duration::from_millis(900), RATE));
        tokio::time::sleep(Duration::from_secs(3)).await;
        let before = [visitor.caller.heard().length(), ear.heard().length()];
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!has_heard(&visitor.caller, ANSWER_HZ, before[0]), "the visitor hears what they interrupted");
        assert!(!has_heard(&ear, ANSWER_HZ, before[1]), "the supervisor hears what was interrupted");
    });
}

#[test]
fn an_assistant_gets_a_hint_silently_before_its_next_turn() {
    virtually(async || {
        let greeting = Answer::say("Good day.", GREETING_HZ, Duration::from_millis(600));
        let answer = Answer::say("Would Friday suit you?", ANSWER_HZ, Duration::from_secs(3));
        let provider = provider_of(Script::new().greeting(greeting).turn(answer));
        let stage = answered_by(&provider).await;
        let sam = stage.setup.person("Sam", "supervisor").await;
        let visitor = stage.visitor().await;
        stage.event(&visitor.call_id, "assistant_said").await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let before = visitor.caller.heard().length();
        stage.setup.as_person(&sam, "POST", &at(&visitor, "/hint"), &json!({ "text": HINT }), 202).await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        let heard = visitor.caller.heard();
        let after = heard.part(Span { start: before, end: heard.length() });
        assert!(after.rms() < 100.0, "the visitor hears something because of a hint");

        visitor.caller.say(&babble(7, Duration::from_millis(900), RATE));
        hears(&visitor.caller, |sound| sound.tone_share(ANSWER_HZ) > 0.5).await;
        let lines = provider.look_at(0, |connection| connection.conversation.lines()).unwrap();
        let hint = lines.iter().position(|line| line.starts_with("system: ") && line.contains(HINT));
        let asked = lines.iter().position(|line| line.starts_with("caller: "));
        assert!(hint.is_some() && asked.is_some() && hint < asked, "{lines:?}");
        let shown = visitor.caller.shown();
        assert!(!shown.iter().any(|message| message.to_string().contains(HINT)), "{shown:?}");
        let log = stage.setup.send("GET", "/api/v1/audit-log?limit=200", &Value::Null, 200).await.to_string();
        assert!(log.contains("call.hinted") && !log.contains(HINT), "{log}");
    });
}

#[test]
fn agents_and_strangers_supervise_nothing() {
    virtually(async || {
        let stage = Stage::open().await;
        let visitor = stage.visitor().await;
        let listen = json!({ "mode": "listen" });
        let refused = stage.setup.as_person(&stage.ada, "PUT", &at(&visitor, ""), &listen, 403).await;
        assert_eq!(refused["code"], "forbidden");
        let stranger = stage.setup.stranger().await;
        stage.setup.as_person(&stranger, "PUT", &at(&visitor, ""), &listen, 404).await;
        stage.setup.as_person(&stranger, "POST", &at(&visitor, "/hint"), &json!({ "text": "x" }), 404).await;
        let whisper = stage.setup.send("PUT", &at(&visitor, ""), &json!({ "mode": "whisper" }), 409).await;
        assert_eq!(whisper["code"], "no_agent_to_hear");
    });
}

/// The default policy.
fn policy() -> Value {
    json!({
        "listen": "supervisor", "whisper": "supervisor", "barge": "supervisor", "take_over": "supervisor",
        "silent": false, "tell_caller": false,
    })
}

/// The same with other values of some fields.
fn policy_with(other: Value) -> Value {
    let mut policy = policy();
    for (field, value) in other.as_object().unwrap() {
        policy[field] = value.clone();
    }
    policy
}

const POLICY: &str = "/api/v1/supervision-policy";

#[test]
fn listeners_are_cut_off_at_once_when_policy_forbids_it() {
    virtually(async || {
        let stage = Stage::open().await;
        let sam = stage.setup.person("Sam", "supervisor").await;
        let visitor = stage.visitor().await;
        let ear = heard_by(&stage, &sam, &visitor, "listen").await;
        // Another way is forbidden: they go on.
        stage.setup.send("PUT", POLICY, &policy_with(json!({ "barge": null })), 200).await;
        is_heard(&visitor.caller, &ear, 500.0).await;
        let refused =
            stage.setup.as_person(&sam, "PUT", &at(&visitor, ""), &json!({ "mode": "barge" }), 403).await;
        assert_eq!(refused["code"], "not_allowed");

        let closed = policy_with(json!({ "listen": "admin" }));
        assert_eq!(stage.setup.send("PUT", POLICY, &closed, 200).await, closed);
        let answered = Instant::now();
        until("no more sound", async || ear.is_let_go().then_some(())).await;
        assert!(answered.elapsed() <= FRAME, "{:?}", answered.elapsed());
        assert_eq!(stage.event(&visitor.call_id, "supervisor_left").await["how"], "not_allowed");
        is_cut_off(&stage, &ear).await;
        assert_eq!(stage.call(&visitor.call_id).await["state"], "live");
        stage.setup.as_person(&sam, "PUT", &at(&visitor, ""), &json!({ "mode": "listen" }), 403).await;
        // They keep their other rights, and everybody sees the policy.
        stage.setup.as_person(&sam, "POST", &at(&visitor, "/hint"), &json!({ "text": "x" }), 422).await;
        assert_eq!(stage.setup.as_person(&stage.ada, "GET", POLICY, &Value::Null, 200).await, closed);
        let log = stage.setup.send("GET", "/api/v1/audit-log", &Value::Null, 200).await.to_string();
        for action in ["supervision_policy.set", "call.supervised"] {
            assert!(log.contains(action), "{action} is not in the log");
        }
    });
}

#[test]
fn supervisors_without_account_or_right_are_cut_off_at_once() {
    virtually(async || {
        let stage = Stage::open().await;
        stage.setup.send("PUT", POLICY, &policy_with(json!({ "listen": "admin" })), 200).await;
        for (role, status) in [("supervisor", "active"), ("admin", "disabled"), ("agent", "active")] {
            let visitor = stage.visitor().await;
            let sam = stage.setup.person(&format!("Sam{role}"), "admin").await;
            let ear = heard_by(&stage, &sam, &visitor, "listen").await;
            is_heard(&visitor.caller, &ear, 500.0).await;
            let user = format!("/api/v1/users/{}", sam.id.as_str().unwrap());
            stage
                .setup
                .send("PUT", &user, &json!({ "name": "Sam", "role": role, "status": status }), 200)
                .await;
            let answered = Instant::now();
            until("no more sound", async || ear.is_let_go().then_some(())).await;
            assert!(answered.elapsed() <= FRAME, "{role}, {status}: {:?}", answered.elapsed());
            is_cut_off(&stage, &ear).await;
            assert_eq!(stage.call(&visitor.call_id).await["state"], "live");
        }
    });
}

#[test]
fn a_silent_policy_hides_supervisors_from_agents_at_once() {
    virtually(async || {
        let stage = Stage::open().await;
        stage.setup.send("PUT", POLICY, &policy_with(json!({ "silent": true })), 200).await;
        let sam = stage.setup.person("Sam", "supervisor").await;
        let (mut desk, visitor, ada) = stage.talking().await;
        let ear = heard_by(&stage, &sam, &visitor, "listen").await;
        is_heard(&ada, &ear, 700.0).await;
        let (_second, snapshot) = stage.setup.desk(&stage.ada).await;
        let call =
            snapshot["calls"].as_array().unwrap().iter().find(|call| call["call_id"] == visitor.call_id);
        assert_eq!(call.unwrap()["supervisors"], json!([]), "the desk shows a silent supervisor");
        stage.setup.send("PUT", POLICY, &policy(), 200).await;
        let shown = stands(&mut desk, &visitor.call_id, "talking").await;
        assert!(shows(&shown, &sam, "listen"), "{shown}");
    });
}

/// How long after a change by another server a server knows a policy.
const KNOWN: Duration = Duration::from_secs(5);

/// A program that follows the calls.
async fn board(stage: &Stage) -> TaskProgram {
    let scopes = json!({ "name": "board", "scopes": ["calls_read", "calls_control"] });
    let made = stage.setup.send("POST", "/api/v1/api-tokens", &scopes, 201).await;
    let bearer = format!("Bearer {}", made["token"].as_str().unwrap());
    let headers = [("Authorization", bearer.as_str())];
    let mut board = TaskProgram::knock_at(stage.setup.server.http, "/ws/control", &headers).await.unwrap();
    board.done(json!({ "command": "subscribe", "topics": ["calls"] })).await;
    board
}

#[test]
fn a_policy_set_by_another_server_applies_within_seconds() {
    virtually(async || {
        let stage = Stage::open().await;
        let sam = stage.setup.person("Sam", "supervisor").await;
        let visitor = stage.visitor().await;
        let mut board = board(&stage).await;
        stage.setup.send("PUT", POLICY, &policy_with(json!({ "silent": true })), 200).await;
        let ear = heard_by(&stage, &sam, &visitor, "listen").await;
        let set = format!("UPDATE supervision_policies SET policy = '{}'", policy());
        stage.setup.world.sql(&set).await;
        tokio::time::sleep(KNOWN + FRAME).await;
        supervises(&stage, &sam, &visitor, "barge").await;
        let first = loop {
            let entry = board.event().await["entry"].clone();
            if entry["kind"].as_str().is_some_and(|kind| kind.starts_with("supervis")) {
                break entry;
            }
        };
        assert_eq!(first["kind"], "supervisor_asked");
        let asked = stage.events(&visitor.call_id).await;
        let asked = asked.iter().filter(|event| event["kind"] == "supervisor_asked");
        assert_eq!(asked.count(), 2, "the first was hidden, and is the one that is shown");

        // Another server forbids it: listeners are cut off.
        supervises(&stage, &sam, &visitor, "listen").await;
        let closed = policy_with(json!({ "listen": "admin" }));
        stage.setup.world.sql(&format!("UPDATE supervision_policies SET policy = '{closed}'")).await;
        tokio::time::sleep(KNOWN + FRAME).await;
        until("no more sound", async || ear.is_let_go().then_some(())).await;
        assert_eq!(stage.event(&visitor.call_id, "supervisor_left").await["how"], "not_allowed");
    });
}

#[test]
fn the_assistant_tells_the_caller_once_that_somebody_listens() {
    virtually(async || {
        let stage = Stage::open().await;
        stage.setup.send("PUT", POLICY, &policy_with(json!({ "tell_caller": true })), 200).await;
        let sam = stage.setup.person("Sam", "supervisor").await;
        let visitor = stage.visitor().await;
        let ear = heard_by(&stage, &sam, &visitor, "listen").await;
        let told = async || {
            let events = stage.events(&visitor.call_id).await;
            events
                .iter()
                .filter(|event| event["kind"] == "item_started" && event["line"] == "overheard")
                .count()
        };
        until("the caller is told", async || (told().await == 1).then_some(())).await;
        supervises(&stage, &sam, &visitor, "barge").await;
        supervises(&stage, &sam, &visitor, "listen").await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(told().await, 1, "the caller is told twice");
        drop(ear);
    });
}
