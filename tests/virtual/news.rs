//! Whether there is news of a server's calls. A test that waits for an entry of a journal looks again and again, and to ask the API
//! costs more than all else that happens in such a moment. What has not been written since somebody looked can't be there.

use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::event::JournalEntry;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;
use tokio::time::Instant;

/// So often there may be news that no entry tells, as of a journal that a test has changed by itself.
const ANYWAY: Duration = Duration::from_secs(1);

/// News since somebody looked last.
pub(crate) struct JournalWatch {
    /// Entries as they are handed to the store.
    entries: Receiver<Arc<JournalEntry>>,
    /// How many came so far.
    handed_over: u64,
    /// How many of them were on disk at the last look.
    written: i64,
    looked: Option<Instant>,
}

impl JournalWatch {
    /// Of a store that tells what it is handed here.
    pub(crate) fn of(entries: Receiver<Arc<JournalEntry>>) -> Self {
        Self { entries, handed_over: 0, written: i64::MIN, looked: None }
    }

    /// Whether to look now that so many entries wait to be written.
    pub(crate) fn came(&mut self, waiting: usize) -> bool {
        self.takes_entries();
        let written = self.handed_over as i64 - waiting as i64;
        let is_time = self.looked.is_none_or(|looked| looked.elapsed() >= ANYWAY);
        let looks = is_time || written > self.written;
        if looks {
            (self.looked, self.written) = (Some(Instant::now()), written);
        }
        looks
    }

    fn takes_entries(&mut self) {
        loop {
            match self.entries.try_recv() {
                Ok(_) => self.handed_over += 1,
                Err(TryRecvError::Lagged(missed)) => self.handed_over += missed,
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }
}

/// Writes of a server, of whatever, since somebody looked last: for what no journal tells.
#[derive(Default)]
pub(crate) struct WriteWatch {
    /// [`Store::written`](cordboard::store::Store::written) at the last look, and when that was.
    looked: Option<(Option<u64>, Instant)>,
}

impl WriteWatch {
    /// Whether to look now that the store has this number.
    pub(crate) fn came(&mut self, written: Option<u64>) -> bool {
        let looks = self
            .looked
            .is_none_or(|(before, at)| written.is_none() || written != before || at.elapsed() >= ANYWAY);
        if looks {
            self.looked = Some((written, Instant::now()));
        }
        looks
    }
}
