//! Rows of leads.

use chrono::NaiveDateTime;
use cordboard_schema::lead::Lead;
use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};

use super::columns::{BadRow, composed_text, from_word, naive, parsed, unix};
use crate::tables::leads;

/// A lead.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = leads, treat_none_as_null = true)]
#[allow(missing_docs, reason = "the fields of `lead::Lead`, which documents them")]
pub struct LeadRow {
    pub id: String,
    pub organization_id: String,
    pub customer_id: Option<String>,
    pub call_id: Option<String>,
    pub name: String,
    pub phone: Option<String>,
    pub need: String,
    pub urgency: String,
    pub budget: String,
    pub address: String,
    pub status: String,
    pub value_minor: Option<i64>,
    pub currency: Option<String>,
    pub owner_id: Option<String>,
    pub next_step: String,
    pub notes: String,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
}

impl LeadRow {
    /// Returns the row of `lead`.
    pub fn new(lead: &Lead) -> Self {
        Self {
            id: lead.id.to_string(),
            organization_id: lead.organization_id.to_string(),
            customer_id: lead.customer_id.map(|id| id.to_string()),
            call_id: lead.call_id.map(|id| id.to_string()),
            name: composed_text(&lead.name),
            phone: lead.phone.as_ref().map(ToString::to_string),
            need: composed_text(&lead.need),
            urgency: composed_text(&lead.urgency),
            budget: composed_text(&lead.budget),
            address: composed_text(&lead.address),
            status: lead.status.as_str().to_owned(),
            value_minor: lead.value_minor,
            currency: lead.currency.clone(),
            owner_id: lead.owner_id.clone(),
            next_step: composed_text(&lead.next_step),
            notes: composed_text(&lead.notes),
            created_at: naive(lead.created_at),
            updated_at: naive(lead.updated_at),
        }
    }

    /// Returns the lead.
    pub fn into_lead(self) -> Result<Lead, BadRow> {
        Ok(Lead {
            id: parsed("leads.id", &self.id)?,
            organization_id: parsed("leads.organization_id", &self.organization_id)?,
            customer_id: self.customer_id.map(|id| parsed("leads.customer_id", &id)).transpose()?,
            call_id: self.call_id.map(|id| parsed("leads.call_id", &id)).transpose()?,
            name: self.name,
            phone: self.phone.map(|phone| parsed("leads.phone", &phone)).transpose()?,
            need: self.need,
            urgency: self.urgency,
            budget: self.budget,
            address: self.address,
            status: from_word("leads.status", self.status)?,
            value_minor: self.value_minor,
            currency: self.currency,
            owner_id: self.owner_id,
            next_step: self.next_step,
            notes: self.notes,
            created_at: unix(self.created_at),
            updated_at: unix(self.updated_at),
        })
    }
}
