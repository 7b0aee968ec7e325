//! Requests that are made once, by the keys that their clients give them.
//!
//! Code that answers such a request says so once, round all the work for it ([`done_once`]). The key is then kept in the
//! transaction of the change itself, so that both are there or neither is, whatever dies when.

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

/// Does this work, the answer to a request with a key: its first change keeps that.
pub fn done_once<F: Future>(once: Once, work: F) -> impl Future<Output = F::Output> {
    ONCE.scope(once, work)
}

impl Once {
    /// A request with this key; `subject` is set to what it makes, once that is known.
    pub fn new(keyed: Keyed, subject: Arc<OnceLock<String>>) -> Self {
        Self(Arc::new(Inner { keyed, subject, changes: AtomicUsize::new(0) }))
    }

    /// The key of the present work.
    pub(super) fn here() -> Option<Self> {
        ONCE.try_with(Self::clone).ok()
    }

    /// Makes a change in its transaction, and keeps the key there.
    pub(super) fn make<T>(
        &self,
        connection: &mut Connection,
        change: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.has_changed() {
            return change(connection);
        }
        answers::admit(connection, &self.0.keyed)?;
        let made = change(connection)?;
        answers::claim(connection, &self.0.keyed, self.subject())?;
        Ok(made)
    }

    /// The transaction is committed.
    pub(super) fn committed(&self) {
        self.0.changes.fetch_add(1, Ordering::AcqRel);
    }

    /// How many transactions of it are committed. A refusal that one gives is committed, too.
    pub fn changes(&self) -> usize {
        self.0.changes.load(Ordering::Acquire)
    }

    /// Whether a change of this request was made, and its key is kept.
    pub fn has_changed(&self) -> bool {
        self.changes() > 0
    }

    /// The thing that it makes, or is about, once that is known.
    pub fn subject(&self) -> Option<&str> {
        self.0.subject.get().map(String::as_str)
    }

    /// Its key.
    pub fn keyed(&self) -> &Keyed {
        &self.0.keyed
    }
}
