//! Agents who consult colleagues about a caller, and pass callers on.

use std::time::Duration;

use cordboard_test_support::browser::Caller;
use cordboard_test_support::control::TaskProgram;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::stage::{Stage, Visitor};
use crate::suites::book::until;
use crate::suites::desks::{IN_TURN, has_heard, is_heard, says, stands};
use crate::world::virtually;

/// Ada talks with a visitor, and with Bo, whom she consults about them.
struct Consulting {
    stage: Stage,
    visitor: Visitor,
    adas: TaskProgram,
    ada: Caller,
    bo_id: Value,
    bos: TaskProgram,
    bo: Caller,
}

impl Consulting {
    async fn begin() -> Self {
        let (stage, colleague, mut bos) = Stage::open_with("Bo", "bo").await;
        let (mut adas, visitor, ada) = stage.talking().await;
        adas.done(json!({ "command": "consult", "call_id": visitor.call_id, "target": "bo" })).await;
        let asking = stands(&mut adas, &visitor.call_id, "held").await;
        assert_eq!(
            asking["consult"],
            json!({ "by": stage.ada.id, "target": "bo", "with": null, "is_there": false })
        );
        let offer = bos.event_of("offered").await["offer"].clone();
        assert_eq!(offer["reason"], "a colleague asks you about this caller");
        let path = format!("/api/customer/data?extension=bo&call_id={}", visitor.call_id.as_str().unwrap());
        let profile = stage.setup.as_person(&colleague, "GET", &path, &Value::Null, 200).await;
        assert_eq!(profile["call_id"], visitor.call_id);
        let early = adas.refusal(json!({ "command": "complete_consult", "call_id": visitor.call_id })).await;
        assert_eq!(early, "colleague_not_there");
        bos.done(json!({ "command": "accept", "offer_id": offer["id"] })).await;
        stands(&mut bos, &visitor.call_id, "connecting").await;
        let bo = stage.audio(&mut bos, &visitor.call_id).await;
        let asked = stands(&mut bos, &visitor.call_id, "consulted").await;
        assert_eq!(asked["consult"]["with"], colleague.id);
        Self { stage, visitor, adas, ada, bo_id: colleague.id, bos, bo }
    }

    async fn says(&mut self, command: &str) {
        self.adas.done(json!({ "command": command, "call_id": self.visitor.call_id })).await;
    }

    /// The outcome of each agent.
    async fn outcomes(&self) -> Value {
        let agents = self.stage.call(&self.visitor.call_id).await["agents"].clone();
        agents.as_array().unwrap().iter().map(|agent| agent["outcome"].clone()).collect()
    }
}

#[test]
fn visitors_hear_music_during_a_consultation_then_all_three_talk() {
    virtually(async || {
        let mut three = Consulting::begin().await;
        is_heard(&three.ada, &three.bo, 500.0).await;
        is_heard(&three.bo, &three.ada, 700.0).await;
        // The visitor hears music, and nobody hears the visitor.
        assert!(three.visitor.hears_something().await <= IN_TURN);
        let (adas_so_far, bos_so_far) = (three.ada.heard().length(), three.bo.heard().length());
        says(&three.visitor.caller, 1_100.0).await;

        three.says("join_consult").await;
        let together = stands(&mut three.adas, &three.visitor.call_id, "talking").await;
        assert_eq!((&together["others"], &together["consult"]), (&json!([three.bo_id]), &Value::Null));
        is_heard(&three.visitor.caller, &three.ada, 900.0).await;
        is_heard(&three.visitor.caller, &three.bo, 800.0).await;
        is_heard(&three.bo, &three.visitor.caller, 600.0).await;
        is_heard(&three.ada, &three.bo, 500.0).await;
        assert!(!has_heard(&three.ada, 1_100.0, adas_so_far) && !has_heard(&three.bo, 1_100.0, bos_so_far));

        // An agent who hangs up leaves the others, and the last one ends the call.
        three.says("hang_up").await;
        assert_eq!(
            stands(&mut three.bos, &three.visitor.call_id, "talking").await["others"],
            json!([three.stage.ada.id])
        );
        assert_eq!(stands(&mut three.bos, &three.visitor.call_id, "talking").await["others"], json!([]));
        is_heard(&three.bo, &three.visitor.caller, 700.0).await;
        let visitor = &three.visitor;
        three.bos.done(json!({ "command": "hang_up", "call_id": visitor.call_id })).await;
        assert_eq!(three.stage.event(&visitor.call_id, "ended").await["by"], "agent");
        assert_eq!(three.outcomes().await, json!(["talked", "talked"]));
    });
}

