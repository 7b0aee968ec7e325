//! A path for datagrams, in memory, that loses and delays them by seed.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Effect of a path on datagrams.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conditions {
    /// Of a hundred, how many never arrive.
    pub(super) loss_percent: u32,
    /// Maximum additional delay, in ms.
    pub(super) jitter_ms: u64,
}

/// Milliseconds that every datagram takes.
const DELAY_MS: u64 = 10;

/// One direction.
pub(super) struct Path {
    pub(super) conditions: Conditions,
    chance: StdRng,
    under_way: BTreeMap<(u64, u64), (SocketAddr, Vec<u8>)>,
    count: u64,
    /// Bytes that were sent into it.
    pub(super) bytes: u64,
    /// RTP packets that were sent into it, and those that were lost.
    pub(super) packets: u64,
    pub(super) packets_lost: u64,
}

impl Path {
    pub(super) fn new(conditions: Conditions, seed: u64) -> Self {
        let chance = StdRng::seed_from_u64(seed);
        Self {
            conditions,
            chance,
            under_way: BTreeMap::new(),
            count: 0,
            bytes: 0,
            packets: 0,
            packets_lost: 0,
        }
    }

    /// Sends a datagram of `from` into it.
    pub(super) fn put(&mut self, now_ms: u64, from: SocketAddr, bytes: Vec<u8>) {
        self.bytes += bytes.len() as u64;
        self.count += 1;
        let late_ms = self.chance.random_range(0..=self.conditions.jitter_ms);
        self.packets += u64::from(is_rtp(&bytes));
        if self.chance.random_range(0..100) < self.conditions.loss_percent {
            self.packets_lost += u64::from(is_rtp(&bytes));
            return;
        }
        self.under_way.insert((now_ms + DELAY_MS + late_ms, self.count), (from, bytes));
    }

    /// Takes a datagram that has arrived by now.
    pub(super) fn take(&mut self, now_ms: u64) -> Option<(SocketAddr, Vec<u8>)> {
        let first = self.under_way.first_entry()?;
        (first.key().0 <= now_ms).then(|| first.remove())
    }
}

/// Whether a datagram is an RTP packet, whose header is never encrypted, and not RTCP (RFC 5761, section 4), STUN or DTLS (RFC 7983).
fn is_rtp(datagram: &[u8]) -> bool {
    matches!(datagram, [128..=191, second, ..] if !(64..=95).contains(&(second & 0x7f)))
}
