//! Rows of users' notes on calls, shared calls and saved views.

use chrono::NaiveDateTime;
use cordboard_schema::call_note::{CallNote, CallShare};
use cordboard_schema::call_view::{SavedView, SavedViewContent};
use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};

use super::columns::{BadRow, from_json, json, naive, parsed, text, unix};
use crate::tables::{call_notes, call_shares, call_views};

/// A note.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = call_notes)]
#[allow(missing_docs, reason = "the fields of `call_note::CallNote`, which documents them")]
pub struct CallNoteRow {
    pub id: String,
    pub organization_id: String,
    pub call_id: String,
    pub author_id: Option<String>,
    pub text: String,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
}

impl CallNoteRow {
    /// Returns the row of a note.
    pub fn new(note: &CallNote) -> Self {
        Self {
            id: note.id.to_string(),
            organization_id: note.organization_id.to_string(),
            call_id: note.call_id.to_string(),
            author_id: note.author_id.map(|id| id.to_string()),
            text: text(&note.text),
            created_at: naive(note.created_at),
            updated_at: naive(note.updated_at),
        }
    }

    /// Returns the note.
    pub fn into_note(self) -> Result<CallNote, BadRow> {
        Ok(CallNote {
            id: parsed("call_notes.id", &self.id)?,
            organization_id: parsed("call_notes.organization_id", &self.organization_id)?,
            call_id: parsed("call_notes.call_id", &self.call_id)?,
            author_id: self.author_id.map(|id| parsed("call_notes.author_id", &id)).transpose()?,
            text: self.text,
            created_at: unix(self.created_at),
            updated_at: unix(self.updated_at),
        })
    }
}

/// A call that was shared.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = call_shares)]
#[allow(missing_docs, reason = "the fields of `call_note::CallShare`, which documents them")]
pub struct CallShareRow {
    pub id: String,
    pub organization_id: String,
    pub call_id: String,
    pub user_id: String,
    pub by_id: Option<String>,
    pub note: String,
    pub created_at: NaiveDateTime,
    pub seen_at: Option<NaiveDateTime>,
}

impl CallShareRow {
    /// Returns the row of a share.
    pub fn new(share: &CallShare) -> Self {
        Self {
            id: share.id.to_string(),
            organization_id: share.organization_id.to_string(),
            call_id: share.call_id.to_string(),
            user_id: share.user_id.to_string(),
            by_id: share.by_id.map(|id| id.to_string()),
            note: text(&share.note),
            created_at: naive(share.created_at),
            seen_at: share.seen_at.map(naive),
        }
    }

    /// Returns the share.
    pub fn into_share(self) -> Result<CallShare, BadRow> {
        Ok(CallShare {
            id: parsed("call_shares.id", &self.id)?,
            organization_id: parsed("call_shares.organization_id", &self.organization_id)?,
            call_id: parsed("call_shares.call_id", &self.call_id)?,
            user_id: parsed("call_shares.user_id", &self.user_id)?,
            by_id: self.by_id.map(|id| parsed("call_shares.by_id", &id)).transpose()?,
            note: self.note,
            created_at: unix(self.created_at),
            seen_at: self.seen_at.map(unix),
        })
    }
}

/// A saved view.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = call_views)]
#[allow(missing_docs, reason = "the fields of `call_view::SavedView`, which documents them")]
pub struct CallViewRow {
    pub id: String,
    pub organization_id: String,
    pub owner_id: Option<String>,
    pub name: String,
    pub filters: String,
    pub shown: String,
    pub is_shared: bool,
    pub is_default: bool,
    pub created_at: NaiveDateTime,
}

impl CallViewRow {
    /// Returns the row of a view.
    pub fn new(view: &SavedView) -> Result<Self, BadRow> {
        Ok(Self {
            id: view.id.to_string(),
            organization_id: view.organization_id.to_string(),
            owner_id: view.owner_id.map(|id| id.to_string()),
            name: text(&view.body.name),
            filters: json("call_views.filters", &view.body.filters)?,
            shown: json("call_views.shown", &view.body.columns)?,
            is_shared: view.body.shared,
            is_default: view.body.default,
            created_at: naive(view.created_at),
        })
    }

    /// Returns the view.
    pub fn into_view(self) -> Result<SavedView, BadRow> {
        Ok(SavedView {
            id: parsed("call_views.id", &self.id)?,
            organization_id: parsed("call_views.organization_id", &self.organization_id)?,
            owner_id: self.owner_id.map(|id| parsed("call_views.owner_id", &id)).transpose()?,
            body: SavedViewContent {
                name: self.name,
                filters: from_json("call_views.filters", &self.filters)?,
                columns: from_json("call_views.shown", &self.shown)?,
                shared: self.is_shared,
                default: self.is_default,
            },
            created_at: unix(self.created_at),
        })
    }
}
