//! `/api/v1/leads`: what callers want of the business, and its progress. Assistants and people create leads.

use actix_web::http::header::{ACCEPT, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use cordboard_actors::world;
use cordboard_schema::ids::{CallId, CustomerId, LeadId};
use cordboard_schema::lead::{Lead, LeadBody, LeadChange, LeadStatus};
use cordboard_schema::limits::{
    CSV_LEADS_AT_ONCE, CSV_LEADS_MAX, LINE_CHARS_MAX, NAME_CHARS_MAX, NOTES_CHARS_MAX, VALUE_MINOR_MAX,
};
use cordboard_schema::phone::searched_number;
use cordboard_schema::plain::Lines;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::calls::part;
use super::csv_parts::{Begin, sent};
use super::customers::customer_id_by_number;
use super::given::{Faults, nearest_sane_time};
use super::leads_csv;
use crate::store::{Connection, LeadOwner, LeadQuery, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::{Body, ReadOnly, ThingBody};
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page};
use crate::web::problem::{ApiError, Fault};
use crate::web::query::Query;

const NO_SUCH: ApiError = ApiError::NotFound("lead");
/// Fault of the name of a lead that says neither who wants something nor what.
const UNIDENTIFIED: &str = "must be there, or a number or what is wanted";
/// The most words of a search; further words are ignored.
const SEARCHED_WORDS_MAX: usize = 8;

impl ReadOnly for LeadChange {
    const NAMES: &'static [&'static str] = &["id", "customer_id", "call_id", "created_at", "updated_at"];
    const FIXED: &'static [&'static str] = &["id", "call_id"];
}

/// Query of the list of leads. Parameters that are left out or empty don't filter.
#[derive(Debug, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LeadList {
    /// Only those with this status.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<LeadStatus>,
    /// Only those of this owner; `none`: only those without an owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner_id: Option<String>,
    /// Words that must all occur in the lead, for instance in name, number, request or notes; case does not matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    q: Option<String>,
    /// Only those of this customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<CustomerId>,
    /// Only the one of this call.
    #[serde(skip_serializing_if = "Option::is_none")]
    call_id: Option<CallId>,
    /// Made then or later, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<DateTime<Utc>>,
    /// Made before then, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<DateTime<Utc>>,
    /// `next_cursor` of the previous page.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<LeadId>,
    /// Leads of a page, 1 to 200; 50 if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
}

fn wanted(asked: LeadList, rows: i64) -> Result<LeadQuery, ApiError> {
    let owner = part("owner_id", asked.owner_id)?;
    let q = part("q", asked.q)?.unwrap_or_default();
    Ok(LeadQuery {
        status: asked.status,
        owner: owner.map(|id| if id == "none" { LeadOwner::Unassigned } else { LeadOwner::User(id) }),
        words: q.split_whitespace().take(SEARCHED_WORDS_MAX).map(str::to_owned).collect(),
        number: searched_number(&q),
        customer_id: asked.customer_id,
        call_id: asked.call_id,
        since: asked.since.map(nearest_sane_time),
        until: asked.until.map(nearest_sane_time),
        before: asked.cursor,
        limit: rows,
    })
}

/// Lists leads, newest first; as CSV if `Accept` asks for it.
#[utoipa::path(
    get,
    operation_id = "list_leads",
    path = "/api/v1/leads",
    tag = "leads",
    params(LeadList),
    responses(
        (status = 200, description = "A page of leads; as CSV a whole file, the same as of /api/v1/leads.csv", content(
            (Page<Lead> = "application/json"),
            (String = "text/csv"),
        )),
        (status = 400, description = "A parameter is unknown or invalid"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    request: HttpRequest,
    asked: Query<LeadList>,
) -> Result<HttpResponse, ApiError> {
    let limit = Limit::parse(asked.limit)?;
    if wants_csv(&request) {
        return export(state, caller, asked).await;
    }
    let (organization_id, wanted) = (caller.organization_id, wanted(asked.into_inner(), limit.rows())?);
    let read = move |connection: &mut Connection| query::leads(connection, organization_id, wanted);
    let leads = state.store.reads().run(read).await?;
    Ok(HttpResponse::Ok().json(limit.page(leads, |lead| lead.id.to_string())))
}

/// Whether `Accept` names CSV before JSON.
fn wants_csv(request: &HttpRequest) -> bool {
    let accepted = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut types = accepted.split(',').filter_map(|part| part.split(';').next()).map(str::trim);
    types.find(|name| matches!(*name, "text/csv" | "application/json" | "*/*")) == Some("text/csv")
}

/// Exports leads as a CSV file, newest first, at most 100,000. A cell that a spreadsheet would take for a formula begins with `'`.
#[utoipa::path(
    get,
    operation_id = "export_leads",
    path = "/api/v1/leads.csv",
    tag = "leads",
    params(LeadList),
    responses(
        (status = 200, description = "All that fit; `limit` is ignored", content_type = "text/csv", body = String),
        (status = 400, description = "A parameter is unknown or invalid"),
    )
)]
pub(crate) async fn export(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<LeadList>,
) -> Result<HttpResponse, ApiError> {
    let asked = asked.into_inner();
    Limit::parse(asked.limit)?;
    let filters = serde_json::to_string(&asked).unwrap_or_default();
    let wanted = wanted(asked, CSV_LEADS_AT_ONCE)?;
    let organization_id = caller.organization_id;
    // Each export is in the audit log, and nothing waits for that line.
    state.store.audit(caller.did("leads.exported", organization_id, filters));
    let (begin, signed_in) = (Begin::of(wanted, CSV_LEADS_MAX), caller.signed_in);
    sent("leads.csv", begin, signed_in, move |begin| leads_csv::part(state.clone(), organization_id, begin))
        .await
}

