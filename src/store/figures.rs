//! Figures by hour, day and month, stored next to the rows that they are computed from.
//!
//! ```text
//! writer's batch ── rows of calls ─────────────┐
//!                └─ marks: this hour is stale ─┤ one transaction
//!                                              ▼
//! counting job ── count: an hour's rows -> sums (a reader) ── keep: sums instead of the marks (a change)
//!              └─ of a month that is over: its days -> sums (a reader) ── sums instead of the days' marks (a change)
//! report ── kept sums, and what is stale counted from its rows, in one snapshot
//! ```
//!
//! An hour is always counted completely, from its rows, so errors don't accumulate: stored figures match the rows, or are marked as stale. Each mark
//! has a row of its own, so that no transaction waits for another. The counting job removes the marks that it read before it read the rows. If one of
//! them is gone by then, another server has counted the hour, and this result is discarded.

mod beginning;
mod comparing;
mod counting;
mod keeping;
mod marks;
mod months;
mod reading;
mod settling;

use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::slots::Span;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::figure_zones;
use diesel::prelude::*;

pub use beginning::{Beginning, begin, is_begun};
pub use comparing::{day_to_compare, keep_comparison};
pub(super) use counting::counted_calls;
pub use counting::{CountedCall, hour};
pub use keeping::{Counted, Uncounted, count, keep, stale};
pub(super) use marks::{Marks, of_call_id as mark_call};
pub use months::{CountedMonth, count_month, keep_month};
pub use reading::{Ask, DayFigures, figures_of_days, report, report_for_file};
pub(super) use settling::counted_again_since;
pub use settling::settle;

use super::{Connection, StoreError, business};

/// The zone of an organization's stored figures, and the zone that they should have.
pub fn zone(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<(Option<Tz>, Tz), StoreError> {
    let kept: Option<String> = figure_zones::table
        .find(organization_id.to_string())
        .select(figure_zones::zone)
        .first(connection)
        .optional()?;
    // An unknown zone counts as none, like the empty zone of figures that are being deleted.
    let kept = kept.and_then(|name| name.parse().ok());
    let wanted =
        business::find(connection, organization_id)?.map_or(Tz::UTC, |found| found.profile.time_zone);
    Ok((kept, wanted))
}

/// Tells whether the organization's figures are in the zone with this name, and locks it until the transaction ends: another server waits.
fn hold_zone(connection: &mut Connection, organization: &str, zone: &str) -> Result<bool, StoreError> {
    let held = figure_zones::table.find(organization).filter(figure_zones::zone.eq(zone));
    Ok(diesel::update(held).set(figure_zones::zone.eq(zone)).execute(connection)? > 0)
}

fn naive(at: DateTime<Utc>) -> chrono::NaiveDateTime {
    at.naive_utc()
}

fn bad_sums(fault: serde_json::Error) -> BadRow {
    BadRow::new("figures.sums", fault)
}

/// Why an hour can't be counted. It names the hour, because the row's fault does not say where the row is.
fn unread_hour((from, _): HourSpan, error: &StoreError) -> String {
    format!("the hour from {}: {error}", from.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// The span of an hour that is stale or was counted.
type HourSpan = Span;
