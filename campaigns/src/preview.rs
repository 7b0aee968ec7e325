//! Contacts that an agent sees before the call: how long they are reserved for that agent, and why an agent skips one.

use serde::{Deserialize, Serialize};

/// How long a contact is reserved for the agent to whom they were shown, in ms. Then another agent may get them.
pub const LEASE_MS: u64 = 5 * 60_000;
/// How long a skipped contact is shown to nobody, in ms.
pub const SKIPPED_MS: u64 = 10 * 60_000;

/// Why an agent skips a contact. The contact waits for a while, and it does not count as a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// Another moment is better.
    NotNow,
    /// The record of them does not look right.
    WrongData,
    /// Another agent should call them.
    ForSomebodyElse,
    /// Something else.
    Other,
}

impl SkipReason {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotNow => "not_now",
            Self::WrongData => "wrong_data",
            Self::ForSomebodyElse => "for_somebody_else",
            Self::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_sent_as_their_words() {
        for reason in
            [SkipReason::NotNow, SkipReason::WrongData, SkipReason::ForSomebodyElse, SkipReason::Other]
        {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
        }
    }
}
