//! Rows of the business behind the numbers.

use chrono::NaiveDateTime;
use cordboard_schema::business::BusinessProfile;
use cordboard_schema::did::Did;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::profile_version::Publication;
use cordboard_schema::time::UnixMs;
use diesel::prelude::{Insertable, Queryable, Selectable};

use super::columns::{BadRow, from_json, json, naive, parsed, text, unix, unsigned};
use crate::tables::{agent_profile_versions, business_profiles, phone_numbers};

/// A published version of an agent profile.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = agent_profile_versions)]
pub struct VersionRow {
    /// The profile.
    pub profile_id: String,
    /// Its number.
    pub version: i64,
    /// The organization that owns it.
    pub organization_id: String,
    /// JSON of an `AgentProfile`.
    pub profile: String,
    /// The time.
    pub published_at: NaiveDateTime,
    /// JSON of an `Actor`.
    pub published_by: String,
    /// Why it was published.
    pub note: String,
}

/// Reads a version's number from its column.
pub(super) fn version(column: &'static str, number: i64) -> Result<u32, BadRow> {
    u32::try_from(number).map_err(|fault| BadRow::new(column, fault))
}

impl VersionRow {
    /// Returns the row of a version.
    pub fn new(profile: &AgentProfile, publication: &Publication) -> Result<Self, BadRow> {
        Ok(Self {
            profile_id: publication.profile_id.to_string(),
            version: i64::from(publication.version),
            organization_id: profile.organization_id.to_string(),
            profile: json("agent_profile_versions.profile", profile)?,
            published_at: naive(publication.published_at),
            published_by: json("agent_profile_versions.published_by", &publication.published_by)?,
            note: text(&publication.note),
        })
    }

    /// Returns the publication and its profile.
    pub fn into_version(self) -> Result<(Publication, AgentProfile), BadRow> {
        let publication = Publication {
            profile_id: parsed("agent_profile_versions.profile_id", &self.profile_id)?,
            version: version("agent_profile_versions.version", self.version)?,
            published_at: unix(self.published_at),
            published_by: from_json("agent_profile_versions.published_by", &self.published_by)?,
            note: self.note,
        };
        Ok((publication, published_profile(&self.profile)?))
    }
}

/// Reads the profile in a version's column.
pub fn published_profile(column: &str) -> Result<AgentProfile, BadRow> {
    from_json("agent_profile_versions.profile", column)
}

/// An organization's business.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = business_profiles)]
pub struct BusinessRow {
    /// The organization that owns it.
    pub organization_id: String,
    /// Increases with each change.
    pub revision: i64,
    /// JSON of a `BusinessProfile`.
    pub profile: String,
    /// When it was last changed.
    pub updated_at: NaiveDateTime,
}

impl BusinessRow {
    /// Returns the row of this revision.
    pub fn new(
        organization_id: OrganizationId,
        revision: i64,
        profile: &BusinessProfile,
        updated_at: UnixMs,
    ) -> Result<Self, BadRow> {
        Ok(Self {
            organization_id: organization_id.to_string(),
            revision,
            profile: json("business_profiles.profile", profile)?,
            updated_at: naive(updated_at),
        })
    }

    /// Returns the profile, its revision, and when it was last changed.
    pub fn into_business(self) -> Result<(BusinessProfile, u64, UnixMs), BadRow> {
        let profile = from_json("business_profiles.profile", &self.profile)?;
        Ok((profile, unsigned("business_profiles.revision", self.revision)?, unix(self.updated_at)))
    }
}

/// A phone number.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = phone_numbers)]
pub struct DidRow {
    /// UUID v7.
    pub id: String,
    /// The organization that owns it.
    pub organization_id: String,
    /// E.164.
    pub number: String,
    /// The profile that answers.
    pub profile_id: String,
    /// JSON of an `Answering`.
    pub answering: String,
    /// When it was added.
    pub created_at: NaiveDateTime,
    /// Proof that the number is the organization's: `operator`, `none`, or the name of an account at Twilio.
    pub proof: String,
}

impl DidRow {
    /// Returns the row of a new number.
    pub fn new(did: &Did, created_at: UnixMs) -> Result<Self, BadRow> {
        Ok(Self {
            id: did.id.to_string(),
            organization_id: did.organization_id.to_string(),
            number: did.number.to_string(),
            profile_id: did.profile_id.to_string(),
            answering: json("phone_numbers.answering", &did.answering)?,
            created_at: naive(created_at),
            proof: did.proof.to_string(),
        })
    }

    /// Returns the number.
    pub fn into_did(self) -> Result<Did, BadRow> {
        Ok(Did {
            id: parsed("phone_numbers.id", &self.id)?,
            organization_id: parsed("phone_numbers.organization_id", &self.organization_id)?,
            number: parsed("phone_numbers.number", &self.number)?,
            profile_id: parsed("phone_numbers.profile_id", &self.profile_id)?,
            answering: from_json("phone_numbers.answering", &self.answering)?,
            proof: parsed("phone_numbers.proof", &self.proof)?,
        })
    }
}
