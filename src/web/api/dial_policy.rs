//! `/api/v1/dial-policy`: which numbers calls may dial, and how many. New calls use a change within 2 s.

use actix_web::web;
use cordboard_schema::dial::{DialPolicy, NumberPattern};
use cordboard_schema::limits::NUMBER_PATTERNS_MAX;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::{Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::problem::{ApiError, Fault};
use crate::web::revision::{self, IfMatch, Revised};

/// The highest limit for one call.
const PER_CALL_MAX: u32 = 1_000;
/// The highest limit for a day.
const PER_DAY_MAX: u32 = 1_000_000;

/// Numbers that calls may dial, and how many.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DialPolicyView {
    #[serde(flatten)]
    policy: DialPolicy,
    /// Revision: a new value after each change.
    revision: String,
}

impl From<DialPolicy> for DialPolicyView {
    fn from(policy: DialPolicy) -> Self {
        let view = Self { policy, revision: String::new() };
        Self { revision: revision::of(&view), ..view }
    }
}

impl Revised for DialPolicyView {
    const WHAT: &'static str = "dial policy";

    fn revision(&self) -> &str {
        &self.revision
    }
}

/// Policy for calls that dial. A member that is left out gets its default with `PUT`, and keeps its value with `PATCH`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DialPolicyBody {
    /// The numbers that may be dialled, in addition to the extensions; none by default.
    #[schema(max_items = 100)]
    numbers_allowed: Option<Vec<NumberPattern>>,
    /// How many people and numbers one call may dial; by default 5, or the installation's limit if that is lower.
    #[schema(maximum = 1000)]
    per_call_max: Option<u32>,
    /// How many people and numbers all calls of a day (UTC) may dial; by default 1000, or the installation's limit if that is lower.
    #[schema(maximum = 1000000)]
    per_day_max: Option<u32>,
    /// Revision that this change is based on, as it was shown; any if left out. `If-Match` can carry it instead.
    revision: Option<String>,
}

impl DialPolicyBody {
    /// Faults of the given members, with the installation's policy as the upper limit.
    fn checked(&self, ceiling: &DialPolicy) -> Result<(), ApiError> {
        let mut faults = Vec::new();
        let numbers_allowed = self.numbers_allowed.as_deref().unwrap_or_default();
        if numbers_allowed.len() > NUMBER_PATTERNS_MAX {
            let reason = format!("must have at most {NUMBER_PATTERNS_MAX} patterns");
            faults.push(Fault::of("numbers_allowed", reason));
        }
        if let Some(beyond) = numbers_allowed.iter().find(|pattern| !ceiling.admits_all_of(pattern)) {
            let reason = format!(
                "must lie within the installation's dial policy, which does not admit all of {beyond}: ask the operator to add it to \
                 the setting `dial_policy.numbers_allowed`"
            );
            faults.push(Fault::of("numbers_allowed", reason));
        }
        for (field, asked, most) in [
            ("per_call_max", self.per_call_max, ceiling.per_call_max.min(PER_CALL_MAX)),
            ("per_day_max", self.per_day_max, ceiling.per_day_max.min(PER_DAY_MAX)),
        ] {
            if asked.is_some_and(|asked| asked > most) {
                faults.push(Fault::of(field, format!("must be at most {most}")));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(ApiError::Invalid(faults)) }
    }

    /// Returns this policy with the given members replaced.
    fn applied_to(self, there: DialPolicy) -> DialPolicy {
        DialPolicy {
            numbers_allowed: self.numbers_allowed.unwrap_or(there.numbers_allowed),
            per_call_max: self.per_call_max.unwrap_or(there.per_call_max),
            per_day_max: self.per_day_max.unwrap_or(there.per_day_max),
        }
    }
}

/// Shows what calls may dial: the organization's policy within the limits of the configuration's, or the latter alone if it has none.
#[utoipa::path(
    get,
    operation_id = "show_dial_policy",
    path = "/api/v1/dial-policy",
    tag = "extensions",
    responses((status = 200, description = "The policy", body = DialPolicyView))
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<DialPolicyView>, ApiError> {
    Ok(web::Json(effective(&state, &caller).await?.into()))
}

/// Effective dial policy of the organization's calls.
pub(super) async fn effective(state: &WebState, caller: &Caller) -> Result<DialPolicy, ApiError> {
    let organization_id = caller.organization_id;
    let own =
        state.store.reads().run(move |connection| query::dial_policy(connection, organization_id)).await?;
    Ok(under(&state.configuration.config.dial_policy.policy(), own.as_ref()))
}

/// The organization's own policy within this upper limit, or the limit itself if it has none.
fn under(ceiling: &DialPolicy, own: Option<&DialPolicy>) -> DialPolicy {
    own.map_or_else(|| ceiling.clone(), |own| own.within(ceiling))
}

/// Sets what calls may dial. The body replaces the previous policy. The configuration is the upper limit: a policy can only narrow it.
#[utoipa::path(
    put,
    operation_id = "set_dial_policy",
    path = "/api/v1/dial-policy",
    tag = "extensions",
    params(IfMatch),
    request_body = DialPolicyBody,
    responses(
        (status = 200, description = "Set", body = DialPolicyView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 409, description = revision::edited_meanwhile!()),
        (status = 422, description = "A pattern is invalid, a number is too large, or the installation does not allow a value"),
    )
)]
pub(crate) async fn set(
    state: web::Data<WebState>,
    caller: Caller,
    if_match: IfMatch,
    body: Body<DialPolicyBody>,
) -> Result<web::Json<DialPolicyView>, ApiError> {
    let body = body.into_inner();
    let asked = if_match.or(body.revision.clone());
    let ceiling = state.configuration.config.dial_policy.policy();
    body.checked(&ceiling)?;
    let usual = DialPolicy::default();
    let policy = body.applied_to(DialPolicy {
        numbers_allowed: Vec::new(),
        per_call_max: usual.per_call_max.min(ceiling.per_call_max),
        per_day_max: usual.per_day_max.min(ceiling.per_day_max),
    });
    let set = move |connection: &mut Connection| {
        // A policy that can't be read has no revision: a request without one replaces it.
        if asked.is_of_one() {
            let own = query::dial_policy(connection, caller.organization_id)?;
            if let Err(late) = asked.demand(&DialPolicyView::from(under(&ceiling, own.as_ref()))) {
                return Ok(Err(late));
            }
        }
        kept(connection, &caller, &policy)?;
        Ok(Ok(policy.within(&ceiling)))
    };
    Ok(web::Json(state.store.change(set).await??.into()))
}

