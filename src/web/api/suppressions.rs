//! `/api/v1/suppressions`: numbers that no campaign calls.

use actix_web::{HttpResponse, web};
use cordboard_actors::world;
use cordboard_campaigns::campaign::{ListedSuppression, Suppression, SuppressionSource};
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::limits::{EVIDENCE_CHARS_MAX, SUPPRESSIONS_MAX};
use cordboard_schema::phone::{BadE164, E164};
use cordboard_schema::plain::Lines;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::contact_rules::number;
use super::given::Faults;
use crate::store::{Connection, SuppressionQuery, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page};
use crate::web::problem::ApiError;
use crate::web::query::Query;

/// Maximum length of a number as it may be stored, also if it can't be read.
const NUMBER_CHARS_MAX: usize = 100;

/// Query of the list of suppressed numbers.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SuppressionList {
    /// Only this number, to check whether it may be called.
    number: Option<E164>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
    /// Numbers of a page, 1 to 200; 50 if left out.
    limit: Option<u32>,
}

/// A number that is not to be called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SuppressionBody {
    /// The number, with its country code.
    #[schema(max_length = 40, example = "+493012345678")]
    number: String,
    /// Evidence: what was said or written, and where.
    #[serde(default)]
    #[schema(max_length = 500)]
    evidence: String,
    /// The call in which it was said.
    #[serde(default)]
    call_id: Option<CallId>,
}

/// Lists the numbers that are not to be called, sorted. One that can't be read is listed with `is_unreadable`.
#[utoipa::path(
    get,
    operation_id = "list_suppressions",
    path = "/api/v1/suppressions",
    tag = "campaigns",
    params(SuppressionList),
    responses(
        (status = 200, description = "A page of numbers", body = Page<ListedSuppression>),
        (status = 400, description = "A parameter is unknown or invalid"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<SuppressionList>,
) -> Result<web::Json<Page<ListedSuppression>>, ApiError> {
    let SuppressionList { number, cursor, limit } = asked.into_inner();
    let limit = Limit::parse(limit)?;
    let after = cursor.map(|cursor| stored_number(&cursor)).transpose()?;
    let (organization_id, wanted) =
        (caller.organization_id, SuppressionQuery { number, after, limit: limit.rows() });
    let read = move |connection: &mut Connection| query::suppressions(connection, organization_id, &wanted);
    let found = state.store.reads().run(read).await?;
    // A `+` in a query is read as a blank, and programs return a cursor as it is. `0011` would be Australia's digits for the plus.
    Ok(web::Json(limit.page(found, |one| one.number.replacen('+', "00-", 1))))
}

/// The stored text of a number that a program sends: of one that can't be read it is the text that the list shows.
fn stored_number(sent: &str) -> Result<String, ApiError> {
    if let Ok(number) = sent.parse::<E164>() {
        return Ok(number.into());
    }
    if sent.chars().count() > NUMBER_CHARS_MAX || sent.chars().any(char::is_control) {
        return Err(ApiError::BadInput(BadE164.to_string()));
    }
    Ok(sent.strip_prefix("00-").map_or_else(|| sent.to_owned(), |rest| format!("+{rest}")))
}

/// Adds a number to the list: from now on no campaign calls it. If it is listed already, its first evidence stays.
#[utoipa::path(
    post,
    operation_id = "add_suppression",
    path = "/api/v1/suppressions",
    tag = "campaigns",
    request_body = SuppressionBody,
    responses(
        (status = 200, description = "It is on the list; also if it already was", body = ListedSuppression),
        (status = 400, description = "The body is not a JSON object"),
        (status = 409, description = "The list has 1,000,000 numbers, and no call was with this one (`too_many`)"),
        (status = 422, description = "A value is invalid, for instance a number without its country code"),
    )
)]
pub(crate) async fn add(
    state: web::Data<WebState>,
    caller: Caller,
    body: Body<SuppressionBody>,
) -> Result<web::Json<ListedSuppression>, ApiError> {
    let SuppressionBody { number: text, evidence, call_id } = body.into_inner();
    let organization_id = caller.organization_id;
    let mut faults = Faults::default();
    faults.text("evidence", Some(&evidence), EVIDENCE_CHARS_MAX, Lines::Many);
    let number = number(&text, None);
    if let Err(fault) = &number {
        faults.demand(false, "number", fault.to_string());
    }
    faults.into_result()?;
    let number = number.map_err(|fault| ApiError::BadInput(fault.to_string()))?;
    demand_room(&state, organization_id, vec![number.clone()]).await?;
    let make = move |connection: &mut Connection| {
        let mut faults = Faults::default();
        if let Some(call_id) = call_id {
            let is_ours = query::call(connection, organization_id, call_id)?.is_some();
            faults.demand(is_ours, "call_id", "is no call's");
        }
        if let Err(fault) = faults.into_result() {
            return Ok(Err(fault));
        }
        let suppression = Suppression {
            organization_id,
            number: number.clone(),
            source: SuppressionSource::Api,
            evidence,
            call_id,
            created_at: world::now().into(),
        };
        if change::add_suppression(connection, &suppression)? {
            change::record_audit(connection, &caller.did("suppression.added", &number, ""))?;
            return Ok(Ok(suppression.into()));
        }
        let wanted = SuppressionQuery { number: Some(number), after: None, limit: 1 };
        let there = query::suppressions(connection, organization_id, &wanted)?.pop();
        change::record_audit(connection, &caller.did("suppression.kept", &suppression.number, ""))?;
        Ok(Ok(there.unwrap_or_else(|| suppression.into())))
    };
    Ok(web::Json(state.store.change(make).await??))
}

