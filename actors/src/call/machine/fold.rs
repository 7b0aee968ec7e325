//! The machine as a journal tells of it.

use cordboard_schema::event::{Event, Fact, JournalEntry};

use super::Machine;

/// Why a journal can't be folded back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// The first entry is not `call_started`.
    #[error("the journal does not begin with call_started")]
    NoStart,
    /// Entries are missing.
    #[error("the journal has a gap before entry {0}")]
    Gap(u64),
}

impl Machine {
    /// The machine as it was after the last entry of a journal.
    ///
    /// # Errors
    /// A journal without its start, or with a gap.
    pub fn fold(entries: &[JournalEntry]) -> Result<Self, FoldError> {
        let [first, rest @ ..] = entries else { return Err(FoldError::NoStart) };
        let Event::Fact(start @ Fact::CallStarted { profile, policy, announced, .. }) = &first.event else {
            return Err(FoldError::NoStart);
        };
        let mut machine = Self::new(profile.clone(), policy.clone(), announced.is_some(), first.at);
        machine.apply(start, first.at);
        for (entry, seq) in rest.iter().zip(first.seq + 1..) {
            if entry.seq != seq {
                return Err(FoldError::Gap(entry.seq));
            }
            if let Event::Fact(fact) = &entry.event {
                machine.apply(fact, entry.at);
            }
        }
        Ok(machine)
    }
}
