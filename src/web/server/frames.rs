//! Frames of WebSockets, by their headers. The library that reads them buffers a frame until it is complete, and only then checks whether it is too
//! long: a client could fill the memory with one that never ends.

use cordboard_schema::limits::SOCKET_FRAME_BYTES_MAX;

/// Bytes of a header without its mask: two, and eight of a length.
const HEAD_BYTES_MAX: usize = 10;
/// Bytes of a mask.
const MASK_BYTES: u64 = 4;

/// Reads the headers of frames (RFC 6455, section 5.2) as their bytes pass.
#[derive(Debug, Default)]
pub(super) struct FrameHeads {
    /// The present header, as far as it has come.
    head: [u8; HEAD_BYTES_MAX],
    /// How many bytes of it have come.
    have: usize,
    /// Bytes of the present frame after its header that are still to come.
    left: u64,
}

/// A frame begins that is longer than the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl FrameHeads {
    /// Reads the next bytes.
    ///
    /// # Errors
    /// [`TooLong`]. Nothing after it is read.
    pub(super) fn pass(&mut self, mut bytes: &[u8]) -> Result<(), TooLong> {
        loop {
            let passed = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
            self.left -= passed as u64;
            let Some((next, rest)) = bytes[passed..].split_first() else { return Ok(()) };
            bytes = rest;
            self.head[self.have] = *next;
            self.have += 1;
            let Some(length) = self.length() else { continue };
            if length > SOCKET_FRAME_BYTES_MAX as u64 {
                return Err(TooLong);
            }
            let mask = if self.head[1] & 0x80 == 0 { 0 } else { MASK_BYTES };
            (self.have, self.left) = (0, mask + length);
        }
    }

    /// Length of the present frame's payload, once its header has come.
    fn length(&self) -> Option<u64> {
        let said = self.head[1] & 0x7f;
        let bytes = match said {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        if self.have < 2 + bytes {
            return None;
        }
        let length = &self.head[2..2 + bytes];
        Some(match bytes {
            0 => u64::from(said),
            _ => length.iter().fold(0_u64, |length, byte| (length << 8) | u64::from(*byte)),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A masked frame of this many bytes.
    fn frame(bytes: usize) -> Vec<u8> {
        let mut frame = head(bytes as u64);
        frame.resize(frame.len() + bytes, 0xff);
        frame
    }

    fn head(bytes: u64) -> Vec<u8> {
        let mut head = vec![0x82];
        match bytes {
            0..126 => head.push(0x80 | bytes as u8),
            126..65_536 => {
                head.push(0x80 | 126);
                head.extend((bytes as u16).to_be_bytes());
            }
            _ => {
                head.push(0x80 | 127);
                head.extend(bytes.to_be_bytes());
            }
        }
        head.extend([0xff; 4]);
        head
    }

    /// Passes bytes in pieces of this size.
    fn passed(bytes: &[u8], piece: usize) -> Result<(), TooLong> {
        let mut heads = FrameHeads::default();
        bytes.chunks(piece).try_for_each(|bytes| heads.pass(bytes))
    }

    #[test]
    fn overlong_frames_are_found_however_their_bytes_come() {
        let before = [0, 1, 125, 126, 127, 65_535, 65_536, SOCKET_FRAME_BYTES_MAX].map(frame).concat();
        for piece in [1, 2, 3, 7, 1_000, before.len()] {
            assert_eq!(passed(&before, piece), Ok(()), "{piece}");
        }
        for bytes in [SOCKET_FRAME_BYTES_MAX as u64 + 1, 1 << 40, 1 << 63, u64::MAX] {
            for piece in [1, 4, before.len() + 14] {
                assert_eq!(passed(&[before.clone(), head(bytes)].concat(), piece), Err(TooLong), "{bytes}");
            }
        }
    }

    proptest! {
        #[test]
        fn random_bytes_never_cause_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), piece in 1_usize..20) {
            prop_assert_eq!(passed(&bytes, piece), passed(&bytes, 300));
        }
    }
}
