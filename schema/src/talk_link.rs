//! Talk links: addresses at which anybody can talk with an organization's assistant in their browser.

use serde::Serialize;

use crate::ids::{OrganizationId, ProfileId, TalkLinkId};
use crate::limits::{TALK_LINK_CALLS_MAX, TALK_LINK_CALLS_PER_HOUR_MAX};
use crate::time::{UnixMs, rfc3339};

/// A talk link, without the token in its address, of which a hash is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TalkLink {
    /// Its id.
    pub id: TalkLinkId,
    /// Whose it is.
    #[serde(skip)]
    pub organization_id: OrganizationId,
    /// What people call it, as `Our website`.
    pub name: String,
    /// The profile that answers.
    pub profile_id: ProfileId,
    /// Whether anybody can talk over it.
    pub enabled: bool,
    /// The most calls over it at once.
    pub calls_max: u32,
    /// The most calls in an hour from one address.
    pub calls_per_hour_max: u32,
    /// When it was made.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: UnixMs,
    /// When somebody last talked over it.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub last_used_at: Option<UnixMs>,
}

/// What is wrong with a number of calls, as it follows the field's name.
///
/// # Errors
/// It is none, or too many.
pub fn checked_calls_max(calls: u32) -> Result<u32, String> {
    within(calls, TALK_LINK_CALLS_MAX)
}

/// The same for a number of calls in an hour.
///
/// # Errors
/// It is none, or too many.
pub fn checked_calls_per_hour_max(calls: u32) -> Result<u32, String> {
    within(calls, TALK_LINK_CALLS_PER_HOUR_MAX)
}

fn within(calls: u32, max: u32) -> Result<u32, String> {
    if (1..=max).contains(&calls) { Ok(calls) } else { Err(format!("must be 1 to {max}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_takes_one_call_at_least_and_not_any_number() {
        assert_eq!(checked_calls_max(1), Ok(1));
        assert_eq!(
            checked_calls_per_hour_max(TALK_LINK_CALLS_PER_HOUR_MAX),
            Ok(TALK_LINK_CALLS_PER_HOUR_MAX)
        );
        for bad in [0, TALK_LINK_CALLS_MAX + 1] {
            assert_eq!(checked_calls_max(bad), Err(format!("must be 1 to {TALK_LINK_CALLS_MAX}")));
        }
    }
}
