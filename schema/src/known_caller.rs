//! The number that shows that two calls are from the same person: a number in E.164 form that is not one of our own, and nothing
//! else.
//!
//! A switch that has no number of a caller reports `anonymous`, `unknown`, a name, an extension, or its own main number. Joining
//! calls by such words would show one stranger what another one has said. So all code that looks up customers, earlier calls or
//! requests by caller takes a [`KnownCaller`]. If callers could prove their identity in another way, that would be another way to
//! make one; there is none today.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::phone::E164;

/// A caller who can be distinguished from all others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KnownCaller(E164);

impl KnownCaller {
    /// Returns the party that a switch describes in this way. None for a party that could be anybody.
    pub fn parse(party: &str, own: &OwnNumbers) -> Option<Self> {
        Self::at(party.parse().ok()?, own)
    }

    /// Returns the party with this number. None if it is one of ours, because then it does not identify a caller.
    pub fn at(number: E164, own: &OwnNumbers) -> Option<Self> {
        (!own.contains(&number)).then_some(Self(number))
    }

    /// Returns their number.
    pub fn number(&self) -> &E164 {
        &self.0
    }
}

/// Numbers of the server: those that callers dial, and those that switches show to called people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnNumbers(Arc<BTreeSet<E164>>);

impl OwnNumbers {
    /// Adds further numbers.
    #[must_use]
    pub fn and(mut self, more: impl IntoIterator<Item = E164>) -> Self {
        Arc::make_mut(&mut self.0).extend(more);
        self
    }

    /// Whether it contains this number.
    pub fn contains(&self, number: &E164) -> bool {
        self.0.contains(number)
    }
}

impl FromIterator<E164> for OwnNumbers {
    fn from_iter<I: IntoIterator<Item = E164>>(numbers: I) -> Self {
        Self(Arc::new(numbers.into_iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> OwnNumbers {
        ["+493098765000", "+493098765001"].map(|number| number.parse().unwrap()).into_iter().collect()
    }

    #[test]
    fn a_party_that_could_be_anybody_is_not_known() {
        let unknown = [
            "anonymous",
            "Anonymous",
            "Web visitor",
            "",
            " ",
            "   ",
            "\t",
            "unknown",
            "Unknown",
            "unavailable",
            "private",
            "restricted",
            "+",
            "+0",
            "+00000000",
            "asterisk",
            "alice",
            "alice@example.com",
            "sip:alice@example.com",
            "sip:+493012345678@example.com",
            "100",
            "1001",
            "030 12345678",
            "operator",
            "0",
            "00",
            "-",
            "<unknown>",
            // `anonymous`, `restricted`, `blocked`, `unknown` and `unavailable` on the keys of a telephone.
            "+266696687",
            "+7378742833",
            "+2562533",
            "+8656696",
            "+86282452253",
            "00266696687",
            // The server's own, however they are written.
            "+493098765000",
            "0049 30 98765000",
            "+49 (30) 98765-001",
        ];
        for party in unknown {
            assert_eq!(KnownCaller::parse(party, &own()), None, "{party:?}");
        }
    }

    #[test]
    fn one_number_is_one_person_in_every_spelling() {
        let known = KnownCaller::parse("+493012345678", &own()).unwrap();
        assert_eq!(known.number().as_str(), "+493012345678");
        for party in ["+49 30 1234-5678", "0049 (30) 1234 5678", " +49.30/12345678 "] {
            assert_eq!(KnownCaller::parse(party, &own()).as_ref(), Some(&known), "{party:?}");
        }
        assert_ne!(KnownCaller::parse("+493012345679", &own()), Some(known));
    }

    #[test]
    fn a_number_that_becomes_ours_identifies_nobody() {
        let number: E164 = "+493012345678".parse().unwrap();
        assert!(KnownCaller::at(number.clone(), &own()).is_some());
        assert_eq!(KnownCaller::at(number.clone(), &own().and([number])), None);
    }
}
