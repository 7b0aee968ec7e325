//! Scorecards: filled in by people and by the judge model, corrected, averaged, and the calls that are picked for them.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cordboard::config::{Config, Sources};
use cordboard_schema::call::Direction;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::ids::{CallId, EffectId, UserId};
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;
use cordboard_test_support::cascade::{CascadeStandIn, Manners};
use cordboard_test_support::openai::{Answer, Script};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::entries::Conversation;
use crate::setup::{MODEL, Setup};

const KEY: &str = "sk-of-the-judge";

/// Questions about calls; every tenth call is picked at random, and each call in which a person was requested.
fn card() -> Value {
    json!({
        "questions": [
            { "id": "greeted", "text": "Was the caller greeted?", "kind": "yes_no" },
            { "id": "friendly", "text": "How friendly was it?", "kind": "one_to_five" },
            { "id": "why", "text": "Why?", "kind": "text" },
        ],
        "picks": { "random_percent": 100, "handed_off": true, "shorter_than_s": null, "alarm": false },
        "by_model": "none",
    })
}

/// Creates a finished call; returns its id.
pub(crate) fn ended(setup: &Setup) -> String {
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    setup.journal(said.ended(NextStep::Hangup));
    said.call_id.to_string()
}

fn averages(setup: &Setup) -> Value {
    let now = cordboard_actors::world::now();
    // If midnight passed since, its call began yesterday.
    let [from, to] = [now - TimeDelta::days(1), now].map(|day| day.format("%Y-%m-%d"));
    setup.json(&format!("/api/v1/quality?from={from}&to={to}"))
}

#[test]
fn a_scorecard_is_filled_in_corrected_and_averaged() {
    let setup = Setup::open();
    let set = setup.send("PUT", "/api/v1/scorecard", &card()).json();
    assert_eq!(setup.json("/api/v1/scorecard"), set);
    for (member, value) in card().as_object().unwrap() {
        assert_eq!(&set[member], value, "{member}");
    }
    let call = ended(&setup);
    let at = format!("/api/v1/calls/{call}/score");
    assert_eq!(setup.json(&at)["score"], Value::Null);
    let picks = averages(&setup)["picks"].clone();
    assert_eq!(picks, json!([{ "call_id": call, "reasons": ["random"] }]));

    for bad in [json!({ "greeted": 3 }), json!({ "friendly": 9 }), json!({ "nothing": true })] {
        assert_eq!(setup.send("PUT", &at, &json!({ "answers": bad })).status, 422, "{bad}");
    }
    let filled = setup.send("PUT", &at, &json!({ "answers": { "greeted": true, "friendly": 3 } })).json();
    assert_eq!((&filled["score"]["percent"], &filled["score"]["corrections"]), (&json!(75), &json!([])));
    let corrected = setup.send("PUT", &at, &json!({ "answers": { "greeted": true, "friendly": 1 } })).json();
    let correction = &corrected["score"]["corrections"][0];
    assert_eq!((&correction["before"], &correction["after"]), (&json!(3), &json!(1)));
    assert_eq!(corrected["score"]["percent"], 50);
    assert_eq!(setup.json(&at), corrected);

    let quality = averages(&setup);
    assert_eq!(quality["picks"], json!([]), "it is scored");
    let [assistant] = quality["assistants"].as_array().unwrap().as_slice() else { panic!("{quality}") };
    assert_eq!((&assistant["calls"], &assistant["percent"]), (&json!(1), &json!(50)));
    let log = setup.json("/api/v1/audit-log")["items"].to_string();
    assert!(log.contains("score.filled_in") && log.contains("score.corrected"), "{log}");
}

#[test]
fn averages_are_of_days_of_the_business_zone() {
    let setup = Setup::open();
    let business = json!({ "revision": 0, "time_zone": "Pacific/Auckland" });
    assert_eq!(setup.send("PUT", "/api/v1/business-profile", &business).status, 200);
    assert_eq!(setup.send("PUT", "/api/v1/scorecard", &card()).status, 200);
    // Eight in the morning of the 24th in that zone.
    let began = UnixMs::from("2026-10-23T19:00:00Z".parse::<DateTime<Utc>>().unwrap());
    let mut said = Conversation::new(setup.store.organization_id());
    said.call_id = CallId::first_at(began);
    let mut entries = said.live();
    entries.extend(said.ended(NextStep::Hangup));
    entries.iter_mut().for_each(|entry| entry.at = began);
    setup.journal(entries);
    let answers = json!({ "answers": { "greeted": true } });
    let at = format!("/api/v1/calls/{}/score", said.call_id);
    assert_eq!(setup.send("PUT", &at, &answers).status, 200);
    for (day, calls) in [("2026-10-23", 0), ("2026-10-24", 1), ("2026-10-25", 0)] {
        let quality = setup.json(&format!("/api/v1/quality?from={day}&to={day}"));
        assert_eq!(quality["assistants"].as_array().unwrap().len(), calls, "{day}: {quality}");
    }
}