/// Adds a lead that did not come from the assistant. Webhooks and people are notified of it as of any other.
#[utoipa::path(
    post,
    operation_id = "create_lead",
    path = "/api/v1/leads",
    tag = "leads",
    request_body = LeadBody,
    responses(
        (status = 201, description = "Created; `Location` has its address", body = Lead),
        (status = 400, description = "The body is not a JSON object"),
        (status = 422, description = "A value is invalid, for instance one without a currency"),
    )
)]
pub(crate) async fn create(
    state: web::Data<WebState>,
    caller: Caller,
    body: Body<LeadBody>,
) -> Result<HttpResponse, ApiError> {
    let mut faults = Faults::default();
    check_body(&mut faults, &body);
    faults.into_result()?;
    let (id, now) = (LeadId(world::new_id()), world::now().into());
    let mut lead = Lead::of_body(id, caller.organization_id, body.into_inner(), now);
    let make = move |connection: &mut Connection| {
        let mut faults = Faults::default();
        settle(connection, &mut lead, &mut faults, false)?;
        if let Err(fault) = faults.into_result() {
            return Ok(Err(fault));
        }
        change::create_lead(connection, &lead)?;
        change::record_audit(connection, &caller.did("lead.created", id, lead.status.as_str()))?;
        Ok(Ok(lead))
    };
    let made = state.store.change_or_refuse(make).await??;
    let location = format!("/api/v1/leads/{id}");
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(made))
}

/// Faults of the texts of a lead that a person adds.
pub(super) fn check_body(faults: &mut Faults, body: &LeadBody) {
    faults.text("name", Some(&body.name), NAME_CHARS_MAX, Lines::One);
    faults.text("need", Some(&body.need), NOTES_CHARS_MAX, Lines::Many);
    for (field, text) in
        [("urgency", &body.urgency), ("budget", &body.budget), ("next_step", &body.next_step)]
    {
        faults.text(field, Some(text), LINE_CHARS_MAX, Lines::One);
    }
    faults.text("address", Some(&body.address), LINE_CHARS_MAX, Lines::Many);
    faults.text("notes", Some(&body.notes), NOTES_CHARS_MAX, Lines::Many);
    faults.demand(body.is_identified(), "name", UNIDENTIFIED);
    check_value(faults, body.value_minor, body.currency.as_deref());
    let has_currency = body.value_minor.is_none() || body.currency.is_some();
    faults.demand(has_currency, "currency", "must be there where a value is");
}

/// Checks that a value is valid and has a currency.
fn check_value(faults: &mut Faults, value_minor: Option<i64>, currency: Option<&str>) {
    let reason = format!("must be 0 to {VALUE_MINOR_MAX}");
    faults.demand((0..=VALUE_MINOR_MAX).contains(&value_minor.unwrap_or(0)), "value_minor", reason);
    let is_currency = |code: &str| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    faults.demand(currency.is_none_or(is_currency), "currency", "must be three letters of ISO 4217, as EUR");
}

/// Finds the customer of a lead by its number, and reports a customer or owner that does not exist. `former` also accepts a removed user who still
/// owns another lead.
pub(super) fn settle(
    connection: &mut Connection,
    lead: &mut Lead,
    faults: &mut Faults,
    former: bool,
) -> Result<(), StoreError> {
    let organization_id = lead.organization_id;
    if let Some(id) = lead.customer_id {
        let known = query::customer(connection, organization_id, id)?.is_some();
        faults.demand(known, "customer_id", "is no customer's");
    } else if let Some(phone) = lead.phone.clone() {
        lead.customer_id = customer_id_by_number(connection, organization_id, phone)?;
    }
    if let Some(owner) = &lead.owner_id {
        let known = match owner.parse() {
            Ok(id) if query::user(connection, organization_id, id)?.is_some() => true,
            Ok(_) if former => {
                let owner = Some(LeadOwner::User(owner.clone()));
                let theirs = LeadQuery { owner, limit: 1, ..LeadQuery::default() };
                !query::leads(connection, organization_id, theirs)?.is_empty()
            }
            Ok(_) | Err(_) => false,
        };
        faults.demand(known, "owner_id", "is no user's of the organization");
    }
    Ok(())
}

