//! One try to reach a contact: reserved, dialled, closed with an outcome.

use cordboard_schema::switch::HandoffFailure;
use serde::{Deserialize, Serialize};

/// State of an attempt. It goes forward only.
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
    /// Somebody answered and was talked with.
    Talked,
    /// Somebody answered, and nobody was free for them.
    Abandoned,
    /// Somebody answered, and hung up before it was known who that was, and before anybody spoke to them.
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
    /// The call was hung up from here while it rang.
    Cancelled,
    /// The line to the outside failed, or nobody knows what became of it.
    Failed,
    /// Nobody was called: no room, a switch away, or hours that were over. It is no try.
    NotDialled,
}

/// All of them, in the order of tables.
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

    /// The outcome of this word.
    pub fn of_word(word: &str) -> Option<Self> {
        OUTCOMES.into_iter().find(|outcome| outcome.as_str() == word)
    }

    /// Outcome of a call that is over, by its record.
    pub const fn of_call(failure: Option<HandoffFailure>, was_answered: bool) -> Self {
        match failure {
            Some(HandoffFailure::Voicemail) => Self::Machine,
            Some(HandoffFailure::NobodyFree) => Self::Abandoned,
            Some(HandoffFailure::HungUpEarly) => Self::HungUpEarly,
            // Of a call that was answered the failure is a later transfer's.
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

    /// Whether it says that lines are down rather than that somebody was not reached.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_and_an_outcome_are_the_same_thing() {
        for outcome in OUTCOMES {
            assert_eq!(Outcome::of_word(outcome.as_str()), Some(outcome));
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
        }
        assert_eq!(Outcome::of_word("won"), None);
    }

    #[test]
    fn a_call_s_record_tells_the_outcome() {
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
