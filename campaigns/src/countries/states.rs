//! States of the USA that allow fewer calls than the country's row.
//!
//! The row applies to all others: it is what federal law and their laws have in common. A mobile phone that has moved keeps its area code, and so the
//! rules of the state from which it comes.

use super::{CountryRule, US, h};

/// A state, and its rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StateRule {
    /// Its name.
    pub state: &'static str,
    /// Area codes of its numbers.
    pub areas: &'static [u16],
    /// The rule for these numbers.
    pub rule: CountryRule,
}

/// The states.
pub const STATES: [StateRule; 4] = [
    StateRule {
        state: "Kentucky",
        areas: &[270, 364, 502, 606, 859],
        rule: CountryRule {
            weekdays: &[(h(10), h(20))],
            saturday: &[(h(10), h(20))],
            source: "KRS 367.46955 (10 to 21)",
            ..US
        },
    },
    StateRule {
        state: "Maine",
        areas: &[207],
        rule: CountryRule {
            weekdays: &[(h(9), h(17))],
            saturday: &[],
            per_day_max: 1,
            source: "10 M.R.S. 1498 (automatic calls: working days 9 to 17, one in 8 hours)",
            ..US
        },
    },
    StateRule {
        state: "Rhode Island",
        areas: &[401],
        rule: CountryRule {
            weekdays: &[(h(9), h(18))],
            saturday: &[(h(10), h(17))],
            source: "R.I. Gen. Laws 5-61-2, 5-61-3.6 (9 to 18, Saturdays 10 to 17, no holidays)",
            ..US
        },
    },
    StateRule {
        state: "South Dakota",
        areas: &[605],
        rule: CountryRule {
            saturday: &[],
            source: "SDCL 37-30-28 (automatic calls: working days 9 to 21)",
            ..US
        },
    },
];