/// Shows a lead.
#[utoipa::path(
    get,
    operation_id = "show_lead",
    path = "/api/v1/leads/{id}",
    tag = "leads",
    params(("id" = LeadId, Path, description = "The lead")),
    responses(
        (status = 200, description = "The lead", body = Lead),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such lead"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<LeadId>,
) -> Result<web::Json<Lead>, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let read = move |connection: &mut Connection| query::lead(connection, organization_id, id);
    Ok(web::Json(state.store.reads().run(read).await?.ok_or(NO_SUCH)?))
}

/// Changes a lead, for instance its status, or a name that was misheard; members that the body leaves out keep their values.
#[utoipa::path(
    patch,
    operation_id = "update_lead",
    path = "/api/v1/leads/{id}",
    tag = "leads",
    params(("id" = LeadId, Path, description = "The lead")),
    request_body = LeadChange,
    responses(
        (status = 200, description = "Changed", body = Lead),
        (status = 400, description = "The body is not JSON, or the id not a UUID"),
        (status = 404, description = "No such lead"),
        (status = 409, description = "Somebody else changed it at the same time (`changed_meanwhile`)"),
        (status = 422, description = "A value is invalid, for instance one without a currency"),
    )
)]
pub(crate) async fn update(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<LeadId>,
    body: ThingBody<LeadChange>,
) -> Result<web::Json<Lead>, ApiError> {
    check(&body)?;
    let (organization_id, id, now) = (caller.organization_id, *id, world::now().into());
    let make = move |connection: &mut Connection| {
        let Some(mut lead) = query::lead(connection, organization_id, id)? else { return Ok(Err(NO_SUCH)) };
        if let Err(refused) = body.demand_unchanged(&lead) {
            return Ok(Err(refused));
        }
        // The owner who is there may have been removed meanwhile.
        if let Some(Some(owner)) = &body.owner_id
            && lead.owner_id.as_ref() != Some(&owner.to_string())
            && query::user(connection, organization_id, *owner)?.is_none()
        {
            return Ok(Err(ApiError::Invalid(vec![Fault::of(
                "owner_id",
                "is no user's of the organization",
            )])));
        }
        let (read, before) = (lead.updated_at, lead.clone());
        lead.change(body.into_inner(), read.next_change(now));
        if before.is_identified() && !lead.is_identified() {
            return Ok(Err(ApiError::Invalid(vec![Fault::of("name", UNIDENTIFIED)])));
        }
        if lead.phone != before.phone
            && let Some(phone) = lead.phone.clone()
        {
            lead.customer_id =
                customer_id_by_number(connection, organization_id, phone)?.or(lead.customer_id);
        }
        if lead.value_minor.is_some() && lead.currency.is_none() {
            return Ok(Err(ApiError::Invalid(vec![Fault::of("currency", "must be there where a value is")])));
        }
        if !change::update_lead(connection, &lead, read)? {
            return Ok(Err(ApiError::changed_meanwhile("lead")));
        }
        let detail = format!("{} to {}", before.status.as_str(), lead.status.as_str());
        change::record_audit(connection, &caller.did("lead.updated", id, detail))?;
        Ok(Ok(lead))
    };
    Ok(web::Json(state.store.change(make).await??))
}

/// Deletes a lead. Its call, its customer and its appointments stay, without it.
#[utoipa::path(
    delete,
    operation_id = "delete_lead",
    path = "/api/v1/leads/{id}",
    tag = "leads",
    params(("id" = LeadId, Path, description = "The lead")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such lead"),
    )
)]
pub(crate) async fn delete(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<LeadId>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let audit = caller.did("lead.deleted", id, "");
    let remove = move |connection: &mut Connection| {
        let was_there = change::delete_lead(connection, organization_id, id)?;
        change::record_audit_if(connection, was_there, &audit)
    };
    match state.store.change(remove).await? {
        true => Ok(HttpResponse::NoContent().finish()),
        false => Err(NO_SUCH),
    }
}

/// Reports everything that is wrong at once.
fn check(change: &LeadChange) -> Result<(), ApiError> {
    let mut faults = Faults::default();
    let currency = change.currency.as_ref().and_then(Option::as_deref);
    check_value(&mut faults, change.value_minor.flatten(), currency);
    faults.text("name", change.name.as_deref(), NAME_CHARS_MAX, Lines::One);
    for (field, text) in
        [("urgency", &change.urgency), ("budget", &change.budget), ("next_step", &change.next_step)]
    {
        faults.text(field, text.as_deref(), LINE_CHARS_MAX, Lines::One);
    }
    faults.text("address", change.address.as_deref(), LINE_CHARS_MAX, Lines::Many);
    for (field, text) in [("need", &change.need), ("notes", &change.notes)] {
        faults.text(field, text.as_deref(), NOTES_CHARS_MAX, Lines::Many);
    }
    faults.into_result()
}