#[test]
fn a_consulted_colleague_reads_the_agents_note() {
    virtually(async || {
        let (stage, _, mut bos) = Stage::open_with("Bo", "bo").await;
        let (mut adas, visitor, _ada) = stage.talking().await;
        let consult = json!({
            "command": "consult", "call_id": visitor.call_id, "target": "bo", "note": " Wants the blue one. ",
        });
        adas.done(consult).await;
        let offer = bos.event_of("offered").await["offer"].clone();
        assert_eq!(offer["reason"], "a colleague asks you about this caller: Wants the blue one.");
    });
}

#[test]
fn completing_a_consultation_leaves_the_visitor_to_the_colleague() {
    virtually(async || {
        let mut three = Consulting::begin().await;
        three.says("complete_consult").await;
        let alone = stands(&mut three.bos, &three.visitor.call_id, "talking").await;
        assert_eq!((&alone["others"], &alone["last_consult"]), (&json!([]), &json!({ "how": "completed" })));
        is_heard(&three.bo, &three.visitor.caller, 600.0).await;
        is_heard(&three.visitor.caller, &three.bo, 800.0).await;
        let ada = &three.ada;
        until("the end of Ada's audio", async || ada.is_let_go().then_some(())).await;
        assert_eq!(three.outcomes().await, json!(["talked", "talking"]));
    });
}

#[test]
fn cancelling_returns_the_visitor_and_leaves_colleagues_no_wrap_up() {
    virtually(async || {
        let mut three = Consulting::begin().await;
        three.says("cancel_consult").await;
        let again = stands(&mut three.adas, &three.visitor.call_id, "talking").await;
        assert_eq!(again["last_consult"], json!({ "how": "cancelled" }));
        is_heard(&three.ada, &three.visitor.caller, 500.0).await;
        is_heard(&three.visitor.caller, &three.ada, 800.0).await;
        let over = three.bos.event_of("work").await;
        assert_eq!((&over["calls"], &over["wrap_ups"]), (&json!([]), &json!([])));
        let bo = &three.bo;
        until("the end of Bo's audio", async || bo.is_let_go().then_some(())).await;
        assert_eq!(three.outcomes().await, json!(["talking", "consulted"]));
    });
}

#[test]
fn a_removed_colleague_is_no_longer_asked() {
    virtually(async || {
        let mut three = Consulting::begin().await;
        let (at, asked) = (format!("/api/v1/users/{}", three.bo_id.as_str().unwrap()), Instant::now());
        three.stage.setup.send("DELETE", &at, &Value::Null, 204).await;
        let again = stands(&mut three.adas, &three.visitor.call_id, "talking").await;
        assert_eq!(again["last_consult"], json!({ "how": "colleague_left" }));
        assert!(asked.elapsed() < Duration::from_secs(1), "nobody waits for Bo: {:?}", asked.elapsed());
        is_heard(&three.visitor.caller, &three.ada, 900.0).await;
    });
}

#[test]
fn when_a_colleague_declines_the_agent_has_the_visitor_again() {
    virtually(async || {
        let (stage, _, mut bos) = Stage::open_with("Bo", "bo").await;
        let (mut adas, visitor, ada) = stage.talking().await;
        adas.done(json!({ "command": "consult", "call_id": visitor.call_id, "target": "bo" })).await;
        stands(&mut adas, &visitor.call_id, "held").await;
        let offer = bos.event_of("offered").await["offer"].clone();
        bos.done(json!({ "command": "decline", "offer_id": offer["id"] })).await;
        let again = stands(&mut adas, &visitor.call_id, "talking").await;
        assert_eq!(again["last_consult"], json!({ "how": "not_reached", "failure": "declined" }));
        is_heard(&ada, &visitor.caller, 500.0).await;
    });
}

