//! The names of the marks that we send after sound, to learn when it was heard.

use std::fmt;

/// A mark that we sent: the player of our sound echoes its name once all earlier sound was played.
///
/// After a `clear` Twilio echoes all outstanding marks, as if they had been played. So each one has the number of clears before
/// it: an echo of an earlier generation says nothing about what was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// Number of clears that were sent before it.
    pub generation: u64,
    /// Samples that were sent before it since the stream's start; an octet of G.711 is one sample.
    pub place: u64,
}

impl Mark {
    /// Reads a name; none if it isn't one of ours.
    pub fn parse(name: &str) -> Option<Self> {
        let (generation, place) = name.strip_prefix("cb-")?.split_once('-')?;
        let number = |text: &str| {
            // `parse` alone would accept a sign.
            text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
        };
        Some(Self { generation: number(generation)?, place: number(place)? })
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cb-{}-{}", self.generation, self.place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        for mark in [Mark { generation: 0, place: 0 }, Mark { generation: 7, place: u64::MAX }] {
            assert_eq!(Mark::parse(&mark.to_string()), Some(mark));
        }
        for other in
            ["", "greet-1", "cb-1", "cb-1-", "cb--1", "cb-+1-2", "cb-1-2-3", "cb-1-18446744073709551616"]
        {
            assert_eq!(Mark::parse(other), None, "{other}");
        }
    }
}
