//! API tokens that were found in the database. A program with such a token does not wait in the strangers' queue for its next look-up.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// The most tokens that are remembered. When the set is full, all are forgotten, and each is added again at its next look-up.
const KNOWN_MAX: usize = 10_000;

/// The hashes of the tokens that existed at their last look-up. They grant nothing: each request looks its token up.
#[derive(Default)]
pub(super) struct KnownTokens(Mutex<HashSet<String>>);

impl KnownTokens {
    /// Whether the token with this hash existed.
    pub(super) fn has(&self, hash: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(hash)
    }

    /// Notes the look-up of the token with this hash.
    pub(super) fn note_lookup(&self, hash: &str, is_there: bool) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_there {
            known.remove(hash);
        } else if !known.contains(hash) {
            if known.len() >= KNOWN_MAX {
                known.clear();
            }
            known.insert(hash.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_remembered_while_it_exists() {
        let known = KnownTokens::default();
        known.note_lookup("made up", false);
        known.note_lookup("a program's", true);
        assert!(known.has("a program's") && !known.has("made up"));
        known.note_lookup("a program's", false);
        assert!(!known.has("a program's"), "it was removed");
        for number in 0..=KNOWN_MAX {
            known.note_lookup(&number.to_string(), true);
        }
        assert!(known.has(&KNOWN_MAX.to_string()) && !known.has("0"), "at most that many");
    }
}
