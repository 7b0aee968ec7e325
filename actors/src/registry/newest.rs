//! A list that keeps only the newest entries.

use std::collections::VecDeque;
use std::ops::Deref;

/// The newest `MOST` entries, the oldest of them first.
#[derive(Debug)]
pub(super) struct Newest<T, const MOST: usize>(VecDeque<T>);

impl<T, const MOST: usize> Newest<T, MOST> {
    /// Adds an entry, which replaces the oldest if the list is full.
    pub(super) fn push(&mut self, one: T) {
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(one);
    }

    /// All entries, for changes.
    pub(super) fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut T> {
        self.0.iter_mut()
    }

    /// Drops the entries that are not to be kept.
    pub(super) fn retain(&mut self, is_kept: impl FnMut(&T) -> bool) {
        self.0.retain(is_kept);
    }
}

impl<T, const MOST: usize> Default for Newest<T, MOST> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T, const MOST: usize> Deref for Newest<T, MOST> {
    type Target = VecDeque<T>;

    fn deref(&self) -> &VecDeque<T> {
        &self.0
    }
}
