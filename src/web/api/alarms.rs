//! `/api/v1/alarms`: what supervisors are alerted to while calls last, and the rules that raise alarms.

use actix_web::web;
use cordboard_actors::world;
use cordboard_schema::alarm::{Alarm, AlarmRule, AlarmRules};
use cordboard_schema::ids::AlarmId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::store::{Connection, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page};
use crate::web::problem::{ApiError, Fault};
use crate::web::query::Query;
use crate::web::revision::{self, IfMatch, Revised};

const NO_SUCH_ALARM: ApiError = ApiError::NotFound("alarm");

/// Query of the list of alarms.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AlarmList {
    /// True: only alarms that nobody has acknowledged.
    open: Option<bool>,
    /// Alarms of a page, 1 to 200; 50 if left out.
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<AlarmId>,
}

/// Rules of an organization that raise alarms.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlarmRulesView {
    /// The rules, in the order in which they are shown.
    rules: Vec<AlarmRule>,
    /// Revision: a new value after each change.
    revision: String,
}

impl From<AlarmRules> for AlarmRulesView {
    fn from(AlarmRules { rules }: AlarmRules) -> Self {
        let view = Self { rules, revision: String::new() };
        Self { revision: revision::of(&view), ..view }
    }
}

impl Revised for AlarmRulesView {
    const WHAT: &'static str = "alarm rules";

    fn revision(&self) -> &str {
        &self.revision
    }
}

/// All rules that raise alarms.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlarmRulesBody {
    /// The rules, in the order in which they are shown.
    #[schema(max_items = 20)]
    rules: Vec<AlarmRule>,
    /// Revision that this change is based on, as it was shown; any if left out. `If-Match` can carry it instead.
    #[serde(default)]
    revision: Option<String>,
}

/// Lists alarms, newest first.
#[utoipa::path(
    get,
    operation_id = "list_alarms",
    path = "/api/v1/alarms",
    tag = "supervision",
    params(AlarmList),
    responses(
        (status = 200, description = "A page of alarms", body = Page<Alarm>),
        (status = 400, description = "A parameter is unknown or invalid"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<AlarmList>,
) -> Result<web::Json<Page<Alarm>>, ApiError> {
    let limit = Limit::parse(asked.limit)?;
    let (id, open, before) = (caller.organization_id, asked.open.unwrap_or_default(), asked.cursor);
    let read = move |connection: &mut Connection| query::alarms(connection, id, open, before, limit.rows());
    let found = state.store.reads().run(read).await?;
    Ok(web::Json(limit.page(found, |alarm| alarm.id.to_string())))
}

/// Acknowledges an alarm. The first acknowledgement stays.
#[utoipa::path(
    post,
    operation_id = "acknowledge_alarm",
    path = "/api/v1/alarms/{id}/acknowledge",
    tag = "supervision",
    params(("id" = AlarmId, Path, description = "The alarm")),
    responses(
        (status = 200, description = "The present alarm", body = Alarm),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such alarm"),
    )
)]
pub(crate) async fn acknowledge(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<AlarmId>,
) -> Result<web::Json<Alarm>, ApiError> {
    let (id, organization_id) = (*id, caller.organization_id);
    let by = (caller.user_id(), world::now().into());
    let see_to = move |connection: &mut Connection| {
        let Some(alarm) = change::acknowledge_alarm(connection, organization_id, id, by)? else {
            return Ok(None);
        };
        change::record_audit(connection, &caller.did("alarm.acknowledged", id, &alarm.rule))?;
        Ok(Some(alarm))
    };
    Ok(web::Json(state.store.change(see_to).await?.ok_or(NO_SUCH_ALARM)?))
}

/// Shows the rules that raise alarms.
#[utoipa::path(
    get,
    operation_id = "show_alarm_rules",
    path = "/api/v1/alarm-rules",
    tag = "supervision",
    responses((status = 200, description = "The rules", body = AlarmRulesView))
)]
pub(crate) async fn rules(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<AlarmRulesView>, ApiError> {
    let id = caller.organization_id;
    let rules = state.store.reads().run(move |connection| query::alarm_rules(connection, id)).await?;
    Ok(web::Json(rules.into()))
}

/// Sets the rules that raise alarms. The body replaces the previous rules. Live calls follow them at once.
#[utoipa::path(
    put,
    operation_id = "set_alarm_rules",
    path = "/api/v1/alarm-rules",
    tag = "supervision",
    params(IfMatch),
    request_body = AlarmRulesBody,
    responses(
        (status = 200, description = "Set", body = AlarmRulesView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 409, description = revision::edited_meanwhile!()),
        (status = 422, description = "A rule is invalid, or there are too many"),
    )
)]
pub(crate) async fn set_rules(
    state: web::Data<WebState>,
    caller: Caller,
    if_match: IfMatch,
    body: Body<AlarmRulesBody>,
) -> Result<web::Json<AlarmRulesView>, ApiError> {
    let AlarmRulesBody { rules, revision } = body.into_inner();
    let (asked, rules) = (if_match.or(revision), AlarmRules { rules });
    let faults: Vec<Fault> = rules.faults().into_iter().map(|reason| Fault::of("rules", reason)).collect();
    if !faults.is_empty() {
        return Err(ApiError::Invalid(faults));
    }
    let id = caller.organization_id;
    let names: Vec<&str> = rules.rules.iter().map(|rule| rule.name.as_str()).collect();
    let entry = caller.did("alarm_rules.set", id, names.join(", "));
    let set = move |connection: &mut Connection| {
        // Rules that can't be read have no revision: a request without one replaces them.
        if asked.is_of_one() {
            let before = AlarmRulesView::from(query::alarm_rules(connection, id)?);
            if let Err(late) = asked.demand(&before) {
                return Ok(Err(late));
            }
        }
        change::set_alarm_rules(connection, id, &rules)?;
        change::record_audit(connection, &entry)?;
        Ok(Ok(rules))
    };
    Ok(web::Json(state.store.change(set).await??.into()))
}
