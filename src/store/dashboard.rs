//! Figures of a business: counted by the database, day by day, over indexes.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use cordboard_schema::call::{CallState, Direction, HangupCause};
use cordboard_schema::call_list::CountedAs;
use cordboard_schema::dashboard::{
    CallFigures, Dashboard, DayFigures, HandoffFigures, LeadFigures, LeadValue, LocalDay,
};
use cordboard_schema::event::Decision;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::slots::Span;
use cordboard_schema::switch::HandoffFailure;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::{appointments, call_events, calls, leads};
use diesel::dsl::{count, count_star, sql};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::counted_as::sum_of;
use super::saturating_sum::saturating_sum;
use super::{Connection, StoreError, counted};

/// The kinds are in the text as in the index, which holds no others: only that shows the planner that it fits.
const HANDOFFS: &str =
    "kind IN ('handoff_requested', 'agent_requested', 'handoff_bridged', 'handoff_abandoned')";

/// Fills the figures of these days in. The frame says which days of which zone they are.
pub fn dashboard(
    connection: &mut Connection,
    organization_id: OrganizationId,
    frame: Dashboard,
    days: &[LocalDay],
) -> Result<Dashboard, StoreError> {
    let mut board = frame;
    let organization = organization_id.to_string();
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(board) };
    for day in days {
        let calls = call_figures(connection, &organization, day.span)?;
        let handoffs = handoff_figures(connection, &organization, day.span)?;
        board.calls.add(&calls);
        board.handoffs.requested += handoffs.requested;
        board.handoffs.bridged += handoffs.bridged;
        board.handoffs.failed += handoffs.failed;
        let (from, to) = naive(day.span);
        let made = leads::table
            .filter(leads::organization_id.eq(&organization))
            .filter(leads::created_at.ge(from))
            .filter(leads::created_at.lt(to));
        let booked = appointments::table
            .filter(appointments::organization_id.eq(&organization))
            .filter(appointments::created_at.ge(from))
            .filter(appointments::created_at.lt(to));
        board.days.push(DayFigures {
            date: day.date,
            calls,
            handoffs: handoffs.requested,
            leads: counted(made.count().get_result(connection)?),
            bookings: counted(booked.count().get_result(connection)?),
        });
    }
    let whole = (first.span.0, last.span.1);
    board.handoffs.failures = failures(connection, &organization, whole)?;
    board.leads = lead_figures(connection, &organization, whole)?;
    let (from, to) = naive(whole);
    let by_status: Vec<(String, i64)> = appointments::table
        .filter(appointments::organization_id.eq(&organization))
        .filter(appointments::created_at.ge(from))
        .filter(appointments::created_at.lt(to))
        .group_by(appointments::status)
        .select((appointments::status, count_star()))
        .load(connection)?;
    for (status, count) in by_status {
        board.bookings.insert(from_word("appointments.status", status)?, counted(count));
    }
    Ok(board)
}

/// Group of calls from the database: direction, state and cause; how many they are, how many
/// were answered, how long they took together and how many did, their cost, and how many of them count as contained and as handed over.
type CallGroup = (String, String, Option<String>, i64, i64, i64, i64, i64, i64, i64);

fn call_figures(
    connection: &mut Connection,
    organization: &str,
    span: Span,
) -> Result<CallFigures, StoreError> {
    let (from, to) = naive(span);
    let groups: Vec<CallGroup> = calls::table
        .filter(calls::organization_id.eq(organization))
        .filter(calls::direction.ne(Direction::Internal.as_str()))
        .filter(calls::started_at.ge(from))
        .filter(calls::started_at.lt(to))
        .group_by((calls::direction, calls::state, calls::hangup_cause))
        .select((
            calls::direction,
            calls::state,
            calls::hangup_cause,
            count_star(),
            count(calls::answered_at),
            sql::<BigInt>("CAST(COALESCE(SUM(talk_ms), 0) AS BIGINT)"),
            count(calls::talk_ms),
            sql::<BigInt>(&saturating_sum("cost_micros")),
            sum_of(CountedAs::Contained),
            sum_of(CountedAs::HandedOver),
        ))
        .load(connection)?;
    let mut figures = CallFigures::default();
    for (direction, state, cause, total, answered, talk_ms, talked, cost_micros, contained, handed_over) in
        groups
    {
        let (total, answered) = (counted(total), counted(answered));
        figures.total += total;
        figures.answered += answered;
        figures.contained += counted(contained);
        figures.handed_over += counted(handed_over);
        figures.cost_micros = figures.cost_micros.saturating_add(counted(cost_micros));
        figures.talk((counted(talk_ms), counted(talked)));
        let is_over = state == CallState::Ended.as_str();
        if direction == Direction::Inbound.as_str() {
            figures.inbound += total;
            figures.missed += if is_over { total.saturating_sub(answered) } else { 0 };
        } else {
            figures.outbound += total;
        }
        if is_over {
            *figures.outcomes.entry(cause.unwrap_or_else(|| HangupCause::UNKNOWN.to_owned())).or_default() +=
                total;
        } else {
            figures.open += total;
        }
    }
    Ok(figures)
}

