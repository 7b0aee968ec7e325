//! Rows of text messages.

use chrono::NaiveDateTime;
use cordboard_schema::message::Message;
use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};

use super::columns::{BadRow, from_word, naive, parsed, text, unix, word};
use crate::tables::messages;

/// A text message.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = messages, treat_none_as_null = true)]
#[allow(missing_docs, reason = "the fields of `message::Message`, which documents them")]
pub struct MessageRow {
    pub id: String,
    pub organization_id: String,
    pub customer_id: Option<String>,
    pub call_id: Option<String>,
    pub direction: String,
    pub from_number: String,
    pub to_number: String,
    pub body: String,
    pub template: Option<String>,
    pub status: String,
    pub sid: Option<String>,
    pub error_code: Option<i64>,
    pub segments: Option<i64>,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
    pub done_at: Option<NaiveDateTime>,
    pub done_by: Option<String>,
}

impl MessageRow {
    /// Returns the row of `message`.
    pub fn new(message: &Message) -> Result<Self, BadRow> {
        Ok(Self {
            id: message.id.to_string(),
            organization_id: message.organization_id.to_string(),
            customer_id: message.customer_id.map(|id| id.to_string()),
            call_id: message.call_id.map(|id| id.to_string()),
            direction: word("messages.direction", &message.direction)?,
            from_number: text(&message.from),
            to_number: text(&message.to),
            body: text(&message.body),
            template: message.template.clone(),
            status: message.status.as_str().to_owned(),
            sid: message.sid.clone(),
            error_code: message.error_code,
            segments: message.segments,
            created_at: naive(message.created_at),
            updated_at: naive(message.updated_at),
            done_at: message.done_at.map(naive),
            done_by: message.done_by.map(|id| id.to_string()),
        })
    }

    /// Returns the message.
    pub fn into_message(self) -> Result<Message, BadRow> {
        Ok(Message {
            id: parsed("messages.id", &self.id)?,
            organization_id: parsed("messages.organization_id", &self.organization_id)?,
            customer_id: self.customer_id.map(|id| parsed("messages.customer_id", &id)).transpose()?,
            call_id: self.call_id.map(|id| parsed("messages.call_id", &id)).transpose()?,
            direction: from_word("messages.direction", self.direction)?,
            from: self.from_number,
            to: self.to_number,
            body: self.body,
            template: self.template,
            status: from_word("messages.status", self.status)?,
            sid: self.sid,
            error_code: self.error_code,
            segments: self.segments,
            done_at: self.done_at.map(unix),
            done_by: self.done_by.map(|id| parsed("messages.done_by", &id)).transpose()?,
            created_at: unix(self.created_at),
            updated_at: unix(self.updated_at),
        })
    }
}
