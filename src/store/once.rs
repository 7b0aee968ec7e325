//! Requests that are made once, identified by their clients' keys.
//!
//! Code that answers such a request wraps all its work in [`done_once`]. The key is then stored in the transaction of the change itself, so that a
//! crash loses both or neither.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use super::answers::{self, Keyed};
use super::{Connection, StoreError};

/// A request with a key, while it is being answered. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Once(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    keyed: Keyed,
    subject: Arc<OnceLock<String>>,
    changes: AtomicUsize,
}

tokio::task_local! {
    static ONCE: Once;
}

/// Runs the work that answers a request with a key. Its first change stores the key.
pub fn done_once<F: Future>(once: Once, work: F) -> impl Future<Output = F::Output> {
    ONCE.scope(once, work)
}

impl Once {
    /// A request with this key. `subject` is set to what it makes, once that is known.
    pub fn new(keyed: Keyed, subject: Arc<OnceLock<String>>) -> Self {
        Self(Arc::new(Inner { keyed, subject, changes: AtomicUsize::new(0) }))
    }

    /// The request of the present work.
    pub(super) fn here() -> Option<Self> {
        ONCE.try_with(Self::clone).ok()
    }

    /// Makes a change in its transaction, and stores the key there unless the change was refused.
    pub(super) fn make<T>(
        &self,
        connection: &mut Connection,
        change: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
        is_refusal: fn(&T) -> bool,
    ) -> Result<T, StoreError> {
        if self.has_changed() {
            return change(connection);
        }
        answers::admit(connection, &self.0.keyed)?;
        let made = change(connection)?;
        if !is_refusal(&made) {
            answers::claim(connection, &self.0.keyed, self.subject())?;
        }
        Ok(made)
    }

    /// Notes that the transaction is committed, and was no refusal.
    pub(super) fn committed(&self) {
        self.0.changes.fetch_add(1, Ordering::AcqRel);
    }

    /// Returns how many of its transactions are committed, without refusals ([`Store::change_or_refuse`](super::Store::change_or_refuse)).
    pub fn changes(&self) -> usize {
        self.0.changes.load(Ordering::Acquire)
    }

    /// Tells whether a change of this request was made, and its key is stored.
    pub fn has_changed(&self) -> bool {
        self.changes() > 0
    }

    /// Returns what it makes, or is about, once that is known.
    pub fn subject(&self) -> Option<&str> {
        self.0.subject.get().map(String::as_str)
    }

    /// Returns its key.
    pub fn keyed(&self) -> &Keyed {
        &self.0.keyed
    }
}
