//! Examples whose meaning a judge model judges, with the stand-in for chat completions. The built-in assistant answers in them.

use std::time::Duration;

use cordboard::config::{Config, Sources};
use cordboard_schema::voice_chain::DataRegion;
use cordboard_test_support::cascade::{CascadeStandIn, Fault, Manners};
use cordboard_test_support::openai::{Answer, Script};
use serde_json::{Value, json};

use crate::replays::{at, over, stored, stored_in};
use crate::setup::{MODEL, Setup};

const KEY: &str = "sk-of-the-judge";
const MEANING: &str = "The assistant says who it is, and names no price.";

/// A server with a judge that answers in this order. The judge accepts [`KEY`], and gets `key`.
fn open(answers: &[&str], key: &str) -> (Setup, CascadeStandIn) {
    let script = answers.iter().fold(Script::new(), |script, answer| script.turn(says(answer)));
    let judge = CascadeStandIn::start(Manners::new(["none", KEY, "none"]), script).unwrap();
    let environment = [
        ("CORDBOARD_JUDGE__BASE_URL", judge.base_url().as_str()),
        ("CORDBOARD_JUDGE__KEY", key),
        ("CORDBOARD_JUDGE__MODEL", MODEL),
        ("CORDBOARD_JUDGE__TIMEOUT_MS", "1000"),
    ]
    .map(|(name, value)| (name.into(), value.into()))
    .into();
    (Setup::open_with(Config::load(&Sources { environment, ..Sources::default() }).unwrap()), judge)
}

fn says(answer: &str) -> Answer {
    Answer::say(answer, 800.0, Duration::from_millis(200))
}

/// Keeps a whole call as an example with these expectations.
fn keep(setup: &Setup, call: &str, expectations: &Value) {
    let example = json!({ "call_id": call, "name": "Says who it is", "expectations": expectations });
    let kept = setup.send("POST", &at(setup, "/examples"), &example);
    assert_eq!(kept.status, 201, "{kept:?}");
    assert_eq!(kept.json()["expectations"]["meaning"], expectations["meaning"]);
}

/// Runs the examples; returns the finished run.
fn run(setup: &Setup) -> Value {
    let begun = setup.send("POST", &at(setup, "/example-runs"), &json!({}));
    assert_eq!(begun.status, 201, "{begun:?}");
    let run = over(setup, &begun.json());
    assert_eq!(run["state"], "done", "{run:#}");
    assert!(!run.to_string().contains(KEY), "the judge's key is shown: {run:#}");
    run
}

/// Returns the verdict, whether the meaning is met, and why the judge gave no verdict.
fn judged(run: &Value) -> (&str, bool, Option<&str>) {
    let example = &run["examples"][0];
    let check = example["checks"].as_array().unwrap().last().unwrap();
    assert_eq!((&check["kind"], &check["wanted"]), (&json!("meaning"), &json!(MEANING)), "{run:#}");
    let (verdict, met) = (example["verdict"].as_str().unwrap(), check["met"].as_bool().unwrap());
    (verdict, met, check["no_verdict"].as_str())
}

fn why(run: &Value) -> &str {
    run["examples"][0]["checks"].as_array().unwrap().last().unwrap()["reason"].as_str().unwrap()
}

#[test]
fn a_judge_says_whether_an_example_means_what_is_expected() {
    let answers = [
        r#"{"met": true, "reason": "It says that it is the receptionist."}"#,
        r#"{"met": false, "reason": "It names a price of 5 euros."}"#,
    ];
    let (setup, judge) = open(&answers, KEY);
    assert_eq!(setup.json("/api/v1/judge"), json!({ "is_configured": true, "model": MODEL, "region": null }));
    keep(&setup, &stored(&setup), &json!({ "meaning": MEANING }));
    let met = run(&setup);
    assert_eq!(judged(&met), ("passed", true, None), "{met:#}");
    assert_eq!(why(&met), "It says that it is the receptionist.");
    assert_eq!((&met["passed"], &met["failed"]), (&json!(1), &json!(0)));
    // The stand-in's reported usage: 500 tokens, 400 of its cache, 30 written.
    assert_eq!(met["cost_micros"], 500 + 400 + 2 * 30);
    let not_met = run(&setup);
    assert_eq!(judged(&not_met), ("failed", false, None), "{not_met:#}");
    assert_eq!(why(&not_met), "It names a price of 5 euros.");

    let asked = judge.asked();
    assert_eq!((asked.len(), &asked[0].body["model"]), (2, &json!(MODEL)));
    let question = asked[0].body["messages"][1]["content"].as_str().unwrap();
    assert!(question.contains(MEANING), "{question}");
    let (_, rest) = question.split_once("<conversation>\n").unwrap();
    let turns: Value = serde_json::from_str(rest.split_once("\n</conversation>").unwrap().0).unwrap();
    assert_eq!(turns[1]["caller"], "I need a new roof.");
    assert_eq!(turns[0]["assistant"], met["examples"][0]["call"]["turns"][0]["new"]["said"]);
    assert!(!question.contains("We call you back."), "what the stored call's assistant said is judged");
    judge.finish();
}

