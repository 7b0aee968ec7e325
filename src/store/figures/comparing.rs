//! Days whose figures are compared with the usual ones, each day once.

use chrono::{Days, NaiveDate};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::DAY_SETTLED_MS;
use cordboard_schema::notice::{Notice, NoticeKind};
use cordboard_schema::report::local_day_of;
use cordboard_schema::time::UnixMs;
use cordboard_tables::tables::figure_zones;
use diesel::prelude::*;

use super::zone;
use crate::store::deliveries::Outbox;
use crate::store::{Connection, StoreError, notices};

/// Returns the day to compare now: the newest that has ended, if it was not compared and somebody subscribed to the notice.
pub fn day_to_compare(
    connection: &mut Connection,
    organization_id: OrganizationId,
    now: UnixMs,
) -> Result<Option<NaiveDate>, StoreError> {
    if notices::settings(connection, organization_id)?.of(NoticeKind::FiguresChanged).is_empty() {
        return Ok(None);
    }
    let (Some(zone), _) = zone(connection, organization_id)? else { return Ok(None) };
    let running = local_day_of(zone, (now - DAY_SETTLED_MS).to_utc()).map(|day| day.date);
    let Some(day) = running.and_then(|day| day.checked_sub_days(Days::new(1))) else { return Ok(None) };
    let compared: Option<String> = figure_zones::table
        .find(organization_id.to_string())
        .select(figure_zones::compared_day)
        .first(connection)?;
    // All are ISO 8601, so they are ordered by day.
    let is_new = |compared: String| compared < day.to_string() || compared > latest(day).to_string();
    Ok(compared.is_none_or(is_new).then_some(day))
}

/// The latest day that may have been compared when this one is the newest: in another zone, or before the clock was set back by a day. A later one was
/// compared by a clock that was ahead.
fn latest(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(2)).unwrap_or(day)
}

/// Stores that the day was compared, and writes the notice to the outbox. Returns false, and writes nothing, if another server was faster.
pub fn keep_comparison(
    connection: &mut Connection,
    organization_id: OrganizationId,
    day: NaiveDate,
    notice: Option<&Notice>,
    now: UnixMs,
) -> Result<bool, StoreError> {
    let (day, latest) = (day.to_string(), latest(day).to_string());
    let is_new = figure_zones::compared_day.lt(&day).or(figure_zones::compared_day.gt(latest));
    let open = figure_zones::table
        .find(organization_id.to_string())
        .filter(figure_zones::compared_day.is_null().or(is_new));
    if diesel::update(open).set(figure_zones::compared_day.eq(&day)).execute(connection)? == 0 {
        return Ok(false);
    }
    if let Some(notice) = notice {
        Outbox::default().put_notice(connection, organization_id, notice, now)?;
    }
    Ok(true)
}
