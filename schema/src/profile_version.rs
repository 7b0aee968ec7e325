//! Drafts of agent profiles, and their published versions.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::audit::Actor;
use crate::ids::ProfileId;
use crate::profile::AgentProfile;
use crate::time::{UnixMs, rfc3339};

/// One of a profile's drafts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DraftSlot {
    /// The one that every profile has.
    #[default]
    A,
    /// The second one, if a user has started one.
    B,
}

impl DraftSlot {
    /// Both drafts.
    pub const ALL: [Self; 2] = [Self::A, Self::B];
}

impl fmt::Display for DraftSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "a",
            Self::B => "b",
        })
    }
}

/// A draft of a profile. New calls get the last published version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The profile; its `version` is 0.
    pub profile: AgentProfile,
    /// Increases with each change.
    pub revision: u64,
    /// The revision that was last published.
    pub published_revision: u64,
    /// Number of the version that was last published; 0 if none was.
    pub published_version: u32,
}

impl Draft {
    /// Whether the draft is published as it is.
    pub fn is_published(&self) -> bool {
        self.published_version > 0 && self.revision == self.published_revision
    }
}

/// Publication of a version. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Publication {
    /// The profile.
    pub profile_id: ProfileId,
    /// Its number, from 1.
    pub version: u32,
    /// The time.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub published_at: UnixMs,
    /// Who published it.
    pub published_by: Actor,
    /// Why, in their words; may be empty.
    pub note: String,
}
