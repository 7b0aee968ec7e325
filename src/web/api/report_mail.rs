//! `/api/v1/metrics/report/mail`: weekly figures by mail for the user who asks. `/hooks/report-mail/{token}`: the link in such a mail stops the mails
//! of the user to whom it was sent.

use actix_web::http::header::{ETAG, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono_tz::Tz;
use cordboard_actors::world;
use cordboard_schema::audit::Actor;
use cordboard_schema::business::zone::parse_zone;
use cordboard_schema::ids::UserId;
use cordboard_schema::plain::present;
use cordboard_schema::report::{ReportMail, ReportMailBody, next_sending};
use serde::Deserialize;
use utoipa::ToSchema;

use super::given::Faults;
use crate::report_mails::{StopLinks, stop_page};
use crate::store::{Asker, Connection, asked_by, change, query};
use crate::web::WebState;
use crate::web::arriving::arrival;
use crate::web::body::{ReadOnly, ThingBody};
use crate::web::caller::{Caller, done};
use crate::web::problem::ApiError;
use crate::web::revision::{self, IfMatch};

const NO_LINK: ApiError = ApiError::NotFound("link");

/// When the user wants the weekly report.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportMailChange {
    /// The day of the week: 1 is Monday, 7 Sunday.
    #[schema(minimum = 1, maximum = 7)]
    weekday: Option<u8>,
    /// The local hour, 0 to 23.
    #[schema(minimum = 0, maximum = 23)]
    hour: Option<u8>,
    /// IANA name of the time zone.
    #[schema(example = "Europe/Berlin")]
    tz: Option<String>,
    /// The three as they are shown, for those that are left out. Null, and nothing else, stops the mails.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<ReportMailBody>)]
    wanted: Option<Option<ReportMailBody>>,
}

impl ReadOnly for ReportMailChange {
    const NAMES: &'static [&'static str] = &["next_at", "can_be_sent"];
}

impl ReportMailChange {
    /// Returns what is wanted and its zone, if the values are valid; none for no mails.
    fn checked(self) -> Result<Option<(ReportMailBody, Tz)>, ApiError> {
        let Self { weekday, hour, tz, wanted } = self;
        if weekday.is_none() && hour.is_none() && tz.is_none() && wanted == Some(None) {
            return Ok(None);
        }
        let shown = wanted.flatten();
        let weekday = weekday.or(shown.as_ref().map(|shown| shown.weekday));
        let hour = hour.or(shown.as_ref().map(|shown| shown.hour));
        let tz = tz.or(shown.map(|shown| shown.tz));
        let mut faults = Faults::default();
        let is_day = weekday.is_some_and(|day| (1..=7).contains(&day));
        faults.demand(is_day, "weekday", "must be 1 (Monday) to 7 (Sunday)");
        faults.demand(hour.is_some_and(|hour| hour <= 23), "hour", "must be 0 to 23");
        let zone = tz.as_deref().map(parse_zone);
        faults.demand(zone.is_some(), "tz", "must be there");
        if let Some(Err(fault)) = &zone {
            faults.demand(false, "tz", fault.to_string());
        }
        faults.into_result()?;
        let wanted = weekday.zip(hour).zip(tz).zip(zone.and_then(Result::ok));
        Ok(wanted.map(|(((weekday, hour), tz), zone)| (ReportMailBody { weekday, hour, tz }, zone)))
    }
}

/// The answer with these mails.
fn shown(mail: &ReportMail) -> HttpResponse {
    HttpResponse::Ok().insert_header((ETAG, revision::tag(&mail.wanted))).json(mail)
}

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
        (status = 200, description = "The day and hour, or that none is set; `ETag` is their revision", body = ReportMail),
        (status = 403, description = "The request is not a user's (`not_allowed`), or the permission is missing (`forbidden`)"),
    )
)]
pub(crate) async fn show(state: web::Data<WebState>, caller: Caller) -> Result<HttpResponse, ApiError> {
    let (organization_id, user_id) = (caller.organization_id, user_of(&caller)?);
    let read = move |connection: &mut Connection| query::report_mail(connection, organization_id, user_id);
    let found = state.store.reads().run(read).await?;
    let (wanted, next_at) = found.map(|(wanted, at)| (wanted, at.and_utc())).unzip();
    Ok(shown(&ReportMail { wanted, next_at, can_be_sent: state.mailer.has_server() }))
}

