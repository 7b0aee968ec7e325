//! Reports: requests, rights, and exports.

use chrono::{DateTime, Utc};
use cordboard::report_mails::StopLinks;
use cordboard_schema::call::{Direction, Ending, HangupBy, HangupCause};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Decision, Event, Fact, JournalEntry};
use cordboard_schema::ids::{CallId, EffectId, UserId};
use cordboard_schema::permission::Role;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::entries::Conversation;
use crate::floor::Person;
use crate::setup::{Setup, outside};

const PATH: &str = "/api/v1/metrics/report";
const ADA: UserId = UserId(Uuid::from_u128(1));
const GRACE: UserId = UserId(Uuid::from_u128(2));

fn moved(mut entries: Vec<JournalEntry>, began: &str) -> Vec<JournalEntry> {
    let at: UnixMs = began.parse::<DateTime<Utc>>().unwrap().into();
    for (second, entry) in (0..).zip(&mut entries) {
        entry.at = at + second * 1_000;
    }
    entries
}

/// Creates a call to this number that was not answered.
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
    let mut entries = moved(entries, began);
    // An id has the moment of its call, and lists of days use it.
    let call_id = CallId(Uuid::from_u128(
        CallId::first_at(entries[0].at).0.as_u128() | u128::from(rand::random::<u64>()),
    ));
    entries.iter_mut().for_each(|entry| entry.call_id = call_id);
    setup.journal(entries);
}

