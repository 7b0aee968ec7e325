//! `/api/v1/customers/doubles` and `/api/v1/customers/{id}/merge/{other_id}`: customers who are likely one person, and putting two
//! together.

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

use crate::store::{Connection, Moved, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::problem::{ApiError, Fault};

const NO_SUCH: ApiError = ApiError::NotFound("customer");

/// Query of likely duplicates.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DoubleList {
    /// Only those of this customer.
    customer_id: Option<CustomerId>,
}

/// Two who are likely one person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DoubleView {
    /// The older one.
    one: Customer,
    /// The newer one.
    other: Customer,
    /// Signs that they are one, the surest first.
    why: BTreeSet<Likeness>,
}

/// Likely doubles, the surest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DoublesView {
    /// At most 100 pairs.
    items: Vec<DoubleView>,
    /// Among how many customers they were looked for: the newest 20,000.
    looked_at: usize,
}

/// Lists customers who are likely one person: a number of one was left by the other, they have one e-mail address, or nearly the same
/// name. Nobody is put together by that alone.
#[utoipa::path(
    get,
    operation_id = "list_customer_doubles",
    path = "/api/v1/customers/doubles",
    tag = "customers",
    params(DoubleList),
    responses(
        (status = 200, description = "Likely doubles, the surest first", body = DoublesView),
        (status = 400, description = "A parameter is unknown or has a bad value"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    asked: web::Query<DoubleList>,
) -> Result<web::Json<DoublesView>, ApiError> {
    let (organization_id, of) = (caller.organization_id, asked.customer_id);
    let configured = state.store.configured_numbers().clone();
    let read = move |connection: &mut Connection| {
        query::likely_doubles(connection, organization_id, of, &configured)
    };
    let (found, looked_at) = state.store.reads().run(read).await?;
    let items = found.into_iter().map(|(one, other, why)| DoubleView { one, other, why }).collect();
    Ok(web::Json(DoublesView { items, looked_at }))
}

/// Two who look alike and are not one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApartBody {
    /// One of them.
    one_id: CustomerId,
    /// The other one.
    other_id: CustomerId,
}

/// Notes that two who look alike are two: they are not listed as likely doubles again.
#[utoipa::path(
    post,
    operation_id = "keep_customers_apart",
    path = "/api/v1/customers/doubles",
    tag = "customers",
    request_body = ApartBody,
    responses(
        (status = 204, description = "Noted"),
        (status = 400, description = "The body is no JSON object"),
        (status = 404, description = "No such customer"),
        (status = 409, description = "20,000 pairs are noted, and no more are (`too_many`)"),
        (status = 422, description = "A value that can't be taken, as one customer twice"),
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
                "{CUSTOMERS_APART_MAX} pairs of customers are noted to be two, and no more are: merge or delete customers who are of no use"
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

/// How many things of the customer who goes belong to the other one from then on.
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

/// Two customers, and what would become of them where nothing else is chosen.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MergePreview {
    /// The one that stays.
    kept: Customer,
    /// The one that goes.
    other: Customer,
    /// The one that they would become; null where they have no room in one, as notes that are too long together.
    merged: Option<Customer>,
    /// Records that go over.
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

/// Shows two customers side by side, and what would go over from the other one to the one that stays.
#[utoipa::path(
    get,
    operation_id = "preview_customer_merge",
    path = "/api/v1/customers/{id}/merge/{other_id}",
    tag = "customers",
    params(
        ("id" = CustomerId, Path, description = "The customer that stays"),
        ("other_id" = CustomerId, Path, description = "The customer that goes"),
    ),
    responses(
        (status = 200, description = "Both of them, and what they would become", body = MergePreview),
        (status = 400, description = "An id is no UUID"),
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

/// How two are put together.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MergeBody {
    /// Fields of which the value of the customer that goes stays, where that has one. A value that one of them lacks is always the other's.
    #[schema(max_items = 5)]
    from_other: Vec<MergeField>,
    /// Source of the notes that stay.
    notes: MergeNotes,
    /// `updated_at` of the customer that stays, as it was seen; any where it is left out.
    kept_updated_at: Option<DateTime<Utc>>,
    /// `updated_at` of the customer that goes, as it was seen; any where it is left out.
    other_updated_at: Option<DateTime<Utc>>,
}

/// Puts two customers together, at once or not at all. The other one's things go over: leads, appointments, text messages, callbacks,
/// and their numbers, by which their calls are found. Tags are those of both. One who wanted no text messages gets none, and
/// only where both were verified the one is. The other one is no more, and nothing brings them back.
#[utoipa::path(
    post,
    operation_id = "merge_customers",
    path = "/api/v1/customers/{id}/merge/{other_id}",
    tag = "customers",
    params(
        ("id" = CustomerId, Path, description = "The customer that stays"),
        ("other_id" = CustomerId, Path, description = "The customer that goes"),
    ),
    request_body = MergeBody,
    responses(
        (status = 200, description = "The one that they are now", body = Customer),
        (status = 400, description = "The body is no JSON, or an id no UUID"),
        (status = 404, description = "No such customer"),
        (status = 409, description = "Somebody has changed one of them since it was seen (`edited_meanwhile`; `current` is what is there now)"),
        (status = 422, description = "They can't be put together so, as with notes that are too long together"),
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
