//! Subjects of calls after they end: found by rules, by the judge model, and by the next process where one was killed.

use std::time::Duration;

#[cfg(feature = "fault-injection")]
use cordboard::store::fault::{self, DatabaseFault};
use cordboard_actors::world as calendar;
use cordboard_test_support::cascade::{CascadeStandIn, Fault, Manners};
use cordboard_test_support::openai::{Answer, OpenAiStandIn, Script, Words};
use cordboard_test_support::server::Token;
use serde_json::{Value, json};
use tokio::join;
use tokio::time::{Instant, sleep};

use crate::openai::stage::{KEY, MODEL, RATE, Stage, Talk, ms};
use crate::world::{Setting, Stage as Lives, World, virtually};

const JUDGE_KEY: &str = "sk-of-the-judge";
const JUDGE: &str = "qwen2.5-7b-instruct";
/// A model with a price, and the price of an answer of the stand-in's: 500 tokens, 400 of its cache, 30 written.
const PAID_JUDGE: &str = "gpt-4.1-mini";
const ANSWER_MICROS: u64 = 200 + 40 + 48;

/// An assistant that asks for the number of guests, and a caller who answers that and more.
fn spoken() -> Script {
    Script::new()
        .greeting(Answer::say("Good day. How many guests will you be?", 1000.0, ms(1200)))
        .turn(Answer::say("I see.", 700.0, ms(800)))
        .words(Words::Heard("Four. And a complaint: my parcels are lost.".to_owned(), ms(300)))
}

/// Makes the only profile ask for two topics and three fields.
async fn asks(world: &World) {
    asks_and(world, |_| {}).await;
}

/// The same, with this change.
async fn asks_and(world: &World, change: impl FnOnce(&mut Value)) {
    let mut profile = world.json("/api/v1/agent-profiles").await["items"][0].clone();
    let path = format!("/api/v1/agent-profiles/{}", profile["id"].as_str().unwrap());
    profile.as_object_mut().unwrap().remove("id");
    profile["topics"] = json!([
        { "name": "invoice", "title": "Invoice", "words": ["invoice*"] },
        { "name": "delivery", "title": "Delivery", "words": ["parcel*"] },
    ]);
    let field = |name: &str, title: &str, kind: &str, choices: Value| json!({ "name": name, "title": title, "kind": kind, "choices": choices, "question": "What is it?" });
    profile["extraction"] = json!([
        field("reason", "Reason", "choice", json!(["order", "complaint"])),
        field("guests", "Guests", "number", json!([])),
        field("summary", "Summary", "text", json!([])),
    ]);
    change(&mut profile);
    let set = world.put(&path, &profile, Token::Admin).await;
    assert_eq!(set.status, 200, "{}", set.text());
}

/// Makes a call in which everything is said and that ends; returns its id.
async fn talked(world: &World) -> String {
    all_said(world).await.hang_up().await["id"].as_str().unwrap().to_owned()
}

/// Makes a call in which everything is said.
async fn all_said(world: &World) -> Talk<'_> {
    let talk = Talk::at(world, RATE).await;
    talk.wait_tone_end(1000.0).await;
    talk.ask(700.0).await;
    talk.wait_tone_end(700.0).await;
    talk.wait_written("three lines", async || (talk.transcript().await.len() == 3).then_some(())).await;
    talk
}

async fn shown(world: &World, call: &str) -> Value {
    world.json(&format!("/api/v1/calls/{call}/extraction")).await
}

/// The findings about a call, once it was examined.
async fn found(world: &World, call: &str) -> Value {
    loop {
        let shown = shown(world, call).await;
        if shown["pending"] == false {
            return shown["extraction"].clone();
        }
        sleep(ms(500)).await;
    }
}

/// Topics and values, such as `delivery` and `reason=complaint`, and who has found them.
fn told(extraction: &Value) -> Vec<String> {
    let all = |of: &str| extraction[of].as_array().unwrap().clone();
    let topics = all("topics").into_iter().map(|topic| format!("{} by {}", topic["name"], topic["by"]));
    let fields = all("fields").into_iter();
    let fields = fields.map(|field| format!("{}={} by {}", field["name"], field["value"], field["by"]));
    topics.chain(fields).map(|line| line.replace('"', "")).collect()
}

