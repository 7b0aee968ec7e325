//! Shares: how much of something each holder may have at a time, so that no holder takes all of it from the others.
//!
//! There is a total. A holder (an organization, one of its users, the visitors of its talk links) has at most its
//! share. A part of the total is kept in reserve for some holders: the server's operator can look and act while
//! everything else is taken. A taken place is a guard, and is given back when the guard is dropped.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A total amount, and its reserve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// The whole amount.
    pub total: usize,
    /// The part of it that only [`Reach::Reserve`] may take.
    pub reserve: usize,
}

/// How much a holder may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everything except the reserve.
    Usual,
    /// Everything.
    Reserve,
}

/// A holder that takes one more, and the most that it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim<K> {
    /// The holder.
    pub holder: K,
    /// Its share.
    pub share: usize,
}

/// Why a claim is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsedUp<K> {
    /// The total is taken.
    Total {
        /// The total.
        total: usize,
    },
    /// Everything except the reserve is taken.
    AllButReserve {
        /// The part that is kept.
        reserve: usize,
    },
    /// The holder has used up its share.
    Share {
        /// The holder.
        holder: K,
        /// The share.
        share: usize,
    },
}

/// A limited amount of something, and its holders. Clones count together.
#[derive(Debug)]
pub struct Shares<K: Ord>(Arc<Mutex<Book<K>>>);

/// The counts, and the decisions.
#[derive(Debug)]
struct Book<K> {
    amount: Amount,
    taken: usize,
    /// The part of `taken` that did not come from the reserve.
    taken_usual: usize,
    by_holder: BTreeMap<K, usize>,
}

/// A taken place, which is given back when this is dropped.
#[derive(Debug)]
pub struct ShareTaken<K: Ord> {
    from: Shares<K>,
    holders: Vec<K>,
    reach: Reach,
}

impl<K: Ord> Clone for Shares<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K: Ord + Clone> Shares<K> {
    /// Creates an amount of which nothing is taken.
    pub fn new(amount: Amount) -> Self {
        Self(Arc::new(Mutex::new(Book { amount, taken: 0, taken_usual: 0, by_holder: BTreeMap::new() })))
    }

    /// Takes one for all of these holders together; each must have less than its share.
    ///
    /// # Errors
    /// There is none left for them; nothing was taken.
    pub fn take(&self, claims: &[Claim<K>], reach: Reach) -> Result<ShareTaken<K>, UsedUp<K>> {
        let mut book = self.book();
        match book.refusal(claims, reach) {
            Some(used_up) => Err(used_up),
            None => {
                Ok(self.taken(&mut book, claims.iter().map(|claim| claim.holder.clone()).collect(), reach))
            }
        }
    }

    /// Takes one regardless of what is left, for things that existed before.
    pub fn take_anyway(&self, holders: Vec<K>, reach: Reach) -> ShareTaken<K> {
        self.taken(&mut self.book(), holders, reach)
    }

    /// Why [`Shares::take`] would be refused now.
    pub fn refusal(&self, claims: &[Claim<K>], reach: Reach) -> Option<UsedUp<K>> {
        self.book().refusal(claims, reach)
    }

    /// Number of taken places.
    pub fn now(&self) -> usize {
        self.book().taken
    }

    fn taken(&self, book: &mut Book<K>, holders: Vec<K>, reach: Reach) -> ShareTaken<K> {
        book.taken += 1;
        book.taken_usual += usize::from(reach == Reach::Usual);
        for holder in &holders {
            *book.by_holder.entry(holder.clone()).or_default() += 1;
        }
        ShareTaken { from: self.clone(), holders, reach }
    }
}

impl<K: Ord> Shares<K> {
    /// Only plain counting happens under the lock, so a poisoned one can still be used.
    fn book(&self) -> MutexGuard<'_, Book<K>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Ord + Clone> Book<K> {
    fn refusal(&self, claims: &[Claim<K>], reach: Reach) -> Option<UsedUp<K>> {
        let Amount { total, reserve } = self.amount;
        if self.taken >= total {
            return Some(UsedUp::Total { total });
        }
        let has = |holder: &K| self.by_holder.get(holder).copied().unwrap_or(0);
        if let Some(Claim { holder, share }) = claims.iter().find(|claim| has(&claim.holder) >= claim.share) {
            return Some(UsedUp::Share { holder: holder.clone(), share: *share });
        }
        let is_kept = reach == Reach::Usual && self.taken_usual >= total.saturating_sub(reserve);
        is_kept.then_some(UsedUp::AllButReserve { reserve })
    }
}

