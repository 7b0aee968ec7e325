//! Rows of the audit log.

use chrono::NaiveDateTime;
use cordboard_schema::audit::{Actor, AuditEntry};
use diesel::prelude::{Insertable, Queryable, Selectable};

use super::columns::{BadRow, from_json, json, naive, parsed, text, unix};
use crate::tables::audit_log;

/// A line of the audit log.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_log)]
pub struct AuditRow {
    /// UUID v7.
    pub id: String,
    /// The organization that owns the log.
    pub organization_id: String,
    /// The time.
    pub at: NaiveDateTime,
    /// JSON of an `Actor`.
    pub actor: String,
    /// The action.
    pub action: String,
    /// The object of the action.
    pub subject: String,
    /// The client's address.
    pub address: Option<String>,
    /// Details, in words.
    pub detail: String,
}

impl AuditRow {
    /// Returns the row of `entry`.
    pub fn new(entry: &AuditEntry) -> Result<Self, BadRow> {
        Ok(Self {
            id: entry.id.to_string(),
            organization_id: entry.organization_id.to_string(),
            at: naive(entry.at),
            actor: Self::column_of(&entry.actor)?,
            action: entry.action.clone(),
            subject: text(&entry.subject),
            address: entry.address.clone(),
            detail: text(&entry.detail),
        })
    }

    /// Returns the value of the column `actor` for an actor.
    ///
    /// # Errors
    /// The actor can't be written as JSON.
    pub fn column_of(actor: &Actor) -> Result<String, BadRow> {
        json("audit_log.actor", actor)
    }

    /// Returns the entry.
    pub fn into_entry(self) -> Result<AuditEntry, BadRow> {
        Ok(AuditEntry {
            id: parsed("audit_log.id", &self.id)?,
            organization_id: parsed("audit_log.organization_id", &self.organization_id)?,
            at: unix(self.at),
            actor: from_json("audit_log.actor", &self.actor)?,
            action: self.action,
            subject: self.subject,
            address: self.address,
            detail: self.detail,
        })
    }
}
