//! The number of live things, counted by guards that live as long as the things do, not by orders to end. The
//! [`Ledger`](crate::ledger) has one for each kind of thing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A counter of live things. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct LiveCount(Arc<Mutex<Book>>);

/// Figures of a counter since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiveFigures {
    /// Live now.
    pub open: usize,
    /// Begun since the start.
    pub opened: u64,
    /// Ended since the start.
    pub closed: u64,
    /// The most that were live at a time.
    pub most: usize,
    /// Age of the oldest live one; none if there is none.
    pub oldest: Option<Duration>,
}

/// Written when something begins or ends, a few times per call, and read when the figures are requested.
#[derive(Debug, Default)]
struct Book {
    /// Since when each has been live, by a number that is never reused: the oldest is the first.
    open: BTreeMap<u64, Instant>,
    opened: u64,
    closed: u64,
    most: usize,
}

impl LiveCount {
    /// Creates a counter at zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of live ones.
    pub fn now(&self) -> usize {
        self.book().open.len()
    }

    /// Counts one more until the returned guard is dropped.
    pub fn one_more(&self) -> Live {
        let mut book = self.book();
        book.opened += 1;
        let number = book.opened;
        book.open.insert(number, Instant::now());
        book.most = book.most.max(book.open.len());
        drop(book);
        Live { count: self.clone(), number }
    }

    /// All figures, at one moment.
    pub fn figures(&self) -> LiveFigures {
        let book = self.book();
        LiveFigures {
            open: book.open.len(),
            opened: book.opened,
            closed: book.closed,
            most: book.most,
            oldest: book.open.values().next().map(Instant::elapsed),
        }
    }

    /// A panic under this lock leaves at worst a count that is off by one, and the figures show that.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One live thing. Dropping this means that it is gone.
#[derive(Debug)]
pub struct Live {
    count: LiveCount,
    number: u64,
}

impl Drop for Live {
    fn drop(&mut self) {
        let mut book = self.count.book();
        if book.open.remove(&self.number).is_some() {
            book.closed += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begins_and_ends_are_counted_and_the_oldest_is_known() {
        let count = LiveCount::new();
        assert_eq!(count.figures(), LiveFigures::default());
        let first = count.one_more();
        let oldest_before = count.figures().oldest.unwrap();
        let second = count.clone().one_more();
        drop(second);
        let figures = count.figures();
        assert_eq!((figures.open, figures.opened, figures.closed, figures.most), (1, 2, 1, 2));
        assert!(figures.oldest.unwrap() >= oldest_before, "the first is still the oldest");
        drop(first);
        let figures = count.figures();
        assert_eq!((figures.open, figures.opened, figures.closed), (0, 2, 2));
        assert_eq!((figures.most, figures.oldest), (2, None));
    }
}
