//! People: a caller of Twilio gets a person in a room, and comes back when nobody is there any more.

use std::time::Duration;

use cordboard_test_support::audio::{babble, silence};
use cordboard_test_support::openai::{Answer, Content, OpenAiStandIn, Script};
use cordboard_test_support::server::Token;
use cordboard_test_support::twilio::{Agent, Caller, Opened};
use cordboard_test_support::twilio_rest::Trouble;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::setup::{Setup, TO, sid};
use crate::suites::book::{Book as _, between, until, wait_for};
use crate::suites::provider::provider_of;
use crate::world::{begun, virtually, when};

const HOST: &str = "pbx.example.com";
/// How often a stream sends something: this long it may go on before Twilio redirects its caller.
const FRAME: Duration = Duration::from_millis(20);
/// How long a parting has to settle before its caller is redirected.
const PARTING: Duration = Duration::from_millis(300);
const RATE: u32 = 8_000;

const REACHING: [(&str, &str); 4] = [
    ("TWILIO_TRANSFER_CALLER_ID", TO),
    ("FREEPBX_DOMAIN", HOST),
    ("extensions.operator", "people,2001,1"),
    ("extensions.sales", "people,2002,1"),
];

/// A server that can reach people, and whose callers return from them.
async fn reaching(more: &[(&str, &str)]) -> Setup {
    let settings: Vec<(&str, &str)> = REACHING.iter().chain(more).copied().collect();
    let setup = Setup::open(&settings).await;
    setup.set_after_handoff("return").await;
    setup
}

/// A caller who has heard the greeting, and whom the API can redirect.
async fn talking(setup: &Setup) -> (Caller, String) {
    let (caller, id) = setup.call(1).await;
    setup.rest().holds(&sid(1), &caller);
    setup.wait_says(&id, "greeting").await;
    (caller, id)
}

/// A program requests a person for them; returns the person, whose phone is called.
async fn hand_off(setup: &Setup, id: &str) -> Agent {
    let path = format!("/api/v1/calls/{id}/handoff");
    let answer = setup.server().post(&path, &json!({ "target": "operator" }), Token::Admin).await;
    assert!(answer.status < 300, "{}", answer.text());
    called(setup, 0).await
}

/// The person who was called after this many others.
pub(crate) async fn called(setup: &Setup, number: usize) -> Agent {
    let came = setup
        .wait("a person to be called", async || {
            let came = setup.rest().came("POST", "/Conferences/");
            came.into_iter().filter(|came| came.sid.is_some()).nth(number)
        })
        .await;
    assert_eq!(came.get("From"), Some(TO));
    Agent::of(&setup.account(), &came)
}

/// Waits until Twilio gets the report that this call is over.
pub(crate) async fn wait_completed(setup: &Setup, call: &str) {
    let is_ended = async || {
        let came = setup.rest().came("POST", &format!("/Calls/{call}.json"));
        came.into_iter().find(|came| came.get("Status") == Some("completed")).map(drop)
    };
    until("the end of the call at Twilio", is_ended).await;
}

#[test]
fn a_caller_returns_from_a_person_in_a_room() {
    virtually(async || {
        let setup = reaching(&[]).await;
        let (caller, id) = talking(&setup).await;
        let agent = hand_off(&setup, &id).await;
        agent.rings().await;
        setup.event(&id, "handoff_ringing").await;
        assert_eq!(caller.streams(), [Opened::Stream]);
        agent.answers().await;
        setup.event(&id, "handoff_bridged").await;
        wait_for("both in the room", || agent.with() == ["agent", "caller"]).await;
        assert!(!caller.is_let_go());
        agent.leaves().await;
        setup.event(&id, "caller_returned").await;
        setup.wait_says(&id, "welcome_back").await;
        assert_eq!(caller.streams(), [Opened::Stream, Opened::Stream]);
        assert_eq!(
            setup.events_of(&id, "handoff_bridged").await.len(),
            1,
            "reported twice, and journalled once"
        );
        let journal = setup.journal(&id).await;
        assert_eq!(when(&journal, "bridged") - when(&journal, "handoff_accepted"), FRAME);
        assert_eq!(when(&journal, "caller_returned") - when(&journal, "unbridged"), PARTING);
        assert_eq!(begun(&journal, "welcome_back"), when(&journal, "caller_returned"));
        caller.hang_up();
        assert_eq!(setup.ended(&id).await["hangup_by"], "caller");
        // No stream was lost on the way to the person and back.
        let ends = setup.events_of(&id, "leg_left").await;
        assert!(ends.iter().all(|end| end["how"] != "broken"), "a stream that was lost: {ends:?}");
        caller.finish();
        setup.close().await;
    });
}

