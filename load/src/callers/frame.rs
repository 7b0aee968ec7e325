//! WebSocket frames as a client writes and reads them: `mod_audio_stream`, or Twilio. Written by hand, so that a frame of sound costs the load only
//! one copy, and another task than the reader can write.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Kind of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameKind {
    /// JSON of the server.
    Text,
    /// Sound of the caller.
    Binary,
    /// The end, of either side.
    Close,
    /// Must be answered by a pong.
    Ping,
    /// The answer to a ping.
    Pong,
}

/// A client masks what it sends. Any key will do: this is the key of the standard's example.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// Bit of the first byte: the message ends with this frame.
const FIN: u8 = 0x80;
/// Bit of the second byte: the payload is masked.
const MASKED: u8 = 0x80;
/// From this length on, the length is in two further bytes.
const LENGTH_16: usize = 126;
/// The same for eight bytes.
const LENGTH_64: u8 = 127;

/// Maximum bytes of a frame: far more than any chunk of sound.
const PAYLOAD_MAX: u64 = 1 << 20;

/// Maximum bytes of the answer to an upgrade.
const HEAD_BYTES_MAX: usize = 4_096;

/// Requests a WebSocket with these lines, and returns the reader of the server's frames.
///
/// # Errors
/// Fails if the server refuses, or does not answer.
pub(super) async fn upgrade(stream: &mut TcpStream, request: &str) -> io::Result<Frames> {
    stream.write_all(request.as_bytes()).await?;
    let mut frames = Frames::default();
    let head = loop {
        if let Some(end) = frames.buffer().windows(4).position(|four| four == b"\r\n\r\n") {
            break frames.buffer().drain(..end + 4).collect::<Vec<u8>>();
        }
        if stream.read_buf(frames.buffer()).await? == 0 || frames.buffer().len() > HEAD_BYTES_MAX {
            return Err(io::Error::other("no answer to the upgrade"));
        }
    };
    if head.starts_with(b"HTTP/1.1 101 ") {
        return Ok(frames);
    }
    let status = String::from_utf8_lossy(&head);
    Err(io::Error::other(format!("WebSocket upgrade failed: {}", status.lines().next().unwrap_or_default())))
}

/// Appends a masked frame to `out`; its payload is below 64 KiB.
pub(super) fn write_frame(kind: FrameKind, payload: &[u8], out: &mut Vec<u8>) {
    out.push(FIN | kind.opcode());
    let length = payload.len() as u16;
    if payload.len() < LENGTH_16 {
        out.push(MASKED | length as u8);
    } else {
        out.push(MASKED | LENGTH_16 as u8);
        out.extend_from_slice(&length.to_be_bytes());
    }
    out.extend_from_slice(&MASK);
    out.extend(payload.iter().zip(MASK.into_iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

/// A server's frames, assembled from what was read. Servers do not mask.
#[derive(Debug, Default)]
pub(super) struct Frames {
    bytes: Vec<u8>,
}

impl Frames {
    /// Buffer to which read bytes must be appended.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Returns the next whole frame; `None` until more was read.
    ///
    /// # Errors
    /// Fails if it is not a frame of a WebSocket server.
    pub(super) fn next(&mut self) -> io::Result<Option<(FrameKind, Vec<u8>)>> {
        let [first, second, ..] = self.bytes[..] else { return Ok(None) };
        let kind = FrameKind::of(first).ok_or_else(|| io::Error::other("an unknown kind of frame"))?;
        let (head, length) = match second {
            short if usize::from(short) < LENGTH_16 => (2, u64::from(short)),
            LENGTH_64 => match self.bytes.get(2..10).and_then(|bytes| bytes.try_into().ok()) {
                Some(length) => (10, u64::from_be_bytes(length)),
                None => return Ok(None),
            },
            long if long & MASKED == 0 => {
                match self.bytes.get(2..4).and_then(|bytes| bytes.try_into().ok()) {
                    Some(length) => (4, u64::from(u16::from_be_bytes(length))),
                    None => return Ok(None),
                }
            }
            _ => return Err(io::Error::other("a frame that is masked")),
        };
        if length > PAYLOAD_MAX {
            return Err(io::Error::other(format!("a frame of {length} bytes")));
        }
        let end = head + length as usize;
        let Some(payload) = self.bytes.get(head..end) else { return Ok(None) };
        let payload = payload.to_vec();
        self.bytes.drain(..end);
        Ok(Some((kind, payload)))
    }
}

impl FrameKind {
    const fn opcode(self) -> u8 {
        match self {
            Self::Text => 0x1,
            Self::Binary => 0x2,
            Self::Close => 0x8,
            Self::Ping => 0x9,
            Self::Pong => 0xa,
        }
    }

    /// Returns the kind from the first byte of a frame. Our server does not send messages in several frames.
    fn of(first: u8) -> Option<Self> {
        [Self::Text, Self::Binary, Self::Close, Self::Ping, Self::Pong]
            .into_iter()
            .find(|kind| first == FIN | kind.opcode())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], step: usize) -> Vec<(FrameKind, Vec<u8>)> {
        let (mut frames, mut read) = (Frames::default(), Vec::new());
        for piece in bytes.chunks(step) {
            frames.buffer().extend_from_slice(piece);
            while let Some(frame) = frames.next().unwrap() {
                read.push(frame);
            }
        }
        read
    }

    #[test]
    fn a_client_masks_frames_as_the_standards_example_does() {
        let mut out = Vec::new();
        write_frame(FrameKind::Text, b"Hello", &mut out);
        assert_eq!(out, [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
        let mut sound = Vec::new();
        write_frame(FrameKind::Binary, &[0; 320], &mut sound);
        assert_eq!((sound.len(), &sound[..4]), (328, &[0x82, 0xfe, 0x01, 0x40][..]));
    }

    #[test]
    fn frames_of_every_length_are_read_however_they_come() {
        let mut bytes = vec![0x81, 2, b'h', b'i', 0x89, 0];
        bytes.extend([0x81, 126, 0x01, 0x00].into_iter().chain([7; 256]));
        bytes.extend([0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0].into_iter().chain([9; 65_536]));
        for step in [1, 3, 1_000, bytes.len()] {
            let frames = read(&bytes, step);
            let lengths: Vec<usize> = frames.iter().map(|(_, payload)| payload.len()).collect();
            assert_eq!(lengths, [2, 0, 256, 65_536]);
            assert_eq!((frames[0].1.as_slice(), frames[1].0), (&b"hi"[..], FrameKind::Ping));
        }
    }

    #[test]
    fn frames_that_servers_never_send_are_refused() {
        for bytes in
            [&[0x81, 0x80, 0, 0, 0, 0][..], &[0x83, 0], &[0x01, 0], &[0x81, 127, 1, 0, 0, 0, 0, 0, 0, 0]]
        {
            let mut frames = Frames::default();
            frames.buffer().extend_from_slice(bytes);
            assert!(frames.next().is_err(), "{bytes:?}");
        }
    }
}