impl<K: Ord> Drop for ShareTaken<K> {
    fn drop(&mut self) {
        let mut book = self.from.book();
        book.taken = book.taken.saturating_sub(1);
        if self.reach == Reach::Usual {
            book.taken_usual = book.taken_usual.saturating_sub(1);
        }
        for holder in &self.holders {
            if let Some(has) = book.by_holder.get_mut(holder) {
                *has = has.saturating_sub(1);
                if *has == 0 {
                    // Holders come and go endlessly, so only those that have something are stored.
                    book.by_holder.remove(holder);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const AMOUNT: Amount = Amount { total: 10, reserve: 2 };

    fn of(holder: u8, share: usize) -> [Claim<u8>; 1] {
        [Claim { holder, share }]
    }

    #[test]
    fn a_holder_has_its_share_and_another_still_gets_one() {
        let shares = Shares::new(AMOUNT);
        let mut first: Vec<_> = (0..4).map(|_| shares.take(&of(1, 4), Reach::Usual).unwrap()).collect();
        let refused = shares.take(&of(1, 4), Reach::Usual).unwrap_err();
        assert_eq!(refused, UsedUp::Share { holder: 1, share: 4 });
        assert_eq!(shares.refusal(&of(2, 4), Reach::Usual), None);
        first.pop();
        let back = shares.take(&of(1, 4), Reach::Usual);
        assert!(back.is_ok(), "what is given back can be taken again");
        drop((back, first));
        assert_eq!(shares.now(), 0);
    }

    #[test]
    fn the_reserve_is_left_for_its_holders() {
        let shares = Shares::new(AMOUNT);
        let all: Vec<_> = (0..8).map(|holder| shares.take(&of(holder, 1), Reach::Usual).unwrap()).collect();
        let refused = shares.take(&of(9, 1), Reach::Usual).unwrap_err();
        assert_eq!(refused, UsedUp::AllButReserve { reserve: 2 });
        let kept: Vec<_> = (0..2).map(|_| shares.take(&[], Reach::Reserve).unwrap()).collect();
        assert_eq!(shares.take(&[], Reach::Reserve).unwrap_err(), UsedUp::Total { total: 10 });
        let beyond = shares.take_anyway(vec![1], Reach::Usual);
        assert_eq!(shares.now(), 11, "what existed before counts, too");
        drop((all, kept, beyond));
        assert_eq!(shares.now(), 0);
    }

    #[test]
    fn a_holder_within_another_counts_for_both_shares() {
        let shares = Shares::new(AMOUNT);
        let both = [Claim { holder: 1, share: 3 }, Claim { holder: 2, share: 1 }];
        let taken = shares.take(&both, Reach::Usual).unwrap();
        let refused = shares.take(&both, Reach::Usual).unwrap_err();
        assert_eq!(refused, UsedUp::Share { holder: 2, share: 1 });
        assert_eq!(shares.now(), 1, "a refused holder has taken nothing of either");
        drop(taken);
    }

    proptest! {
        /// In any order of taking and giving back, no holder has more than its share, the reserve is never taken by
        /// others, and at the end nothing is counted.
        #[test]
        fn no_order_of_taking_breaks_a_bound(
            steps in prop::collection::vec((0u8..6, any::<bool>(), any::<prop::sample::Index>()), 0..200),
            total in 0usize..12,
            reserve in 0usize..14,
            share in 0usize..6,
        ) {
            let shares = Shares::new(Amount { total, reserve });
            let mut all: Vec<(u8, ShareTaken<u8>)> = Vec::new();
            for (holder, gives_back, which) in steps {
                let reach = if holder == 0 { Reach::Reserve } else { Reach::Usual };
                if gives_back && !all.is_empty() {
                    all.swap_remove(which.index(all.len()));
                } else if let Ok(taken) = shares.take(&of(holder, share), reach) {
                    all.push((holder, taken));
                }
                let has = |of: u8| all.iter().filter(|(holder, _)| *holder == of).count();
                prop_assert!((0..6).all(|holder| has(holder) <= share));
                prop_assert!(all.len() <= total && shares.now() == all.len());
                prop_assert!(all.len() - has(0) <= total.saturating_sub(reserve));
                // A holder that may use the reserve gets the part of it that no such holder has yet.
                let kept = reserve.min(total).min(share);
                prop_assert!(has(0) >= kept || shares.refusal(&of(0, share), Reach::Reserve).is_none());
            }
            all.clear();
            prop_assert_eq!(shares.now(), 0);
            prop_assert!(shares.book().by_holder.is_empty());
        }
    }
}