/// Changes the given members of the dial policy; the rest keep their values.
#[utoipa::path(
    patch,
    operation_id = "change_dial_policy",
    path = "/api/v1/dial-policy",
    tag = "extensions",
    params(IfMatch),
    request_body = DialPolicyBody,
    responses(
        (status = 200, description = "Changed", body = DialPolicyView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 409, description = revision::edited_meanwhile!()),
        (status = 422, description = "A pattern is invalid, a number is too large, or the installation does not allow a value"),
    )
)]
pub(crate) async fn patch(
    state: web::Data<WebState>,
    caller: Caller,
    if_match: IfMatch,
    body: Body<DialPolicyBody>,
) -> Result<web::Json<DialPolicyView>, ApiError> {
    let body = body.into_inner();
    let asked = if_match.or(body.revision.clone());
    let ceiling = state.configuration.config.dial_policy.policy();
    body.checked(&ceiling)?;
    let set = move |connection: &mut Connection| {
        let own = query::dial_policy(connection, caller.organization_id)?;
        if let Err(late) = asked.demand(&DialPolicyView::from(under(&ceiling, own.as_ref()))) {
            return Ok(Err(late));
        }
        // Parts of its own policy that the upper limit does not allow at present are kept.
        let policy = body.applied_to(own.unwrap_or_else(|| ceiling.clone()));
        kept(connection, &caller, &policy)?;
        Ok(Ok(policy.within(&ceiling)))
    };
    Ok(web::Json(state.store.change(set).await??.into()))
}

fn kept(connection: &mut Connection, caller: &Caller, policy: &DialPolicy) -> Result<(), StoreError> {
    let organization_id = caller.organization_id;
    let DialPolicy { numbers_allowed, per_call_max, per_day_max } = policy;
    let detail = format!("{per_call_max} a call, {per_day_max} a day, {} patterns", numbers_allowed.len());
    change::set_dial_policy(connection, organization_id, policy)?;
    change::record_audit(connection, &caller.did("dial_policy.changed", organization_id, detail))
}
