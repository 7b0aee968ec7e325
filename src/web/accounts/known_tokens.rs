//! API tokens that were found in the database: a program that has one waits for no stranger's turn to be looked up again.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// Tokens that are known at most. Before one more all are forgotten, and each is known again once it was found.
const KNOWN_MAX: usize = 10_000;

/// The hashes of the tokens that were there at their last look-up. They open nothing: each request looks its token up.
#[derive(Default)]
pub(super) struct KnownTokens(Mutex<HashSet<String>>);

impl KnownTokens {
    /// Whether the token of this hash was there.
    pub(super) fn has(&self, hash: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(hash)
    }

    /// The token of this hash was looked up.
    pub(super) fn looked_up(&self, hash: &str, is_there: bool) {
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
    fn a_token_is_known_while_it_is_found() {
        let known = KnownTokens::default();
        known.looked_up("made up", false);
        known.looked_up("a program's", true);
        assert!(known.has("a program's") && !known.has("made up"));
        known.looked_up("a program's", false);
        assert!(!known.has("a program's"), "it was taken back");
        for number in 0..=KNOWN_MAX {
            known.looked_up(&number.to_string(), true);
        }
        assert!(known.has(&KNOWN_MAX.to_string()) && !known.has("0"), "no more than that");
    }
}
