//! Packets of a unicast: which rate their length means, and frames cut to their length. Pure.
//!
//! Source: traffic of a FreeSWITCH (`tests/captures/freeswitch`).

use std::collections::VecDeque;

use cordboard_schema::audio::wire::write_samples;
use cordboard_schema::audio::{Frame, SampleRate, g711};
use cordboard_schema::limits::UNICAST_DATAGRAM_BYTES_MAX;

/// The most usual lengths of a packet in ms, in order.
const PACKET_MS: [u32; 2] = [20, 30];
/// Lengths of packets in ms that codecs have; any other length means that the reported rate is wrong.
const PACKET_MS_RANGE: std::ops::RangeInclusive<u64> = 5..=120;
/// Rates of the codecs that FreeSWITCH supports.
const RATES: [SampleRate; 5] = [
    SampleRate::HZ_8000,
    SampleRate::HZ_16000,
    SampleRate::HZ_24000,
    SampleRate::HZ_32000,
    SampleRate::HZ_48000,
];

/// Returns the samples of a datagram; none if it can't be a packet of samples.
pub(super) fn read_packet(bytes: &[u8]) -> Option<Vec<i16>> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let fits = !pairs.is_empty() && odd.is_empty() && bytes.len() <= UNICAST_DATAGRAM_BYTES_MAX;
    fits.then(|| pairs.iter().map(|&pair| i16::from_le_bytes(pair)).collect())
}

/// Returns the rate of packets of this length: the rate in the channel's variables if that makes a usual packet, or else the one at
/// which it is 20 ms long, or else 30 ms.
pub(super) fn rate_of_packets(samples: usize, read_rate: Option<u32>) -> SampleRate {
    let said = read_rate
        .and_then(|hz| SampleRate::try_from(hz).ok())
        .filter(|rate| PACKET_MS_RANGE.contains(&rate.ms_of_samples(samples as u64)));
    let by_length = || {
        let all = PACKET_MS.iter().flat_map(|ms| RATES.iter().map(move |rate| (rate, *ms)));
        let found = all.into_iter().find(|(rate, ms)| rate.samples_in_ms(*ms) == samples);
        found.map_or(SampleRate::HZ_8000, |(rate, _)| *rate)
    };
    said.unwrap_or_else(by_length)
}

/// Turns frames of 20 ms into packets of other lengths.
#[derive(Debug, Default)]
pub(super) struct Reframed {
    samples: VecDeque<i16>,
}

impl Reframed {
    /// Writes a packet of `samples` samples to `packet`, which is cleared before. `next` gives the next 20 ms as often as they are
    /// needed; none is silence, of `frame_len` samples.
    pub(super) fn fill(
        &mut self,
        packet: &mut Vec<u8>,
        samples: usize,
        frame_len: usize,
        mut next: impl FnMut() -> Option<Frame>,
    ) {
        while self.samples.len() < samples {
            match next() {
                Some(Frame::Pcm { samples, .. }) => self.samples.extend(samples.iter()),
                Some(Frame::G711 { law, bytes }) => self.samples.extend(g711::decode_all(law, &bytes)),
                None => self.samples.extend(std::iter::repeat_n(0, frame_len.max(1))),
            }
        }
        packet.clear();
        let (first, second) = self.samples.as_slices();
        let of_first = samples.min(first.len());
        write_samples(&first[..of_first], packet);
        write_samples(&second[..samples - of_first], packet);
        self.samples.drain(..samples);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_shows_the_rate_unless_the_channel_does() {
        for (bytes, read_rate, hz) in [
            (320, None, 8_000),
            (640, None, 16_000),
            (1_920, None, 48_000),
            (480, None, 8_000),
            (960, Some(16_000), 16_000),
            (640, Some(8_000), 8_000),
            (320, Some(8_000), 8_000),
            (1_920, Some(48_000), 48_000),
            // The rate that the channel reports is impossible, or not one of ours.
            (320, Some(192_000), 8_000),
            (640, Some(11_025), 16_000),
            (82, None, 8_000),
        ] {
            let rate = rate_of_packets(bytes / 2, read_rate);
            assert_eq!(rate.hz(), hz, "{bytes} bytes, {read_rate:?}");
        }
    }

    #[test]
    fn datagrams_of_other_lengths_are_not_packets() {
        let long = vec![0; UNICAST_DATAGRAM_BYTES_MAX + 2];
        for bytes in [&[][..], &[1], &[1, 2, 3], &long] {
            assert_eq!(read_packet(bytes), None, "{} bytes", bytes.len());
        }
        assert_eq!(read_packet(&[0x34, 0x12, 0xff, 0xff]), Some(vec![0x1234, -1]));
    }

    #[test]
    fn packets_of_any_length_hold_the_same_samples() {
        let said: Vec<i16> = (0..4_800).collect();
        for samples in [1, 80, 160, 240, 333, 480] {
            let mut frames = said.chunks(160).map(|frame| Frame::pcm(SampleRate::HZ_8000, frame));
            let (mut reframed, mut packet, mut heard) = (Reframed::default(), Vec::new(), Vec::new());
            while heard.len() < said.len() {
                reframed.fill(&mut packet, samples, 160, || frames.next());
                assert_eq!(packet.len(), samples * 2);
                heard.extend(read_packet(&packet).unwrap());
            }
            let (heard, silence) = heard.split_at(said.len());
            assert_eq!(heard, said, "packets of {samples}");
            assert!(silence.iter().all(|sample| *sample == 0));
        }
    }
}
