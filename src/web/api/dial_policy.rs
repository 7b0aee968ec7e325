//! `/api/v1/dial-policy`: which numbers calls may dial, and how many. The next calls see a change within 2 s.

use actix_web::web;
use cordboard_schema::dial::{DialPolicy, NumberPattern};
use cordboard_schema::limits::NUMBER_PATTERNS_MAX;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::store::{Connection, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::problem::{ApiError, Fault};

/// The most that may be set for one call.
const PER_CALL_MAX: u32 = 1_000;
/// The most that may be set for a day.
const PER_DAY_MAX: u32 = 1_000_000;

/// Policy for calls that dial. Fields that are left out have their defaults, also in a change: it is sent whole.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DialPolicyBody {
    /// The numbers that may be dialled beside the extensions.
    #[serde(default)]
    #[schema(max_items = 100)]
    numbers_allowed: Vec<NumberPattern>,
    /// How many people and numbers one call may dial; 5 where it is left out, or what the installation admits where that is less.
    #[serde(default)]
    #[schema(maximum = 1000)]
    per_call_max: Option<u32>,
    /// How many all calls of a day (UTC) may dial; 1000 where it is left out, or what the installation admits where that is less.
    #[serde(default)]
    #[schema(maximum = 1000000)]
    per_day_max: Option<u32>,
}

/// Shows what calls may dial: the organization's policy as far as that of the configuration admits it, or that alone where it has none.
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

/// Effective dial policy of the organization's calls.
pub(super) async fn effective(state: &WebState, caller: &Caller) -> Result<DialPolicy, ApiError> {
    let organization_id = caller.organization_id;
    let own =
        state.store.reads().run(move |connection| query::dial_policy(connection, organization_id)).await?;
    let ceiling = state.configuration.config.dial_policy.policy();
    Ok(own.map_or_else(|| ceiling.clone(), |own| own.within(&ceiling)))
}

/// Sets what calls may dial. The configuration is a ceiling: a policy can only narrow it.
#[utoipa::path(
    put,
    operation_id = "set_dial_policy",
    path = "/api/v1/dial-policy",
    tag = "extensions",
    request_body = DialPolicyBody,
    responses(
        (status = 200, description = "Set", body = DialPolicy),
        (status = 400, description = "The body is no JSON object"),
        (status = 413, description = "The body is too long"),
        (status = 415, description = "The body is not `application/json`"),
        (status = 422, description = "A pattern that is none, a number that is too large, or something that the installation does not admit"),
    )
)]
pub(crate) async fn set(
    state: web::Data<WebState>,
    caller: Caller,
    body: Body<DialPolicyBody>,
) -> Result<web::Json<DialPolicy>, ApiError> {
    let DialPolicyBody { numbers_allowed, per_call_max, per_day_max } = body.into_inner();
    let mut faults = Vec::new();
    if numbers_allowed.len() > NUMBER_PATTERNS_MAX {
        let reason = format!("must have at most {NUMBER_PATTERNS_MAX} patterns");
        faults.push(Fault::of("numbers_allowed", reason));
    }
    let (ceiling, usual) = (state.configuration.config.dial_policy.policy(), DialPolicy::default());
    if let Some(beyond) = numbers_allowed.iter().find(|pattern| !ceiling.admits_all_of(pattern)) {
        let reason = format!(
            "must lie within the installation's dial policy, which does not admit all of {beyond}: ask the operator to add it to \
             the setting `dial_policy.numbers_allowed`"
        );
        faults.push(Fault::of("numbers_allowed", reason));
    }
    let mut bound = |field, asked: Option<u32>, usual: u32, ceiling: u32, max: u32| {
        let most = ceiling.min(max);
        if asked.is_some_and(|asked| asked > most) {
            faults.push(Fault::of(field, format!("must be at most {most}")));
        }
        asked.unwrap_or_else(|| usual.min(most))
    };
    let per_call_max =
        bound("per_call_max", per_call_max, usual.per_call_max, ceiling.per_call_max, PER_CALL_MAX);
    let per_day_max = bound("per_day_max", per_day_max, usual.per_day_max, ceiling.per_day_max, PER_DAY_MAX);
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