#[test]
fn a_profile_may_end_calls_when_their_person_leaves() {
    virtually(async || {
        let setup = Setup::open(&REACHING).await;
        let (caller, id) = talking(&setup).await;
        let agent = hand_off(&setup, &id).await;
        agent.answers().await;
        setup.event(&id, "handoff_bridged").await;
        agent.leaves().await;
        let row = setup.ended(&id).await;
        assert_eq!(
            (row["hangup_by"].as_str(), row["hangup_cause"].as_str()),
            (Some("server"), Some("normal_clearing"))
        );
        let journal = setup.journal(&id).await;
        assert_eq!(when(&journal, "ended") - when(&journal, "unbridged"), PARTING);
        wait_completed(&setup, &sid(1)).await;
        caller.finish();
        setup.close().await;
    });
}

#[test]
fn a_caller_hanging_up_ends_the_call_and_the_room() {
    virtually(async || {
        let setup = reaching(&[]).await;
        let (caller, id) = talking(&setup).await;
        let agent = hand_off(&setup, &id).await;
        agent.answers().await;
        setup.event(&id, "handoff_bridged").await;
        wait_for("both in the room", || agent.with() == ["agent", "caller"]).await;
        caller.hang_up();
        assert_eq!(setup.ended(&id).await["hangup_by"], "caller");
        assert!(agent.has_room_ended());
        assert!(setup.events_of(&id, "caller_returned").await.is_empty());
        caller.finish();
        setup.close().await;
    });
}

#[test]
fn a_caller_hanging_up_while_it_rings_ends_the_ringing() {
    virtually(async || {
        let setup = reaching(&[]).await;
        let (caller, id) = talking(&setup).await;
        let agent = hand_off(&setup, &id).await;
        agent.rings().await;
        setup.event(&id, "handoff_ringing").await;
        caller.hang_up();
        wait_completed(&setup, agent.call()).await;
        assert_eq!(setup.event(&id, "handoff_abandoned").await["failure"], "caller_left");
        setup.ended(&id).await;
        caller.finish();
        setup.close().await;
    });
}

/// The account has too many requests for so long that nothing remembers for whom the person was called.
#[test]
fn a_person_called_too_late_is_hung_up() {
    virtually(async || {
        let setup = reaching(&[]).await;
        let (caller, id) = talking(&setup).await;
        setup.rest().behaves(Some(Trouble::TooMany { retry_after_s: 30 }));
        let path = format!("/api/v1/calls/{id}/handoff");
        let answer = setup.server().post(&path, &json!({ "target": "operator" }), Token::Admin).await;
        assert!(answer.status < 300, "{}", answer.text());
        wait_for("a person to be asked for", || !setup.rest().came("POST", "/Conferences/").is_empty()).await;
        caller.hang_up();
        setup.ended(&id).await;
        sleep(Duration::from_secs(75)).await;
        setup.rest().behaves(None);
        let agent = called(&setup, 0).await;
        wait_completed(&setup, agent.call()).await;
        caller.finish();
        setup.close().await;
    });
}

#[test]
fn however_ringing_ends_callers_hear_it_and_keep_their_stream() {
    virtually(async || {
        for (status, failure) in [("busy", "busy"), ("no-answer", "no_answer"), ("failed", "congestion")] {
            let setup = reaching(&[]).await;
            let (caller, id) = talking(&setup).await;
            hand_off(&setup, &id).await.comes_to(status).await;
            assert_eq!(setup.event(&id, "handoff_abandoned").await["failure"], failure);
            setup.wait_said(&id, "transfer_refused").await;
            let journal = setup.journal(&id).await;
            assert_eq!(begun(&journal, "transfer_refused"), when(&journal, "handoff_failed"));
            assert_eq!(caller.streams(), [Opened::Stream]);
            caller.hang_up();
            setup.ended(&id).await;
            caller.finish();
            setup.close().await;
        }
    });
}

#[test]
fn callbacks_reveal_a_person_whose_call_was_not_confirmed() {
    virtually(async || {
        let setup = reaching(&[]).await;
        let (caller, id) = talking(&setup).await;
        setup.rest().trouble(&[Trouble::TooMany { retry_after_s: 0 }, Trouble::DoneAndFails]);
        let agent = hand_off(&setup, &id).await;
        agent.answers().await;
        setup.event(&id, "handoff_bridged").await;
        assert_eq!(setup.rest().came("POST", "/Conferences/").len(), 2, "refused once, done once");
        caller.hang_up();
        setup.ended(&id).await;
        caller.finish();
        setup.close().await;
    });
}

#[test]
fn a_refused_redirect_ends_only_the_persons_leg() {
    virtually(async || {
        let setup = reaching(&[]).await;
        let (caller, id) = talking(&setup).await;
        let agent = hand_off(&setup, &id).await;
        setup.rest().trouble(&[Trouble::Refuses(400, 21_205)]);
        agent.answers().await;
        let accepted = setup.event(&id, "handoff_accepted").await;
        let abandoned = setup.event(&id, "handoff_abandoned").await;
        assert_eq!(abandoned["failure"], "congestion");
        assert_eq!(between(&accepted, &abandoned), Duration::ZERO);
        wait_completed(&setup, agent.call()).await;
        setup.wait_said(&id, "transfer_refused").await;
        assert_eq!(caller.streams(), [Opened::Stream]);
        caller.hang_up();
        setup.ended(&id).await;
        caller.finish();
        setup.close().await;
    });
}

