//! `/api/v1/metrics/report`: figures of calls by days or hours of the business's zone, compared with the previous period.

use actix_web::{HttpResponse, web};
use chrono::{NaiveDate, NaiveTime};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{REPORT_DAYS_MAX, REPORT_HOUR_DAYS_MAX};
use cordboard_schema::report::{Cut, Grain, Report};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::calls::part;
use super::given::{SANE_TIMES, is_sane_time};
use super::report_csv;
use crate::counting;
use crate::store::{Ask, Connection, Store, StoreError, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::problem::ApiError;
use crate::web::query::Query;

/// Days and grouping of a report.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportQuery {
    /// The first day in the business's zone, such as 2026-11-01.
    from: NaiveDate,
    /// The last day, inclusive; at most 366 days in all, 31 by hours.
    to: NaiveDate,
    /// Length of a row: `day` (by default) or `hour`.
    #[serde(default)]
    #[param(inline)]
    by: Grain,
    /// Property by which calls are grouped in `keys`; if left out, they are not.
    #[serde(default)]
    #[param(inline)]
    cut: Cut,
    /// The group that the rows are about, as `keys` names it; if left out, they are about all calls.
    key: Option<String>,
}

/// The same, and which table of the report.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportFileQuery {
    /// The first day in the business's zone, such as 2026-11-01.
    from: NaiveDate,
    /// The last day, inclusive; at most 366 days in all, 31 by hours.
    to: NaiveDate,
    /// Length of a row: `day` (by default) or `hour`.
    #[serde(default)]
    #[param(inline)]
    by: Grain,
    /// Property by which calls are grouped in `keys`; if left out, they are not.
    #[serde(default)]
    #[param(inline)]
    cut: Cut,
    /// The group that the rows are about, as `keys` names it; if left out, they are about all calls.
    key: Option<String>,
    /// Table of the report; `rows` if left out.
    #[serde(default)]
    #[param(inline)]
    table: ReportTable,
}

/// A table of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReportTable {
    /// Figures by day or hour.
    #[default]
    Rows,
    /// Figures by group.
    Keys,
    /// Why calls ended.
    Outcomes,
    /// Why hand-offs reached nobody.
    Failures,
}

impl ReportQuery {
    fn ask(self, state: &WebState) -> Result<Ask, ApiError> {
        let Self { from, to, by, cut, key } = self;
        let begin = |date: NaiveDate| date.and_time(NaiveTime::MIN).and_utc();
        if !is_sane_time(begin(from)) || !is_sane_time(begin(to)) {
            return Err(ApiError::BadInput(format!("`from` and `to` {SANE_TIMES}")));
        }
        let max = if by == Grain::Hour { REPORT_HOUR_DAYS_MAX } else { REPORT_DAYS_MAX };
        if to < from || (to - from).num_days() >= max {
            let what = if by == Grain::Hour { " by hours" } else { "" };
            let detail = format!("`to` must not be before `from`, and at most {max} days in all{what}");
            return Err(ApiError::BadInput(detail));
        }
        let key = part("key", key)?;
        if key.is_some() && cut == Cut::All {
            return Err(ApiError::BadInput("`key` needs a `cut`".to_owned()));
        }
        Ok(Ask { from, to, by, cut, key, currency: state.currency().to_owned() })
    }
}

/// Counts the calls of a range of days: in total, by day or hour, and by group. A call counts when it began.
#[utoipa::path(
    get,
    operation_id = "show_report",
    path = "/api/v1/metrics/report",
    tag = "figures",
    params(ReportQuery),
    responses(
        (status = 200, description = "The figures, and those of the same number of days before", body = Report),
        (status = 400, description = "A parameter is missing, unknown or invalid, for instance too many days"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<ReportQuery>,
) -> Result<web::Json<Report>, ApiError> {
    let ask = asked.into_inner().ask(&state)?;
    Ok(web::Json(report(&state.store, caller.organization_id, ask).await?))
}

/// Exports one table of a report as a CSV file. A cell that a spreadsheet would take for a formula begins with `'`. `keys` has at most 10,000 lines,
/// those with the most calls.
#[utoipa::path(
    get,
    operation_id = "export_report",
    path = "/api/v1/metrics/report.csv",
    tag = "figures",
    params(ReportFileQuery),
    responses(
        (status = 200, description = "The table, with the names of its columns in the first line", content_type = "text/csv", body = String),
        (status = 400, description = "A parameter is missing, unknown or invalid, for instance too many days"),
    )
)]
pub(crate) async fn export(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<ReportFileQuery>,
) -> Result<HttpResponse, ApiError> {
    let ReportFileQuery { from, to, by, cut, key, table } = asked.into_inner();
    let ask = ReportQuery { from, to, by, cut, key }.ask(&state)?;
    let organization_id = caller.organization_id;
    counting::begun(&state.store, organization_id).await?;
    let read = move |connection: &mut Connection| {
        Ok(report_csv::written(&query::report_for_file(connection, organization_id, ask)?, table))
    };
    let file = state.store.reads().run(read).await?;
    let file = file.map_err(|cause| ApiError::File { what: "the CSV file", cause })?;
    let name = format!("attachment; filename=\"calls-{from}-{to}-{}.csv\"", table.as_str());
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header(("Content-Disposition", name))
        .body(file))
}

impl ReportTable {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Keys => "keys",
            Self::Outcomes => "outcomes",
            Self::Failures => "failures",
        }
    }
}

/// Reads the report. If an organization was never counted, the counting is begun.
pub(crate) async fn report(
    store: &Store,
    organization_id: OrganizationId,
    ask: Ask,
) -> Result<Report, StoreError> {
    counting::begun(store, organization_id).await?;
    let read = move |connection: &mut Connection| query::report(connection, organization_id, ask);
    store.reads().run(read).await
}
