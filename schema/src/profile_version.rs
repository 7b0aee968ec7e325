//! Drafts of agent profiles, and the versions that were published of them.

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
    /// The one that is written beside it, if somebody has begun one.
    B,
}

impl DraftSlot {
    /// Both.
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

/// A profile as it is being written. New calls get what was published of it last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The profile; its `version` is 0.
    pub profile: AgentProfile,
    /// One more for each change.
    pub revision: u64,
    /// The revision that was published last.
    pub published_revision: u64,
    /// As which version; 0 if none was.
    pub published_version: u32,
}

impl Draft {
    /// Whether new calls get it as it is.
    pub fn is_published(&self) -> bool {
        self.published_version > 0 && self.revision == self.published_revision
    }
}

/// Publication of a version. It is never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Publication {
    /// The profile.
    pub profile_id: ProfileId,
    /// Its number, from 1 on.
    pub version: u32,
    /// The time.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub published_at: UnixMs,
    /// By whom.
    pub published_by: Actor,
    /// Why, in their words; may be empty.
    pub note: String,
}
