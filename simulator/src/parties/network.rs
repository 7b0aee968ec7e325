//! The network between a browser and the server: datagrams are lost, or arrive late and out of order, and for a while none gets through. The plan and
//! a datagram's number alone decide what happens to it, not the other traffic.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::time::Instant;

use crate::plan::Weather;

/// Direction of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    ToServer,
    ToBrowser,
}

/// A datagram.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Carried {
    pub(crate) direction: Direction,
    /// The server's address, as destination or source.
    pub(crate) server: SocketAddr,
    pub(crate) bytes: Vec<u8>,
}

/// A network, and the datagrams in transit.
#[derive(Debug, Default)]
pub(crate) struct Network {
    weather: Option<Weather>,
    away_until: Option<Instant>,
    is_gone: bool,
    /// Datagrams in transit, by due time and order.
    under_way: BTreeMap<(Instant, u64), Carried>,
    count: u64,
    /// Counts of the datagrams without sound, by direction: datagrams with sound have their own numbers.
    others: [u64; 2],
}

impl Network {
    /// Sets the weather from now on.
    pub(crate) fn set(&mut self, weather: Weather) {
        self.weather = Some(weather);
    }

    /// Lets nothing through until `moment`, and loses the datagrams in transit.
    pub(crate) fn is_away_until(&mut self, moment: Instant) {
        self.away_until = Some(moment);
        self.under_way.clear();
    }

    /// Lets nothing through any more.
    pub(crate) fn goes(&mut self) {
        self.is_gone = true;
        self.under_way.clear();
    }

    /// Accepts a datagram, or loses it.
    pub(crate) fn put(&mut self, now: Instant, carried: Carried) {
        if self.is_gone || self.away_until.is_some_and(|until| now < until) {
            return;
        }
        let mut due = now;
        if let Some(weather) = self.weather {
            let mut chance = self.chance_of(weather, &carried);
            if chance.random_range(0..100) < weather.lost_percent {
                return;
            }
            due += Duration::from_millis(weather.late_ms + chance.random_range(0..=weather.apart_ms));
        }
        self.count += 1;
        self.under_way.insert((due, self.count), carried);
    }

    /// Returns a datagram that has arrived by now.
    pub(crate) fn take(&mut self, now: Instant) -> Option<Carried> {
        let first = self.under_way.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    /// Returns when the next datagram arrives.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.under_way.first_key_value().map(|((due, _), _)| *due)
    }

    fn chance_of(&mut self, weather: Weather, carried: &Carried) -> StdRng {
        let direction = carried.direction as u64;
        let (kind, number) = match rtp_sequence(&carried.bytes) {
            Some(sequence) => (0, u64::from(sequence)),
            None => {
                let count = &mut self.others[usize::from(carried.direction == Direction::ToBrowser)];
                *count += 1;
                (1, *count)
            }
        };
        StdRng::seed_from_u64(weather.chance ^ (direction << 62) ^ (kind << 61) ^ (number << 32))
    }
}

/// Returns the sequence number of an RTP packet, whose head is never encrypted; none for RTCP (RFC 5761, section 4), STUN and DTLS (RFC 7983).
fn rtp_sequence(datagram: &[u8]) -> Option<u16> {
    match *datagram {
        [128..=191, second, high, low, ..] if !(64..=95).contains(&(second & 0x7f)) => {
            Some(u16::from_be_bytes([high, low]))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(sequence: u16) -> Carried {
        let [high, low] = sequence.to_be_bytes();
        let server = SocketAddr::from(([127, 0, 0, 1], 8_189));
        Carried { direction: Direction::ToServer, server, bytes: vec![0x80, 111, high, low, 7] }
    }

    /// Returns the sequence numbers that arrive, in their order, if a packet is sent each 20 ms.
    fn arrive(network: &mut Network, began: Instant) -> Vec<u16> {
        let mut arrived = Vec::new();
        for tick in 0..600_u16 {
            let now = began + Duration::from_millis(20 * u64::from(tick));
            if tick < 500 {
                network.put(now, packet(tick));
            }
            while let Some(carried) = network.take(now) {
                arrived.extend(rtp_sequence(&carried.bytes));
            }
        }
        arrived
    }

    #[test]
    fn weather_loses_and_delays_the_same_packets_each_time() {
        let weather = Weather { chance: 7, lost_percent: 10, late_ms: 40, apart_ms: 60 };
        let began = Instant::now();
        let arrived: Vec<Vec<u16>> = (0..2)
            .map(|_| {
                let mut network = Network::default();
                network.set(weather);
                arrive(&mut network, began)
            })
            .collect();
        assert_eq!(arrived[0], arrived[1]);
        assert!((420..480).contains(&arrived[0].len()), "{} of 500 arrive", arrived[0].len());
        assert!(!arrived[0].is_sorted(), "some overtake others");
    }

    #[test]
    fn packets_arrive_at_once_except_while_the_network_is_away() {
        let (mut network, began) = (Network::default(), Instant::now());
        assert_eq!(arrive(&mut network, began).len(), 500);
        network.put(began, packet(1));
        network.is_away_until(began + Duration::from_secs(2));
        assert_eq!(network.next_due(), None);
        assert_eq!(arrive(&mut network, began), (100..500).collect::<Vec<u16>>());
        network.goes();
        assert_eq!(arrive(&mut network, began), [] as [u16; 0]);
    }

    #[test]
    fn packets_with_sound_are_recognized() {
        assert_eq!(rtp_sequence(&[0x80, 111, 1, 2, 3]), Some(258));
        for other in [&[0x80, 200, 0, 6][..], &[0, 1, 0, 0], &[22, 254, 253, 0], &[0x80]] {
            assert_eq!(rtp_sequence(other), None, "{other:?}");
        }
    }
}