const BY_RULES: [&str; 3] = ["delivery by rules", "reason=complaint by rules", "guests=4.0 by rules"];

#[test]
fn without_a_model_rules_find_what_calls_are_listed_by() {
    virtually(async || {
        let stage = Stage::open(spoken()).await;
        let world = &stage.server;
        let before = talked(world).await;
        asks(world).await;
        stage.provider.rewrite(spoken());
        let call = talked(world).await;
        let extraction = found(world, &call).await;
        assert_eq!(told(&extraction), BY_RULES);
        let nothing = json!({ "pending": false, "extraction": null, "not_judged": null });
        assert_eq!(shown(world, &before).await, nothing);

        let topics = world.json("/api/v1/call-topics").await;
        let names: Vec<&Value> =
            topics["items"].as_array().unwrap().iter().map(|topic| &topic["name"]).collect();
        assert_eq!(names, ["delivery", "invoice"]);
        for (topic, calls) in [("delivery", vec![&*call]), ("invoice", vec![])] {
            let listed = world.json(&format!("/api/v1/calls?topic={topic}")).await;
            let ids: Vec<&Value> = listed["items"].as_array().unwrap().iter().map(|row| &row["id"]).collect();
            assert_eq!(ids, calls, "{topic}");
        }

        let day = calendar::now().format("%Y-%m-%d").to_string();
        let keys = async |cut: &str| {
            let report = format!("/api/v1/metrics/report?from={day}&to={day}&cut={cut}");
            let rows = world.json(&report).await["keys"].as_array().unwrap().clone();
            let row = |row: &Value| (row["name"].clone(), row["now"]["calls"].clone(), row["out_of"].clone());
            (rows.iter().map(row).collect::<Vec<_>>(), rows)
        };
        assert_eq!(keys("topic").await.0, [(json!("Delivery"), json!(1), json!(2))]);
        let (named, rows) = keys("extraction").await;
        assert_eq!(named, [(json!("receptionist"), json!(1), json!(1))]);
        assert_eq!((&rows[0]["field"], &rows[0]["value"]), (&json!("Reason"), &json!("complaint")));
        stage.close().await;
    });
}

/// Its row is written when the database is back, after the first look for it.
#[cfg(feature = "fault-injection")]
#[test]
fn a_call_whose_row_comes_late_is_examined_soon() {
    virtually(async || {
        fault::set(None);
        let stage = Stage::open(spoken()).await;
        let world = &stage.server;
        asks(world).await;
        let talk = all_said(world).await;
        fault::set(Some(DatabaseFault::Away));
        let returns = async {
            sleep(ms(1_600)).await;
            fault::set(None);
        };
        let (ended, ()) = join!(talk.hang_up(), returns);
        let since = Instant::now();
        assert_eq!(told(&found(world, ended["id"].as_str().unwrap()).await), BY_RULES);
        assert!(since.elapsed() < Duration::from_secs(15), "{:?}", since.elapsed());
        stage.close().await;
    });
}

#[test]
fn an_unreadable_call_holds_up_no_other() {
    virtually(async || {
        let stage = Stage::open(spoken()).await;
        let world = &stage.server;
        asks(world).await;
        let bad = talked(world).await;
        let row = format!("WHERE call_id = '{bad}' AND seq = 1");
        world.sql(&format!("UPDATE call_events SET data = '?' || data {row}")).await;
        stage.provider.rewrite(spoken());
        let call = talked(world).await;
        assert_eq!(told(&found(world, &call).await), BY_RULES);
        assert_eq!(shown(world, &bad).await["pending"], true);
        let held_up = async || {
            let figures = world.get("/metrics", Token::Admin).await.text();
            let name = "cordboard_organizations_held_up{work=\"extraction\"} ";
            figures.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned)).unwrap()
        };
        assert_eq!(held_up().await, "1");
        world.sql(&format!("UPDATE call_events SET data = substr(data, 2) {row}")).await;
        assert_eq!(told(&found(world, &bad).await), BY_RULES);
        // The search ends after its last call.
        sleep(ms(10_000)).await;
        assert_eq!(held_up().await, "0");
        stage.close().await;
    });
}

