//! `/api/v1/customers/doubles` and `/api/v1/customers/{id}/merge/{other_id}`: likely duplicates, and merging two customers.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use cordboard_actors::world;
use cordboard_schema::customer::Customer;
use cordboard_schema::customer_double::{Likeness, MergeField, MergeNotes, merged};
use cordboard_schema::ids::{CustomerId, OrganizationId};
use cordboard_schema::limits::CUSTOMERS_APART_MAX;
use cordboard_schema::time::UnixMs;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::customer_erasure::refusal_if_erased;
use crate::store::{Connection, Moved, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::problem::{ApiError, Fault};
use crate::web::query::Query;

const NO_SUCH: ApiError = ApiError::NotFound("customer");

/// Query of likely duplicates.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DoubleList {
    /// Only those of this customer.
    customer_id: Option<CustomerId>,
}

/// Two customers who are likely one person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DoubleView {
    /// The older customer.
    one: Customer,
    /// The newer customer.
    other: Customer,
    /// Signs of it, the surest first.
    why: BTreeSet<Likeness>,
}

/// Likely duplicates, the surest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DoublesView {
    /// At most 100 pairs.
    items: Vec<DoubleView>,
    /// How many customers were compared: the newest 20,000.
    looked_at: usize,
}

/// Lists customers who are likely one person: one left a number of the other, or they have the same e-mail address or nearly the same name. They are
/// not merged automatically.
#[utoipa::path(
    get,
    operation_id = "list_customer_doubles",
    path = "/api/v1/customers/doubles",
    tag = "customers",
    params(DoubleList),
    responses(
        (status = 200, description = "Likely duplicates, the surest first", body = DoublesView),
        (status = 400, description = "A parameter is unknown or invalid"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<DoubleList>,
) -> Result<web::Json<DoublesView>, ApiError> {
    let (organization_id, of) = (caller.organization_id, asked.customer_id);
    let configured = state.store.configured_numbers().clone();
    let read = move |connection: &mut Connection| {
        query::likely_doubles(connection, organization_id, of, &configured)
    };
    let (found, candidates) = state.store.reads().run(read).await?;
    let items = found.into_iter().map(|(one, other, why)| DoubleView { one, other, why }).collect();
    Ok(web::Json(DoublesView { items, looked_at: candidates }))
}

/// Two customers who look alike but are different people.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApartBody {
    /// One customer.
    one_id: CustomerId,
    /// The other customer.
    other_id: CustomerId,
}

/// Notes that two customers who look alike are different people. They are not listed as likely duplicates again.
#[utoipa::path(
    post,
    operation_id = "keep_customers_apart",
    path = "/api/v1/customers/doubles",
    tag = "customers",
    request_body = ApartBody,
    responses(
        (status = 204, description = "Noted"),
        (status = 400, description = "The body is not a JSON object"),
        (status = 404, description = "No such customer"),
        (status = 409, description = "20,000 pairs are noted, which is the limit (`too_many`)"),
        (status = 422, description = "A value is invalid, for instance the same customer twice"),
    )
)]
pub(crate) async fn keep_apart(
    state: web::Data<WebState>,
    caller: Caller,
    body: Body<ApartBody>,
) -> Result<HttpResponse, ApiError> {
    let ApartBody { one_id, other_id } = body.into_inner();
    if one_id == other_id {
        return Err(ApiError::Invalid(vec![Fault::of("other_id", "must be another customer")]));
    }
    let organization_id = caller.organization_id;
    let audit = caller.did("customer.kept_apart", one_id, format!("from {other_id}"));
    let make = move |connection: &mut Connection| {
        if !query::has_room_apart(connection, organization_id, CUSTOMERS_APART_MAX)? {
            let full = format!(
                "{CUSTOMERS_APART_MAX} pairs of customers are noted as different people, which is the limit: merge or delete customers that you don't need"
            );
            return Ok(Err(ApiError::conflict("too_many", full)));
        }
        if !change::keep_apart(connection, organization_id, (one_id, other_id))? {
            return Ok(Err(NO_SUCH));
        }
        change::record_audit(connection, &audit).map(Ok)
    };
    state.store.change(make).await??;
    Ok(HttpResponse::NoContent().finish())
}

/// How many records of the removed customer move to the other one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MovedView {
    /// Leads.
    leads: usize,
    /// Appointments.
    appointments: usize,
    /// Text messages.
    messages: usize,
    /// Callbacks.
    callbacks: usize,
    /// Calls from or to their numbers.
    calls: usize,
}

impl From<Moved> for MovedView {
    fn from(moved: Moved) -> Self {
        let Moved { leads, appointments, messages, callbacks, calls } = moved;
        Self { leads, appointments, messages, callbacks, calls }
    }
}

/// Two customers, and the result of merging them by default.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MergePreview {
    /// The customer that is kept.
    kept: Customer,
    /// The customer that is removed.
    other: Customer,
    /// The merged customer; null if the two don't fit into one, for instance because their notes are too long together.
    merged: Option<Customer>,
    /// Records that move.
    moves: MovedView,
}

type Ids = (CustomerId, CustomerId);

