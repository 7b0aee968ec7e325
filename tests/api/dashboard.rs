//! Figures of the business: right across midnight, and when clocks change.

use chrono::{DateTime, Utc};
use cordboard_schema::call::{Direction, Ending, HangupBy, HangupCause};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Decision, Event, Fact, JournalEntry};
use cordboard_schema::ids::{EffectId, UserId};
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::entries::Conversation;
use crate::setup::Setup;

const PATH: &str = "/api/v1/metrics/dashboard";

fn at(text: &str) -> UnixMs {
    text.parse::<DateTime<Utc>>().unwrap().into()
}

/// Returns the entries as if they had been written at `began`, the last of them `length_ms` later.
fn moved(mut entries: Vec<JournalEntry>, began: &str, length_ms: u64) -> Vec<JournalEntry> {
    for entry in &mut entries {
        entry.at = at(began);
    }
    if let Some(last) = entries.last_mut() {
        last.at = at(began) + length_ms;
    }
    entries
}

/// Creates a call that was answered at once and lasted `length_ms`.
fn answered(setup: &Setup, began: &str, length_ms: u64) {
    let mut said = Conversation::new(setup.store.organization_id());
    let mut entries = said.live();
    entries.push(said.entry(Decision::Charged { model: "m".to_owned(), cost_micros: 7 }));
    entries.extend(said.ended(NextStep::Hangup));
    setup.journal(moved(entries, began, length_ms));
}

/// Creates a call that was not answered.
fn missed(setup: &Setup, began: &str) {
    let mut said = Conversation::new(setup.store.organization_id());
    let ending = Ending { cause: HangupCause::no_audio(), by: HangupBy::Server };
    let entries = vec![said.started(), said.entry(Decision::Ended { ending, next: NextStep::Hangup })];
    setup.journal(moved(entries, began, 5_000));
}

fn by_day(board: &Value, member: &str) -> Vec<(String, u64)> {
    let days = board["days"].as_array().unwrap();
    days.iter()
        .map(|day| (day["date"].as_str().unwrap().to_owned(), day["calls"][member].as_u64().unwrap()))
        .collect()
}

#[test]
fn a_call_counts_for_the_local_day_it_began() {
    let setup = Setup::open();
    // In Berlin clocks go back on the 25th, which has 25 hours: from 22:00 UTC of the 24th to 23:00 of the 25th.
    answered(&setup, "2026-10-24T21:59:59Z", 60_000);
    answered(&setup, "2026-10-24T22:00:00Z", 120_000);
    missed(&setup, "2026-10-25T22:59:59Z");
    answered(&setup, "2026-10-25T23:00:00Z", 1_000);
    let board = setup.json(&format!("{PATH}?from=2026-10-24&to=2026-10-26&tz=Europe/Berlin"));
    let days = |counts: [u64; 3]| -> Vec<(String, u64)> {
        ["2026-10-24", "2026-10-25", "2026-10-26"].iter().map(|day| (*day).to_owned()).zip(counts).collect()
    };
    assert_eq!(by_day(&board, "total"), days([1, 2, 1]));
    assert_eq!(by_day(&board, "missed"), days([0, 1, 0]));
    let utc = setup.json(&format!("{PATH}?from=2026-10-24&to=2026-10-26&tz=UTC"));
    assert_eq!(by_day(&utc, "total"), days([2, 2, 0]));

    let calls = &board["calls"];
    let figure = |name: &str| calls[name].as_u64().unwrap();
    assert_eq!(
        (figure("total"), figure("inbound"), figure("answered"), figure("missed"), figure("open")),
        (4, 4, 3, 1, 0)
    );
    assert_eq!((figure("average_ms"), figure("cost_micros")), ((60_000 + 120_000 + 1_000) / 3, 21));
    assert_eq!(calls["outcomes"], json!({ "no_audio": 1, "normal_clearing": 3 }));
    assert_eq!(board["days"][2]["calls"]["average_ms"], 1_000);
    assert_eq!((&board["currency"], &board["tz"]), (&json!("USD"), &json!("Europe/Berlin")));
}