/// The judge, which gives these answers.
fn judge(answers: &[&str]) -> CascadeStandIn {
    let say = |answer: &&str| Answer::say(answer, 800.0, Duration::from_millis(200));
    let script = answers.iter().fold(Script::new(), |script, answer| script.turn(say(answer)));
    CascadeStandIn::start_here(Manners::new(["none", JUDGE_KEY, "none"]), script).unwrap()
}

async fn beside(judge: &CascadeStandIn) -> Stage {
    let stage = beside_as(judge, JUDGE, &[]).await;
    asks(&stage.server).await;
    stage
}

/// A server with this judge, as this model.
async fn beside_as(judge: &CascadeStandIn, model: &str, more: &[Setting<'_>]) -> Stage {
    let base_url = judge.base_url();
    let of_judge = [("judge.base_url", base_url.as_str()), ("judge.key", JUDGE_KEY), ("judge.model", model)];
    Stage::open_with(spoken(), &[&of_judge[..], more].concat()).await
}

#[test]
fn the_judge_model_finds_subjects_and_invalid_values_are_dropped() {
    virtually(async || {
        let answer = r#"{"fields": {"reason": "refund", "guests": 4, "summary": "Parcels are lost.", "more": 1}, "topics": ["delivery", "weather"]}"#;
        let judge = judge(&["It was a complaint.", answer]);
        let stage = beside(&judge).await;
        let call = talked(&stage.server).await;
        let extraction = found(&stage.server, &call).await;
        assert_eq!(
            told(&extraction),
            ["delivery by model", "guests=4.0 by model", "summary=Parcels are lost. by model"]
        );
        let asked = judge.asked();
        assert_eq!(asked.len(), 2, "it has answered badly once");
        let question = asked[1].body["messages"][1]["content"].as_str().unwrap();
        assert!(question.contains("my parcels are lost") && question.contains("complaint"), "{question}");
        stage.close().await;
        judge.finish();
    });
}

#[test]
fn rules_decide_where_the_model_always_answers_badly() {
    virtually(async || {
        let judge = judge(&["Yes.", "{}", "[]", r#"{"fields": {}, "topics": []}"#]);
        let stage = beside(&judge).await;
        let call = talked(&stage.server).await;
        assert_eq!(told(&found(&stage.server, &call).await), BY_RULES);
        assert_eq!(judge.asked().len(), 3);
        stage.close().await;
        judge.finish();
    });
}

#[test]
fn eu_data_reaches_no_judge_elsewhere() {
    let answer = r#"{"fields": {}, "topics": ["invoice"]}"#;
    for (region, by_model) in [("unknown", false), ("us", false), ("eu", true)] {
        virtually(async || {
            let judge = judge(&[answer]);
            let regions = [("judge.data_region", region), ("openai.data_region", "eu")];
            let stage = beside_as(&judge, JUDGE, &regions).await;
            asks_and(&stage.server, |profile| profile["must_stay_in"] = "eu".into()).await;
            let call = talked(&stage.server).await;
            let extraction = found(&stage.server, &call).await;
            let why = shown(&stage.server, &call).await["not_judged"].clone();
            if by_model {
                assert_eq!((told(&extraction), why), (vec!["invoice by model".to_owned()], Value::Null));
            } else {
                assert_eq!(told(&extraction), BY_RULES, "{region}");
                assert_eq!(why, "other_region", "{region}");
            }
            assert_eq!(judge.asked().len(), usize::from(by_model), "{region}");
            stage.close().await;
            judge.finish();
        });
    }
}

#[test]
fn a_calls_cost_includes_the_judge_whatever_the_judge_answers() {
    virtually(async || {
        let judge = judge(&["It was a complaint.", r#"{"fields": {}, "topics": ["invoice"]}"#]);
        let stage = beside_as(&judge, PAID_JUDGE, &[]).await;
        let world = &stage.server;
        asks(world).await;
        let call = talked(world).await;
        let cost = async || {
            let call = world.json(&format!("/api/v1/calls/{call}")).await;
            (call["cost_micros"].as_u64().unwrap(), call["judge_micros"].as_u64().unwrap())
        };
        // The server waits 1.2 s after the end for the usage of its last answer, and asks the judge 6 s after the end.
        sleep(ms(2_000)).await;
        let (before, none) = cost().await;
        assert!(before > 0 && none == 0, "the call itself costs something");
        assert_eq!(told(&found(world, &call).await), ["invoice by model"]);
        let of_judge = 2 * ANSWER_MICROS;
        assert_eq!(cost().await, (before + of_judge, of_judge), "two answers, one of them bad");
        stage.close().await;
        judge.finish();
    });
}

#[test]
fn a_call_is_charged_before_the_judge_answers() {
    virtually(async || {
        let judge = judge(&[r#"{"fields": {}, "topics": ["invoice"]}"#]);
        judge.model_fault(Fault::Mute);
        let stage = beside_as(&judge, PAID_JUDGE, &[]).await;
        let world = &stage.server;
        asks(world).await;
        let call = talked(world).await;
        let of_judge = async || {
            let call = world.json(&format!("/api/v1/calls/{call}")).await;
            call["judge_micros"].as_u64().unwrap()
        };
        // It is asked 6 s after the end, and has 30 s.
        sleep(ms(10_000)).await;
        assert!(!judge.asked().is_empty());
        assert!(of_judge().await > 0, "a server that dies now has paid");
        assert_eq!(told(&found(world, &call).await), ["invoice by model"]);
        assert_eq!(of_judge().await, ANSWER_MICROS, "the answer that never came cost nothing");
        stage.close().await;
        judge.finish();
    });
}

#[test]
fn past_the_days_cap_the_judge_is_not_asked() {
    virtually(async || {
        let judge = judge(&[r#"{"fields": {}, "topics": ["invoice"]}"#]);
        let stage = beside_as(&judge, PAID_JUDGE, &[("costs.daily_cap", "0.001")]).await;
        asks(&stage.server).await;
        // It is answered, and alone costs more than the limit.
        let call = talked(&stage.server).await;
        assert_eq!(told(&found(&stage.server, &call).await), BY_RULES);
        assert_eq!(shown(&stage.server, &call).await["not_judged"], "daily_cap");
        assert_eq!(judge.asked().len(), 0);
        stage.close().await;
        judge.finish();
    });
}

#[test]
fn an_absent_model_is_asked_once_it_returns() {
    virtually(async || {
        let judge = judge(&[r#"{"fields": {}, "topics": ["invoice"]}"#]);
        let stage = beside(&judge).await;
        judge.leave();
        judge.come_back_after(Duration::from_secs(300));
        let call = talked(&stage.server).await;
        sleep(Duration::from_secs(200)).await;
        assert_eq!(shown(&stage.server, &call).await["pending"], true);
        assert_eq!(told(&found(&stage.server, &call).await), ["invoice by model"]);
        stage.close().await;
        judge.finish();
    });
}

#[test]
fn the_next_server_looks_at_calls_a_killed_one_missed() {
    let mut lives = Lives::new();
    let call = lives.run(async |folder| {
        let now = || Duration::from_millis(calendar::now().timestamp_millis().unsigned_abs());
        let provider = OpenAiStandIn::start_here(spoken(), now).unwrap();
        let base_url = provider.base_url();
        let settings: [Setting<'_>; 4] = [
            ("assistant.provider", "openai"),
            ("OPENAI_API_KEY", KEY),
            ("OPENAI_BASE_URL", &base_url),
            ("OPENAI_REALTIME_MODEL", MODEL),
        ];
        let world = World::open(folder, &settings).await;
        asks(&world).await;
        let call = talked(&world).await;
        let pending = json!({ "pending": true, "extraction": null, "not_judged": null });
        assert_eq!(shown(&world, &call).await, pending);
        call
    });
    lives.run(async |folder| {
        let world = World::open(folder, &[]).await;
        assert_eq!(told(&found(&world, &call).await), BY_RULES);
        world.close().await;
    });
}
