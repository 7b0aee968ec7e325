//! Contacts that an agent sees before they are called: for how long they are that agent's, and why an agent leaves one out.

use serde::{Deserialize, Serialize};

/// How long a contact is the agent's to whom they were shown, in ms. Then somebody else may get them.
pub const LEASE_MS: u64 = 5 * 60_000;
/// How long a contact whom an agent has left out is shown to nobody, in ms.
pub const SKIPPED_MS: u64 = 10 * 60_000;

/// Why an agent leaves a contact out. They wait for a while, and it counts as no try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// Another moment is better.
    NotNow,
    /// The record of them does not look right.
    WrongData,
    /// Somebody else is to call them.
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
    fn a_reason_is_the_word_by_which_it_is_sent() {
        for reason in
            [SkipReason::NotNow, SkipReason::WrongData, SkipReason::ForSomebodyElse, SkipReason::Other]
        {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
        }
    }
}
