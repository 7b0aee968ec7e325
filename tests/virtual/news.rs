//! Whether there is news about a server's calls. A test that waits for an entry of a journal polls, and asking the API costs more than everything
//! else that happens in such a moment. If nothing was written since the last poll, there is nothing to find.

use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::event::JournalEntry;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;
use tokio::time::Instant;

/// How often there may be news without an entry, such as a journal that a test has changed by itself.
const ANYWAY: Duration = Duration::from_secs(1);

/// News since the last look.
pub(crate) struct JournalWatch {
    /// Entries as they are handed to the store.
    entries: Receiver<Arc<JournalEntry>>,
    /// How many arrived so far.
    handed_over: u64,
    /// How many of them were on disk at the last look.
    written: i64,
    looked: Option<Instant>,
}

impl JournalWatch {
    /// A watch of a store that sends its entries here.
    pub(crate) fn of(entries: Receiver<Arc<JournalEntry>>) -> Self {
        Self { entries, handed_over: 0, written: i64::MIN, looked: None }
    }

    /// Whether to look, now that this many entries wait to be written.
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

/// A server's writes of any kind since the last look, for what is in no journal.
#[derive(Default)]
pub(crate) struct WriteWatch {
    /// [`Store::written`](cordboard::store::Store::written) at the last look, and when that was.
    looked: Option<(Option<u64>, Instant)>,
}

impl WriteWatch {
    /// Whether to look, now that the store has this number.
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
