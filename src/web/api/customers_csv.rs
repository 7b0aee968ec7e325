//! `/api/v1/customers.csv`: customers as a CSV file for spreadsheets.

use std::io;

use actix_web::{HttpResponse, web};
use cordboard_schema::customer::Customer;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{CSV_CUSTOMERS_AT_ONCE, CSV_CUSTOMERS_MAX};
use cordboard_schema::phone::E164;

use super::csv_formulas::harmless;
use super::csv_parts::{BOM, Begin, Part, sent};
use super::customers::{CustomerList, wanted};
use crate::store::{Connection, CustomerQuery, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::page::Limit;
use crate::web::problem::ApiError;
use crate::web::query::Query;

const HEAD: [&str; 13] = [
    "id",
    "created_at",
    "updated_at",
    "name",
    "phone",
    "other_numbers",
    "email",
    "address",
    "language",
    "tags",
    "notes",
    "verified",
    "sms_opted_out",
];

/// Exports customers as a CSV file, newest first, at most 100,000. A cell that a spreadsheet would take for a formula begins with `'`.
#[utoipa::path(
    get,
    operation_id = "export_customers",
    path = "/api/v1/customers.csv",
    tag = "customers",
    params(CustomerList),
    responses(
        (status = 200, description = "All that fit; `limit` is ignored", content_type = "text/csv", body = String),
        (status = 400, description = "A parameter is unknown or invalid"),
    )
)]
pub(crate) async fn export(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<CustomerList>,
) -> Result<HttpResponse, ApiError> {
    let asked = asked.into_inner();
    Limit::parse(asked.limit)?;
    let filters = serde_json::to_string(&asked).unwrap_or_default();
    let wanted = wanted(asked, CSV_CUSTOMERS_AT_ONCE)?;
    let organization_id = caller.organization_id;
    // Each export is in the audit log, and nothing waits for that line.
    state.store.audit(caller.did("customers.exported", organization_id, filters));
    let (begin, signed_in) = (Begin::of(wanted, CSV_CUSTOMERS_MAX), caller.signed_in);
    sent("customers.csv", begin, signed_in, move |begin| part(state.clone(), organization_id, begin)).await
}

async fn part(
    state: web::Data<WebState>,
    organization_id: OrganizationId,
    begin: Begin<CustomerQuery>,
) -> io::Result<Part<Begin<CustomerQuery>>> {
    let (asked, is_first) = (begin.wanted.clone(), begin.is_first);
    let rows_max = begin.rows_max(asked.limit);
    let read = move |connection: &mut Connection| {
        let mut customers = query::customers(connection, organization_id, asked)?;
        customers.truncate(rows_max);
        Ok((customers.len(), customers.last().map(|customer| customer.id), written(&customers, is_first)))
    };
    let (count, last, rows) = state.store.reads().run(read).await.map_err(io::Error::other)?;
    let further = last.map(|last| CustomerQuery { before: Some(last), ..begin.wanted.clone() });
    Ok((rows?, begin.after(count, rows_max, further)))
}

/// Writes these customers as rows; the first part includes the file's header.
fn written(customers: &[Customer], is_first: bool) -> io::Result<Vec<u8>> {
    let begin: Vec<u8> = if is_first { BOM.into() } else { Vec::new() };
    let mut file = csv::Writer::from_writer(begin);
    if is_first {
        file.write_record(HEAD)?;
    }
    for customer in customers {
        file.write_record(cells(customer).iter().map(|cell| harmless(cell).into_owned()))?;
    }
    file.into_inner().map_err(|fault| fault.into_error())
}

fn cells(customer: &Customer) -> [String; 13] {
    let others: Vec<&str> = customer.other_numbers.iter().map(E164::as_str).collect();
    [
        customer.id.to_string(),
        customer.created_at.to_rfc3339(),
        customer.updated_at.to_rfc3339(),
        customer.name.clone(),
        customer.phone.as_ref().map_or("", E164::as_str).to_owned(),
        others.join(", "),
        customer.email.clone(),
        customer.address.clone(),
        customer.language.clone(),
        customer.tags.join(", "),
        customer.notes.clone(),
        customer.verified.to_string(),
        customer.sms_opted_out.to_string(),
    ]
}