#[test]
fn a_missing_verdict_is_named_by_kind_and_never_passes() {
    let (setup, judge) = open(&["met: true", r#"{"met": "true", "reason": "Trust me."}"#], KEY);
    keep(&setup, &stored(&setup), &json!({ "meaning": MEANING }));
    let no_verdict = |kind: &str, words: &str| {
        let run = run(&setup);
        assert_eq!(judged(&run), ("error", false, Some(kind)), "{run:#}");
        assert!(
            why(&run).contains("the judge gave no verdict") && why(&run).contains(words),
            "{}",
            why(&run)
        );
        assert_eq!(run["examples"][0]["reason"], why(&run));
        assert_eq!((&run["passed"], &run["failed"]), (&json!(0), &json!(1)));
    };
    no_verdict("bad_answer", "not the JSON object that was asked for");
    no_verdict("bad_answer", "not the JSON object that was asked for");

    // Asked once more, but not a third time.
    let broken = || Fault::Refuse(500, json!({ "error": { "message": "out of order" } }));
    judge.model_fault(broken());
    judge.model_fault(broken());
    no_verdict("failed", "500");
    assert_eq!(judge.asked().len(), 4);
    judge.model_fault(broken());
    judge.rewrite(Script::new().turn(says(r#"{"met": true, "reason": "It does."}"#)));
    assert_eq!(judged(&run(&setup)), ("passed", true, None), "a judge that failed once");

    judge.model_fault(Fault::Mute);
    no_verdict("timed_out", "1000 ms");
    judge.leave();
    no_verdict("failed", "");
    judge.finish();
}

#[test]
fn a_profile_bound_to_another_region_has_no_example_judged() {
    let (setup, judge) = open(&[r#"{"met": true, "reason": "It does."}"#], KEY);
    let call = stored(&setup);
    keep(&setup, &call, &json!({ "meaning": MEANING }));
    let profile = at(&setup, "");
    assert_eq!(setup.send("PATCH", &profile, &json!({ "must_stay_in": "eu" })).status, 200);
    let run = run(&setup);
    assert_eq!(judged(&run), ("error", false, Some("other_region")), "{run:#}");
    assert!(why(&run).contains("must_stay_in") && why(&run).contains("judge.data_region"), "{}", why(&run));
    assert!(judge.asked().is_empty());
    judge.finish();
}

#[test]
fn a_calls_own_data_region_decides_whether_it_is_judged() {
    let (setup, judge) = open(&[r#"{"met": true, "reason": "It does."}"#], KEY);
    let call = stored_in(&setup, Some(DataRegion::Eu));
    keep(&setup, &call, &json!({ "meaning": MEANING }));
    assert_eq!(judged(&run(&setup)), ("error", false, Some("other_region")));
    assert!(judge.asked().is_empty());
    judge.finish();
}

#[test]
fn the_judge_tries_a_draft_and_keeps_only_the_cost() {
    let (setup, judge) = open(&["Yes.", r#"{"fields": {}, "topics": ["roof"]}"#], KEY);
    let call = stored(&setup);
    let topic = json!({ "name": "roof", "title": "Roof", "words": ["tiles"] });
    assert_eq!(setup.send("PATCH", &at(&setup, ""), &json!({ "topics": [topic] })).status, 200);
    let (path, body) = (at(&setup, "/extraction-trial"), json!({ "call_id": call }));
    assert_eq!(setup.send("POST", &path, &body).problem_code(503), "unavailable");
    let tried = setup.send("POST", &path, &body).json();
    assert_eq!(tried["topics"], json!([{ "name": "roof", "title": "Roof", "by": "model" }]));
    let answer_micros = 500 + 400 + 2 * 30;
    assert_eq!(tried["cost_micros"], answer_micros);
    assert_eq!(setup.json(&format!("/api/v1/calls/{call}"))["judge_micros"], 2 * answer_micros);
    assert_eq!(setup.json(&format!("/api/v1/calls/{call}/extraction"))["extraction"], Value::Null);
    judge.finish();
}

#[test]
fn a_judge_key_that_is_refused_is_reported() {
    let (setup, judge) = open(&[], "sk-of-somebody-else");
    let call = stored(&setup);
    keep(&setup, &call, &json!({ "meaning": MEANING }));
    keep(&setup, &call, &json!({ "words": ["nobody says this"], "meaning": MEANING }));
    let run = run(&setup);
    assert_eq!(judged(&run), ("error", false, Some("unauthorized")), "{run:#}");
    assert!(!run.to_string().contains("sk-of-somebody-else"), "{run:#}");
    assert_eq!(run["examples"][1]["verdict"], "failed", "{run:#}");
    judge.finish();
}

#[test]
fn without_a_judge_words_decide_and_meaning_stays_unjudged() {
    let setup = Setup::open();
    assert_eq!(setup.json("/api/v1/judge"), json!({ "is_configured": false, "model": null, "region": null }));
    let call = stored(&setup);
    let greeting = cordboard_test_support::ear::words("greeting");
    keep(&setup, &call, &json!({ "words": [&greeting[..20]], "meaning": MEANING }));
    let run_of_both = run(&setup);
    assert_eq!(judged(&run_of_both), ("passed", false, Some("no_judge")), "{run_of_both:#}");
    keep(&setup, &call, &json!({ "meaning": MEANING }));
    let run = run(&setup);
    let alone = &run["examples"][1];
    assert_eq!(
        (&alone["verdict"], &alone["reason"]),
        (&json!("error"), &json!("no judge model is configured")),
        "{run:#}"
    );

    for bad in [" ".to_owned(), "x".repeat(501)] {
        let example = json!({ "call_id": call, "name": "Bad", "expectations": { "meaning": bad } });
        let refused = setup.send("POST", &at(&setup, "/examples"), &example);
        assert_eq!(refused.problem_code(422), "invalid");
    }
}
