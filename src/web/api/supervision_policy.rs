//! `/api/v1/supervision-policy`: who may supervise live calls, and who is told that they do.

use actix_web::http::header::ETAG;
use actix_web::{HttpResponse, web};
use cordboard_schema::permission::{Permission, Role};
use cordboard_schema::supervision::SupervisionPolicy;

use crate::store::{Connection, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::lost_access::bind_supervisors;
use crate::web::problem::{ApiError, Fault};
use crate::web::revision::{self, IfMatch};

/// Shows who may supervise live calls, and who is told that they do. All users of the organization may see it.
#[utoipa::path(
    get,
    operation_id = "show_supervision_policy",
    path = "/api/v1/supervision-policy",
    tag = "supervision",
    responses((status = 200, description = "The policy; `ETag` is its revision", body = SupervisionPolicy))
)]
pub(crate) async fn show(state: web::Data<WebState>, caller: Caller) -> Result<HttpResponse, ApiError> {
    Ok(shown(&read(&state, &caller).await?))
}

fn shown(policy: &SupervisionPolicy) -> HttpResponse {
    HttpResponse::Ok().insert_header((ETAG, revision::tag(policy))).json(policy)
}

/// Reads the organization's present policy.
pub(super) async fn read(state: &WebState, caller: &Caller) -> Result<SupervisionPolicy, ApiError> {
    let id = caller.organization_id;
    Ok(state.store.reads().run(move |connection| query::supervision_policy(connection, id)).await?)
}

/// Whether supervisors are hidden from this caller of the API: the policy is silent, and the caller may not supervise.
pub(crate) async fn hides_supervisors(state: &WebState, caller: &Caller) -> Result<bool, ApiError> {
    Ok(!caller.may(Permission::CallsSupervise) && read(state, caller).await?.silent)
}

/// Sets who may supervise live calls, and who is told that they do. Supervisors who are no longer allowed what they do have been stopped when the
/// answer comes; what agents see changes at once.
#[utoipa::path(
    put,
    operation_id = "set_supervision_policy",
    path = "/api/v1/supervision-policy",
    tag = "supervision",
    params(IfMatch),
    request_body = SupervisionPolicy,
    responses(
        (status = 200, description = "Set; `ETag` is the new revision", body = SupervisionPolicy),
        (status = 400, description = "The body is not a JSON object"),
        (status = 409, description = revision::edited_meanwhile!()),
        (status = 422, description = "The role can't supervise"),
    )
)]
pub(crate) async fn set(
    state: web::Data<WebState>,
    caller: Caller,
    if_match: IfMatch,
    body: Body<SupervisionPolicy>,
) -> Result<HttpResponse, ApiError> {
    let policy = body.into_inner();
    let faults: Vec<Fault> = policy
        .faults()
        .into_iter()
        .map(|field| {
            Fault::of(field, "must be a role that supervises: supervisor, admin or owner, or null for nobody")
        })
        .collect();
    if !faults.is_empty() {
        return Err(ApiError::Invalid(faults));
    }
    let id = caller.organization_id;
    let role_name = |least: Option<Role>| least.map_or("nobody", Role::as_str);
    let detail = format!(
        "listen {}, whisper {}, barge {}, take over {}, {}, {}",
        role_name(policy.listen),
        role_name(policy.whisper),
        role_name(policy.barge),
        role_name(policy.take_over),
        if policy.silent { "agents do not see it" } else { "agents see it" },
        if policy.tell_caller { "callers are told" } else { "callers are not told" },
    );
    let entry = caller.did("supervision_policy.set", id, detail);
    let set = move |connection: &mut Connection| {
        // A policy that can't be read has no revision: a request without one replaces it.
        if if_match.is_given() {
            let there = query::supervision_policy(connection, id)?;
            if !if_match.is_of(&revision::tag(&there)) {
                return Ok(Err(ApiError::edited_meanwhile("supervision policy", &there)));
            }
        }
        change::set_supervision_policy(connection, id, &policy)?;
        change::record_audit(connection, &entry).map(Ok)
    };
    state.store.change(set).await??;
    bind_supervisors(&state, id).await;
    Ok(shown(&policy))
}
