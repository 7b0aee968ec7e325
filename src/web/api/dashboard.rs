//! `/api/v1/metrics/dashboard`: figures of the business, by days of the requested zone.

use actix_web::web;
use chrono::{NaiveDate, NaiveTime};
use cordboard_actors::world;
use cordboard_schema::business::zone::parse_zone;
use cordboard_schema::dashboard::{Dashboard, LocalDay, local_days};
use cordboard_schema::limits::DASHBOARD_DAYS_MAX;
use serde::Deserialize;
use utoipa::IntoParams;

use super::given::{SANE_TIMES, is_sane_time};
use crate::store::{Connection, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::problem::ApiError;
use crate::web::query::Query;

/// Days of the dashboard.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DashboardQuery {
    /// The first day, such as 2026-11-01.
    from: NaiveDate,
    /// The last day, inclusive; at most 92 days in all.
    to: NaiveDate,
    /// IANA name of the time zone of these days, such as Europe/Berlin. Days on which clocks change have 23 or 25 hours.
    tz: String,
}

/// Counts calls, hand-offs, leads and appointments of a range of days.
#[utoipa::path(
    get,
    operation_id = "show_dashboard",
    path = "/api/v1/metrics/dashboard",
    tag = "figures",
    params(DashboardQuery),
    responses(
        (status = 200, description = "The figures, in total and by day", body = Dashboard),
        (status = 400, description = "A parameter is missing, unknown or invalid, for instance an unknown zone"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<DashboardQuery>,
) -> Result<web::Json<Dashboard>, ApiError> {
    let DashboardQuery { from, to, tz } = asked.into_inner();
    let zone = parse_zone(&tz).map_err(|fault| ApiError::BadInput(format!("`tz` {fault}")))?;
    let begin = |date: NaiveDate| date.and_time(NaiveTime::MIN).and_utc();
    if !is_sane_time(begin(from)) || !is_sane_time(begin(to)) {
        return Err(ApiError::BadInput(format!("`from` and `to` {SANE_TIMES}")));
    }
    if to < from || (to - from).num_days() >= DASHBOARD_DAYS_MAX {
        let detail = format!("`to` must not be before `from`, and at most {DASHBOARD_DAYS_MAX} days in all");
        return Err(ApiError::BadInput(detail));
    }
    let frame = Dashboard {
        from,
        to,
        tz: zone.name().to_owned(),
        currency: state.currency().to_owned(),
        calls: Default::default(),
        handoffs: Default::default(),
        leads: Default::default(),
        bookings: Default::default(),
        days: Vec::new(),
    };
    let days: Vec<LocalDay> = local_days(zone, from, to).collect();
    let (organization_id, now) = (caller.organization_id, world::now().into());
    let read =
        move |connection: &mut Connection| query::dashboard(connection, organization_id, frame, &days, now);
    Ok(web::Json(state.store.reads().run(read).await?))
}
