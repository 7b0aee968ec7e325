//! `/api/v1/onboarding`: the first steps of an organization, and which of them are done.

use actix_web::web;
use cordboard_schema::onboarding::Onboarding;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::store::{Connection, change, query};
use crate::web::WebState;
use crate::web::body::{ReadOnly, ThingBody};
use crate::web::caller::Caller;
use crate::web::problem::ApiError;

/// Whether to show the list of steps.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OnboardingBody {
    /// Whether it is hidden.
    dismissed: bool,
}

impl ReadOnly for OnboardingBody {
    const NAMES: &'static [&'static str] = &["steps"];
}

/// Shows which steps the organization has done.
#[utoipa::path(
    get,
    operation_id = "show_onboarding",
    path = "/api/v1/onboarding",
    tag = "accounts",
    responses((status = 200, description = "The steps, and which are done", body = Onboarding))
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<Onboarding>, ApiError> {
    let id = caller.organization_id;
    Ok(web::Json(state.store.reads().run(move |connection| query::onboarding(connection, id)).await?))
}

/// Hides the list of steps, or shows it again, for all users of the organization.
#[utoipa::path(
    put,
    operation_id = "set_onboarding",
    path = "/api/v1/onboarding",
    tag = "accounts",
    request_body = OnboardingBody,
    responses(
        (status = 200, description = "Changed", body = Onboarding),
        (status = 400, description = "The body is not a JSON object"),
        (status = 422, description = "A value is invalid"),
    )
)]
pub(crate) async fn set(
    state: web::Data<WebState>,
    caller: Caller,
    body: ThingBody<OnboardingBody>,
) -> Result<web::Json<Onboarding>, ApiError> {
    let (id, dismissed) = (caller.organization_id, body.dismissed);
    let detail = if dismissed { "put away" } else { "shown again" };
    let entry = caller.did("onboarding.changed", id, detail);
    let make = move |connection: &mut Connection| {
        change::dismiss_onboarding(connection, id, dismissed)?;
        change::record_audit(connection, &entry)?;
        query::onboarding(connection, id)
    };
    Ok(web::Json(state.store.change(make).await?))
}