fn handoff_figures(
    connection: &mut Connection,
    organization: &str,
    span: Span,
) -> Result<HandoffFigures, StoreError> {
    let (from, to) = naive(span);
    let kinds: Vec<(String, i64)> = call_events::table
        .filter(sql::<Bool>(HANDOFFS))
        .filter(call_events::organization_id.eq(organization))
        .filter(call_events::at.ge(from))
        .filter(call_events::at.lt(to))
        .group_by(call_events::kind)
        .select((call_events::kind, count_star()))
        .load(connection)?;
    let mut figures = HandoffFigures::default();
    for (kind, count) in kinds {
        match kind.as_str() {
            "handoff_requested" | "agent_requested" => figures.requested += counted(count),
            "handoff_bridged" => figures.bridged = counted(count),
            _ => figures.failed = counted(count),
        }
    }
    Ok(figures)
}

/// Why hand-offs failed. The journal holds of one its number in its call and the reason, so there are few different.
fn failures(
    connection: &mut Connection,
    organization: &str,
    span: Span,
) -> Result<BTreeMap<HandoffFailure, u64>, StoreError> {
    let (from, to) = naive(span);
    let told: Vec<(String, i64)> = call_events::table
        .filter(sql::<Bool>(HANDOFFS))
        .filter(call_events::kind.eq("handoff_abandoned"))
        .filter(call_events::organization_id.eq(organization))
        .filter(call_events::at.ge(from))
        .filter(call_events::at.lt(to))
        .group_by(call_events::data)
        .select((call_events::data, count_star()))
        .load(connection)?;
    let mut failures = BTreeMap::new();
    for (data, count) in told {
        let decision = serde_json::from_str(&data).map_err(|fault| BadRow::new("call_events.data", fault))?;
        if let Decision::HandoffAbandoned { failure, .. } = decision {
            *failures.entry(failure).or_default() += counted(count);
        }
    }
    Ok(failures)
}

fn lead_figures(
    connection: &mut Connection,
    organization: &str,
    span: Span,
) -> Result<LeadFigures, StoreError> {
    let (from, to) = naive(span);
    let groups: Vec<(String, Option<String>, i64, i64, i64)> = leads::table
        .filter(leads::organization_id.eq(organization))
        .filter(leads::created_at.ge(from))
        .filter(leads::created_at.lt(to))
        .group_by((leads::status, leads::currency))
        .order((leads::status, leads::currency))
        .select((
            leads::status,
            leads::currency,
            count_star(),
            count(leads::value_minor),
            sql::<BigInt>(&saturating_sum("value_minor")),
        ))
        .load(connection)?;
    let mut figures = LeadFigures::default();
    for (status, currency, total, valued, value_minor) in groups {
        let status = from_word("leads.status", status)?;
        figures.total += counted(total);
        *figures.by_status.entry(status).or_default() += counted(total);
        if let Some(currency) = currency.filter(|_| valued > 0) {
            figures.values.push(LeadValue { status, currency, value_minor: counted(value_minor) });
        }
    }
    Ok(figures)
}

fn naive((from, to): Span) -> (NaiveDateTime, NaiveDateTime) {
    (from.naive_utc(), to.naive_utc())
}

fn from_word<T: DeserializeOwned>(column: &'static str, word: String) -> Result<T, BadRow> {
    serde_json::from_value(Value::String(word)).map_err(|fault| BadRow::new(column, fault))
}