/// Mails the figures of the previous seven days to the user who asks, each week at this day and hour.
#[utoipa::path(
    put,
    operation_id = "set_report_mail",
    path = "/api/v1/metrics/report/mail",
    tag = "figures",
    params(IfMatch),
    request_body = ReportMailChange,
    responses(
        (status = 200, description = "Set; `ETag` is the new revision", body = ReportMail),
        (status = 400, description = "The body is not a JSON object"),
        (status = 403, description = "The request is not a user's (`not_allowed`), or the permission is missing (`forbidden`)"),
        (status = 409, description = revision::edited_meanwhile!()),
        (status = 422, description = "A value is invalid, for instance an unknown zone"),
    )
)]
pub(crate) async fn set(
    state: web::Data<WebState>,
    caller: Caller,
    if_match: IfMatch,
    body: ThingBody<ReportMailChange>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, user_id) = (caller.organization_id, user_of(&caller)?);
    let wanted = match body.into_inner().checked()? {
        Some((wanted, zone)) => {
            let next_at = next_sending(wanted.weekday, wanted.hour, zone, world::now());
            let next_at =
                next_at.ok_or_else(|| ApiError::BadInput("The day or the hour is invalid".to_owned()))?;
            Some((wanted, next_at))
        }
        None => None,
    };
    let entry = match wanted {
        Some(_) => caller.did("report_mail.set", user_id, ""),
        None => caller.did("report_mail.stopped", user_id, ""),
    };
    let (setting, can_be_sent) = (wanted.clone(), state.mailer.has_server());
    let set = move |connection: &mut Connection| {
        // Settings that can't be read have no revision: a request without one replaces them.
        if if_match.is_given() {
            let there = query::report_mail(connection, organization_id, user_id)?;
            let (wanted, next_at) = there.map(|(wanted, at)| (wanted, at.and_utc())).unzip();
            if !if_match.is_of(&revision::tag(&wanted)) {
                let there = ReportMail { wanted, next_at, can_be_sent };
                return Ok(Err(ApiError::edited_meanwhile("report mail", &there)));
            }
        }
        let mail = setting.as_ref().map(|(wanted, next_at)| (wanted, (*next_at).into()));
        change::set_report_mail(connection, organization_id, user_id, mail)?;
        change::record_audit(connection, &entry).map(Ok)
    };
    state.store.change(set).await??;
    let (wanted, next_at) = wanted.unzip();
    Ok(shown(&ReportMail { wanted, next_at, can_be_sent }))
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

/// The user whose mails this token stops.
fn user_by(state: &WebState, token: &str) -> Result<UserId, ApiError> {
    StopLinks::of(&state.outside.secrets).user(token).ok_or(NO_LINK)
}

/// Leads a browser to the page on which the mails are stopped with a button. Opening the link changes nothing: programs that check mails follow
/// links.
#[utoipa::path(
    get,
    operation_id = "show_report_mail_link",
    path = "/hooks/report-mail/{token}",
    tag = "figures",
    security(()),
    params(("token" = String, Path, description = "The token in the mail's link")),
    responses(
        (status = 303, description = "`Location` has the page's address"),
        (status = 404, description = "No such link"),
    )
)]
pub(crate) async fn show_link(
    state: web::Data<WebState>,
    token: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    user_by(&state, &token)?;
    Ok(HttpResponse::SeeOther().insert_header((LOCATION, stop_page(&state.base_url(), &token))).finish())
}

/// Stops the weekly mail of the user to whom the link was mailed, including one that is waiting to be sent, whoever is signed in. Mail programs post
/// here with one click (RFC 8058); a body is ignored. The link stays valid, also for mails that the user asks for later.
#[utoipa::path(
    post,
    operation_id = "stop_report_mail_by_link",
    path = "/hooks/report-mail/{token}",
    tag = "figures",
    security(()),
    params(("token" = String, Path, description = "The token in the mail's link")),
    responses(
        (status = 204, description = "They are no longer mailed, or were not before"),
        (status = 404, description = "No such link"),
        (status = 503, description = "The database does not answer at the moment"),
    )
)]
pub(crate) async fn stop_by_link(
    state: web::Data<WebState>,
    request: HttpRequest,
    token: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let user_id = user_by(&state, &token)?;
    let read = move |connection: &mut Connection| query::report_mail_organization(connection, user_id);
    let Some(organization_id) = state.store.reads().run_for_stranger(read).await? else {
        return Ok(HttpResponse::NoContent().finish());
    };
    let what = ("report_mail.stopped", user_id, "by the link in a mail");
    let entry = done(organization_id, Actor::User(user_id), arrival(&request).client(), what);
    let stop = move |connection: &mut Connection| {
        // A second click changes nothing.
        if query::report_mail_organization(connection, user_id)? != Some(organization_id) {
            return Ok(());
        }
        change::set_report_mail(connection, organization_id, user_id, None)?;
        change::record_audit(connection, &entry)
    };
    asked_by(Asker::Requests(organization_id), state.store.change(stop)).await?;
    Ok(HttpResponse::NoContent().finish())
}