#[test]
fn ringing_a_persons_telephone_selects_the_call_for_review() {
    let setup = Setup::open();
    let mut card = card();
    card["picks"]["random_percent"] = json!(0);
    assert_eq!(setup.send("PUT", "/api/v1/scorecard", &card).status, 200);
    ended(&setup);
    let mut said = Conversation::new(setup.store.organization_id());
    let mut entries = said.live();
    let (handoff, target, reason) = (EffectId(7), "operator".to_owned(), String::new());
    entries.push(said.entry(Decision::HandoffRequested { handoff, target, reason }));
    entries.push(said.entry(Decision::HandoffAbandoned { handoff, failure: HandoffFailure::NoAnswer }));
    entries.extend(said.ended(NextStep::Hangup));
    setup.journal(entries);
    let picks = averages(&setup)["picks"].clone();
    assert_eq!(picks, json!([{ "call_id": said.call_id, "reasons": ["handed_off"] }]));
}

#[test]
fn calls_between_colleagues_are_not_reviewed() {
    let setup = Setup::open();
    assert_eq!(setup.send("PUT", "/api/v1/scorecard", &card()).status, 200);
    let mut said = Conversation::new(setup.store.organization_id());
    let mut entries = vec![said.started_by("101", "102")];
    if let Event::Fact(Fact::CallStarted { direction, .. }) = &mut entries[0].event {
        *direction = Direction::Internal;
    }
    entries.push(said.entry(Decision::Answered));
    entries.extend(said.joined(UserId(Uuid::from_u128(1))));
    entries.extend(said.ended(NextStep::Hangup));
    setup.journal(entries);
    assert_eq!(averages(&setup)["picks"], json!([]));
}

#[test]
fn a_call_that_an_agent_begins_is_not_selected() {
    let setup = Setup::open();
    let mut card = card();
    card["picks"]["random_percent"] = json!(0);
    assert_eq!(setup.send("PUT", "/api/v1/scorecard", &card).status, 200);
    let mut said = Conversation::new(setup.store.organization_id());
    let mut entries = vec![said.started_by("101", "+49301234")];
    if let Event::Fact(Fact::CallStarted { direction, .. }) = &mut entries[0].event {
        *direction = Direction::Outbound;
    }
    entries.push(said.entry(Decision::Answered));
    entries.extend(said.joined(UserId(Uuid::from_u128(1))));
    entries.extend(said.ended(NextStep::Hangup));
    setup.journal(entries);
    assert_eq!(averages(&setup)["picks"], json!([]));
}

#[test]
fn removing_a_question_keeps_its_answers_correctable() {
    let setup = Setup::open();
    assert_eq!(setup.send("PUT", "/api/v1/scorecard", &card()).status, 200);
    let at = format!("/api/v1/calls/{}/score", ended(&setup));
    let filled = json!({ "answers": { "greeted": true, "friendly": 3 } });
    assert_eq!(setup.send("PUT", &at, &filled).status, 200);
    let mut shorter = card();
    shorter["questions"].as_array_mut().unwrap().remove(0);
    assert_eq!(setup.send("PUT", "/api/v1/scorecard", &shorter).status, 200);

    let corrected = setup.send("PUT", &at, &json!({ "answers": { "friendly": 5 } })).json();
    assert_eq!(corrected["score"]["answers"], json!({ "greeted": true, "friendly": 5 }));
    assert_eq!(corrected["score"]["corrections"].as_array().unwrap().len(), 1, "{corrected}");
}

#[test]
fn live_calls_are_never_scored_and_models_need_a_judge() {
    let setup = Setup::open();
    assert_eq!(setup.send("PUT", "/api/v1/scorecard", &card()).status, 200);
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    let at = format!("/api/v1/calls/{}/score", said.call_id);
    let refused = setup.send("PUT", &at, &json!({ "answers": { "greeted": true } }));
    assert_eq!((refused.status, refused.json()["code"].clone()), (409, json!("call_is_live")));
    let call = ended(&setup);
    let refused = setup.send("POST", &format!("/api/v1/calls/{call}/score/by-model"), &Value::Null);
    assert_eq!((refused.status, refused.json()["code"].clone()), (409, json!("incapable")));
    let bad =
        json!({ "questions": [{ "id": "A b", "text": "?", "kind": "text" }], "picks": card()["picks"] });
    assert_eq!(setup.send("PUT", "/api/v1/scorecard", &bad).status, 422);
}

