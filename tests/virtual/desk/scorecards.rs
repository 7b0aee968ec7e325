//! Scorecards that the judge model fills in by itself after a call.

use std::time::Duration;

use cordboard_test_support::cascade::{CascadeStandIn, Fault, Manners};
use cordboard_test_support::openai::{Answer, Script};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::stage::Stage;
use crate::suites::book::until;
use crate::world::virtually;

const KEY: &str = "sk-of-the-judge";
const MODEL: &str = "qwen2.5-7b-instruct";
/// How often a server looks for calls even if none has ended.
const LOOKED_AGAIN: Duration = Duration::from_secs(620);

/// The judge, which gives these answers, and a server that uses it.
async fn opened(answers: &[&str]) -> (Stage, CascadeStandIn) {
    let judge = CascadeStandIn::start_here(Manners::new(["none", KEY, "none"]), script(answers)).unwrap();
    let base_url = judge.base_url();
    let settings = [("judge.base_url", base_url.as_str()), ("judge.key", KEY), ("judge.model", MODEL)];
    (Stage::with_settings(&settings).await, judge)
}

fn script(answers: &[&str]) -> Script {
    let say = |answer: &&str| Answer::say(answer, 800.0, Duration::from_millis(200));
    answers.iter().fold(Script::new(), |script, answer| script.turn(say(answer)))
}

/// Sets one question, for these calls.
async fn asks_of(stage: &Stage, by_model: &str) {
    let card = json!({
        "questions": [{ "id": "greeted", "text": "Was the caller greeted?", "kind": "yes_no" }],
        "picks": { "random_percent": 0, "handed_off": false, "shorter_than_s": null, "alarm": false },
        "by_model": by_model,
    });
    stage.setup.send("PUT", "/api/v1/scorecard", &card, 200).await;
}

/// Makes a call that ends; returns its id.
async fn ended(stage: &Stage) -> Value {
    let visitor = stage.visitor().await;
    visitor.caller.hang_up();
    stage.event(&visitor.call_id, "ended").await;
    visitor.call_id
}

async fn score(stage: &Stage, call: &Value) -> Value {
    let path = format!("/api/v1/calls/{}/score", call.as_str().unwrap());
    stage.setup.send("GET", &path, &Value::Null, 200).await["score"].clone()
}

