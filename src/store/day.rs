//! Figures of one day, hour by hour.

use std::collections::HashSet;

use chrono::{NaiveDateTime, TimeDelta};
use cordboard_schema::call::Direction;
use cordboard_schema::call_list::CountedAs;
use cordboard_schema::day::DayByHour;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::limits::DAY_CALLS_MAX;
use cordboard_schema::slots::Span;
use cordboard_tables::tables::{appointments, call_agents, calls, leads};
use diesel::prelude::*;

use super::counted_as::as_number;
use super::{Connection, StoreError, counted};

/// Columns of a call: when it began, how long it took, its cost, and whether it counts as contained, handed over and missed.
type CallOfHour = (NaiveDateTime, Option<i64>, i64, i64, i64, i64);

/// Fills the hours of a day in. A day of more calls than the limit is counted up to it.
pub fn day(
    connection: &mut Connection,
    organization_id: OrganizationId,
    frame: DayByHour,
    (from, to): Span,
) -> Result<DayByHour, StoreError> {
    let mut day = frame;
    let organization = organization_id.to_string();
    let (from, to) = (from.naive_utc(), to.naive_utc());
    let rows: Vec<CallOfHour> = calls::table
        .filter(calls::organization_id.eq(&organization))
        .filter(calls::direction.ne(Direction::Internal.as_str()))
        .filter(calls::started_at.ge(from))
        .filter(calls::started_at.lt(to))
        .order(calls::started_at)
        .select((
            calls::started_at,
            calls::talk_ms,
            calls::cost_micros,
            as_number(CountedAs::Contained),
            as_number(CountedAs::HandedOver),
            as_number(CountedAs::Missed),
        ))
        .limit(DAY_CALLS_MAX)
        .load(connection)?;
    wait(connection, &mut day, &organization, (from, to))?;
    for (started_at, talk_ms, cost_micros, contained, handed_over, missed) in rows {
        let Some(hour) = day.hour_of(started_at.and_utc()) else { continue };
        hour.calls += 1;
        hour.cost_micros = hour.cost_micros.saturating_add(counted(cost_micros));
        hour.alone += counted(contained);
        hour.handed_over += counted(handed_over);
        hour.missed += counted(missed);
        if let Some(talk_ms) = talk_ms {
            hour.talk_ms = hour.talk_ms.saturating_add(counted(talk_ms));
            hour.talked += 1;
        }
    }
    let made: Vec<NaiveDateTime> = leads::table
        .filter(leads::organization_id.eq(&organization))
        .filter(leads::created_at.ge(from))
        .filter(leads::created_at.lt(to))
        .select(leads::created_at)
        .limit(DAY_CALLS_MAX)
        .load(connection)?;
    made.into_iter().for_each(|at| {
        if let Some(hour) = day.hour_of(at.and_utc()) {
            hour.leads += 1;
        }
    });
    let booked: Vec<NaiveDateTime> = appointments::table
        .filter(appointments::organization_id.eq(&organization))
        .filter(appointments::created_at.ge(from))
        .filter(appointments::created_at.lt(to))
        .select(appointments::created_at)
        .limit(DAY_CALLS_MAX)
        .load(connection)?;
    booked.into_iter().for_each(|at| {
        if let Some(hour) = day.hour_of(at.and_utc()) {
            hour.bookings += 1;
        }
    });
    Ok(day)
}

/// The first id of a call that began at this moment.
fn first_id(moment: NaiveDateTime) -> String {
    CallId::first_at(moment.and_utc().into()).to_string()
}

/// Counts how long the callers of these hours waited whom a person of ours has joined.
fn wait(
    connection: &mut Connection,
    day: &mut DayByHour,
    organization: &str,
    (from, to): (NaiveDateTime, NaiveDateTime),
) -> Result<(), StoreError> {
    // A caller who called late in the day may be joined after it. The calls' begin has an index: without it all calls that the organization's agents
    // ever had are read. None lasts a day before it is offered to somebody.
    let rows: Vec<(String, NaiveDateTime, Option<NaiveDateTime>)> = call_agents::table
        .inner_join(calls::table.on(calls::id.eq(call_agents::call_id)))
        .filter(calls::organization_id.eq(organization))
        .filter(calls::started_at.ge(from - TimeDelta::days(1)))
        .filter(calls::started_at.lt(to + TimeDelta::hours(1)))
        // PostgreSQL reads all agents' calls without a range of theirs. A clock may be set between a call's id and its begin.
        .filter(call_agents::call_id.ge(first_id(from - TimeDelta::days(2))))
        .filter(call_agents::call_id.lt(first_id(to + TimeDelta::days(1))))
        .filter(call_agents::first_at.ge(from))
        .filter(call_agents::first_at.lt(to + TimeDelta::hours(1)))
        .filter(call_agents::joined_at.is_not_null())
        .order(call_agents::first_at)
        .select((call_agents::call_id, call_agents::first_at, call_agents::joined_at))
        .limit(DAY_CALLS_MAX)
        .load(connection)?;
    let mut calls = HashSet::new();
    for (call, first_at, joined_at) in rows {
        let waited = joined_at.map_or(0, |joined| (joined - first_at).num_milliseconds().max(0));
        if calls.insert(call)
            && let Some(hour) = day.hour_of(first_at.and_utc())
        {
            hour.waited_ms = hour.waited_ms.saturating_add(counted(waited));
            hour.waited += 1;
        }
    }
    Ok(())
}