#[test]
fn a_report_compares_its_days_with_the_days_before() {
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
fn the_calls_behind_a_figure_are_those_counted() {
    let setup = Setup::open();
    answered(&setup, "2026-10-24T10:00:00Z");
    missed(&setup, "200", "2026-10-24T11:00:00Z");
    missed(&setup, "200", "2026-10-24T12:00:00Z");
    let mut sent_on = Conversation::new(setup.store.organization_id());
    let ending = Ending { cause: HangupCause::transferred(), by: HangupBy::Caller };
    let mut entries = sent_on.live();
    entries.push(sent_on.entry(Decision::Ended { ending, next: NextStep::Hangup }));
    setup.journal(moved(entries, "2026-10-24T13:00:00Z"));
    // An unanswered hand-off of the assistant: the assistant continues alone.
    let mut alone = Conversation::new(setup.store.organization_id());
    let mut entries = alone.live();
    let (handoff, target, reason) = (EffectId(8), "sales".to_owned(), String::new());
    entries.push(alone.entry(Decision::HandoffRequested { handoff, target, reason }));
    let failure = HandoffFailure::NoAnswer;
    entries.push(alone.entry(Decision::HandoffAbandoned { handoff, failure }));
    entries.extend(alone.ended(NextStep::Hangup));
    setup.journal(moved(entries, "2026-10-24T13:30:00Z"));
    // A person at a telephone, who is no agent at a desk.
    let mut joined = Conversation::new(setup.store.organization_id());
    let mut entries = joined.live();
    let (handoff, target, reason) = (EffectId(9), "operator".to_owned(), String::new());
    entries.push(joined.entry(Decision::HandoffRequested { handoff, target, reason }));
    entries.push(joined.entry(Decision::HandoffBridged { handoff }));
    entries.extend(joined.ended(NextStep::Hangup));
    setup.journal(moved(entries, "2026-10-24T14:00:00Z"));
    let mut live = Conversation::new(setup.store.organization_id());
    setup.journal(moved(live.live(), "2026-10-24T15:00:00Z"));
    // An agent at a desk, whose call continues.
    let mut talking = Conversation::new(setup.store.organization_id());
    let mut entries = talking.live();
    entries.extend(talking.joined(ADA));
    setup.journal(moved(entries, "2026-10-24T16:00:00Z"));

    let figures = setup.json(&format!("{PATH}?from=2026-10-24&to=2026-10-24"))["now"]["figures"].clone();
    let ids = |counted: &str| -> Vec<String> {
        let listed = setup.json(&format!("/api/v1/calls?counted={counted}"));
        listed["items"].as_array().unwrap().iter().map(|call| call["id"].to_string()).collect()
    };
    let counts = [
        ("calls", "call", 8),
        ("contained", "contained", 2),
        ("handed_over", "handed_over", 3),
        ("missed", "missed", 2),
    ];
    for (figure, counted, count) in counts {
        assert_eq!((&figures[figure], ids(counted).len()), (&json!(count), count), "{figure}");
    }
    // The dashboard counts days and hours in the same way.
    let board = setup.json("/api/v1/metrics/dashboard?from=2026-10-24&to=2026-10-24&tz=UTC");
    let day = setup.json("/api/v1/metrics/day?day=2026-10-24&tz=UTC");
    let of_hours = |member: &str| -> u64 {
        day["hours"].as_array().unwrap().iter().map(|hour| hour[member].as_u64().unwrap()).sum()
    };
    for ((figure, _, count), (of_board, of_hour)) in counts.into_iter().zip([
        ("total", "calls"),
        ("contained", "alone"),
        ("handed_over", "handed_over"),
        ("missed", "missed"),
    ]) {
        assert_eq!(board["calls"][of_board], count, "{figure} of the dashboard");
        assert_eq!(board["days"][0]["calls"][of_board], count, "{figure} of its day");
        assert_eq!(of_hours(of_hour), count as u64, "{figure} of the hours");
    }
    let mut handed_over = ids("handed_over");
    handed_over.sort();
    let mut expected = [&sent_on, &joined, &talking].map(|said| format!("\"{}\"", said.call_id));
    expected.sort();
    assert_eq!(handed_over, expected);
    let file = setup.get("/api/v1/calls.csv?counted=missed").text();
    assert_eq!(file.lines().count(), 3, "{file}");
    setup.get("/api/v1/calls?counted=lost").problem(400);
}

/// Returns a figure of a report and the number of calls in a list.
fn figure_and_list(setup: &Setup, key: &str, figure: &str, list: &str) -> (u64, usize) {
    let report = setup.json(&format!("{PATH}?from=2026-10-24&to=2026-10-24&{key}"));
    let listed = setup.json(&format!("/api/v1/calls?{list}"));
    (report["now"]["figures"][figure].as_u64().unwrap(), listed["items"].as_array().unwrap().len())
}

#[test]
fn an_agents_calls_are_those_joined_or_missed() {
    let setup = Setup::open();
    let call = |began: &str, by_ada: Option<HandoffFailure>, joined: Option<UserId>| {
        let mut said = Conversation::new(setup.store.organization_id());
        let mut entries = said.live();
        entries.extend(by_ada.map(|failure| said.passed(ADA, failure)));
        entries.extend(joined.into_iter().flat_map(|user| said.joined(user)));
        entries.extend(said.ended(NextStep::Hangup));
        setup.journal(moved(entries, began));
    };
    // Grace took what Ada missed: the call was handed over, but not by Ada.
    call("2026-10-24T10:00:00Z", Some(HandoffFailure::NoAnswer), Some(GRACE));
    call("2026-10-24T11:00:00Z", Some(HandoffFailure::Declined), None);
    call("2026-10-24T12:00:00Z", None, Some(ADA));
    for (figure, counted, count) in [
        ("calls", "call", 3),
        ("contained", "contained", 0),
        ("handed_over", "handed_over", 1),
        ("missed", "missed", 2),
    ] {
        let found = figure_and_list(
            &setup,
            &format!("cut=agent&key={ADA}"),
            figure,
            &format!("agent_id={ADA}&counted={counted}"),
        );
        assert_eq!(found, (count, count as usize), "{figure}");
    }
}

#[test]
fn calls_of_our_number_are_inbound_and_outbound() {
    let setup = Setup::open();
    missed(&setup, "+49305550100", "2026-10-24T10:00:00Z");
    // It contains the other one.
    missed(&setup, "+493055501001", "2026-10-24T11:00:00Z");
    let mut called = Conversation::new(setup.store.organization_id());
    let mut entries = vec![called.started_by("+49305550100", "+49301234")];
    if let Event::Fact(Fact::CallStarted { direction, .. }) = &mut entries[0].event {
        *direction = Direction::Outbound;
    }
    setup.journal(moved(entries, "2026-10-24T12:00:00Z"));
    // A call of a colleague's extension counts under none.
    let mut inside = Conversation::new(setup.store.organization_id());
    let mut entries = vec![inside.started_by("+49305550100", "101")];
    if let Event::Fact(Fact::CallStarted { direction, .. }) = &mut entries[0].event {
        *direction = Direction::Internal;
    }
    setup.journal(moved(entries, "2026-10-24T13:00:00Z"));
    let key = "cut=number&key=%2B49305550100";
    assert_eq!(figure_and_list(&setup, key, "calls", "number=%2B49305550100"), (2, 2));
    let found = figure_and_list(&setup, key, "missed", "number=%2B49305550100&counted=missed");
    assert_eq!(found, (1, 1));
}

/// A dialplan may report any text as our number. Figures keep 128 characters of it.
#[test]
fn a_long_number_is_found_by_the_characters_figures_keep() {
    let setup = Setup::open();
    let mut said = Conversation::new(setup.store.organization_id());
    let entries = vec![said.started_by("+49301234", &"9".repeat(200))];
    setup.journal(moved(entries, "2026-10-24T10:00:00Z"));
    let kept = "9".repeat(128);
    let found =
        figure_and_list(&setup, &format!("cut=number&key={kept}"), "calls", &format!("number={kept}"));
    assert_eq!(found, (1, 1));
    let longer = setup.get(&format!("/api/v1/calls?number={kept}9"));
    assert_eq!(longer.problem(400), "`number` is longer than 128 characters");
}

#[test]
fn calls_without_a_cause_are_found_as_counted() {
    let setup = Setup::open();
    answered(&setup, "2026-10-24T10:00:00Z");
    let mut live = Conversation::new(setup.store.organization_id());
    setup.journal(moved(live.live(), "2026-10-24T11:00:00Z"));
    setup.stranger().batch_execute("UPDATE calls SET hangup_cause = NULL").unwrap();
    let report = setup.json(&format!("{PATH}?from=2026-10-24&to=2026-10-24"));
    assert_eq!(report["now"]["figures"]["outcomes"], json!({ "unknown": 1 }));
    let board = setup.json("/api/v1/metrics/dashboard?from=2026-10-24&to=2026-10-24&tz=UTC");
    assert_eq!(board["calls"]["outcomes"], json!({ "unknown": 1 }));
    let listed = setup.json("/api/v1/calls?cause=unknown");
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{listed}");
}

#[test]
fn an_hours_calls_began_within_the_hour() {
    let setup = Setup::open();
    for began in
        ["2026-10-24T09:59:59Z", "2026-10-24T10:00:00Z", "2026-10-24T10:59:00Z", "2026-10-24T11:00:00Z"]
    {
        answered(&setup, began);
    }
    let hours = setup.json(&format!("{PATH}?from=2026-10-24&to=2026-10-24&by=hour"));
    let row = &hours["rows"][10];
    let (since, until) = (row["at"].as_str().unwrap(), row["until"].as_str().unwrap());
    let listed = setup.json(&format!("/api/v1/calls?counted=contained&since={since}&until={until}"));
    assert_eq!((&row["figures"]["contained"], listed["items"].as_array().unwrap().len()), (&json!(2), 2));
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
        let column = column.unwrap_or_else(|| panic!("no column of {columns:?} is {name}"));
        assert_eq!(cells[column], shown, "{name}");
    }
    let failures = setup.get(&format!("{PATH}.csv?{asked}&table=failures")).text();
    assert_eq!(failures, "failure,calls,before\n");
}