/// A server with this judge.
fn judged_by(judge: &CascadeStandIn, more: &[(&str, &str)]) -> Setup {
    let base_url = judge.base_url();
    let of_judge = [
        ("CORDBOARD_JUDGE__BASE_URL", base_url.as_str()),
        ("CORDBOARD_JUDGE__KEY", KEY),
        ("CORDBOARD_JUDGE__MODEL", MODEL),
    ];
    let environment =
        of_judge.iter().chain(more).map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Setup::open_with(Config::load(&Sources { environment, ..Sources::default() }).unwrap())
}

#[test]
fn the_judge_stops_at_the_daily_cap() {
    let answers = Script::new().turn(Answer::say("Yes.", 800.0, Duration::from_millis(200)));
    let judge = CascadeStandIn::start(Manners::new(["none", KEY, "none"]), answers).unwrap();
    let setup = judged_by(&judge, &[("CORDBOARD_COSTS__DAILY_CAP", "0.0005")]);
    assert_eq!(setup.send("PUT", "/api/v1/scorecard", &card()).status, 200);
    let call = ended(&setup);
    let at = format!("/api/v1/calls/{call}/score/by-model");
    assert_eq!(setup.send("POST", &at, &Value::Null).status, 503, "the judge did not answer");
    let refused = setup.send("POST", &at, &Value::Null);
    assert_eq!((refused.status, refused.json()["code"].clone()), (409, json!("daily_cap")));
    assert_eq!(judge.asked().len(), 1);
    judge.finish();
}

#[test]
fn a_judge_model_fills_in_and_people_correct_it() {
    let answers = ["I would say yes.", r#"{"greeted": true, "friendly": 5, "why": "It was polite."}"#];
    let script = answers.iter().fold(Script::new(), |script, answer| {
        script.turn(Answer::say(answer, 800.0, Duration::from_millis(200)))
    });
    let judge = CascadeStandIn::start(Manners::new(["none", KEY, "none"]), script).unwrap();
    let setup = judged_by(&judge, &[]);
    assert_eq!(setup.send("PUT", "/api/v1/scorecard", &card()).status, 200);
    let call = ended(&setup);
    let at = format!("/api/v1/calls/{call}/score/by-model");
    assert_eq!(setup.send("POST", &at, &Value::Null).status, 503, "the judge did not answer");
    let filled = setup.send("POST", &at, &Value::Null).json();
    assert_eq!((&filled["score"]["model"], &filled["score"]["percent"]), (&json!(MODEL), &json!(100)));
    assert_eq!(setup.send("POST", &at, &Value::Null).status, 409, "the call is scored already");
    // Twice the stand-in's reported usage: 500 tokens, 400 of its cache, 30 written.
    let shown = setup.json(&format!("/api/v1/calls/{call}"));
    assert_eq!((&shown["judge_micros"], &shown["cost_micros"]), (&json!(1920), &json!(1920)));
    let by_people = format!("/api/v1/calls/{call}/score");
    let corrected =
        setup.send("PUT", &by_people, &json!({ "answers": { "greeted": true, "friendly": 2 } })).json();
    assert_eq!(corrected["score"]["model"], MODEL, "the model stays as the author");
    assert_eq!(corrected["score"]["corrections"].as_array().unwrap().len(), 2);
    let asked = judge.asked();
    let question = asked[0].body["messages"][1]["content"].as_str().unwrap();
    assert!(question.contains("Was the caller greeted?"), "{question}");
    judge.finish();
}

#[test]
fn a_judge_model_changes_nothing_that_people_scored_meanwhile() {
    let answer = Answer::say(r#"{"greeted": false, "friendly": 1}"#, 800.0, Duration::from_millis(200));
    let manners = Manners { thinks: Duration::from_secs(3), ..Manners::new(["none", KEY, "none"]) };
    let judge = CascadeStandIn::start(manners, Script::new().turn(answer)).unwrap();
    let setup = judged_by(&judge, &[]);
    assert_eq!(setup.send("PUT", "/api/v1/scorecard", &card()).status, 200);
    let at = format!("/api/v1/calls/{}/score", ended(&setup));
    let late = std::thread::scope(|scope| {
        let late = scope.spawn(|| setup.send("POST", &format!("{at}/by-model"), &Value::Null));
        while judge.asked().is_empty() && !late.is_finished() {
            std::thread::sleep(Duration::from_millis(10));
        }
        let scored = setup.send("PUT", &at, &json!({ "answers": { "greeted": true, "friendly": 5 } }));
        assert_eq!(scored.status, 200, "{scored:?}");
        late.join().unwrap()
    });
    assert_eq!(late.problem_code(409), "done");
    assert_eq!(setup.json(&at)["score"]["percent"], 100);
    let log = setup.json("/api/v1/audit-log")["items"].to_string();
    assert!(log.contains("score.filled_in") && !log.contains("score.corrected"), "{log}");
    judge.finish();
}
