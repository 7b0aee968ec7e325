//! The row of a profile's second draft.

use chrono::NaiveDateTime;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::profile_version::Draft;
use cordboard_schema::time::UnixMs;
use diesel::prelude::{Insertable, Queryable, Selectable};

use super::columns::{BadRow, from_json, json, naive, unsigned};
use crate::tables::second_drafts;

/// A second draft of a profile.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = second_drafts)]
pub struct SecondDraftRow {
    /// The profile that the draft belongs to.
    pub profile_id: String,
    /// The organization that owns the profile.
    pub organization_id: String,
    /// JSON of an `AgentProfile`.
    pub profile: String,
    /// Increases with each change.
    pub revision: i64,
    /// The revision that was last published; 0 if none was.
    pub published_revision: i64,
    /// Number of the profile's version that it was published as.
    pub published_version: i64,
    /// When it was started.
    pub created_at: NaiveDateTime,
}

impl SecondDraftRow {
    /// Returns the row of a new draft.
    pub fn new(profile: &AgentProfile, created_at: UnixMs) -> Result<Self, BadRow> {
        Ok(Self {
            profile_id: profile.id.to_string(),
            organization_id: profile.organization_id.to_string(),
            profile: Self::column(profile)?,
            revision: 1,
            published_revision: 0,
            published_version: 0,
            created_at: naive(created_at),
        })
    }

    /// Returns the content of `profile`.
    pub fn column(profile: &AgentProfile) -> Result<String, BadRow> {
        json("second_drafts.profile", profile)
    }

    /// Returns the draft. It has the name and newest version of the `first`, because they belong to the profile.
    pub fn into_draft(self, first: &Draft) -> Result<Draft, BadRow> {
        let profile: AgentProfile = from_json("second_drafts.profile", &self.profile)?;
        let is_newest = self.published_version == i64::from(first.published_version);
        let published = unsigned("second_drafts.published_revision", self.published_revision)?;
        Ok(Draft {
            profile: AgentProfile { name: first.profile.name.clone(), version: 0, ..profile },
            revision: unsigned("second_drafts.revision", self.revision)?,
            published_revision: if is_newest { published } else { 0 },
            published_version: first.published_version,
        })
    }
}
