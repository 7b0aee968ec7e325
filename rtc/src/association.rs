//! Filters packets of a peer's association (SCTP, RFC 9260) for the library. The library keeps a slot for each stream that has been used, checks all
//! of them at each packet of the connection, and stores something for each beginning of an association as long as the connection is up. A peer can
//! name 65,536 streams in a few hundred packets, and begin as often as it likes, which would delay the sound of all calls of the port.

/// Streams that a peer may use: those with the smallest numbers. A browser uses one or two, and counts them from zero (RFC 8832, section 6).
const STREAMS_MAX: u16 = 64;

/// Maximum beginnings of an association. A browser begins one, and repeats that until it is answered.
const BEGINNINGS_MAX: u8 = 32;

const HEAD_BYTES: usize = 12;

/// Kinds of chunks: a beginning, and both forms of data (RFC 8260).
const INIT: u8 = 1;
const DATA: u8 = 0;
const I_DATA: u8 = 64;

/// How much of its limits a peer has used.
#[derive(Debug, Default)]
pub(crate) struct Association {
    beginnings: u8,
}

impl Association {
    /// Whether to pass this packet to the library.
    pub(crate) fn admits(&mut self, packet: &[u8]) -> bool {
        let mut rest = packet.get(HEAD_BYTES..).unwrap_or_default();
        while let Some([kind, _, high, low]) = rest.first_chunk::<4>() {
            match *kind {
                INIT if self.beginnings == BEGINNINGS_MAX => return false,
                INIT => self.beginnings += 1,
                DATA | I_DATA if stream_of(rest).is_none_or(|stream| stream >= STREAMS_MAX) => return false,
                _ => {}
            }
            let length = usize::from(u16::from_be_bytes([*high, *low])).max(4);
            rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        }
        true
    }
}

/// Returns the stream of a chunk of data.
fn stream_of(chunk: &[u8]) -> Option<u16> {
    chunk.get(8..10)?.try_into().ok().map(u16::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn chunk(kind: u8, stream: u16) -> Vec<u8> {
        let [high, low] = stream.to_be_bytes();
        // With one byte of data, and three bytes of padding.
        vec![kind, 3, 0, 17, 0, 0, 0, 1, high, low, 0, 0, 0, 0, 0, 51, b'a', 0, 0, 0]
    }

    fn packet(chunks: &[Vec<u8>]) -> Vec<u8> {
        [vec![0; HEAD_BYTES], chunks.concat()].concat()
    }

    #[test]
    fn a_peer_has_the_streams_with_the_smallest_numbers() {
        let mut association = Association::default();
        for kind in [DATA, I_DATA] {
            let streams: Vec<_> = (0..STREAMS_MAX).map(|stream| chunk(kind, stream)).collect();
            assert!(association.admits(&packet(&streams)));
            for beyond in [STREAMS_MAX, 1_024, u16::MAX] {
                assert!(!association.admits(&packet(&[chunk(kind, beyond)])));
                assert!(!association.admits(&packet(&[chunk(3, 0), chunk(kind, 0), chunk(kind, beyond)])));
            }
        }
        assert!(association.admits(&packet(&[chunk(3, u16::MAX)])), "an acknowledgement");
    }

    #[test]
    fn a_peer_has_a_limited_number_of_beginnings() {
        let mut association = Association::default();
        let admitted = (0..1_000).filter(|_| association.admits(&packet(&[chunk(INIT, 0)]))).count();
        assert_eq!(admitted, usize::from(BEGINNINGS_MAX));
        assert!(association.admits(&packet(&[chunk(DATA, 0)])), "a begun association continues");
    }

    proptest! {
        #[test]
        fn any_packet_has_an_end(packet in vec(any::<u8>(), 0..100)) {
            Association::default().admits(&packet);
        }
    }
}
