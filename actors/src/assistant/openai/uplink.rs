//! The caller's audio on its way to the provider: brought to the session's format, in pieces of the configured length.

use std::time::Duration;

use cordboard_schema::audio::{Frame, Law, Resampler, SampleRate, g711};
use cordboard_schema::wire::openai::{AudioFormat, append_len, write_append};

/// Audio that is kept while the provider is away, so that what the caller said meanwhile is answered.
const KEPT: Duration = Duration::from_secs(6);

/// See the module's description.
pub(super) struct Uplink {
    append_ms: u32,
    format: Option<AudioFormat>,
    resampler: Option<Resampler>,
    /// Samples between two rates.
    resampled: Vec<i16>,
    /// In the session's format, not sent yet.
    waiting: Vec<u8>,
}

impl Uplink {
    pub(super) fn new(append_ms: u32) -> Self {
        Self { append_ms, format: None, resampler: None, resampled: Vec::new(), waiting: Vec::new() }
    }

    /// From now on the audio is to have this format. What was kept in another one is dropped.
    pub(super) fn set_format(&mut self, format: AudioFormat) {
        if self.format.replace(format) != Some(format) {
            self.waiting.clear();
            self.resampler = None;
        }
    }

    /// Takes in a piece of the caller's audio. Nothing is kept before the first session stands: what is said then would
    /// cut the greeting.
    pub(super) fn push(&mut self, frame: &Frame) {
        let Some(format) = self.format else { return };
        match (frame, format.law()) {
            (Frame::G711 { law, bytes }, Some(wanted)) if *law == wanted => {
                self.waiting.extend_from_slice(bytes)
            }
            (Frame::G711 { law, bytes }, _) => {
                let samples = g711::decode_all(*law, bytes);
                self.push_samples(&samples, SampleRate::HZ_8000, format);
            }
            (Frame::Pcm { rate, samples }, _) => self.push_samples(samples, *rate, format),
        }
        let kept = bytes_in(KEPT.as_millis() as u32, format);
        if self.waiting.len() > kept {
            self.waiting.drain(..self.waiting.len() - kept);
        }
    }

    fn push_samples(&mut self, samples: &[i16], rate: SampleRate, format: AudioFormat) {
        if rate == format.rate() {
            return encode(samples, format.law(), &mut self.waiting);
        }
        if self.resampler.as_ref().is_none_or(|resampler| resampler.from_rate() != rate) {
            self.resampler = Some(Resampler::live(rate, format.rate()));
        }
        if let Some(resampler) = &mut self.resampler {
            self.resampled.clear();
            resampler.push(samples, &mut self.resampled);
            encode(&self.resampled, format.law(), &mut self.waiting);
        }
    }

    /// A message with what waits, once it is long enough.
    pub(super) fn take_message(&mut self) -> Option<String> {
        let format = self.format?;
        if self.waiting.len() < bytes_in(self.append_ms, format).max(1) {
            return None;
        }
        let mut text = String::with_capacity(append_len(self.waiting.len()));
        write_append(&mut text, &self.waiting);
        self.waiting.clear();
        Some(text)
    }
}

fn bytes_in(ms: u32, format: AudioFormat) -> usize {
    let samples = format.rate().samples_in_ms(ms);
    if format.law().is_some() { samples } else { 2 * samples }
}

fn encode(samples: &[i16], law: Option<Law>, into: &mut Vec<u8>) {
    match law {
        Some(law) => into.extend(samples.iter().map(|sample| g711::encode(law, *sample))),
        None => into.extend(samples.iter().flat_map(|sample| sample.to_le_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_of_the_sessions_law_pass_untouched() {
        let mut uplink = Uplink::new(20);
        let frame = Frame::G711 { law: Law::Mu, bytes: vec![0x12; 160].into() };
        uplink.push(&frame);
        uplink.set_format(AudioFormat::Pcmu);
        assert_eq!(uplink.take_message(), None, "nothing is kept before the first session");
        uplink.push(&frame);
        let mut expected = String::new();
        write_append(&mut expected, &[0x12; 160]);
        assert_eq!(uplink.take_message(), Some(expected));
        assert_eq!(uplink.take_message(), None);
    }

    #[test]
    fn audio_is_sent_in_pieces_of_the_configured_length_at_the_sessions_rate() {
        let mut uplink = Uplink::new(40);
        let rate = SampleRate::HZ_24000;
        uplink.set_format(AudioFormat::Pcm { rate });
        uplink.push(&Frame::silence(SampleRate::HZ_16000));
        assert_eq!(uplink.take_message(), None);
        uplink.push(&Frame::silence(SampleRate::HZ_16000));
        let message = uplink.take_message().unwrap();
        assert_eq!(message.len(), append_len(2 * rate.samples_in_ms(40)));
    }

    #[test]
    fn what_a_lost_provider_missed_is_kept_for_seconds_and_no_longer() {
        let mut uplink = Uplink::new(20);
        uplink.set_format(AudioFormat::Pcmu);
        for _ in 0..1_000 {
            uplink.push(&Frame::silence(SampleRate::HZ_8000));
        }
        assert_eq!(uplink.take_message().unwrap().len(), append_len(8 * 6_000));
    }
}
