//! The single source of a peer's RTP packets (SSRC, RFC 3550). The library follows a packet to another source before it knows whether the peer has
//! encrypted it. So an attacker who forges the peer's address on one packet would silence the peer, and a hostile peer could make the library keep a
//! slot for each source.

use std::time::{Duration, Instant};

/// Time without a packet of its own after which a peer may have another source.
const HELD_FOR: Duration = Duration::from_secs(2);

/// Bytes of a packet's head.
const HEAD_BYTES: usize = 12;

/// The source of a peer, once one of its packets was decrypted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Source(Option<(u32, Instant)>);

impl Source {
    /// Notes that a packet of this source was decrypted. Returns whether the last one had another source.
    pub(crate) fn heard(&mut self, source: u32, now: Instant) -> bool {
        let before = self.0.replace((source, now));
        before.is_some_and(|(known, _)| known != source)
    }

    /// Whether a datagram may be the peer's: all except RTP packets of another source.
    pub(crate) fn admits(self, datagram: &[u8], now: Instant) -> bool {
        let Some((known, heard_at)) = self.0 else { return true };
        let is_held = now.saturating_duration_since(heard_at) < HELD_FOR;
        !is_held || of_packet(datagram).is_none_or(|source| source == known)
    }
}

/// Returns the source of an RTP packet, whose header is never encrypted; none for RTCP (RFC 5761, section 4), STUN and DTLS (RFC 7983).
fn of_packet(datagram: &[u8]) -> Option<u32> {
    let head = datagram.first_chunk::<HEAD_BYTES>()?;
    let is_rtp = (128..=191).contains(&head[0]) && !(64..=95).contains(&(head[1] & 0x7f));
    is_rtp.then(|| u32::from_be_bytes([head[8], head[9], head[10], head[11]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(payload_type: u8, source: u32) -> Vec<u8> {
        let mut packet = vec![0x80, payload_type, 0, 1, 0, 0, 0, 1];
        packet.extend(source.to_be_bytes());
        packet.extend([7; 40]);
        packet
    }

    #[test]
    fn a_peer_has_one_source_until_it_is_silent() {
        let now = Instant::now();
        let mut source = Source::default();
        assert!(
            source.admits(&packet(111, 1), now) && source.admits(&packet(111, 2), now),
            "nothing is known"
        );
        assert!(!source.heard(1, now), "there was none before");
        assert!(source.admits(&packet(111, 1), now));
        for datagram in [packet(111, 2), packet(0, 2), packet(0x80 | 111, 0)] {
            assert!(!source.admits(&datagram, now));
            assert!(source.admits(&datagram, now + HELD_FOR), "the peer has begun anew");
        }
        let others = [packet(72, 2), vec![0, 1, 0, 0], vec![22, 0xfe, 0xfd], vec![0x80, 111], Vec::new()];
        assert!(
            others.iter().all(|datagram| source.admits(datagram, now)),
            "RTCP, STUN, DTLS, and no packet"
        );
        let heard = [1, 2, 2, 1].map(|of| source.heard(of, now));
        assert_eq!(heard, [false, true, false, true], "whether it is another");
    }
}
