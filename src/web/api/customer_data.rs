//! `GET /api/customer/data`: the caller's profile, for the person who is asked to take over. It keeps its path outside the API, which other programs
//! use.

use actix_web::{HttpResponse, web};
use cordboard_schema::cache_key::KeyExtension;
use cordboard_schema::customer_profile::{CustomerData, ProfileRequest};
use cordboard_schema::ids::CallId;
use cordboard_schema::permission::{Permission, Role};
use cordboard_schema::wire::twilio::CallSid;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::customer_profiles::look_up;
use crate::store::{Connection, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::problem::ApiError;
use crate::web::query::Query;

/// Query of the data about a caller.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CustomerDataQuery {
    /// Number or name of the extension that the caller is transferred to.
    extension: String,
    /// The call, by Twilio's SID. It is looked up first.
    call_sid: Option<String>,
    /// The call. It is looked up after `call_sid`.
    call_id: Option<String>,
}

impl CustomerDataQuery {
    fn read(&self) -> Result<ProfileRequest, ApiError> {
        let bad = |what: &str, why: String| ApiError::BadInput(format!("`{what}` {why}"));
        let extension =
            KeyExtension::new(&self.extension).map_err(|fault| bad("extension", fault.to_string()))?;
        let given =
            |text: &Option<String>| text.as_deref().filter(|text| !text.is_empty()).map(str::to_owned);
        let call_sid = given(&self.call_sid).map(|text| text.parse::<CallSid>()).transpose();
        let call_sid = call_sid
            .map_err(|_| bad("call_sid", "must be CA and 32 digits of 0 to 9 and a to f".to_owned()))?;
        let call_id = given(&self.call_id).map(|text| text.parse::<CallId>()).transpose();
        let call_id = call_id.map_err(|_| bad("call_id", "must be a UUID".to_owned()))?;
        Ok(ProfileRequest { extension, call_sid, call_id })
    }
}

/// Shows what is known of a caller who is transferred to an extension. That is who they are, what was said and done on the call, earlier calls, and
/// the customer's current record. The call is found by `call_sid`, then by `call_id`, then by the extension alone: its newest caller, but never one
/// of another call than the one named. Agents see callers of their own extensions; supervisors and programs see all of their organization.
#[utoipa::path(
    get,
    operation_id = "show_customer_data",
    path = "/api/customer/data",
    tag = "customers",
    params(CustomerDataQuery),
    responses(
        (status = 200, description = "What is known of the caller", body = CustomerData),
        (status = 400, description = "A parameter is missing, unknown or invalid"),
        (status = 403, description = "The user or token lacks the permission for this (`forbidden`), or the extension is not the agent's own \
                                      (`not_allowed`)"),
        (status = 404, description = "No profile is cached for that call or extension (`profile_not_cached`)"),
        (status = 503, description = "This server has no profile, and the cache that other servers write to does not answer (`unavailable`)"),
    )
)]
pub(crate) async fn show(
    caller: Caller,
    state: web::Data<WebState>,
    asked: Query<CustomerDataQuery>,
) -> Result<HttpResponse, ApiError> {
    // The gate demands the permission for customers; this also has what they said.
    caller.demand(Permission::CallsRead)?;
    let extension = asked.extension.clone();
    let asked = asked.read()?;
    if !may_see(&caller, &state, extension).await? {
        return Err(ApiError::NotAllowed("this is not one of your extensions".to_owned()));
    }
    let first = state.store.organization_id();
    let found = look_up(state.cache(), first, caller.organization_id, &asked).await;
    let found = found.map_err(|fault| ApiError::Unavailable(fault.to_string()))?;
    let mut data = found.ok_or_else(|| missing(&state))?;
    let (organization_id, about) = (caller.organization_id, data.customer.clone());
    let configured = state.store.configured_numbers().clone();
    let read = move |connection: &mut Connection| {
        query::customer_of_profile(connection, organization_id, &about, &configured)
    };
    match state.store.reads().run(read).await {
        Ok(now) => data.customer.brought_up_to_date(now.as_ref()),
        // The cache has the customer too, as of when the call was transferred.
        Err(error) => {
            tracing::warn!(%error, "a customer can't be read: their profile is shown as it was cached")
        }
    }
    Ok(HttpResponse::Ok().json(data))
}

/// Error for a missing profile: another server may have written one that can't be read now.
fn missing(state: &WebState) -> ApiError {
    if state.cache().state().is_well() {
        return ApiError::ProfileNotCached;
    }
    let why =
        "customer profiles can't be read at the moment: the Redis does not answer; try again in a while";
    ApiError::Unavailable(why.to_owned())
}

/// Whether the client may see who calls at an extension: agents only at their own.
async fn may_see(caller: &Caller, state: &WebState, extension: String) -> Result<bool, ApiError> {
    let (Some(Role::Agent), Some(user_id)) = (caller.role, caller.user_id()) else { return Ok(true) };
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| query::own_extensions(connection, organization_id, user_id);
    let own = state.store.reads().run(read).await?;
    Ok(own.contains(&extension))
}