#[test]
fn hand_offs_leads_and_bookings_are_counted() {
    let setup = Setup::open();
    let mut said = Conversation::new(setup.store.organization_id());
    let mut entries = said.live();
    for (number, failure) in [
        (1, Some(HandoffFailure::Busy)),
        (2, Some(HandoffFailure::Busy)),
        (3, Some(HandoffFailure::NoAnswer)),
        (4, None),
    ] {
        let handoff = EffectId(number);
        let (target, reason) = ("sales".to_owned(), format!("reason {number}"));
        entries.push(said.entry(Decision::HandoffRequested { handoff, target, reason }));
        entries.push(match failure {
            Some(failure) => said.entry(Decision::HandoffAbandoned { handoff, failure }),
            None => said.entry(Decision::HandoffBridged { handoff }),
        });
    }
    setup.journal(entries);
    for hour in [9, 10] {
        let body = json!({ "service": "x", "starts_at": format!("2027-03-01T{hour:02}:00:00Z") });
        let made = setup.send("POST", "/api/v1/appointments", &body);
        if hour == 10 {
            setup.send("PATCH", made.header("location").unwrap(), &json!({ "status": "cancelled" }));
        }
    }
    // A hold that lapses.
    let held = json!({ "service": "x", "starts_at": "2027-03-01T11:00:00Z", "hold_minutes": 15 });
    assert_eq!(setup.send("POST", "/api/v1/appointments", &held).status, 201);
    setup.change(|connection| {
        use diesel::connection::SimpleConnection as _;
        let lapse = "UPDATE appointments SET hold_until = '2026-01-01 00:00:00' WHERE status = 'held'";
        Ok(connection.batch_execute(lapse)?)
    });
    let won = crate::leads::lead(&setup, "Ada", "a roof");
    crate::leads::lead(&setup, "Eve", "a door");
    setup.send(
        "PATCH",
        &format!("/api/v1/leads/{}", won.id),
        &json!({ "status": "won", "value_minor": 900, "currency": "EUR" }),
    );

    let day = |days: i64| (Utc::now() + chrono::TimeDelta::days(days)).format("%Y-%m-%d").to_string();
    let board = setup.json(&format!("{PATH}?from={}&to={}&tz=UTC", day(-1), day(1)));
    assert_eq!(
        board["handoffs"],
        json!({ "requested": 4, "bridged": 1, "failed": 3, "failures": { "busy": 2, "no_answer": 1 } })
    );
    assert_eq!(board["bookings"], json!({ "confirmed": 1, "cancelled": 2 }));
    assert_eq!(
        board["leads"],
        json!({
            "total": 2, "by_status": { "new": 1, "won": 1 }, "values": [{ "status": "won", "currency": "EUR", "value_minor": 900 }],
        })
    );
    assert_eq!(board["calls"]["open"], 1);
    assert_eq!(
        board["days"].as_array().unwrap().iter().map(|day| day["bookings"].as_u64().unwrap()).sum::<u64>(),
        1,
        "neither the cancelled one nor the hold"
    );
    let of_hours = |day: String| -> u64 {
        let shown = setup.json(&format!("/api/v1/metrics/day?day={day}&tz=UTC"));
        shown["hours"].as_array().unwrap().iter().map(|hour| hour["bookings"].as_u64().unwrap()).sum()
    };
    assert_eq!((-1..=1).map(|days| of_hours(day(days))).sum::<u64>(), 1, "the same by hours");
}