#[test]
fn requests_for_help_show_at_every_desk_until_they_end() {
    virtually(async || {
        let (stage, _, mut bos) = Stage::open_with("Bo", "bo").await;
        let (mut adas, visitor, _ada) = stage.talking().await;
        let asks =
            json!({ "command": "need_help", "call_id": visitor.call_id, "note": "Wants his money back." });
        assert_eq!(bos.refusal(asks.clone()).await, "not_in_call");
        let mut seen = async |is_it: fn(&Value) -> bool| loop {
            let event = bos.event().await;
            let agents = event["agents"].as_array().filter(|_| event["kind"] == "changed");
            let asking = agents.into_iter().flatten().find(|agent| agent["user_id"] == stage.ada.id);
            if let Some(agent) = asking.filter(|agent| is_it(&agent["needs_help"])) {
                return agent["needs_help"].clone();
            }
        };
        adas.done(asks.clone()).await;
        let help = seen(Value::is_object).await;
        assert_eq!((&help["call_id"], &help["note"]), (&visitor.call_id, &asks["note"]));
        let (_, snapshot) = stage.setup.desk(&stage.ada).await;
        let known =
            snapshot["agents"].as_array().unwrap().iter().find(|agent| agent["user_id"] == stage.ada.id);
        assert_eq!(known.unwrap()["needs_help"], help);
        adas.done(json!({ "command": "help_over" })).await;
        seen(Value::is_null).await;
        adas.done(asks).await;
        seen(Value::is_object).await;
        adas.done(json!({ "command": "hang_up", "call_id": visitor.call_id })).await;
        seen(Value::is_null).await;
    });
}

#[test]
fn a_visitor_passed_on_reaches_a_colleague_who_knows_why() {
    virtually(async || {
        let (stage, _, mut bos) = Stage::open_with("Bo", "bo").await;
        let (mut adas, visitor, _ada) = stage.talking().await;
        let nobody = json!({ "command": "transfer", "call_id": visitor.call_id, "target": "nobody" });
        assert_eq!(adas.refusal(nobody).await, "no_such_target");
        let note = "Wants the blue one.";
        adas.done(json!({ "command": "transfer", "call_id": visitor.call_id, "target": "bo", "note": note }))
            .await;
        // The visitor does not wait in silence.
        assert!(visitor.hears_something().await <= IN_TURN);
        let offer = bos.event_of("offered").await["offer"].clone();
        assert_eq!((&offer["call_id"], &offer["reason"]), (&visitor.call_id, &json!(note)));
        bos.done(json!({ "command": "accept", "offer_id": offer["id"] })).await;
        stands(&mut bos, &visitor.call_id, "connecting").await;
        let bo = stage.audio(&mut bos, &visitor.call_id).await;
        stands(&mut bos, &visitor.call_id, "talking").await;
        is_heard(&bo, &visitor.caller, 600.0).await;
        is_heard(&visitor.caller, &bo, 800.0).await;
        let passed = stage.event(&visitor.call_id, "passed_on").await;
        assert_eq!((&passed["user_id"], &passed["target"]), (&stage.ada.id, &json!("bo")));
        let (_, snapshot) = stage.setup.desk(&stage.ada).await;
        assert_eq!(snapshot["wrap_ups"][0]["call_id"], visitor.call_id);
    });
}

#[test]
fn a_visitor_whom_nobody_accepts_returns_to_the_assistant() {
    virtually(async || {
        let (stage, _, mut bos) = Stage::open_with("Bo", "bo").await;
        let (mut adas, visitor, _ada) = stage.talking().await;
        adas.done(json!({ "command": "transfer", "call_id": visitor.call_id, "target": "bo" })).await;
        let offer = bos.event_of("offered").await["offer"].clone();
        bos.done(json!({ "command": "decline", "offer_id": offer["id"] })).await;
        assert_eq!(stage.event(&visitor.call_id, "handoff_abandoned").await["failure"], "declined");
        assert!(visitor.hears_something().await <= IN_TURN);
        assert_eq!(stage.call(&visitor.call_id).await["state"], "live");
    });
}
