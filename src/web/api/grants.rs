//! `/api/v1/organizations/{id}/grants`: which of the installation's telephony an organization's calls may use. The operator sets it; new calls begin
//! with it.

use actix_web::web;
use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::grant::{Granted, Grants};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::GRANTS_MAX;
use serde::Serialize;
use utoipa::ToSchema;

use crate::outside_accounts::SWITCH_NAME;
use crate::store::{Connection, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::problem::{ApiError, Fault};

/// What an organization may use of the installation's switches.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GrantsView {
    /// Whether it is the installation's first organization, which may use everything; this can't be changed.
    everything: bool,
    /// Grants by name.
    #[serde(flatten)]
    grants: Grants,
}

impl From<Granted> for GrantsView {
    fn from(granted: Granted) -> Self {
        match granted {
            Granted::Everything => Self { everything: true, grants: Grants::default() },
            Granted::Named(grants) => Self { everything: false, grants },
        }
    }
}

const NO_SUCH: ApiError = ApiError::NotFound("organization");

/// Shows what an organization may use of the installation's switches.
#[utoipa::path(
    get,
    operation_id = "show_grants",
    path = "/api/v1/organizations/{id}/grants",
    tag = "admin",
    params(("id" = OrganizationId, Path, description = "The organization")),
    responses(
        (status = 200, description = "The grants", body = GrantsView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such organization"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    id: web::Path<OrganizationId>,
) -> Result<web::Json<GrantsView>, ApiError> {
    let id = *id;
    let read = move |connection: &mut Connection| {
        let is_there = query::organization(connection, id)?.is_some();
        is_there.then(|| query::granted(connection, id)).transpose()
    };
    Ok(web::Json(state.store.reads().run(read).await?.ok_or(NO_SUCH)?.into()))
}

/// Grants an organization these switches, contexts, trunks and caller ids, and revokes all others. Calls that began before keep what they began with.
#[utoipa::path(
    put,
    operation_id = "set_grants",
    path = "/api/v1/organizations/{id}/grants",
    tag = "admin",
    params(("id" = OrganizationId, Path, description = "The organization")),
    request_body = Grants,
    responses(
        (status = 200, description = "Granted", body = GrantsView),
        (status = 400, description = "The body is not JSON, or the id not a UUID"),
        (status = 404, description = "No such organization"),
        (status = 409, description = "It is the installation's first organization, which may use everything (`everything`)"),
        (status = 422, description = "A switch is not configured, a context is invalid, a trunk has no switch, or there are too many of something"),
    )
)]
pub(crate) async fn set(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<OrganizationId>,
    body: Body<Grants>,
) -> Result<web::Json<GrantsView>, ApiError> {
    let (id, grants) = (*id, body.into_inner());
    let faults = wrong_with(&state, &grants);
    if !faults.is_empty() {
        return Err(ApiError::Invalid(faults));
    }
    let setting = grants.clone();
    let change = move |connection: &mut Connection| {
        if query::organization(connection, id)?.is_none() {
            return Ok(Err(NO_SUCH));
        }
        if query::granted(connection, id)?.is_everything() {
            let detail = "the installation's first organization may use everything";
            return Ok(Err(ApiError::conflict("everything", detail)));
        }
        change::set_grants(connection, id, &setting)?;
        let names = |names: &mut dyn Iterator<Item = String>| names.collect::<Vec<_>>().join(" ");
        let detail = format!(
            "switches: {}; contexts: {}; trunks: {}; caller ids: {}",
            names(&mut setting.switches.iter().cloned()),
            names(&mut setting.contexts.iter().cloned()),
            names(&mut setting.trunks.iter().cloned()),
            names(&mut setting.caller_ids.iter().map(ToString::to_string)),
        );
        change::record_audit(connection, &caller.did("grants.changed", id, detail))?;
        Ok(Ok(()))
    };
    state.store.change(change).await??;
    Ok(web::Json(Granted::Named(grants).into()))
}

fn wrong_with(state: &WebState, grants: &Grants) -> Vec<Fault> {
    let mut faults = Vec::new();
    let known: Vec<&str> =
        state.switches().iter().map(|(name, _)| name.as_str()).chain([SWITCH_NAME]).collect();
    let is_known = |name: &String| known.contains(&name.as_str());
    if !grants.switches.iter().all(is_known) {
        let reason = format!("must name switches of the configuration: {}", known.join(", "));
        faults.push(Fault::of("switches", reason));
    }
    if !grants.trunks.iter().all(|name| grants.switches.contains(name)) {
        faults.push(Fault::of("trunks", "must name switches that are among `switches`"));
    }
    let is_context = |name: &String| {
        let target = format!("{name},1,1").parse::<DialplanTarget>();
        target.is_ok_and(|target| target.context() == name)
    };
    if !grants.contexts.iter().all(is_context) {
        faults.push(Fault::of("contexts", "must have 1 to 79 letters, digits, `_`, `-` and `.` each"));
    }
    let counts = [
        ("switches", grants.switches.len()),
        ("contexts", grants.contexts.len()),
        ("trunks", grants.trunks.len()),
        ("caller_ids", grants.caller_ids.len()),
    ];
    for (field, _) in counts.into_iter().filter(|(_, count)| *count > GRANTS_MAX) {
        faults.push(Fault::of(field, format!("must be at most {GRANTS_MAX}")));
    }
    faults
}
