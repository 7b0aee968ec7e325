//! The open TCP streams, by the address that they come from: how many there may be, and which one is closed for the next. Pure.
//!
//! Anybody may open a stream. A browser with a connection uses it at once, so the oldest stream that no connection
//! uses is closed: one of the same address if that has too many, otherwise the oldest of all. A stream that a
//! connection uses is never closed for another.

use std::collections::HashMap;
use std::net::SocketAddr;

use cordboard_schema::household::household;
use cordboard_schema::limits::RTC_STREAMS_OF_ADDRESS_MAX;
use tokio::time::Instant;

/// Open streams. A stream is closed when it is dropped.
#[derive(Debug)]
pub(super) struct OpenStreams<S> {
    by_address: HashMap<SocketAddr, (S, Instant)>,
    most: usize,
    unused_most: usize,
}

impl<S> OpenStreams<S> {
    /// Creates an empty set with room for `most` streams, of which `unused_most` may be used by no connection.
    pub(super) fn new(most: usize, unused_most: usize) -> Self {
        Self { by_address: HashMap::new(), most, unused_most }
    }

    /// Makes room for one more stream from there. Returns whether there is any.
    pub(super) fn make_room(&mut self, from: SocketAddr, is_used: impl Fn(SocketAddr) -> bool) -> bool {
        let unused = self.by_address.iter().filter(|(at, _)| !is_used(**at));
        let own = unused.clone().filter(|(at, _)| household(at.ip()) == household(from.ip()));
        let gone = if own.clone().count() >= RTC_STREAMS_OF_ADDRESS_MAX {
            oldest(own)
        } else if self.by_address.len() >= self.most || unused.clone().count() >= self.unused_most {
            oldest(unused)
        } else {
            None
        };
        if let Some(gone) = gone {
            self.by_address.remove(&gone);
        }
        self.by_address.len() < self.most
    }

    /// A stream from there has been opened.
    pub(super) fn insert(&mut self, from: SocketAddr, stream: S, now: Instant) {
        self.by_address.insert(from, (stream, now));
    }

    /// The stream from there.
    pub(super) fn get(&self, from: SocketAddr) -> Option<&S> {
        self.by_address.get(&from).map(|(stream, _)| stream)
    }

    /// The stream from there is gone.
    pub(super) fn remove(&mut self, from: SocketAddr) {
        self.by_address.remove(&from);
    }

    /// Closes those that no connection uses and that were opened before this.
    pub(super) fn close_unused(&mut self, before: Instant, is_used: impl Fn(SocketAddr) -> bool) {
        self.by_address.retain(|from, (_, since)| *since > before || is_used(*from));
    }
}

fn oldest<'a, S: 'a>(
    streams: impl Iterator<Item = (&'a SocketAddr, &'a (S, Instant))>,
) -> Option<SocketAddr> {
    streams.min_by_key(|(at, (_, since))| (*since, **at)).map(|(at, _)| *at)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(network: u8, port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, network], port))
    }

    /// Opens a stream, if there is room. Streams of the address 192.0.2.9 count as used by a connection.
    fn open(streams: &mut OpenStreams<u16>, from: SocketAddr, now: Instant) -> bool {
        let has_room = streams.make_room(from, |at| at.ip() == self::at(9, 0).ip());
        if has_room {
            streams.insert(from, from.port(), now);
        }
        has_room
    }

    #[test]
    fn one_address_never_takes_the_place_of_another() {
        let began = Instant::now();
        let mut streams = OpenStreams::new(1_000, 2 * RTC_STREAMS_OF_ADDRESS_MAX);
        assert!(open(&mut streams, at(2, 1), began));
        for port in 1..=1_000 {
            assert!(open(&mut streams, at(1, port), began + Duration::from_millis(u64::from(port))));
        }
        assert_eq!(streams.by_address.len(), RTC_STREAMS_OF_ADDRESS_MAX + 1);
        assert_eq!(streams.get(at(2, 1)), Some(&1), "the oldest of all, of another address");
        assert_eq!((streams.get(at(1, 1)), streams.get(at(1, 1_000))), (None, Some(&1_000)));
    }

    #[test]
    fn the_oldest_unused_stream_is_closed_for_the_next() {
        let began = Instant::now();
        let mut streams = OpenStreams::new(3, 3);
        let after = |ms| began + Duration::from_millis(ms);
        assert!(open(&mut streams, at(9, 1), after(0)) && open(&mut streams, at(9, 2), after(1)));
        assert!(open(&mut streams, at(1, 1), after(2)));
        assert!(open(&mut streams, at(2, 1), after(3)));
        assert_eq!((streams.get(at(1, 1)), streams.get(at(9, 1))), (None, Some(&1)));
        assert!(open(&mut streams, at(9, 3), after(4)), "in place of the last that is unused");
        assert!(!open(&mut streams, at(2, 2), after(5)), "all are used");
        streams.close_unused(after(60_000), |_| false);
        assert_eq!(streams.by_address.len(), 0);
    }

    #[test]
    fn unused_streams_are_few_however_many_are_allowed() {
        let began = Instant::now();
        let mut streams = OpenStreams::new(1_000, 4);
        assert!((1..=10).all(|port| open(&mut streams, at(9, port), began)));
        assert!((1..=100).all(|network| open(&mut streams, at(network + 10, 1), began)));
        assert_eq!(streams.by_address.len(), 14);
    }
}