#[test]
fn the_judge_model_scores_a_call_once_it_is_over() {
    virtually(async || {
        let (mut stage, judge) = opened(&["I would say yes.", r#"{"greeted": true}"#]).await;
        asks_of(&stage, "all").await;
        let call = ended(&stage).await;
        let scored = until("a score", async || {
            let score = score(&stage, &call).await;
            (!score.is_null()).then_some(score)
        });
        let scored = scored.await;
        assert_eq!((&scored["model"], &scored["percent"]), (&json!(MODEL), &json!(100)));
        assert_eq!(scored["filled_by"], Value::Null);
        sleep(LOOKED_AGAIN).await;
        stage.setup.sign_in().await;
        assert_eq!(
            judge.asked().len(),
            2,
            "it has answered badly once, and is not asked about a scored call"
        );
        let log = stage.setup.send("GET", "/api/v1/audit-log", &Value::Null, 200).await;
        assert_eq!(log["items"].to_string().matches("score.filled_in").count(), 1);
        judge.finish();
    });
}

#[test]
fn only_calls_selected_by_the_organization_are_scored() {
    virtually(async || {
        let (mut stage, judge) = opened(&[r#"{"greeted": false}"#]).await;
        let call = ended(&stage).await;
        for by_model in ["none", "picked"] {
            asks_of(&stage, by_model).await;
            sleep(LOOKED_AGAIN).await;
            stage.setup.sign_in().await;
            assert_eq!(judge.asked().len(), 0, "{by_model}");
        }
        asks_of(&stage, "all").await;
        sleep(LOOKED_AGAIN).await;
        stage.setup.sign_in().await;
        assert_eq!(score(&stage, &call).await["percent"], 0);
        judge.finish();
    });
}

#[test]
fn calls_bound_to_another_region_stay_unscored_with_a_reason() {
    virtually(async || {
        let (mut stage, judge) = opened(&[r#"{"greeted": true}"#]).await;
        stage.change_profile(&json!({ "must_stay_in": "eu" })).await;
        let call = ended(&stage).await;
        asks_of(&stage, "all").await;
        sleep(LOOKED_AGAIN).await;
        stage.setup.sign_in().await;
        let at = format!("/api/v1/calls/{}/score", call.as_str().unwrap());
        let shown = stage.setup.send("GET", &at, &Value::Null, 200).await;
        assert_eq!((&shown["score"], &shown["not_judged"]), (&Value::Null, &json!("other_region")));
        let refused = stage.setup.send("POST", &format!("{at}/by-model"), &Value::Null, 409).await;
        assert_eq!(refused["code"], "other_region");
        assert_eq!(judge.asked().len(), 0);
        judge.finish();
    });
}

#[test]
fn an_absent_judge_is_asked_once_it_returns() {
    virtually(async || {
        let (mut stage, judge) = opened(&[r#"{"greeted": true}"#]).await;
        asks_of(&stage, "all").await;
        judge.leave();
        judge.come_back_after(Duration::from_secs(1_800));
        let call = ended(&stage).await;
        sleep(Duration::from_secs(1_700)).await;
        stage.setup.sign_in().await;
        assert!(score(&stage, &call).await.is_null());
        sleep(Duration::from_secs(200)).await;
        assert_eq!(score(&stage, &call).await["percent"], 100);
        judge.finish();
    });
}

#[test]
fn a_call_with_an_unreadable_row_holds_up_no_other() {
    virtually(async || {
        let (mut stage, judge) = opened(&[r#"{"greeted": true}"#, r#"{"greeted": false}"#]).await;
        let (bad, call) = (ended(&stage).await, ended(&stage).await);
        let row = format!("WHERE call_id = '{}' AND seq = 1", bad.as_str().unwrap());
        stage.setup.world.sql(&format!("UPDATE call_events SET data = '?' || data {row}")).await;
        asks_of(&stage, "all").await;
        sleep(LOOKED_AGAIN).await;
        stage.setup.sign_in().await;
        assert_eq!(score(&stage, &call).await["percent"], 100);
        assert!(score(&stage, &bad).await.is_null());
        stage.setup.world.sql(&format!("UPDATE call_events SET data = substr(data, 2) {row}")).await;
        sleep(LOOKED_AGAIN).await;
        stage.setup.sign_in().await;
        assert_eq!(score(&stage, &bad).await["percent"], 0, "it is looked at once it can be read");
        judge.finish();
    });
}

#[test]
fn a_call_the_judge_leaves_unanswered_holds_up_no_other() {
    virtually(async || {
        let (mut stage, judge) = opened(&[r#"{"greeted": true}"#, r#"{"greeted": false}"#]).await;
        asks_of(&stage, "all").await;
        // It is asked twice each time.
        for _ in 0..2 {
            judge.model_fault(Fault::Refuse(500, json!({ "error": { "message": "out of order" } })));
        }
        let (first, second) = (ended(&stage).await, ended(&stage).await);
        sleep(LOOKED_AGAIN).await;
        stage.setup.sign_in().await;
        let percent = async |call: &Value| score(&stage, call).await["percent"].clone();
        assert_eq!(percent(&second).await, 100, "it comes before the one that was not answered");
        assert_eq!(percent(&first).await, 0);
        judge.finish();
    });
}

#[test]
fn a_judge_that_never_answers_properly_is_not_asked_forever() {
    virtually(async || {
        let (mut stage, judge) = opened(&["Yes.", "Yes!", "Yes?", r#"{"greeted": true}"#]).await;
        asks_of(&stage, "all").await;
        let call = ended(&stage).await;
        sleep(3 * LOOKED_AGAIN).await;
        stage.setup.sign_in().await;
        assert_eq!(judge.asked().len(), 3);
        assert!(score(&stage, &call).await.is_null());
        judge.finish();
    });
}
