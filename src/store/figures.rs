//! Figures by hour, day and month, kept beside the rows that they are made of.
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
//! An hour is always counted whole, from its rows, so nothing drifts: what is kept is what the rows say, or it is marked. A mark has
//! a row of its own, so that no transaction waits for another. Whoever counts takes away the marks that they saw before they
//! looked at the rows; where one of these is gone by then, another server has counted the hour and theirs is thrown away.

mod beginning;
mod comparing;
mod counting;
mod keeping;
mod marks;
mod months;
mod reading;
mod settling;

use chrono::{DateTime, Utc};
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
pub use reading::{Ask, report, report_for_file};
pub use settling::settle;

use super::{Connection, StoreError, business};

/// The zone whose hours and days an organization's figures are, and the one whose they should be.
pub fn zone(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<(Option<Tz>, Tz), StoreError> {
    let kept: Option<String> = figure_zones::table
        .find(organization_id.to_string())
        .select(figure_zones::zone)
        .first(connection)
        .optional()?;
    // A zone that this version does not know is none, as the empty one of figures that are being deleted.
    let kept = kept.and_then(|name| name.parse().ok());
    let wanted =
        business::find(connection, organization_id)?.map_or(Tz::UTC, |found| found.profile.time_zone);
    Ok((kept, wanted))
}

/// Whether the organization's figures are those of the zone with this name. Until this transaction ends they stay so: another server waits.
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

/// An hour that is stale, or was counted.
type HourSpan = Span;
