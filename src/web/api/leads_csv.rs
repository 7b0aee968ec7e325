//! Leads as a CSV file (RFC 4180), which people open in spreadsheets.

use std::io;

use cordboard_schema::lead::Lead;

use super::csv_formulas::harmless;
use super::csv_parts::BOM;

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

/// The file.
pub(super) fn written(leads: &[Lead]) -> io::Result<Vec<u8>> {
    let mut file = csv::Writer::from_writer(Vec::from(BOM));
    file.write_record(HEAD)?;
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
