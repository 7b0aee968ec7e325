//! Reports: what is asked for, who may ask, and files of it.

use chrono::{DateTime, Utc};
use cordboard_schema::call::{Ending, HangupBy, HangupCause};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Decision, JournalEntry};
use cordboard_schema::ids::EffectId;
use cordboard_schema::time::UnixMs;
use serde_json::{Value, json};

use crate::entries::Conversation;
use crate::setup::Setup;

const PATH: &str = "/api/v1/metrics/report";

fn moved(mut entries: Vec<JournalEntry>, began: &str) -> Vec<JournalEntry> {
    let at: UnixMs = began.parse::<DateTime<Utc>>().unwrap().into();
    for (second, entry) in (0..).zip(&mut entries) {
        entry.at = at + second * 1_000;
    }
    entries
}

/// A call to this number that nobody answered.
fn missed(setup: &Setup, to: &str, began: &str) {
    let mut said = Conversation::new(setup.store.organization_id());
    let ending = Ending { cause: HangupCause::no_audio(), by: HangupBy::Server };
    let entries = vec![
        said.started_by("+49301234", to),
        said.entry(Decision::Ended { ending, next: NextStep::Hangup }),
    ];
    setup.journal(moved(entries, began));
}

fn answered(setup: &Setup, began: &str) {
    let mut said = Conversation::new(setup.store.organization_id());
    let mut entries = said.live();
    entries.extend(said.ended(NextStep::Hangup));
    setup.journal(moved(entries, began));
}

