//! Figures of a business. The database counts them with indexes, many days in one query for each table.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use cordboard_schema::appointment::AppointmentStatus;
use cordboard_schema::call::{CallState, Direction, HangupCause};
use cordboard_schema::call_list::CountedAs;
use cordboard_schema::dashboard::{CallFigures, Dashboard, DayFigures, LeadFigures, LeadValue, LocalDay};
use cordboard_schema::event::Decision;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::{appointments, call_events, calls, leads};
use diesel::dsl::{count, count_star, sql};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::counted_as::sum_of;
use super::days::place_among;
use super::saturating_sum::saturating_sum;
use super::{Connection, StoreError, counted};

/// Worded as in the partial index: the planner uses it only then.
const HANDOFFS: &str =
    "kind IN ('handoff_requested', 'agent_requested', 'handoff_bridged', 'handoff_abandoned')";

/// Days in one query: PostgreSQL limits the time of a statement, and SQLite sorts the rows that it groups.
const DAYS_AT_ONCE: usize = 31;

/// Days of an organization to count.
struct Counting<'a> {
    organization: &'a str,
    days: &'a [LocalDay],
    /// Number of the dashboard's days before them.
    before: usize,
    /// Begin of the first day.
    from: NaiveDateTime,
    /// End of the last day.
    to: NaiveDateTime,
}

impl<'a> Counting<'a> {
    /// None if there are no days.
    fn new(organization: &'a str, days: &'a [LocalDay], before: usize) -> Option<Self> {
        let (from, to) = (days.first()?.span.0.naive_utc(), days.last()?.span.1.naive_utc());
        Some(Self { organization, days, before, from, to })
    }

    /// SQL for the position of a time's day among them.
    fn place(&self, column: &str) -> String {
        place_among(self.days, column)
    }

    /// The day at that position.
    fn day_at<'b>(&self, board: &'b mut Dashboard, place: i64) -> Option<&'b mut DayFigures> {
        board.days.get_mut(usize::try_from(place).ok()?.checked_add(self.before)?)
    }
}

/// Fills in the figures of these days. `frame` defines the days and their zone.
pub fn dashboard(
    connection: &mut Connection,
    organization_id: OrganizationId,
    frame: Dashboard,
    days: &[LocalDay],
    now: UnixMs,
) -> Result<Dashboard, StoreError> {
    let mut board = frame;
    let organization = organization_id.to_string();
    let Some(whole) = Counting::new(&organization, days, 0) else { return Ok(board) };
    board.days.extend(days.iter().map(|day| DayFigures {
        date: day.date,
        calls: CallFigures::default(),
        handoffs: 0,
        leads: 0,
        bookings: 0,
    }));
    for (part, days) in days.chunks(DAYS_AT_ONCE).enumerate() {
        let Some(counting) = Counting::new(&organization, days, part * DAYS_AT_ONCE) else { continue };
        count_calls(connection, &counting, &mut board)?;
        count_handoffs(connection, &counting, &mut board)?;
        count_leads(connection, &counting, &mut board)?;
        count_bookings(connection, &counting, &mut board)?;
    }
    for day in &board.days {
        board.calls.add(&day.calls);
    }
    board.handoffs.failures = failures(connection, &whole)?;
    board.leads = lead_figures(connection, &whole)?;
    count_lapsed_as_cancelled(connection, &whole, now, &mut board)?;
    Ok(board)
}

/// A group of calls from the database: position of their day, direction, state and cause; number of calls, answered calls, total duration and number
/// of calls with one, cost, calls that count as contained, and calls that count as handed over.
type CallGroup = (i64, String, String, Option<String>, i64, i64, i64, i64, i64, i64, i64);

/// The same as SQL types.
type CallGroupSql =
    (BigInt, Text, Text, Nullable<Text>, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt);

