//! The encoding of silence, and of the sound of telephones.

use super::speech::{likeness, speech};
use crate::jitter::Playing;
use crate::voice::{Ear, FRAME_SAMPLES, Mouth, RATE_HZ};

/// Samples of a second.
const SECOND: usize = RATE_HZ as usize;

/// An encoder and a decoder, with nothing between them.
struct Voice {
    mouth: Mouth,
    ear: Ear,
    heard: Vec<i16>,
    /// The first byte of each packet, which says how it was encoded (RFC 6716, section 3.1); none of frames without one.
    heads: Vec<Option<u8>>,
}

impl Voice {
    fn new() -> Self {
        Self { mouth: Mouth::new().unwrap(), ear: Ear::new().unwrap(), heard: Vec::new(), heads: Vec::new() }
    }

    /// Says something that was spoken at this rate.
    fn say(&mut self, samples: &[i16], rate_hz: u32) {
        for frame in samples.chunks_exact(FRAME_SAMPLES) {
            self.mouth.spoken_at(rate_hz);
            let mut packet = self.mouth.encode(frame.try_into().unwrap());
            self.heads.push(packet.as_ref().map(|packet| packet[0]));
            self.heard.extend(self.ear.frame(|| packet.take().map_or(Playing::Silence, Playing::Packet)));
        }
    }

    /// How the last packets were encoded.
    fn last_configs(&self, frames: usize) -> Vec<u8> {
        self.heads[self.heads.len() - frames..].iter().flatten().map(|head| head >> 3).collect()
    }
}

/// Speech by telephone: without what 8,000 samples a second can't have.
fn telephone() -> Vec<i16> {
    let third = |piece: &[i16]| piece.iter().map(|sample| i32::from(*sample)).sum::<i32>() / 3;
    let narrow: Vec<i32> = speech().chunks_exact(3).map(third).collect();
    let between = |pair: &[i32]| [pair[0], (2 * pair[0] + pair[1]) / 3, (pair[0] + 2 * pair[1]) / 3];
    narrow.windows(2).flat_map(between).map(|sample| i16::try_from(sample).unwrap()).collect()
}

fn seconds(samples: &[i16], seconds: usize) -> Vec<i16> {
    samples.iter().copied().cycle().take(seconds * SECOND).collect()
}

#[test]
fn long_silence_sends_a_packet_every_420_ms() {
    let mut voice = Voice::new();
    voice.say(&speech(), RATE_HZ);
    voice.heads.clear();
    voice.say(&seconds(&[0], 10), RATE_HZ);
    let sent: Vec<usize> =
        voice.heads.iter().enumerate().filter(|(_, head)| head.is_some()).map(|(n, _)| n).collect();
    let expected: Vec<usize> = (0..10).chain((30..500).step_by(21)).collect();
    assert_eq!(sent, expected);
}

#[test]
fn speech_after_long_silence_is_heard_as_before_it() {
    let speech = speech();
    let mut voice = Voice::new();
    for _ in 0..3 {
        voice.heard.clear();
        voice.say(&speech, RATE_HZ);
        voice.say(&seconds(&[0], 1), RATE_HZ);
        let kept = likeness(&speech, &voice.heard);
        assert!(kept > 0.88, "{kept}");
        voice.say(&seconds(&[0], 5), RATE_HZ);
    }
}

#[test]
fn telephones_are_encoded_narrow_and_whole_again_at_once() {
    let mut voice = Voice::new();
    let telephone = seconds(&telephone(), 30);
    voice.say(&telephone, 8_000);
    let configs = voice.last_configs(50);
    assert!(configs.iter().all(|config| *config <= 3) && configs.len() > 10, "narrow: {configs:?}");
    // While it is narrowed, and after that.
    for from in [6 * SECOND, 26 * SECOND] {
        let kept = likeness(&telephone[from..from + 3 * SECOND], &voice.heard[from..from + 4 * SECOND]);
        assert!(kept > 0.85, "{kept} from sample {from}");
    }
    // Somebody with a wider voice joins while the telephone is heard.
    let speech = speech();
    voice.heard.clear();
    voice.heads.clear();
    voice.say(&speech, RATE_HZ);
    let first = voice.heads[0].map(|head| head >> 3);
    assert!(first.is_some_and(|config| (12..=15).contains(&config)), "super-wide: {first:?}");
    voice.say(&seconds(&[0], 1), RATE_HZ);
    let kept = likeness(&speech, &voice.heard);
    assert!(kept > 0.85, "{kept}");
}