#[test]
fn a_report_is_of_the_business_s_days_and_against_as_many_before() {
    let setup = Setup::open();
    answered(&setup, "2026-10-19T10:00:00Z");
    answered(&setup, "2026-10-24T22:00:00Z");
    missed(&setup, "200", "2026-10-25T10:00:00Z");
    let whole = setup.json(&format!("{PATH}?from=2026-10-24&to=2026-10-26&cut=number"));
    assert_eq!(
        (&whole["tz"], &whole["currency"], &whole["by"]),
        (&json!("UTC"), &json!("USD"), &json!("day"))
    );
    assert_eq!(whole["now"]["figures"]["calls"], 2);
    assert_eq!(whole["now"]["figures"]["contained"], 1);
    assert_eq!(
        (&whole["before"]["from"], &whole["before"]["to"]),
        (&json!("2026-10-21"), &json!("2026-10-23"))
    );
    assert_eq!(whole["before"]["figures"]["calls"], 0);
    let by_day = |report: &Value| -> Vec<u64> {
        report["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["figures"]["calls"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(by_day(&whole), [1, 1, 0]);
    let keys: Vec<&str> =
        whole["keys"].as_array().unwrap().iter().map(|key| key["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["100", "200"]);

    let one = setup.json(&format!("{PATH}?from=2026-10-24&to=2026-10-26&cut=number&key=200"));
    assert_eq!((by_day(&one), &one["now"]["figures"]["missed"]), (vec![0, 1, 0], &json!(1)));
    let hours = setup.json(&format!("{PATH}?from=2026-10-25&to=2026-10-25&by=hour"));
    assert_eq!((hours["rows"].as_array().unwrap().len(), &hours["rows"][10]["hour"]), (24, &json!(10)));
    assert_eq!(hours["rows"][10]["figures"]["missed"], 1);

    let file = setup.get(&format!("{PATH}.csv?from=2026-10-24&to=2026-10-26"));
    assert_eq!(file.status, 200);
    let text = file.text();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("date,hour,from,calls,inbound,answered"), "{text}");
    assert!(lines[2].starts_with("2026-10-25,,2026-10-25T00:00:00+00:00,1,1,0,"), "{text}");
    assert_eq!(lines.len(), 4);
    let outcomes = setup.get(&format!("{PATH}.csv?from=2026-10-24&to=2026-10-26&table=outcomes")).text();
    assert_eq!(outcomes, "outcome,calls,before\nno_audio,1,0\nnormal_clearing,1,0\n");
}

#[test]
fn the_calls_behind_a_figure_are_as_many_as_it_says() {
    let setup = Setup::open();
    answered(&setup, "2026-10-24T10:00:00Z");
    missed(&setup, "200", "2026-10-24T11:00:00Z");
    missed(&setup, "200", "2026-10-24T12:00:00Z");
    let mut sent_on = Conversation::new(setup.store.organization_id());
    let ending = Ending { cause: HangupCause::transferred(), by: HangupBy::Caller };
    let mut entries = sent_on.live();
    entries.push(sent_on.entry(Decision::Ended { ending, next: NextStep::Hangup }));
    setup.journal(moved(entries, "2026-10-24T13:00:00Z"));
    // A person on a telephone, who is no agent at a desk.
    let mut joined = Conversation::new(setup.store.organization_id());
    let mut entries = joined.live();
    let (handoff, target, reason) = (EffectId(9), "operator".to_owned(), String::new());
    entries.push(joined.entry(Decision::HandoffRequested { handoff, target, reason }));
    entries.push(joined.entry(Decision::HandoffBridged { handoff }));
    entries.extend(joined.ended(NextStep::Hangup));
    setup.journal(moved(entries, "2026-10-24T14:00:00Z"));
    let mut live = Conversation::new(setup.store.organization_id());
    setup.journal(moved(live.live(), "2026-10-24T15:00:00Z"));

    let figures = setup.json(&format!("{PATH}?from=2026-10-24&to=2026-10-24"))["now"]["figures"].clone();
    let ids = |counted: &str| -> Vec<String> {
        let listed = setup.json(&format!("/api/v1/calls?counted={counted}"));
        listed["items"].as_array().unwrap().iter().map(|call| call["id"].to_string()).collect()
    };
    for (figure, counted, count) in [
        ("calls", "call", 6),
        ("contained", "contained", 1),
        ("handed_over", "handed_over", 2),
        ("missed", "missed", 2),
    ] {
        assert_eq!((&figures[figure], ids(counted).len()), (&json!(count), count), "{figure}");
    }
    let handed_over = ids("handed_over");
    assert!(handed_over.contains(&format!("\"{}\"", joined.call_id)), "{handed_over:?}");
    let file = setup.get("/api/v1/calls.csv?counted=missed").text();
    assert_eq!(file.lines().count(), 3, "{file}");
    setup.get("/api/v1/calls?counted=lost").problem(400);
}

#[test]
fn every_figure_of_the_answer_is_in_the_file() {
    let setup = Setup::open();
    answered(&setup, "2026-10-24T10:00:00Z");
    missed(&setup, "200", "2026-10-24T11:00:00Z");
    let asked = "from=2026-10-24&to=2026-10-24";
    let whole = setup.json(&format!("{PATH}?{asked}"));
    let text = setup.get(&format!("{PATH}.csv?{asked}")).text();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let (columns, cells) = (lines.next().unwrap(), lines.next().unwrap());
    for (name, value) in whole["rows"][0]["figures"].as_object().unwrap() {
        let shown = match value {
            // Causes and failures have tables of their own.
            Value::Object(_) => continue,
            Value::Null => String::new(),
            value => value.to_string(),
        };
        let column = columns.iter().position(|column| *column == name.as_str());
        let column = column.unwrap_or_else(|| panic!("{name} is in no column of {columns:?}"));
        assert_eq!(cells[column], shown, "{name}");
    }
    let failures = setup.get(&format!("{PATH}.csv?{asked}&table=failures")).text();
    assert_eq!(failures, "failure,calls,before\n");
}

#[test]
fn a_number_that_a_spreadsheet_would_run_is_text_in_the_file() {
    let setup = Setup::open();
    missed(&setup, "=HYPERLINK(\"x\")", "2026-10-25T10:00:00Z");
    let file = setup.get(&format!("{PATH}.csv?from=2026-10-25&to=2026-10-25&cut=number&table=keys")).text();
    assert!(file.lines().nth(1).unwrap().starts_with("\"'=HYPERLINK(\"\"x\"\")\","), "{file}");
}

#[test]
fn what_can_not_be_shown_is_refused() {
    let setup = Setup::open();
    for (query, named) in [
        ("from=2026-10-02&to=2026-10-01", "`to`"),
        ("from=2025-01-01&to=2026-10-01", "366 days"),
        ("from=2026-08-01&to=2026-10-01&by=hour", "31 days"),
        ("from=2026-10-01&to=2026-10-01&by=week", "week"),
        ("from=2026-10-01&to=2026-10-01&key=200", "`cut`"),
        ("from=2026-10-01", "to"),
        ("from=%2B262142-12-30&to=%2B262142-12-31", "2200"),
    ] {
        let detail = setup.get(&format!("{PATH}?{query}")).problem(400);
        assert!(detail.contains(named), "{query}: {detail}");
    }
}
