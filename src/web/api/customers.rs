//! `/api/v1/customers`: people who called, and people whom the business called.

use actix_web::http::header::{ETAG, LOCATION};
use actix_web::{HttpResponse, web};
use cordboard_actors::world;
use cordboard_schema::business::is_language_tag;
use cordboard_schema::customer::{Customer, CustomerChange, is_email};
use cordboard_schema::ids::{CustomerId, OrganizationId};
use cordboard_schema::limits::{
    CUSTOMER_NUMBERS_MAX, LINE_CHARS_MAX, NAME_CHARS_MAX, NOTES_CHARS_MAX, TAG_CHARS_MAX, TAGS_MAX,
};
use cordboard_schema::phone::E164;
use cordboard_schema::plain::Lines;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::calls::part;
use super::customer_erasure::refusal_if_erased;
use super::given::Faults;
use crate::store::{Connection, CustomerQuery, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::{ReadOnly, ThingBody};
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page};
use crate::web::problem::ApiError;
use crate::web::query::{Query, demand_plus};
use crate::web::revision::IfMatch;

const NO_SUCH: ApiError = ApiError::NotFound("customer");

impl ReadOnly for CustomerChange {
    const NAMES: &'static [&'static str] = &["id", "created_at", "updated_at"];
    const FIXED: &'static [&'static str] = &["id"];
}

/// Query of the list of customers. Parameters that are left out or empty don't filter.
#[derive(Debug, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CustomerList {
    /// Part of the name, the number or the e-mail address; case does not matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    q: Option<String>,
    /// The number, with its country code.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    /// `next_cursor` of the previous page.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<CustomerId>,
    /// Customers of a page, 1 to 200; 50 if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) limit: Option<u32>,
}

/// The query for the store, for at most `rows` customers.
pub(super) fn wanted(asked: CustomerList, rows: i64) -> Result<CustomerQuery, ApiError> {
    let number =
        |phone: String| phone.parse::<E164>().map_err(|fault| ApiError::BadInput(format!("`phone` {fault}")));
    demand_plus("phone", asked.phone.as_deref())?;
    let phone = part("phone", asked.phone)?.map(number).transpose()?;
    Ok(CustomerQuery { search: part("q", asked.q)?, phone, before: asked.cursor, limit: rows })
}

/// Reports everything that is wrong at once.
fn check(change: &CustomerChange) -> Result<(), ApiError> {
    faults_of(change).into_result()
}

/// All faults of a customer's fields.
pub(super) fn faults_of(change: &CustomerChange) -> Faults {
    let mut faults = Faults::default();
    faults.text("name", change.name.as_deref(), NAME_CHARS_MAX, Lines::One);
    faults.text("address", change.address.as_deref(), LINE_CHARS_MAX, Lines::Many);
    faults.text("notes", change.notes.as_deref(), NOTES_CHARS_MAX, Lines::Many);
    let email = change.email.as_deref().map_or("", str::trim);
    faults.demand(email.is_empty() || is_email(email), "email", "must be an e-mail address");
    let language = change.language.as_deref().map_or("", str::trim);
    let is_language = language.is_empty() || is_language_tag(language);
    faults.demand(is_language, "language", "must be a BCP 47 tag, as `en` or `pt-BR`");
    let others = change.other_numbers.as_deref().map_or(0, <[E164]>::len);
    let fit = others <= CUSTOMER_NUMBERS_MAX;
    faults.demand(fit, "other_numbers", format!("must be at most {CUSTOMER_NUMBERS_MAX}"));
    let tags = change.tags.as_deref().unwrap_or_default();
    faults.demand(tags.len() <= TAGS_MAX, "tags", format!("must be at most {TAGS_MAX}"));
    for tag in tags.iter().take(TAGS_MAX) {
        faults.title("tags", Some(tag), TAG_CHARS_MAX);
    }
    faults
}

/// Returns the id of the customer with this number.
pub(super) fn customer_id_by_number(
    connection: &mut Connection,
    organization_id: OrganizationId,
    phone: E164,
) -> Result<Option<CustomerId>, StoreError> {
    let of_number = CustomerQuery { phone: Some(phone), limit: 1, ..CustomerQuery::default() };
    Ok(query::customers(connection, organization_id, of_number)?.pop().map(|one| one.id))
}