fn count_calls(
    connection: &mut Connection,
    counting: &Counting<'_>,
    board: &mut Dashboard,
) -> Result<(), StoreError> {
    let group = format!(
        "{}, direction, state, hangup_cause, COUNT(*), COUNT(answered_at), CAST(COALESCE(SUM(talk_ms), 0) AS BIGINT), \
         COUNT(talk_ms), {}, {}, {}",
        counting.place("started_at"),
        saturating_sum("cost_micros"),
        sum_of(CountedAs::Contained),
        sum_of(CountedAs::HandedOver),
    );
    let groups: Vec<CallGroup> = calls::table
        .filter(calls::organization_id.eq(counting.organization))
        .filter(calls::direction.ne(Direction::Internal.as_str()))
        .filter(calls::started_at.ge(counting.from))
        .filter(calls::started_at.lt(counting.to))
        .group_by(sql::<Text>("1, 2, 3, 4"))
        .select(sql::<CallGroupSql>(&group))
        .load(connection)?;
    for (
        place,
        direction,
        state,
        cause,
        total,
        answered,
        talk_ms,
        talked,
        cost_micros,
        contained,
        handed_over,
    ) in groups
    {
        let Some(day) = counting.day_at(board, place) else { continue };
        let figures = &mut day.calls;
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
    Ok(())
}

fn count_handoffs(
    connection: &mut Connection,
    counting: &Counting<'_>,
    board: &mut Dashboard,
) -> Result<(), StoreError> {
    let kinds: Vec<(i64, String, i64)> = call_events::table
        .filter(sql::<Bool>(HANDOFFS))
        .filter(call_events::organization_id.eq(counting.organization))
        .filter(call_events::at.ge(counting.from))
        .filter(call_events::at.lt(counting.to))
        .group_by(sql::<Text>("1, 2"))
        .select(sql::<(BigInt, Text, BigInt)>(&format!(
            "{}, kind, COUNT(*)",
            counting.place("call_events.at")
        )))
        .load(connection)?;
    for (place, kind, count) in kinds {
        match kind.as_str() {
            "handoff_requested" | "agent_requested" => {
                board.handoffs.requested += counted(count);
                if let Some(day) = counting.day_at(board, place) {
                    day.handoffs += counted(count);
                }
            }
            "handoff_bridged" => board.handoffs.bridged += counted(count),
            _ => board.handoffs.failed += counted(count),
        }
    }
    Ok(())
}

fn count_leads(
    connection: &mut Connection,
    counting: &Counting<'_>,
    board: &mut Dashboard,
) -> Result<(), StoreError> {
    let made: Vec<(i64, i64)> = leads::table
        .filter(leads::organization_id.eq(counting.organization))
        .filter(leads::created_at.ge(counting.from))
        .filter(leads::created_at.lt(counting.to))
        .group_by(sql::<BigInt>("1"))
        .select(sql::<(BigInt, BigInt)>(&format!("{}, COUNT(*)", counting.place("created_at"))))
        .load(connection)?;
    for (place, count) in made {
        if let Some(day) = counting.day_at(board, place) {
            day.leads = counted(count);
        }
    }
    Ok(())
}

fn count_bookings(
    connection: &mut Connection,
    counting: &Counting<'_>,
    board: &mut Dashboard,
) -> Result<(), StoreError> {
    let booked: Vec<(i64, String, i64)> = appointments::table
        .filter(appointments::organization_id.eq(counting.organization))
        .filter(appointments::created_at.ge(counting.from))
        .filter(appointments::created_at.lt(counting.to))
        .group_by(sql::<Text>("1, 2"))
        .select(sql::<(BigInt, Text, BigInt)>(&format!("{}, status, COUNT(*)", counting.place("created_at"))))
        .load(connection)?;
    for (place, status, count) in booked {
        let status: AppointmentStatus = from_word("appointments.status", status)?;
        *board.bookings.entry(status).or_default() += counted(count);
        // A time that is held for a caller is not booked, whether the hold has lapsed or was released.
        if status.is_agreed()
            && let Some(day) = counting.day_at(board, place)
        {
            day.bookings += counted(count);
        }
    }
    Ok(())
}

/// Counts holds that have lapsed as cancelled, which they become when another booking takes their time.
fn count_lapsed_as_cancelled(
    connection: &mut Connection,
    counting: &Counting<'_>,
    now: UnixMs,
    board: &mut Dashboard,
) -> Result<(), StoreError> {
    let Some(held) = board.bookings.remove(&AppointmentStatus::Held) else { return Ok(()) };
    let lapsed: i64 = appointments::table
        .filter(appointments::organization_id.eq(counting.organization))
        .filter(appointments::created_at.ge(counting.from))
        .filter(appointments::created_at.lt(counting.to))
        .filter(appointments::status.eq(AppointmentStatus::Held.as_str()))
        .filter(appointments::hold_until.le(now.to_utc().naive_utc()))
        .count()
        .get_result(connection)?;
    let lapsed = counted(lapsed).min(held);
    for (status, count) in [(AppointmentStatus::Held, held - lapsed), (AppointmentStatus::Cancelled, lapsed)]
    {
        if count > 0 {
            *board.bookings.entry(status).or_default() += count;
        }
    }
    Ok(())
}

/// Why hand-offs failed. The journal stores the hand-off's number in its call and the reason, so few of them differ.
fn failures(
    connection: &mut Connection,
    counting: &Counting<'_>,
) -> Result<BTreeMap<HandoffFailure, u64>, StoreError> {
    let rows: Vec<(String, i64)> = call_events::table
        .filter(sql::<Bool>(HANDOFFS))
        .filter(call_events::kind.eq("handoff_abandoned"))
        .filter(call_events::organization_id.eq(counting.organization))
        .filter(call_events::at.ge(counting.from))
        .filter(call_events::at.lt(counting.to))
        .group_by(call_events::data)
        .select((call_events::data, count_star()))
        .load(connection)?;
    let mut failures = BTreeMap::new();
    for (data, count) in rows {
        let decision = serde_json::from_str(&data).map_err(|fault| BadRow::new("call_events.data", fault))?;
        if let Decision::HandoffAbandoned { failure, .. } = decision {
            *failures.entry(failure).or_default() += counted(count);
        }
    }
    Ok(failures)
}

fn lead_figures(connection: &mut Connection, counting: &Counting<'_>) -> Result<LeadFigures, StoreError> {
    let groups: Vec<(String, Option<String>, i64, i64, i64)> = leads::table
        .filter(leads::organization_id.eq(counting.organization))
        .filter(leads::created_at.ge(counting.from))
        .filter(leads::created_at.lt(counting.to))
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

fn from_word<T: DeserializeOwned>(column: &'static str, word: String) -> Result<T, BadRow> {
    serde_json::from_value(Value::String(word)).map_err(|fault| BadRow::new(column, fault))
}
