//! `/api/v1/customers/{id}/erasure`: erasing everything about one person, which the person may ask for (GDPR, article 17).

use actix_web::{HttpResponse, web};
use cordboard_actors::world;
use cordboard_schema::composed::composed;
use cordboard_schema::customer::Customer;
use cordboard_schema::ids::CustomerId;
use cordboard_schema::permission::Permission;
use cordboard_schema::phone::E164;
use cordboard_schema::time::{UnixMs, rfc3339};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::{Connection, Erasure, ErasureCounts, StoreError, ToErase, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::problem::{ApiError, Fault};

const NO_SUCH: ApiError = ApiError::NotFound("customer");

/// Why a customer can't be changed.
const BEING_ERASED: &str = "everything about the customer is being erased, so they can't be changed";

/// Numbers of records about a person, by kind.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErasureCountsView {
    /// Calls, with their journals, transcripts, notes, tags, scores and wrap-ups.
    calls: u64,
    /// Recordings of calls, also of messages that were left.
    recordings: u64,
    /// Leads.
    leads: u64,
    /// Appointments.
    appointments: u64,
    /// Text messages.
    messages: u64,
    /// Callbacks.
    callbacks: u64,
    /// Contacts of campaigns.
    contacts: u64,
    /// Attempts of campaigns to reach them.
    attempts: u64,
}

impl From<ErasureCounts> for ErasureCountsView {
    fn from(counts: ErasureCounts) -> Self {
        let ErasureCounts { calls, recordings, leads, appointments, messages, callbacks, contacts, attempts } =
            counts;
        Self { calls, recordings, leads, appointments, messages, callbacks, contacts, attempts }
    }
}

/// The erasure of everything about a person: what it would erase, or its progress.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErasureView {
    /// The customer.
    customer_id: CustomerId,
    /// When the erasure was requested; null if it was not.
    #[serde(with = "rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    erasing_since: Option<UnixMs>,
    /// Calls with the person that have not ended. An erasure can't begin before their end, and one that has begun waits for it.
    live_calls: u64,
    /// What is there.
    left: ErasureCountsView,
    /// What was erased so far.
    erased: ErasureCountsView,
}

impl ErasureView {
    fn of(customer_id: CustomerId, begun: Option<&Erasure>, found: ToErase) -> Self {
        Self {
            customer_id,
            erasing_since: begun.map(|erasure| erasure.since),
            live_calls: found.live_calls,
            left: found.records.into(),
            erased: begun.map(|erasure| erasure.erased).unwrap_or_default().into(),
        }
    }
}

/// A confirmation that a person is meant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ErasureBody {
    /// The customer's name, letter for letter; if they have none, their number, or else their e-mail address.
    name: String,
}

/// The text that confirms the erasure of a customer.
fn confirmation(customer: &Customer) -> String {
    let number = || customer.numbers().next().map(E164::as_str);
    let named = Some(customer.name.as_str()).filter(|name| !name.is_empty());
    named.or_else(number).unwrap_or(&customer.email).to_owned()
}

/// Returns why customers can't be changed if one of them is being erased: with another number, or merged with another customer, they would no longer
/// be found by what they were when that was requested.
pub(super) fn refusal_if_erased(
    connection: &mut Connection,
    customers: &[&Customer],
) -> Result<Option<ApiError>, StoreError> {
    for customer in customers {
        if query::is_customer_erased(connection, customer.organization_id, customer.id)? {
            return Ok(Some(ApiError::conflict("being_deleted", BEING_ERASED)));
        }
    }
    Ok(None)
}