/// Lists customers, newest first.
#[utoipa::path(
    get,
    operation_id = "list_customers",
    path = "/api/v1/customers",
    tag = "customers",
    params(CustomerList),
    responses(
        (status = 200, description = "A page of customers", body = Page<Customer>),
        (status = 400, description = "A parameter is unknown or invalid"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<CustomerList>,
) -> Result<web::Json<Page<Customer>>, ApiError> {
    let limit = Limit::parse(asked.limit)?;
    let (organization_id, wanted) = (caller.organization_id, wanted(asked.into_inner(), limit.rows())?);
    let read = move |connection: &mut Connection| query::customers(connection, organization_id, wanted);
    let customers = state.store.reads().run(read).await?;
    Ok(web::Json(limit.page(customers, |customer| customer.id.to_string())))
}

/// Shows a customer.
#[utoipa::path(
    get,
    operation_id = "show_customer",
    path = "/api/v1/customers/{id}",
    tag = "customers",
    params(("id" = CustomerId, Path, description = "The customer")),
    responses(
        (status = 200, description = "The customer; `ETag` is their `updated_at`", body = Customer),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such customer"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CustomerId>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let read = move |connection: &mut Connection| query::customer(connection, organization_id, id);
    Ok(shown(&state.store.reads().run(read).await?.ok_or(NO_SUCH)?))
}

fn shown(customer: &Customer) -> HttpResponse {
    HttpResponse::Ok().insert_header((ETAG, tag(customer))).json(customer)
}

/// Tag that identifies the state of a customer that a client has seen: each change has its own time.
fn tag(customer: &Customer) -> String {
    format!("\"{}\"", customer.updated_at.to_rfc3339())
}

/// Adds a customer. If one of their numbers has opted out of text messages, so has the customer (`sms_opted_out`), whatever the body says.
#[utoipa::path(
    post,
    operation_id = "create_customer",
    path = "/api/v1/customers",
    tag = "customers",
    request_body = CustomerChange,
    responses(
        (status = 201, description = "Created; `Location` has its address", body = Customer),
        (status = 400, description = "The body is not a JSON object"),
        (status = 409, description = "Another customer has this number (`phone_taken`)"),
        (status = 422, description = "A value is invalid, for instance a number without its country code"),
    )
)]
pub(crate) async fn create(
    state: web::Data<WebState>,
    caller: Caller,
    body: ThingBody<CustomerChange>,
) -> Result<HttpResponse, ApiError> {
    check(&body)?;
    let now = world::now().into();
    let mut made = Customer::new(CustomerId(world::new_id()), caller.organization_id, None, now);
    made.change(body.into_inner(), now);
    let audit = caller.did("customer.created", made.id, "");
    let make = move |connection: &mut Connection| {
        change::create_customer(connection, &made)?;
        change::record_audit(connection, &audit)?;
        // Only the store knows which numbers have opted out.
        query::customer(connection, made.organization_id, made.id)
    };
    let made = state.store.change(make).await.map_err(taken)?.ok_or(NO_SUCH)?;
    let location = format!("/api/v1/customers/{}", made.id);
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(made))
}

/// Changes a customer; members that the body leaves out keep their values. A customer who gets a number that has opted out of text messages is opted
/// out, too; `sms_opted_out` set to false lets their numbers be texted again.
#[utoipa::path(
    patch,
    operation_id = "update_customer",
    path = "/api/v1/customers/{id}",
    tag = "customers",
    params(
        ("id" = CustomerId, Path, description = "The customer"),
        ("If-Match" = Option<String>, Header, description = "State that this change is based on, as in the `ETag`; any if left out"),
    ),
    request_body = CustomerChange,
    responses(
        (status = 200, description = "Changed; `ETag` is the new `updated_at`", body = Customer),
        (status = 400, description = "The body is not JSON, or the id not a UUID"),
        (status = 404, description = "No such customer"),
        (status = 409, description = "Another customer has this number (`phone_taken`), or somebody else changed this one at the same time (`changed_meanwhile`), or since the state that `If-Match` names (`edited_meanwhile`; `current` is its present state), or everything about them is being erased (`being_deleted`)"),
        (status = 422, description = "A value is invalid, for instance a number without its country code"),
    )
)]
pub(crate) async fn update(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CustomerId>,
    if_match: IfMatch,
    body: ThingBody<CustomerChange>,
) -> Result<HttpResponse, ApiError> {
    check(&body)?;
    let (organization_id, id, now) = (caller.organization_id, *id, world::now().into());
    let audit = caller.did("customer.updated", id, "");
    let make = move |connection: &mut Connection| {
        let Some(mut customer) = query::customer(connection, organization_id, id)? else {
            return Ok(Err(NO_SUCH));
        };
        if let Err(refused) = body.demand_unchanged(&customer) {
            return Ok(Err(refused));
        }
        if !if_match.is_of(&tag(&customer)) {
            return Ok(Err(ApiError::edited_meanwhile("customer", &customer)));
        }
        if let Some(refusal) = refusal_if_erased(connection, &[&customer])? {
            return Ok(Err(refusal));
        }
        let read = customer.updated_at;
        customer.change(body.into_inner(), read.next_change(now));
        if !change::update_customer(connection, &customer, read)? {
            return Ok(Err(ApiError::changed_meanwhile("customer")));
        }
        change::record_audit(connection, &audit)?;
        Ok(query::customer(connection, organization_id, id)?.ok_or(NO_SUCH))
    };
    Ok(shown(&state.store.change(make).await.map_err(taken)??))
}

/// Removes a customer, and contacts with their numbers from the lists of campaigns. Their leads, appointments and messages stay, without them. A
/// number that is not to be called stays on that list, without its note, and one that has opted out of text messages stays opted out.
#[utoipa::path(
    delete,
    operation_id = "delete_customer",
    path = "/api/v1/customers/{id}",
    tag = "customers",
    params(("id" = CustomerId, Path, description = "The customer")),
    responses(
        (status = 204, description = "Removed"),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such customer"),
    )
)]
pub(crate) async fn delete(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CustomerId>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let audit = caller.did("customer.deleted", id, "");
    let remove = move |connection: &mut Connection| {
        let was_there = change::forget_customer(connection, organization_id, id)?;
        change::record_audit_if(connection, was_there, &audit)
    };
    match state.store.change(remove).await? {
        true => Ok(HttpResponse::NoContent().finish()),
        false => Err(NO_SUCH),
    }
}

fn taken(error: StoreError) -> ApiError {
    match error.is_taken_name() {
        true => ApiError::conflict(
            "phone_taken",
            "another customer has this number: change or remove that customer first",
        ),
        false => error.into(),
    }
}
