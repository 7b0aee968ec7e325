//! The frame: kind (1 byte), length of the payload (2 bytes, big endian), payload.

/// The kinds of messages.
pub mod kind {
    /// Server to Asterisk: the leg ends, the dialplan goes on.
    pub const HANGUP: u8 = 0x00;
    /// Asterisk to server, first and once: 16 bytes.
    pub const UUID: u8 = 0x01;
    /// Asterisk to server: one ASCII digit.
    pub const DTMF: u8 = 0x03;
    /// 8 kHz; the higher rates follow.
    pub const AUDIO_8K: u8 = 0x10;
    /// 16 kHz.
    pub const AUDIO_16K: u8 = 0x12;
    /// Asterisk to server, according to the specification; never seen.
    pub const ERROR: u8 = 0xFF;
}

/// The rates in Hz of the kinds 0x10 to 0x18.
const RATES: [u32; 9] = [8000, 12_000, 16_000, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000];

/// Returns the rate in Hz of an audio kind; `None` for other kinds.
#[must_use]
pub fn rate_of_kind(kind: u8) -> Option<u32> {
    RATES.get(usize::from(kind.checked_sub(kind::AUDIO_8K)?)).copied()
}

/// Returns the audio kind of a rate in Hz.
#[must_use]
pub fn audio_kind(rate: u32) -> Option<u8> {
    (kind::AUDIO_8K..).zip(RATES).find(|(_, known)| *known == rate).map(|(kind, _)| kind)
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its kind.
    pub kind: u8,
    /// Its content; audio is 16-bit little endian.
    pub payload: Vec<u8>,
}

impl Message {
    /// Returns a message of samples at a rate in Hz; 8 kHz for a rate that has no kind.
    #[must_use]
    pub fn audio(rate: u32, samples: &[i16]) -> Self {
        let payload = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        Self { kind: audio_kind(rate).unwrap_or(kind::AUDIO_8K), payload }
    }

    /// Returns the bytes on the wire. A payload above 65,535 bytes is cut: the length field is full.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let length = u16::try_from(self.payload.len()).unwrap_or(u16::MAX);
        let mut bytes = vec![self.kind];
        bytes.extend(length.to_be_bytes());
        bytes.extend(&self.payload[..usize::from(length)]);
        bytes
    }

    /// Returns the samples of an audio message; an odd last byte is ignored.
    #[must_use]
    pub fn samples(&self) -> Vec<i16> {
        self.payload.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
    }
}

/// Collects bytes as they arrive and returns whole messages.
#[derive(Debug, Default)]
pub struct MessageReader {
    unread: Vec<u8>,
}

impl MessageReader {
    /// Takes bytes from the connection, cut anywhere.
    pub fn push(&mut self, bytes: &[u8]) {
        self.unread.extend_from_slice(bytes);
    }

    /// Returns the next whole message.
    pub fn next_message(&mut self) -> Option<Message> {
        let (header, rest) = self.unread.split_at_checked(3)?;
        let length = usize::from(u16::from_be_bytes([header[1], header[2]]));
        let message = Message { kind: header[0], payload: rest.get(..length)?.to_vec() };
        self.unread.drain(..3 + length);
        Some(message)
    }

    /// Returns whether a message has begun and not ended.
    #[must_use]
    pub fn is_inside_a_message(&self) -> bool {
        !self.unread.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_kinds() {
        assert_eq!(
            [rate_of_kind(0x10), rate_of_kind(0x12), rate_of_kind(0x18)],
            [Some(8000), Some(16_000), Some(192_000)]
        );
        assert_eq!([rate_of_kind(0x03), rate_of_kind(0x19), rate_of_kind(0xFF)], [None; 3]);
        assert_eq!([audio_kind(24_000), audio_kind(11_025)], [Some(0x13), None]);
    }

    #[test]
    fn a_message_survives_the_wire_in_pieces() {
        let sent = Message::audio(16_000, &[1, -2, 300]);
        assert_eq!(sent.to_bytes(), [0x12, 0, 6, 1, 0, 0xFE, 0xFF, 0x2C, 0x01]);
        let mut reader = MessageReader::default();
        for byte in sent.to_bytes() {
            assert_eq!(reader.next_message(), None);
            reader.push(&[byte]);
        }
        let received = reader.next_message().unwrap();
        assert_eq!(received.samples(), [1, -2, 300]);
        assert!(!reader.is_inside_a_message());
    }
}
