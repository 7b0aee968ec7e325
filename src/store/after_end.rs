//! Appends to the journal of a finished call, whose actor is gone.

use std::sync::Arc;

use cordboard_schema::event::JournalEntry;

use super::journal::{self, FoldedCalls};
use super::{Connection, Store, StoreError, calls};

impl Store {
    /// Appends entries to the journal of one finished call, if they directly follow its last entry; returns whether they were appended.
    /// [`Store::tap`] gets them once they are on disk: until then, something else may take their numbers.
    ///
    /// # Errors
    /// Nothing is appended, except that for [`StoreError::OutcomeUnknown`] nobody knows.
    pub async fn journal_after_end(&self, entries: Vec<JournalEntry>) -> Result<bool, StoreError> {
        let entries: Vec<Arc<JournalEntry>> = entries.into_iter().map(Arc::new).collect();
        let (queue, tap) = (self.0.queue.clone(), self.0.tap.clone());
        let append = move |connection: &mut Connection| -> Result<Vec<Arc<JournalEntry>>, StoreError> {
            let Some(first) = entries.first() else { return Ok(Vec::new()) };
            let call = calls::find_anywhere(connection, first.call_id)?;
            let is_next = call.is_some_and(|call| call.ended_at.is_some() && call.last_seq + 1 == first.seq);
            // An entry that is waiting was passed in earlier, and has its number already.
            if !is_next || queue.has_entry_of(first.call_id) {
                return Ok(Vec::new());
            }
            // The writer caches no finished calls.
            journal::append(connection, &mut FoldedCalls::default(), &entries)?;
            Ok(entries)
        };
        let announce = move |stored: &Vec<Arc<JournalEntry>>| {
            for entry in stored {
                let _ = tap.send(entry.clone());
            }
        };
        match self.change_then(append, announce).await {
            Ok(stored) => Ok(!stored.is_empty()),
            // Another server on this database was first.
            Err(error) if error.is_taken_name() => Ok(false),
            Err(error) => Err(error),
        }
    }
}
