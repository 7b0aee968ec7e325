//! `/api/v1/metrics/report/mail`: weekly figures by mail for the user who asks.

use actix_web::{HttpResponse, web};
use cordboard_actors::world;
use cordboard_schema::business::zone::parse_zone;
use cordboard_schema::ids::UserId;
use cordboard_schema::report::{ReportMail, ReportMailBody, next_sending};

use super::given::Faults;
use crate::store::{Connection, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::problem::ApiError;

fn user_of(caller: &Caller) -> Result<UserId, ApiError> {
    caller
        .user_id()
        .ok_or_else(|| ApiError::NotAllowed("reports are only mailed to users: sign in as one".to_owned()))
}

/// Shows when the weekly figures are mailed to the user who asks.
#[utoipa::path(
    get,
    operation_id = "show_report_mail",
    path = "/api/v1/metrics/report/mail",
    tag = "figures",
    responses(
        (status = 200, description = "The day and hour, or that none is set", body = ReportMail),
        (status = 403, description = "The request is not a user's (`not_allowed`), or the permission is missing (`forbidden`)"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<ReportMail>, ApiError> {
    let (organization_id, user_id) = (caller.organization_id, user_of(&caller)?);
    let read = move |connection: &mut Connection| query::report_mail(connection, organization_id, user_id);
    let found = state.store.reads().run(read).await?;
    let (wanted, next_at) = found.map(|(wanted, at)| (wanted, at.and_utc())).unzip();
    Ok(web::Json(ReportMail { wanted, next_at, can_be_sent: state.mailer.has_server() }))
}

/// Mails the figures of the previous seven days to the user who asks, each week at this day and hour.
#[utoipa::path(
    put,
    operation_id = "set_report_mail",
    path = "/api/v1/metrics/report/mail",
    tag = "figures",
    request_body = ReportMailBody,
    responses(
        (status = 200, description = "Set", body = ReportMail),
        (status = 400, description = "The body is not a JSON object"),
        (status = 403, description = "The request is not a user's (`not_allowed`), or the permission is missing (`forbidden`)"),
        (status = 422, description = "A value is invalid, for instance an unknown zone"),
    )
)]
pub(crate) async fn set(
    state: web::Data<WebState>,
    caller: Caller,
    body: Body<ReportMailBody>,
) -> Result<web::Json<ReportMail>, ApiError> {
    let (organization_id, user_id) = (caller.organization_id, user_of(&caller)?);
    let body = body.into_inner();
    let zone = parse_zone(&body.tz);
    let mut faults = Faults::default();
    faults.demand((1..=7).contains(&body.weekday), "weekday", "must be 1 (Monday) to 7 (Sunday)");
    faults.demand(body.hour <= 23, "hour", "must be 0 to 23");
    if let Err(fault) = &zone {
        faults.demand(false, "tz", fault.to_string());
    }
    faults.into_result()?;
    let next_at = zone.ok().and_then(|zone| next_sending(body.weekday, body.hour, zone, world::now()));
    let Some(next_at) = next_at else {
        return Err(ApiError::BadInput("The day or the hour is invalid".to_owned()));
    };
    let (wanted, entry) = (body.clone(), caller.did("report_mail.set", user_id, ""));
    let set = move |connection: &mut Connection| {
        change::set_report_mail(connection, organization_id, user_id, Some((&wanted, next_at.into())))?;
        change::record_audit(connection, &entry)
    };
    state.store.change(set).await?;
    let can_be_sent = state.mailer.has_server();
    Ok(web::Json(ReportMail { wanted: Some(body), next_at: Some(next_at), can_be_sent }))
}

/// Stops the weekly mail to the user who asks, including one that is waiting to be sent.
#[utoipa::path(
    delete,
    operation_id = "stop_report_mail",
    path = "/api/v1/metrics/report/mail",
    tag = "figures",
    responses(
        (status = 204, description = "They are no longer mailed"),
        (status = 403, description = "The request is not a user's (`not_allowed`), or the permission is missing (`forbidden`)"),
    )
)]
pub(crate) async fn stop(state: web::Data<WebState>, caller: Caller) -> Result<HttpResponse, ApiError> {
    let (organization_id, user_id) = (caller.organization_id, user_of(&caller)?);
    let entry = caller.did("report_mail.stopped", user_id, "");
    let stop = move |connection: &mut Connection| {
        change::set_report_mail(connection, organization_id, user_id, None)?;
        change::record_audit(connection, &entry)
    };
    state.store.change(stop).await?;
    Ok(HttpResponse::NoContent().finish())
}