/// Fails if the list has no room for these numbers. A long list is counted outside the writer, which everything waits for. If several requests come
/// at once, a few numbers above the limit do no harm.
pub(super) async fn demand_room(
    state: &WebState,
    organization_id: OrganizationId,
    numbers: Vec<E164>,
) -> Result<(), ApiError> {
    let read = move |connection: &mut Connection| {
        query::may_add_suppression(connection, organization_id, &numbers, SUPPRESSIONS_MAX)
    };
    if state.store.reads().run(read).await? {
        return Ok(());
    }
    let full = format!(
        "the do-not-call list has {SUPPRESSIONS_MAX} numbers, which is the limit: remove numbers that are no longer in use"
    );
    Err(ApiError::conflict("too_many", full))
}

/// Removes a number from the list: campaigns may call it again, and contacts that ended because of it wait again. One that can't be read is named as the
/// list shows it.
#[utoipa::path(
    delete,
    operation_id = "remove_suppression",
    path = "/api/v1/suppressions/{number}",
    tag = "campaigns",
    params(("number" = E164, Path, description = "The number, with its country code")),
    responses(
        (status = 204, description = "It is removed from the list"),
        (status = 400, description = "The number is invalid"),
        (status = 404, description = "It is not on the list"),
    )
)]
pub(crate) async fn remove(
    state: web::Data<WebState>,
    caller: Caller,
    number: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let organization_id = caller.organization_id;
    let number = stored_number(&number)?;
    let make = move |connection: &mut Connection| {
        let (was_there, if_not) = match number.parse::<E164>() {
            Ok(number) => {
                let was_there = change::remove_suppression(connection, organization_id, &number)?;
                (was_there, ApiError::NotFound("suppression"))
            }
            Err(fault) => {
                let was_there = change::remove_unreadable_suppression(connection, organization_id, &number)?;
                (was_there, ApiError::BadInput(fault.to_string()))
            }
        };
        if !was_there {
            return Ok(Err(if_not));
        }
        change::record_audit(connection, &caller.did("suppression.removed", &number, "")).map(Ok)
    };
    state.store.change(make).await??;
    Ok(HttpResponse::NoContent().finish())
}
