//! Leads as a CSV file (RFC 4180) for spreadsheets.

use std::io;

use actix_web::web;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::lead::Lead;

use super::csv_formulas::harmless;
use super::csv_parts::{BOM, Begin, Part};
use crate::store::{Connection, LeadQuery, query};
use crate::web::WebState;

const HEAD: [&str; 17] = [
    "id",
    "created_at",
    "updated_at",
    "status",
    "name",
    "phone",
    "need",
    "urgency",
    "budget",
    "address",
    "value_minor",
    "currency",
    "owner_id",
    "next_step",
    "notes",
    "customer_id",
    "call_id",
];

/// A part of the file.
pub(super) async fn part(
    state: web::Data<WebState>,
    organization_id: OrganizationId,
    begin: Begin<LeadQuery>,
) -> io::Result<Part<Begin<LeadQuery>>> {
    let (asked, is_first) = (begin.wanted.clone(), begin.is_first);
    let rows_max = begin.rows_max(asked.limit);
    let read = move |connection: &mut Connection| {
        let mut leads = query::leads(connection, organization_id, asked)?;
        leads.truncate(rows_max);
        Ok((leads.len(), leads.last().map(|lead| lead.id), written(&leads, is_first)))
    };
    let (count, last, rows) = state.store.reads().run(read).await.map_err(io::Error::other)?;
    let further = last.map(|last| LeadQuery { before: Some(last), ..begin.wanted.clone() });
    Ok((rows?, begin.after(count, rows_max, further)))
}

/// Writes these leads as rows; the first part includes the file's header.
fn written(leads: &[Lead], is_first: bool) -> io::Result<Vec<u8>> {
    let begin: Vec<u8> = if is_first { BOM.into() } else { Vec::new() };
    let mut file = csv::Writer::from_writer(begin);
    if is_first {
        file.write_record(HEAD)?;
    }
    for lead in leads {
        let or_empty = |value: Option<String>| value.unwrap_or_default();
        let cells = [
            lead.id.to_string(),
            lead.created_at.to_rfc3339(),
            lead.updated_at.to_rfc3339(),
            lead.status.as_str().to_owned(),
            lead.name.clone(),
            or_empty(lead.phone.as_ref().map(ToString::to_string)),
            lead.need.clone(),
            lead.urgency.clone(),
            lead.budget.clone(),
            lead.address.clone(),
            or_empty(lead.value_minor.map(|value| value.to_string())),
            or_empty(lead.currency.clone()),
            or_empty(lead.owner_id.clone()),
            lead.next_step.clone(),
            lead.notes.clone(),
            or_empty(lead.customer_id.map(|id| id.to_string())),
            or_empty(lead.call_id.map(|id| id.to_string())),
        ];
        file.write_record(cells.iter().map(|cell| harmless(cell).into_owned()))?;
    }
    file.into_inner().map_err(|fault| fault.into_error())
}
