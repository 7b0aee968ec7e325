//! Rows of customers.

use chrono::NaiveDateTime;
use cordboard_schema::customer::Customer;
use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};

use super::columns::{BadRow, composed_text, from_json, json, naive, parsed, text, unix};
use crate::tables::customers;

/// A customer.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = customers, treat_none_as_null = true)]
#[allow(missing_docs, reason = "the fields of `customer::Customer`, which documents them")]
pub struct CustomerRow {
    pub id: String,
    pub organization_id: String,
    pub phone: Option<String>,
    pub name: String,
    pub email: String,
    pub address: String,
    pub notes: String,
    pub language: String,
    /// JSON array.
    pub tags: String,
    pub verified: bool,
    pub sms_opted_out: bool,
    /// Text that a search looks through.
    pub search: String,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
}

impl CustomerRow {
    /// Returns the row of `customer`.
    pub fn new(customer: &Customer) -> Result<Self, BadRow> {
        Ok(Self {
            id: customer.id.to_string(),
            organization_id: customer.organization_id.to_string(),
            phone: customer.phone.as_ref().map(ToString::to_string),
            name: composed_text(&customer.name),
            email: composed_text(&customer.email),
            address: composed_text(&customer.address),
            notes: composed_text(&customer.notes),
            language: customer.language.clone(),
            tags: json("customers.tags", &customer.tags)?,
            verified: customer.verified,
            sms_opted_out: customer.sms_opted_out,
            search: text(&customer.search_text()),
            created_at: naive(customer.created_at),
            updated_at: naive(customer.updated_at),
        })
    }

    /// Returns the customer.
    pub fn into_customer(self) -> Result<Customer, BadRow> {
        Ok(Customer {
            id: parsed("customers.id", &self.id)?,
            organization_id: parsed("customers.organization_id", &self.organization_id)?,
            phone: self.phone.map(|phone| parsed("customers.phone", &phone)).transpose()?,
            // They have a table of their own: the store adds them.
            other_numbers: Vec::new(),
            name: self.name,
            email: self.email,
            address: self.address,
            notes: self.notes,
            language: self.language,
            tags: from_json("customers.tags", &self.tags)?,
            verified: self.verified,
            sms_opted_out: self.sms_opted_out,
            created_at: unix(self.created_at),
            updated_at: unix(self.updated_at),
        })
    }
}
