//! Figures of many days match those of each day.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;
use cordboard::store::query;
use cordboard_schema::appointment::AppointmentStatus;
use cordboard_schema::dashboard::{
    CallFigures, Dashboard, DayFigures, HandoffFigures, LeadFigures, LocalDay, local_days,
};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;
use diesel::connection::SimpleConnection as _;
use uuid::Uuid;

use super::room::{Room, read};

/// Clocks go back on 2026-10-25 there.
const ZONE: Tz = Tz::Europe__Berlin;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn frame(from: NaiveDate, to: NaiveDate) -> Dashboard {
    Dashboard {
        from,
        to,
        tz: ZONE.name().to_owned(),
        currency: "EUR".to_owned(),
        calls: CallFigures::default(),
        handoffs: HandoffFigures::default(),
        leads: LeadFigures::default(),
        bookings: BTreeMap::new(),
        days: Vec::new(),
    }
}

/// Creates rows around the moment at which a day begins: right before it, at it, and in its last moments.
fn rows_of(organization_id: OrganizationId, day: LocalDay) -> String {
    let begin = day.span.0.naive_utc();
    let end = day.span.1.naive_utc();
    let moments = [
        begin - TimeDelta::milliseconds(1),
        begin,
        begin + TimeDelta::milliseconds(1),
        end - TimeDelta::milliseconds(1),
    ];
    let mut rows = String::new();
    for (nth, at) in moments.iter().enumerate() {
        let at = at.format("%F %T%.f");
        let (call, id) = (Uuid::now_v7(), Uuid::now_v7());
        let direction = if nth == 0 { "outbound" } else { "inbound" };
        rows += &format!(
            "INSERT INTO calls (id, organization_id, state, direction, started_at, answered_at, hangup_cause, profile_id, next, last_seq, \
             cost_micros, talk_ms) VALUES ('{call}', '{organization_id}', 'ended', '{direction}', '{at}', '{at}', 'normal_clearing', 'p', \
             '\"hangup\"', 2, {nth}, 1000); \
             INSERT INTO call_events (call_id, seq, organization_id, at, kind, data) VALUES \
             ('{call}', 1, '{organization_id}', '{at}', 'handoff_requested', '{{}}'), \
             ('{call}', 2, '{organization_id}', '{at}', 'handoff_abandoned', \
             '{{\"kind\":\"handoff_abandoned\",\"handoff\":1,\"failure\":\"busy\"}}'); \
             INSERT INTO leads (id, organization_id, name, need, urgency, budget, address, status, notes, created_at, updated_at) VALUES \
             ('{id}', '{organization_id}', 'Ada', 'a roof', '', '', '', 'new', '', '{at}', '{at}'); \
             INSERT INTO appointments (id, organization_id, resource, service, starts_at, ends_at, zone, status, name, address, notes, \
             sequence, created_at, updated_at) VALUES ('{id}', '{organization_id}', 'main', 'x', '{at}', '{at}', 'UTC', 'confirmed', '', '', \
             '', 0, '{at}', '{at}');"
        );
    }
    rows
}

#[actix::test]
async fn figures_of_92_days_match_the_single_days() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let (from, to) = (date("2026-08-21"), date("2026-11-20"));
    let days: Vec<LocalDay> = local_days(ZONE, from, to).collect();
    assert_eq!(days.len(), 92);
    // The first and the last day, those at which statements may be split, and those around changes of the clocks.
    let busy = [
        "2026-08-21",
        "2026-09-20",
        "2026-09-21",
        "2026-10-21",
        "2026-10-22",
        "2026-10-25",
        "2026-10-26",
        "2026-11-20",
    ];
    let rows: String = days
        .iter()
        .filter(|day| busy.contains(&day.date.to_string().as_str()))
        .map(|day| rows_of(owner, *day))
        .collect();
    room.stranger().batch_execute(&rows).unwrap();

    let asked = |from, to, days: &[LocalDay]| {
        read(&store, |connection| query::dashboard(connection, owner, frame(from, to), days, UnixMs(0)))
    };
    let whole = asked(from, to, &days);
    let each: Vec<DayFigures> =
        days.iter().flat_map(|day| asked(day.date, day.date, std::slice::from_ref(day)).days).collect();
    assert_eq!(whole.days, each);
    let of = |day: &str| {
        let found = whole.days.iter().find(|one| one.date == date(day)).unwrap();
        (found.calls.total, found.calls.outbound, found.handoffs, found.leads, found.bookings)
    };
    // The day before one of these has its first row.
    assert_eq!(of("2026-08-21"), (3, 0, 3, 3, 3));
    assert_eq!(of("2026-09-19"), (1, 1, 1, 1, 1));
    assert_eq!(of("2026-09-20"), (4, 1, 4, 4, 4));
    assert_eq!(of("2026-10-24"), (1, 1, 1, 1, 1));
    assert_eq!(of("2026-10-25"), (4, 1, 4, 4, 4));
    assert_eq!(of("2026-10-27"), (0, 0, 0, 0, 0));

    // All except the row before the first day: four rows for each of eight days.
    let calls = &whole.calls;
    assert_eq!((calls.total, calls.answered, calls.contained, calls.inbound), (31, 31, 31, 24));
    assert_eq!((calls.average_ms, calls.cost_micros), (Some(1_000), 8 * (1 + 2 + 3)));
    assert_eq!(calls.outcomes, BTreeMap::from([("normal_clearing".to_owned(), 31)]));
    let failures = BTreeMap::from([(HandoffFailure::Busy, 31)]);
    assert_eq!(whole.handoffs, HandoffFigures { requested: 31, bridged: 0, failed: 31, failures });
    assert_eq!(whole.leads.total, 31);
    assert_eq!(whole.bookings, BTreeMap::from([(AppointmentStatus::Confirmed, 31)]));
}