#[test]
fn an_export_has_more_numbers_than_the_page() {
    let setup = Setup::open();
    let numbers: Vec<String> = (1_000..1_201).map(|number| number.to_string()).collect();
    numbers.iter().for_each(|number| missed(&setup, number, "2026-10-25T10:00:00Z"));
    let asked = "from=2026-10-25&to=2026-10-25&cut=number";
    let shown = setup.json(&format!("{PATH}?{asked}"));
    assert_eq!((shown["keys"].as_array().unwrap().len(), &shown["more_keys"]), (200, &json!(true)));
    let file = setup.get(&format!("{PATH}.csv?{asked}&table=keys")).text();
    assert!(file.starts_with("\u{feff}key,name,"), "a spreadsheet would misread umlauts: {file:.40}");
    let written: Vec<&str> = file.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    assert_eq!(written, numbers);
}

#[test]
fn a_number_that_a_spreadsheet_would_run_becomes_text() {
    let setup = Setup::open();
    missed(&setup, "=HYPERLINK(\"x\")", "2026-10-25T10:00:00Z");
    let file = setup.get(&format!("{PATH}.csv?from=2026-10-25&to=2026-10-25&cut=number&table=keys")).text();
    assert!(file.lines().nth(1).unwrap().starts_with("\"'=HYPERLINK(\"\"x\"\")\","), "{file}");
}

