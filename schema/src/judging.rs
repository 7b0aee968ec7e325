//! The judge model and finished calls.

use serde::{Deserialize, Serialize};

/// Why the judge model was not asked about a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NotJudged {
    /// The words of the call must stay in a region (`must_stay_in` of its profile), and the judge is not known to keep them there.
    OtherRegion,
    /// The calls of that day have reached the maximum cost (`costs.daily_cap`).
    DailyCap,
}

impl NotJudged {
    /// Returns the word that the API and the tables use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OtherRegion => "other_region",
            Self::DailyCap => "daily_cap",
        }
    }
}