fn both(
    connection: &mut Connection,
    organization_id: OrganizationId,
    (kept, other): Ids,
) -> Result<Option<(Customer, Customer)>, StoreError> {
    let kept = query::customer(connection, organization_id, kept)?;
    let other = query::customer(connection, organization_id, other)?;
    Ok(kept.zip(other))
}

/// Shows two customers side by side, and what would move to the one that is kept.
#[utoipa::path(
    get,
    operation_id = "preview_customer_merge",
    path = "/api/v1/customers/{id}/merge/{other_id}",
    tag = "customers",
    params(
        ("id" = CustomerId, Path, description = "The customer that is kept"),
        ("other_id" = CustomerId, Path, description = "The customer that is removed"),
    ),
    responses(
        (status = 200, description = "Both customers, and the merged one", body = MergePreview),
        (status = 400, description = "An id is not a UUID"),
        (status = 404, description = "No such customer"),
    )
)]
pub(crate) async fn preview(
    state: web::Data<WebState>,
    caller: Caller,
    ids: web::Path<Ids>,
) -> Result<web::Json<MergePreview>, ApiError> {
    let (organization_id, ids, now) = (caller.organization_id, *ids, world::now().into());
    let read = move |connection: &mut Connection| {
        let Some((kept, other)) = both(connection, organization_id, ids)? else { return Ok(None) };
        let moves = query::moved_of(connection, &other)?.into();
        let merged = merged(&kept, &other, (&[], MergeNotes::Both), now).ok();
        Ok(Some(MergePreview { kept, other, merged, moves }))
    };
    Ok(web::Json(state.store.reads().run(read).await?.ok_or(NO_SUCH)?))
}

/// How two customers are merged.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MergeBody {
    /// Fields whose value is taken from the removed customer, if it has one. A value that only one of them has is always kept.
    #[schema(max_items = 5)]
    from_other: Vec<MergeField>,
    /// Which notes are kept.
    notes: MergeNotes,
    /// `updated_at` of the kept customer, as it was shown; any if left out.
    kept_updated_at: Option<DateTime<Utc>>,
    /// `updated_at` of the removed customer, as it was shown; any if left out.
    other_updated_at: Option<DateTime<Utc>>,
}

/// Merges two customers, completely or not at all. The records of the other one move: leads, appointments, text messages, callbacks, and their
/// numbers, by which their calls are found. Tags are combined. The merged customer gets no text messages if either of them had opted out, and is
/// verified only if both were. The other customer is removed permanently.
#[utoipa::path(
    post,
    operation_id = "merge_customers",
    path = "/api/v1/customers/{id}/merge/{other_id}",
    tag = "customers",
    params(
        ("id" = CustomerId, Path, description = "The customer that is kept"),
        ("other_id" = CustomerId, Path, description = "The customer that is removed"),
    ),
    request_body = MergeBody,
    responses(
        (status = 200, description = "The merged customer", body = Customer),
        (status = 400, description = "The body is not JSON, or an id not a UUID"),
        (status = 404, description = "No such customer"),
        (status = 409, description = "Somebody has changed one of them since it was shown (`edited_meanwhile`; `current` is its present state), or everything about one of them is being erased (`being_deleted`)"),
        (status = 422, description = "They can't be merged in this way, for instance because their notes are too long together"),
    )
)]
pub(crate) async fn merge(
    state: web::Data<WebState>,
    caller: Caller,
    ids: web::Path<Ids>,
    body: Body<MergeBody>,
) -> Result<web::Json<Customer>, ApiError> {
    let MergeBody { from_other, notes, kept_updated_at, other_updated_at } = body.into_inner();
    let (organization_id, ids, now) = (caller.organization_id, *ids, world::now().into());
    let make = move |connection: &mut Connection| {
        let Some((kept, other)) = both(connection, organization_id, ids)? else { return Ok(Err(NO_SUCH)) };
        for (customer, seen) in [(&kept, kept_updated_at), (&other, other_updated_at)] {
            if seen.is_some_and(|seen| UnixMs::from(seen) != customer.updated_at) {
                return Ok(Err(ApiError::edited_meanwhile("customer", customer)));
            }
        }
        if let Some(refusal) = refusal_if_erased(connection, &[&kept, &other])? {
            return Ok(Err(refusal));
        }
        let one = match merged(&kept, &other, (&from_other, notes), now) {
            Ok(one) => one,
            Err(cannot) => {
                return Ok(Err(ApiError::Invalid(vec![Fault::of(cannot.field(), cannot.to_string())])));
            }
        };
        let Some(moved) = change::merge_customers(connection, (&one, kept.updated_at), &other)? else {
            return Err(StoreError::NoConnection("a customer changed in the midst of a change".to_owned()));
        };
        let Moved { leads, appointments, messages, callbacks, calls } = moved;
        let detail = format!(
            "took over {}: {leads} leads, {appointments} appointments, {messages} messages, {callbacks} callbacks, {calls} calls",
            other.id
        );
        change::record_audit(connection, &caller.did("customer.merged", one.id, detail))?;
        Ok(Ok(one))
    };
    Ok(web::Json(state.store.change(make).await??))
}
