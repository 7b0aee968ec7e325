//! One attempt to reach a contact: reserved, dialled, closed with an outcome.

use cordboard_schema::switch::HandoffFailure;
use serde::{Deserialize, Serialize};

/// State of an attempt. It only moves forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AttemptState {
    /// It is on disk, and nobody has been called yet.
    Reserved,
    /// The call has begun.
    Dialled,
    /// It is over.
    Closed,
}

/// Outcome of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A person answered and was talked with.
    Talked,
    /// A person answered, and no agent was available.
    Abandoned,
    /// A person answered, and hung up before they were recognized as a person, and before anybody spoke to them.
    HungUpEarly,
    /// A mailbox answered.
    Machine,
    /// The line was busy.
    Busy,
    /// It rang, and nobody answered.
    NoAnswer,
    /// The call was declined.
    Declined,
    /// There is no such number.
    WrongNumber,
    /// We hung up while it rang.
    Cancelled,
    /// The trunk failed, or the result is not known.
    Failed,
    /// Nobody was called: there was no room, a switch was unreachable, or the calling hours had ended. It does not count as a try.
    NotDialled,
}

/// All outcomes, in the order of tables.
pub const OUTCOMES: [Outcome; 11] = [
    Outcome::Talked,
    Outcome::Abandoned,
    Outcome::HungUpEarly,
    Outcome::Machine,
    Outcome::Busy,
    Outcome::NoAnswer,
    Outcome::Declined,
    Outcome::WrongNumber,
    Outcome::Cancelled,
    Outcome::Failed,
    Outcome::NotDialled,
];

impl Outcome {
    /// The word in tables and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Talked => "talked",
            Self::Abandoned => "abandoned",
            Self::HungUpEarly => "hung_up_early",
            Self::Machine => "machine",
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
            Self::Declined => "declined",
            Self::WrongNumber => "wrong_number",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::NotDialled => "not_dialled",
        }
    }

    /// The outcome with this word.
    pub fn of_word(word: &str) -> Option<Self> {
        OUTCOMES.into_iter().find(|outcome| outcome.as_str() == word)
    }

    /// Returns the outcome of an ended call, from its record.
    pub const fn of_call(failure: Option<HandoffFailure>, was_answered: bool) -> Self {
        match failure {
            Some(HandoffFailure::Voicemail) => Self::Machine,
            Some(HandoffFailure::NobodyFree) => Self::Abandoned,
            Some(HandoffFailure::HungUpEarly) => Self::HungUpEarly,
            // If the call was answered, the failure belongs to a later transfer.
            _ if was_answered => Self::Talked,
            Some(HandoffFailure::Busy) => Self::Busy,
            Some(HandoffFailure::NoAnswer) => Self::NoAnswer,
            Some(HandoffFailure::Declined) => Self::Declined,
            Some(HandoffFailure::Unallocated | HandoffFailure::BadTarget) => Self::WrongNumber,
            Some(HandoffFailure::CallerLeft) => Self::Cancelled,
            _ => Self::Failed,
        }
    }

    /// Whether it counts as a try.
    pub const fn is_try(self) -> bool {
        !matches!(self, Self::NotDialled)
    }

    /// Whether it means that lines are down rather than that the contact was not reached.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_outcomes_convert_both_ways() {
        for outcome in OUTCOMES {
            assert_eq!(Outcome::of_word(outcome.as_str()), Some(outcome));
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
        }
        assert_eq!(Outcome::of_word("won"), None);
    }

    #[test]
    fn a_calls_record_gives_the_outcome() {
        for (failure, was_answered, outcome) in [
            (None, true, Outcome::Talked),
            (Some(HandoffFailure::Busy), true, Outcome::Talked),
            (Some(HandoffFailure::Voicemail), true, Outcome::Machine),
            (Some(HandoffFailure::Voicemail), false, Outcome::Machine),
            (Some(HandoffFailure::NobodyFree), true, Outcome::Abandoned),
            (Some(HandoffFailure::HungUpEarly), true, Outcome::HungUpEarly),
            (Some(HandoffFailure::Unallocated), false, Outcome::WrongNumber),
            (Some(HandoffFailure::Trunk), false, Outcome::Failed),
            (Some(HandoffFailure::Timeout), false, Outcome::Failed),
            (None, false, Outcome::Failed),
        ] {
            assert_eq!(Outcome::of_call(failure, was_answered), outcome, "{failure:?} {was_answered}");
        }
    }
}