#[test]
fn a_redirect_done_without_an_answer_still_joins_them() {
    virtually(async || {
        let setup = reaching(&[]).await;
        let (caller, id) = talking(&setup).await;
        let agent = hand_off(&setup, &id).await;
        setup.rest().trouble(&[Trouble::DoneAndSilent]);
        agent.answers().await;
        setup.event(&id, "handoff_bridged").await;
        caller.hang_up();
        assert_eq!(setup.ended(&id).await["hangup_by"], "caller");
        caller.finish();
        setup.close().await;
    });
}

/// A server whose assistant calls this tool in its first turn.
async fn asking(tool: &str, arguments: &Value) -> (Setup, OpenAiStandIn) {
    let script = Script::new()
        .greeting(Answer::say("Hello.", 1_000.0, Duration::from_millis(500)))
        .turn(Answer::call(tool, arguments))
        .after_tools(Answer::say("Nobody is free.", 700.0, Duration::from_millis(600)));
    let provider = provider_of(script);
    let base_url = provider.base_url();
    let setup = reaching(&[
        ("assistant.provider", "openai"),
        ("OPENAI_API_KEY", "sk-of-the-tests-0123456789"),
        ("OPENAI_BASE_URL", &base_url),
        ("OPENAI_REALTIME_MODEL", "gpt-realtime-2.1"),
    ])
    .await;
    (setup, provider)
}

/// A caller who has said something to it.
async fn asks(setup: &Setup) -> (Caller, String) {
    let (caller, id) = setup.call(1).await;
    setup.rest().holds(&sid(1), &caller);
    setup.event(&id, "item_complete").await;
    setup.event(&id, "played_until").await;
    caller.say(&babble(7, Duration::from_millis(900), RATE));
    caller.say(&silence(Duration::from_millis(300), RATE));
    (caller, id)
}

/// The output of the assistant's tool.
async fn answered(provider: &OpenAiStandIn) -> Value {
    let returned = |content: &Content| match content {
        Content::Returned { output, .. } => serde_json::from_str(output).ok(),
        _ => None,
    };
    let given = async || {
        let connections = provider.connections();
        connections.iter().flat_map(|one| &one.conversation.items).find_map(|item| returned(&item.content))
    };
    until("the tool's answer", given).await
}

#[test]
fn named_people_are_asked_in_order_until_one_takes_over() {
    virtually(async || {
        let (setup, provider) =
            asking("escalate_to_human", &json!({ "reason": "water", "urgency": "emergency" })).await;
        setup.describe_business(&json!({ "escalation": { "targets": ["operator", "sales"] } })).await;
        let (caller, id) = asks(&setup).await;
        let first = called(&setup, 0).await;
        first.comes_to("busy").await;
        let second = called(&setup, 1).await;
        assert_ne!(first.room(), second.room());
        second.answers().await;
        setup.event(&id, "handoff_bridged").await;
        let targets: Vec<Value> = setup
            .events_of(&id, "handoff_requested")
            .await
            .iter()
            .map(|event| event["target"].clone())
            .collect();
        assert_eq!(targets, ["operator", "sales"]);
        assert_eq!(setup.event(&id, "tool_finished").await["outcome"], "done");
        caller.hang_up();
        setup.ended(&id).await;
        caller.finish();
        provider.finish();
        setup.close().await;
    });
}

#[test]
fn callers_stay_on_the_stream_and_hear_everybody_is_busy() {
    virtually(async || {
        let (setup, provider) =
            asking("escalate_to_human", &json!({ "reason": "water", "urgency": "normal" })).await;
        setup.describe_business(&json!({ "escalation": { "targets": ["operator"] } })).await;
        let (caller, id) = asks(&setup).await;
        called(&setup, 0).await.comes_to("busy").await;
        let told = answered(&provider).await;
        assert_eq!(told["failure"], "busy");
        assert!(told["error"].as_str().unwrap().contains("offer to take a message"), "{told}");
        setup
            .wait("the assistant's answer", async || {
                (setup.events_of(&id, "item_complete").await.len() > 1).then_some(())
            })
            .await;
        assert_eq!(caller.streams(), [Opened::Stream]);
        caller.hang_up();
        setup.ended(&id).await;
        caller.finish();
        provider.finish();
        setup.close().await;
    });
}

#[test]
fn out_of_hours_nobody_is_called_and_the_assistant_knows() {
    virtually(async || {
        let (setup, provider) =
            asking("escalate_to_human", &json!({ "reason": "a bill", "urgency": "low" })).await;
        // Open on no day of the week.
        setup
            .describe_business(&json!({
                "hours": {}, "escalation": { "targets": ["operator"], "when": "open_hours" },
            }))
            .await;
        let (caller, id) = asks(&setup).await;
        let told = answered(&provider).await;
        assert_eq!(told["failure"], "offline", "{told}");
        assert!(setup.rest().came("POST", "/Conferences/").is_empty());
        caller.hang_up();
        setup.ended(&id).await;
        caller.finish();
        provider.finish();
        setup.close().await;
    });
}
