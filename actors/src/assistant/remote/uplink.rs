//! The caller's audio on its way to the provider: converted to the session's format, in pieces of the configured length.

use std::time::Duration;

use cordboard_schema::audio::wire::write_samples;
use cordboard_schema::audio::{Frame, Law, Resampler, SampleRate, WireFormat, g711};

/// Audio that is kept while the provider is away, so that the caller's words meanwhile are answered.
const KEPT: Duration = Duration::from_secs(6);
/// Buffer that is kept for waiting audio, in ms: a larger one is freed, because it was needed only while the provider was away.
const ROOM_MS: u32 = 500;

/// See the module's description.
pub(in crate::assistant) struct Uplink {
    append_ms: u32,
    format: Option<WireFormat>,
    resampler: Option<Resampler>,
    /// Samples between two rates.
    resampled: Vec<i16>,
    /// Audio in the session's format that was not sent yet.
    waiting: Vec<u8>,
}

impl Uplink {
    pub(in crate::assistant) fn new(append_ms: u32) -> Self {
        Self { append_ms, format: None, resampler: None, resampled: Vec::new(), waiting: Vec::new() }
    }

    /// Sets the format of the audio from now on. Audio that was kept in another one is dropped.
    pub(in crate::assistant) fn set_format(&mut self, format: WireFormat) {
        if self.format.replace(format) != Some(format) {
            self.waiting.clear();
            self.resampler = None;
        }
    }

    /// Takes a piece of the caller's audio. Nothing is kept before the first session is set up: speech at that time would
    /// interrupt the greeting.
    pub(in crate::assistant) fn push(&mut self, frame: &Frame) {
        let Some(format) = self.format else { return };
        match (frame, format.law) {
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

    /// Takes silence in the place of a piece.
    pub(in crate::assistant) fn push_silence(&mut self, frame: &Frame) {
        let silence = match frame {
            Frame::G711 { law, bytes } => {
                Frame::G711 { law: *law, bytes: vec![g711::silence(*law); bytes.len()].into() }
            }
            Frame::Pcm { rate, samples } => Frame::pcm(*rate, vec![0; samples.len()]),
        };
        self.push(&silence);
    }

    fn push_samples(&mut self, samples: &[i16], rate: SampleRate, format: WireFormat) {
        if rate == format.rate {
            return encode(samples, format.law, &mut self.waiting);
        }
        if self.resampler.as_ref().is_none_or(|resampler| resampler.from_rate() != rate) {
            self.resampler = Some(Resampler::live(rate, format.rate));
        }
        if let Some(resampler) = &mut self.resampler {
            self.resampled.clear();
            resampler.push(samples, &mut self.resampled);
            encode(&self.resampled, format.law, &mut self.waiting);
        }
    }

    /// Returns a message that `write` makes of the waiting audio, once that is long enough.
    pub(in crate::assistant) fn take_message<M>(&mut self, write: impl FnOnce(&[u8]) -> M) -> Option<M> {
        let format = self.format?;
        if self.waiting.len() < bytes_in(self.append_ms, format).max(1) {
            return None;
        }
        let message = write(&self.waiting);
        self.waiting.clear();
        self.waiting.shrink_to(bytes_in(ROOM_MS, format));
        Some(message)
    }
}

fn bytes_in(ms: u32, format: WireFormat) -> usize {
    let samples = format.rate.samples_in_ms(ms);
    if format.law.is_some() { samples } else { 2 * samples }
}

fn encode(samples: &[i16], law: Option<Law>, into: &mut Vec<u8>) {
    match law {
        Some(law) => g711::encode_into(law, samples, into),
        None => write_samples(samples, into),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MU_LAW: WireFormat = WireFormat::g711(Law::Mu);

    /// Returns the bytes of a message as hexadecimal digits.
    fn hex(audio: &[u8]) -> String {
        cordboard_schema::hex::hex(audio)
    }

    #[test]
    fn octets_of_the_sessions_law_are_passed_on_unchanged() {
        let mut uplink = Uplink::new(20);
        let frame = Frame::G711 { law: Law::Mu, bytes: vec![0x12; 160].into() };
        uplink.push(&frame);
        uplink.set_format(MU_LAW);
        assert_eq!(uplink.take_message(hex), None, "nothing is kept before the first session");
        uplink.push(&frame);
        assert_eq!(uplink.take_message(hex), Some("12".repeat(160)));
        assert_eq!(uplink.take_message(hex), None);
    }

    #[test]
    fn audio_is_sent_in_configured_lengths_at_the_session_rate() {
        let mut uplink = Uplink::new(40);
        let rate = SampleRate::HZ_24000;
        uplink.set_format(WireFormat::pcm(rate));
        uplink.push(&Frame::silence(SampleRate::HZ_16000));
        assert_eq!(uplink.take_message(hex), None);
        uplink.push(&Frame::silence(SampleRate::HZ_16000));
        let message = uplink.take_message(hex).unwrap();
        assert_eq!(message.len(), 2 * 2 * rate.samples_in_ms(40));
    }

    #[test]
    fn audio_a_lost_provider_missed_is_kept_for_seconds_only() {
        let mut uplink = Uplink::new(20);
        uplink.set_format(MU_LAW);
        for _ in 0..1_000 {
            uplink.push(&Frame::silence(SampleRate::HZ_8000));
        }
        assert_eq!(uplink.take_message(hex).unwrap().len(), 2 * 8 * 6_000);
    }
}
