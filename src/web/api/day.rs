//! `/api/v1/metrics/day`: figures of one day, by hours of the requested zone.

use actix_web::web;
use chrono::{NaiveDate, NaiveTime};
use cordboard_schema::business::zone::parse_zone;
use cordboard_schema::dashboard::local_days;
use cordboard_schema::day::DayByHour;
use serde::Deserialize;
use utoipa::IntoParams;

use super::given::{SANE_TIMES, is_sane_time};
use crate::store::{Connection, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::problem::ApiError;
use crate::web::query::Query;

/// Day of the calendar.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DayQuery {
    /// The day, such as 2026-11-01.
    day: NaiveDate,
    /// IANA name of the time zone of the day, such as Europe/Berlin.
    tz: String,
}

/// Counts the calls, leads and appointments of a day by hour.
#[utoipa::path(
    get,
    operation_id = "show_day",
    path = "/api/v1/metrics/day",
    tag = "figures",
    params(DayQuery),
    responses(
        (status = 200, description = "The day's hours", body = DayByHour),
        (status = 400, description = "A parameter is missing, unknown or invalid, for instance an unknown zone or a day that the zone skipped"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<DayQuery>,
) -> Result<web::Json<DayByHour>, ApiError> {
    let DayQuery { day, tz } = asked.into_inner();
    let zone = parse_zone(&tz).map_err(|fault| ApiError::BadInput(format!("`tz` {fault}")))?;
    if !is_sane_time(day.and_time(NaiveTime::MIN).and_utc()) {
        return Err(ApiError::BadInput(format!("`day` {SANE_TIMES}")));
    }
    let Some(local) = local_days(zone, day, day).next() else {
        return Err(ApiError::BadInput("`day` was skipped in this zone".to_owned()));
    };
    let frame = DayByHour::empty(zone, &local, state.currency());
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| query::day(connection, organization_id, frame, local.span);
    Ok(web::Json(state.store.reads().run(read).await?))
}
