//! `/api/v1/dial-policy`: which numbers calls may dial, and how many. The next calls see a change within 2 s.

use actix_web::web;
use cordboard_schema::dial::{DialPolicy, NumberPattern};
use cordboard_schema::limits::NUMBER_PATTERNS_MAX;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::store::{Connection, change, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::problem::{ApiError, Fault};

/// The most that may be set for one call.
const PER_CALL_MAX: u32 = 1_000;
/// The most that may be set for a day.
const PER_DAY_MAX: u32 = 1_000_000;

/// What calls shall be allowed to dial. What is left out has its default, also in a change: it is sent whole.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DialPolicyBody {
    /// The numbers that may be dialled beside the extensions.
    #[serde(default)]
    #[schema(max_items = 100)]
    numbers_allowed: Vec<NumberPattern>,
    /// How many people and numbers one call may dial.
    #[serde(default = "usual_per_call")]
    #[schema(maximum = 1000, default = 5)]
    per_call_max: u32,
    /// How many all calls of a day (UTC) may dial.
    #[serde(default = "usual_per_day")]
    #[schema(maximum = 1000000, default = 1000)]
    per_day_max: u32,
}

fn usual_per_call() -> u32 {
    DialPolicy::default().per_call_max
}

fn usual_per_day() -> u32 {
    DialPolicy::default().per_day_max
}

/// Shows what calls may dial: the organization's policy, or that of the configuration where it has none.
#[utoipa::path(
    get,
    operation_id = "show_dial_policy",
    path = "/api/v1/dial-policy",
    tag = "extensions",
    responses((status = 200, description = "The policy", body = DialPolicy))
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<DialPolicy>, ApiError> {
    Ok(web::Json(effective(&state, &caller).await?))
}

/// What the organization's calls may dial.
pub(super) async fn effective(state: &WebState, caller: &Caller) -> Result<DialPolicy, ApiError> {
    let organization_id = caller.organization_id;
    let own =
        state.store.reads().run(move |connection| query::dial_policy(connection, organization_id)).await?;
    Ok(own.unwrap_or_else(|| state.configuration.config.dial_policy.policy()))
}

/// Sets what calls may dial, in place of what the configuration says.
#[utoipa::path(
    put,
    operation_id = "set_dial_policy",
    path = "/api/v1/dial-policy",
    tag = "extensions",
    request_body = DialPolicyBody,
    responses(
        (status = 200, description = "Set", body = DialPolicy),
        (status = 400, description = "The body is no JSON"),
        (status = 413, description = "The body is too long"),
        (status = 415, description = "The body is not `application/json`"),
        (status = 422, description = "A pattern that is none, or a number that is too large"),
    )
)]
pub(crate) async fn set(
    state: web::Data<WebState>,
    caller: Caller,
    body: web::Json<DialPolicyBody>,
) -> Result<web::Json<DialPolicy>, ApiError> {
    let DialPolicyBody { numbers_allowed, per_call_max, per_day_max } = body.into_inner();
    let mut faults = Vec::new();
    if numbers_allowed.len() > NUMBER_PATTERNS_MAX {
        let reason = format!("must have at most {NUMBER_PATTERNS_MAX} patterns");
        faults.push(Fault::of("numbers_allowed", reason));
    }
    if per_call_max > PER_CALL_MAX {
        faults.push(Fault::of("per_call_max", format!("must be at most {PER_CALL_MAX}")));
    }
    if per_day_max > PER_DAY_MAX {
        faults.push(Fault::of("per_day_max", format!("must be at most {PER_DAY_MAX}")));
    }
    if !faults.is_empty() {
        return Err(ApiError::Invalid(faults));
    }
    let policy = DialPolicy { numbers_allowed, per_call_max, per_day_max };
    let (organization_id, setting) = (caller.organization_id, policy.clone());
    let detail =
        format!("{per_call_max} a call, {per_day_max} a day, {} patterns", policy.numbers_allowed.len());
    let entry = caller.did("dial_policy.changed", organization_id, detail);
    let set = move |connection: &mut Connection| {
        change::set_dial_policy(connection, organization_id, &setting)?;
        change::record_audit(connection, &entry)
    };
    state.store.change(set).await?;
    Ok(web::Json(policy))
}
