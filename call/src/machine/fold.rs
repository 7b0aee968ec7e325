//! Rebuilds the machine from a journal.

use cordboard_schema::event::{Event, Fact, JournalEntry};

use super::Machine;

/// Why a machine can't be rebuilt from a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// The first entry is not `call_started`.
    #[error("the journal does not begin with call_started")]
    NoStart,
    /// Entries are missing.
    #[error("the journal has a gap before entry {0}")]
    Gap(u64),
}

/// A machine that is being rebuilt from its journal entry by entry, so the whole journal need not be in memory.
#[derive(Clone, Debug)]
pub struct Folding {
    machine: Machine,
    /// The number of the last entry.
    seq: u64,
}

impl Folding {
    /// Begins with the first entry.
    ///
    /// # Errors
    /// Returns an error if it is not the start of a call.
    pub fn begin(first: &JournalEntry) -> Result<Self, FoldError> {
        let Event::Fact(start @ Fact::CallStarted { profile, policy, announced, .. }) = &first.event else {
            return Err(FoldError::NoStart);
        };
        let mut machine = Machine::new(profile.clone(), policy.clone(), announced.is_some(), first.at);
        machine.apply(start, first.at);
        Ok(Self { machine, seq: first.seq })
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// Returns an error if it is not the next one.
    pub fn take(&mut self, entry: &JournalEntry) -> Result<(), FoldError> {
        if entry.seq != self.seq + 1 {
            return Err(FoldError::Gap(entry.seq));
        }
        self.seq = entry.seq;
        if let Event::Fact(fact) = &entry.event {
            self.machine.apply(fact, entry.at);
        }
        Ok(())
    }

    /// Returns the number of the last entry.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Returns the machine as it was after the newest entry so far.
    pub fn so_far(&self) -> &Machine {
        &self.machine
    }

    /// Returns the machine as it was after the last entry.
    pub fn machine(self) -> Machine {
        self.machine
    }
}

impl Machine {
    /// Returns the machine as it was after the last entry of a journal.
    ///
    /// # Errors
    /// Returns an error if the journal has no start, or has a gap.
    pub fn fold(entries: &[JournalEntry]) -> Result<Self, FoldError> {
        let [first, rest @ ..] = entries else { return Err(FoldError::NoStart) };
        let mut folding = Folding::begin(first)?;
        rest.iter().try_for_each(|entry| folding.take(entry))?;
        Ok(folding.machine())
    }
}
