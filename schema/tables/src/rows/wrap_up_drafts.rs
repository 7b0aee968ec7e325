//! Rows of drafts of wrap-ups.

use chrono::NaiveDateTime;
use cordboard_schema::wrap_up::WrapUpDraft;
use diesel::prelude::{Insertable, Queryable, Selectable};

use super::columns::{BadRow, naive, parsed, text, unix};
use crate::tables::wrap_up_drafts;

/// A draft of a wrap-up.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = wrap_up_drafts)]
#[allow(missing_docs, reason = "the fields of `wrap_up::WrapUpDraft`, which documents them")]
pub struct WrapUpDraftRow {
    pub call_id: String,
    pub user_id: String,
    pub organization_id: String,
    pub disposition_id: Option<String>,
    pub note: String,
    pub updated_at: NaiveDateTime,
}

impl WrapUpDraftRow {
    /// Returns the row of a draft.
    pub fn new(draft: &WrapUpDraft) -> Self {
        Self {
            call_id: draft.call_id.to_string(),
            user_id: draft.user_id.to_string(),
            organization_id: draft.organization_id.to_string(),
            disposition_id: draft.disposition_id.map(|id| id.to_string()),
            note: text(&draft.note),
            updated_at: naive(draft.updated_at),
        }
    }

    /// Returns the draft.
    pub fn into_draft(self) -> Result<WrapUpDraft, BadRow> {
        let chosen =
            self.disposition_id.map(|id| parsed("wrap_up_drafts.disposition_id", &id)).transpose()?;
        Ok(WrapUpDraft {
            organization_id: parsed("wrap_up_drafts.organization_id", &self.organization_id)?,
            call_id: parsed("wrap_up_drafts.call_id", &self.call_id)?,
            user_id: parsed("wrap_up_drafts.user_id", &self.user_id)?,
            disposition_id: chosen,
            note: self.note,
            updated_at: unix(self.updated_at),
        })
    }
}