/// Shows what the erasure of everything about a customer would erase, or the progress of one that was requested. Records are found by all numbers of
/// the customer, their e-mail address and their id. A number of the organization itself, or of another customer, finds nothing.
#[utoipa::path(
    get,
    operation_id = "show_customer_erasure",
    path = "/api/v1/customers/{id}/erasure",
    tag = "customers",
    params(("id" = CustomerId, Path, description = "The customer")),
    responses(
        (status = 200, description = "What is there, and what was erased", body = ErasureView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such customer, or everything about them is erased"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CustomerId>,
) -> Result<web::Json<ErasureView>, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let configured = state.store.configured_numbers().clone();
    let read = move |connection: &mut Connection| {
        if let Some(begun) = query::customer_erasure(connection, organization_id, id)? {
            let found = query::to_erase(connection, &begun.of)?;
            return Ok(Some(ErasureView::of(id, Some(&begun), found)));
        }
        let Some(customer) = query::customer(connection, organization_id, id)? else { return Ok(None) };
        let whom = query::customer_to_erase(connection, &customer, &configured)?;
        Ok(Some(ErasureView::of(id, None, query::to_erase(connection, &whom)?)))
    };
    Ok(web::Json(state.store.reads().run(read).await?.ok_or(NO_SUCH)?))
}

/// Erases everything about a customer: their calls with recordings and transcripts, leads, appointments, text messages, callbacks, contacts of
/// campaigns, what is sent about them to webhooks and people, and at the end the customer. Requires `business_write` as well. The erasure goes on in
/// the background, also after a restart, and can't be stopped; meanwhile the customer can't be changed or merged. Their number stays on the
/// do-not-call list, and on the list of those who want no text messages: otherwise they would be called or texted again. A fingerprint of it stays, so
/// that an import does not bring them back. Figures stay. Backups, files for a warehouse, and what other services have received are not changed.
#[utoipa::path(
    post,
    operation_id = "erase_customer",
    path = "/api/v1/customers/{id}/erasure",
    tag = "customers",
    params(("id" = CustomerId, Path, description = "The customer")),
    request_body = ErasureBody,
    responses(
        (status = 202, description = "Everything about them is being erased", body = ErasureView),
        (status = 400, description = "The body is not a JSON object, or the id not a UUID"),
        (status = 404, description = "No such customer"),
        (status = 409, description = "A call with them is active (`calls_live`): wait for its end, or end it. Or somebody else changed the customer at the same time (`changed_meanwhile`)"),
        (status = 422, description = "`name` is not their name"),
    )
)]
pub(crate) async fn begin(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CustomerId>,
    body: Body<ErasureBody>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, id, now) = (caller.organization_id, *id, UnixMs::from(world::now()));
    let configured = state.store.configured_numbers().clone();
    let read = move |connection: &mut Connection| {
        let Some(customer) = query::customer(connection, organization_id, id)? else { return Ok(None) };
        let whom = query::customer_to_erase(connection, &customer, &configured)?;
        let found = query::to_erase(connection, &whom)?;
        Ok(Some((customer, whom, found)))
    };
    let (customer, whom, found) = state.store.reads().run(read).await?.ok_or(NO_SUCH)?;
    // It deletes calls, as those may who set how long calls are kept.
    caller.demand(Permission::BusinessWrite)?;
    if composed(&confirmation(&customer)) != composed(&body.name) {
        let fault = Fault::of("name", "must be the customer's name, letter for letter");
        return Err(ApiError::Invalid(vec![fault]));
    }
    let begin = move |connection: &mut Connection| {
        let Some(present) = query::customer(connection, organization_id, id)? else {
            return Ok(Err(NO_SUCH));
        };
        if let Some(begun) = query::customer_erasure(connection, organization_id, id)? {
            return Ok(Ok(begun));
        }
        if present.updated_at != customer.updated_at {
            return Ok(Err(ApiError::changed_meanwhile("customer")));
        }
        if query::live_calls_of_customer(connection, &whom)? > 0 {
            let detail = "a call with the customer is active: wait for its end, or end it, and try again";
            return Ok(Err(ApiError::conflict("calls_live", detail)));
        }
        change::begin_customer_erasure(connection, &whom, &caller.actor, now)?;
        change::record_audit(connection, &caller.did("customer.erasure_begun", id, ""))?;
        Ok(query::customer_erasure(connection, organization_id, id)?.ok_or(NO_SUCH))
    };
    let begun = state.store.change(begin).await??;
    Ok(HttpResponse::Accepted().json(ErasureView::of(id, Some(&begun), found)))
}
