//! RTP packets: sound, and keys as RFC 4733 `telephone-event`.

use std::time::Duration;

use super::super::Codec;
use super::super::message::{DIGITS, LINEAR_16K, PCMU};
use crate::audio::g711::to_mulaw;
use crate::audio::samples_in;

/// The duration of one packet of sound.
pub(crate) const TICK: Duration = Duration::from_millis(20);
/// A key is down for 5 packets (100 ms), and up for as long before the next.
const KEY_TICKS: u16 = 5;
/// The end of a key is sent three times, for a network that loses packets (RFC 4733).
const KEY_END_PACKETS: usize = 3;
/// The volume of a key, in -dBm0.
const KEY_VOLUME: u8 = 10;
/// A flag in the second byte of a key's payload: the key is up.
const KEY_END: u8 = 0x80;

/// The packets that a telephone sends in one 20 ms tick.
#[derive(Debug, Clone)]
pub(crate) enum Tick {
    /// Samples of 20 ms.
    Sound(Vec<i16>),
    /// A key is down; `elapsed` ticks of it were sent before this one.
    Key { event: u8, elapsed: u16 },
    /// A key is up.
    KeyEnd { event: u8 },
}

/// Splits a sound into ticks; the last one is filled up with silence.
pub(crate) fn sound_ticks(samples: &[i16], codec: Codec) -> Vec<Tick> {
    let length = samples_in(TICK, codec.rate());
    let tick = |chunk: &[i16]| {
        let mut samples = chunk.to_vec();
        samples.resize(length, 0);
        Tick::Sound(samples)
    };
    samples.chunks(length).map(tick).collect()
}

/// A key that is down for 100 ms and then up for 100 ms; nothing for a character that is not a key.
pub(crate) fn key_ticks(digit: char, codec: Codec) -> Vec<Tick> {
    // Events 0 to 15 are the keys in this order.
    let Some((event, _)) = (0_u8..).zip(KEYS.chars()).find(|(_, key)| *key == digit) else {
        debug_assert!(false, "{digit:?} is not on a telephone");
        return Vec::new();
    };
    let silence = vec![0; samples_in(TICK, codec.rate())];
    let down = (0..KEY_TICKS).map(|elapsed| Tick::Key { event, elapsed });
    let up = (1..KEY_TICKS).map(|_| Tick::Sound(silence.clone()));
    down.chain([Tick::KeyEnd { event }]).chain(up).collect()
}

/// The keys in the order of their events (RFC 4733).
const KEYS: &str = "0123456789*#ABCD";

/// The key in a packet, with the time stamp that all its packets have; `None` for a packet of sound.
pub(crate) fn key_in(packet: &[u8]) -> Option<(u32, char)> {
    let payload_type = packet.get(1)? & 0x7F;
    let stamp = packet.get(4..8)?.try_into().ok().map(u32::from_be_bytes)?;
    let key = KEYS.chars().nth(usize::from(*packet.get(12)?))?;
    (payload_type == DIGITS).then_some((stamp, key))
}

/// Makes the packets of one stream: sequence numbers and time stamps continue from tick to tick.
#[derive(Debug)]
pub(crate) struct Packets {
    codec: Codec,
    source: u32,
    sequence: u16,
    timestamp: u32,
    key_started: u32,
}

impl Packets {
    pub(crate) fn new(codec: Codec) -> Self {
        let timestamp = rand::random();
        Self { codec, source: rand::random(), sequence: rand::random(), timestamp, key_started: timestamp }
    }

    /// The packets of the next tick: one, or three for a key's end.
    pub(crate) fn of_tick(&mut self, tick: &Tick) -> Vec<Vec<u8>> {
        let frame = samples_in(TICK, self.codec.rate());
        let packets = match tick {
            Tick::Sound(samples) => {
                let (payload_type, payload) = self.encode(samples);
                vec![self.packet(payload_type, false, self.timestamp, &payload)]
            }
            Tick::Key { event, elapsed } => {
                if *elapsed == 0 {
                    self.key_started = self.timestamp;
                }
                let duration = ((elapsed + 1) * frame as u16).to_be_bytes();
                let payload = [*event, KEY_VOLUME, duration[0], duration[1]];
                vec![self.packet(DIGITS, *elapsed == 0, self.key_started, &payload)]
            }
            Tick::KeyEnd { event } => {
                let duration = (KEY_TICKS * frame as u16).to_be_bytes();
                let payload = [*event, KEY_END | KEY_VOLUME, duration[0], duration[1]];
                (0..KEY_END_PACKETS).map(|_| self.packet(DIGITS, false, self.key_started, &payload)).collect()
            }
        };
        self.timestamp = self.timestamp.wrapping_add(frame as u32);
        packets
    }

    fn encode(&self, samples: &[i16]) -> (u8, Vec<u8>) {
        match self.codec {
            Codec::Pcmu => (PCMU, samples.iter().map(|&sample| to_mulaw(sample)).collect()),
            Codec::Linear16k => {
                (LINEAR_16K, samples.iter().flat_map(|sample| sample.to_be_bytes()).collect())
            }
        }
    }

    fn packet(&mut self, payload_type: u8, marked: bool, timestamp: u32, payload: &[u8]) -> Vec<u8> {
        let marker = if marked { 0x80 } else { 0 };
        let mut packet = vec![0x80, payload_type | marker];
        packet.extend(self.sequence.to_be_bytes());
        packet.extend(timestamp.to_be_bytes());
        packet.extend(self.source.to_be_bytes());
        packet.extend(payload);
        self.sequence = self.sequence.wrapping_add(1);
        packet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_keeps_its_time_stamp_and_ends_three_times() {
        let mut packets = Packets::new(Codec::Pcmu);
        let sent: Vec<Vec<u8>> =
            key_ticks('#', Codec::Pcmu).iter().flat_map(|tick| packets.of_tick(tick)).collect();
        assert_eq!(sent.len(), 5 + 3 + 4);
        let (keys, pause) = sent.split_at(8);
        assert!(keys.iter().all(|packet| packet[4..8] == keys[0][4..8]));
        let payloads: Vec<&[u8]> = keys.iter().map(|packet| &packet[12..]).collect();
        assert_eq!(payloads[0], [11, 10, 0, 160]);
        assert_eq!(
            payloads[4..],
            [&[11, 10, 3, 32][..], &[11, 0x8A, 3, 32], &[11, 0x8A, 3, 32], &[11, 0x8A, 3, 32]]
        );
        assert_eq!(keys[0][1], 0x80 | DIGITS);
        let stamp = |packet: &[u8]| u32::from_be_bytes([packet[4], packet[5], packet[6], packet[7]]);
        assert_eq!(stamp(&pause[0]).wrapping_sub(stamp(&keys[0])), 6 * 160);
    }
}