#[test]
fn impossible_reports_are_refused() {
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

/// The link works for everybody who has it, and opening it changes nothing.
#[test]
fn a_mails_link_stops_only_the_mails_of_its_user() {
    let setup = Setup::open();
    let [ada, grace] = ["Ada", "Grace"].map(|name| Person::of(&setup, name, Role::Supervisor));
    let path = format!("{PATH}/mail");
    for who in [&ada, &grace] {
        let wanted = json!({ "weekday": 1, "hour": 8, "tz": "UTC" });
        assert_eq!(who.send(&setup, "PUT", &path, &wanted).status, 200);
    }
    let is_wanted =
        || [&ada, &grace].map(|who| !who.send(&setup, "GET", &path, &Value::Null).json()["wanted"].is_null());
    let links = StopLinks::of(&outside(setup.database().parent().unwrap()).secrets);
    let page = links.page("https://calls.example.com", ada.user_id());
    let token = page.strip_prefix("https://calls.example.com/report-mail#token=").unwrap();
    let link = format!("/hooks/report-mail/{token}");
    let opened = setup.send_as("GET", &link, None, &Value::Null);
    assert_eq!(opened.status, 303, "{opened:?}");
    assert!(opened.header("location").unwrap().ends_with(&format!("/report-mail#token={token}")));
    assert_eq!(is_wanted(), [true, true], "opening the link changes nothing");
    // A program that is not signed in, and another user, a second time.
    assert_eq!(setup.send_as("POST", &link, None, &Value::Null).status, 204);
    assert_eq!(is_wanted(), [false, true]);
    assert_eq!(grace.send(&setup, "POST", &link, &Value::Null).status, 204);
    assert_eq!(is_wanted(), [false, true]);
    let log = setup.json("/api/v1/audit-log");
    let stopped: Vec<&Value> = log["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["action"] == "report_mail.stopped")
        .collect();
    assert_eq!(stopped.len(), 1, "{log}");
    assert_eq!(stopped[0]["subject"], ada.id);
    for method in ["GET", "POST"] {
        setup.send_as(method, &format!("{link}0"), None, &Value::Null).problem(404);
    }
}

#[test]
fn a_weekly_mail_follows_the_business_into_another_zone() {
    let setup = Setup::open();
    let [ada, grace] = ["Ada", "Grace"].map(|name| Person::of(&setup, name, Role::Supervisor));
    let path = format!("{PATH}/mail");
    let moves_to = |revision: u32, zone: &str| {
        let business = json!({ "revision": revision, "name": "Plumbing", "time_zone": zone });
        assert_eq!(setup.send("PUT", "/api/v1/business-profile", &business).status, 200);
    };
    moves_to(0, "Europe/Berlin");
    let wants = |who: &Person, zone: &str| {
        let wanted = json!({ "weekday": 1, "hour": 8, "tz": zone });
        assert_eq!(who.send(&setup, "PUT", &path, &wanted).status, 200);
    };
    wants(&ada, "Europe/Berlin");
    wants(&grace, "Asia/Tokyo");
    let shown = |who: &Person| {
        let mail = who.send(&setup, "GET", &path, &Value::Null).json();
        let next_at: DateTime<Utc> = mail["next_at"].as_str().unwrap().parse().unwrap();
        (mail["wanted"]["tz"].clone(), next_at)
    };
    let (before, of_grace) = (shown(&ada).1, shown(&grace));
    moves_to(1, "America/New_York");
    let (zone, next_at) = shown(&ada);
    assert_eq!(zone, "America/New_York");
    let local = next_at.with_timezone(&chrono_tz::America::New_York);
    assert_eq!(local.format("%a %H:%M").to_string(), "Mon 08:00");
    let later = (next_at - before).num_hours();
    assert!((5..=6).contains(&later), "the same week's, {later} hours later");
    assert_eq!(shown(&grace), of_grace, "a zone of her own stays");
}
