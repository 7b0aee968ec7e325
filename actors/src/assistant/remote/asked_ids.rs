//! Ids of a provider's requests, remembered so that none is run twice.

use std::collections::VecDeque;

/// Number of ids that are remembered.
const IDS_KEPT: usize = 256;
/// Bytes of all of them together: a provider chooses their lengths.
const BYTES_KEPT: usize = 64 * 1024;

/// The newest ids, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::assistant) struct AskedIds {
    ids: VecDeque<String>,
    bytes: usize,
}

impl AskedIds {
    pub(in crate::assistant) fn contains(&self, id: &str) -> bool {
        self.ids.iter().any(|known| known == id)
    }

    /// Remembers an id. The oldest are dropped if there are too many, or they are too long.
    pub(in crate::assistant) fn keep(&mut self, id: &str) {
        self.bytes += id.len();
        self.ids.push_back(id.to_owned());
        while self.ids.len() > IDS_KEPT || self.bytes > BYTES_KEPT {
            let Some(oldest) = self.ids.pop_front() else { return };
            self.bytes -= oldest.len();
        }
    }

    pub(in crate::assistant) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns numbered ids of this length in bytes.
    fn ids(count: usize, bytes: usize) -> Vec<String> {
        (0..count).map(|number| format!("{number:0bytes$}")).collect()
    }

    #[test]
    fn the_newest_ids_are_remembered() {
        let mut asked = AskedIds::default();
        let ids = ids(IDS_KEPT + 1, 30);
        ids.iter().for_each(|id| asked.keep(id));
        assert!(!asked.contains(&ids[0]), "the oldest is forgotten");
        assert!(ids[1..].iter().all(|id| asked.contains(id)));
        asked.clear();
        assert_eq!(asked, AskedIds::default());
    }

    #[test]
    fn a_long_id_replaces_several() {
        let mut asked = AskedIds::default();
        let long = ids(IDS_KEPT, 4 * 1024);
        for id in &long {
            asked.keep(id);
            assert!(asked.bytes <= BYTES_KEPT && asked.contains(id));
            assert_eq!(asked.bytes, asked.ids.iter().map(String::len).sum::<usize>());
        }
        assert_eq!(asked.ids.len(), 16);
        // An id that is longer than the limit for all is not remembered.
        asked.keep(&"x".repeat(BYTES_KEPT + 1));
        assert_eq!(asked, AskedIds::default());
    }
}