#[test]
fn days_and_zones_that_do_not_exist_are_refused() {
    let setup = Setup::open();
    for (query, named) in [
        ("from=2026-10-01&to=2026-10-02&tz=Europe/Berlinn", "Europe/Berlin"),
        ("from=2026-10-01&to=2026-10-02&tz=..%2F..%2Fetc%2Fpasswd", "`tz`"),
        ("from=2026-10-01&to=2026-10-02&tz=%F0%9F%95%B0", "`tz`"),
        ("from=2026-10-02&to=2026-10-01&tz=UTC", "`to`"),
        ("from=2026-01-01&to=2026-10-01&tz=UTC", "92 days"),
        ("from=2026-02-30&to=2026-03-01&tz=UTC", "out of range"),
        ("from=2026-02-01&to=2026-03-01", "tz"),
        ("from=%2B262142-12-30&to=%2B262142-12-31&tz=UTC", "2200"),
    ] {
        let detail = setup.get(&format!("{PATH}?{query}")).problem(400);
        assert!(detail.contains(named), "{query}: {detail}");
    }
}

#[test]
fn the_hours_of_a_day_count_what_began_in_them() {
    let setup = Setup::open();
    // In Berlin the 25th has 25 hours: two o'clock occurs twice.
    answered(&setup, "2026-10-25T00:30:00Z", 60_000);
    answered(&setup, "2026-10-25T01:30:00Z", 30_000);
    missed(&setup, "2026-10-25T13:05:00Z");
    answered(&setup, "2026-10-25T23:00:00Z", 10_000);
    let day = setup.json("/api/v1/metrics/day?day=2026-10-25&tz=Europe/Berlin");
    let hours = day["hours"].as_array().unwrap();
    let busy: Vec<(u64, u64, u64, u64)> = hours
        .iter()
        .map(|hour| ["hour", "alone", "missed", "talk_ms"].map(|member| hour[member].as_u64().unwrap()))
        .map(|[hour, alone, missed, talk_ms]| (hour, alone, missed, talk_ms))
        .filter(|(_, alone, missed, _)| alone + missed > 0)
        .collect();
    assert_eq!(hours.len(), 25);
    assert_eq!(busy, [(2, 1, 0, 60_000), (2, 1, 0, 30_000), (14, 0, 1, 0)]);
    setup.get("/api/v1/metrics/day?day=2026-10-25&tz=Berlin").problem(400);
    setup.get("/api/v1/metrics/day?day=2011-12-30&tz=Pacific/Apia").problem(400);
}

#[test]
fn callers_wait_from_their_request_until_a_person_joins() {
    let setup = Setup::open();
    let ada = UserId(Uuid::from_u128(1));
    let began = at("2026-10-25T10:00:00Z");
    // The agent accepts half a minute after the request, and is there a second later.
    let mut said = Conversation::new(setup.store.organization_id());
    let mut entries = said.live();
    let (handoff, target, reason) = (EffectId(1), "help".to_owned(), String::new());
    entries.push(said.entry(Decision::AgentRequested { handoff, target, reason }));
    entries.iter_mut().for_each(|entry| entry.at = began);
    for (entry, later_ms) in said.joined(ada).into_iter().zip([30_000, 31_000]) {
        entries.push(JournalEntry { at: began + later_ms, ..entry });
    }
    setup.journal(entries);
    // In a call between colleagues no one waited for a person.
    let mut inside = Conversation::new(setup.store.organization_id());
    let mut entries = vec![inside.started_by("101", "102")];
    if let Event::Fact(Fact::CallStarted { direction, .. }) = &mut entries[0].event {
        *direction = Direction::Internal;
    }
    entries.extend(inside.joined(ada));
    setup.journal(moved(entries, "2026-10-25T10:30:00Z", 5_000));

    let day = setup.json("/api/v1/metrics/day?day=2026-10-25&tz=UTC");
    let hour = &day["hours"][10];
    assert_eq!(hour["waited"], 1, "{hour}");
    assert!(hour["waited_ms"].as_u64().unwrap().abs_diff(31_000) <= 1_000, "{hour}");
}
