//! One shipped sound, decoded once and converted to each rate once.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use cordboard_schema::audio::SampleRate;
use cordboard_schema::audio::resample::Resampler;
use hound::{SampleFormat, WavReader, WavSpec};

use super::SoundError;

/// The sample rate of the files.
const NATIVE_RATE: SampleRate = SampleRate::HZ_16000;

/// The format of the files.
const NATIVE_SPEC: WavSpec = WavSpec {
    channels: 1,
    sample_rate: NATIVE_RATE.hz(),
    bits_per_sample: 16,
    sample_format: SampleFormat::Int,
};

/// A sound and its text. Each rate's samples are converted when first requested, and kept: all prompts at all nine rates are some
/// 45 MB, at the two usual ones 2.3 MB.
pub struct Recording {
    text: String,
    native: Arc<[i16]>,
    /// Only guards the cache; a thread that finds it locked waits for samples that it needs as well.
    by_rate: Mutex<BTreeMap<SampleRate, Arc<[i16]>>>,
}

impl Recording {
    /// Decodes a WAV file in the format of the shipped sounds.
    pub(super) fn decode(name: &'static str, text: &str, wav: &[u8]) -> Result<Self, SoundError> {
        let at_fault = |source| SoundError::Wav { name, source };
        let reader = WavReader::new(wav).map_err(at_fault)?;
        if reader.spec() != NATIVE_SPEC {
            return Err(SoundError::Format(name));
        }
        // All bytes at once: one by one, hound's samples are a sixth of what a start of the server computes.
        let length = reader.len() as usize;
        let (samples, _) = reader.into_inner().as_chunks();
        let samples = samples.get(..length).ok_or(hound::Error::UnfinishedSample).map_err(at_fault)?;
        let native: Arc<[i16]> = samples.iter().copied().map(i16::from_le_bytes).collect();
        let by_rate = Mutex::new(BTreeMap::from([(NATIVE_RATE, Arc::clone(&native))]));
        Ok(Self { text: text.to_owned(), native, by_rate })
    }

    /// Returns the words, as the transcript shows them.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the length in milliseconds, rounded down.
    pub fn duration_ms(&self) -> u64 {
        NATIVE_RATE.ms_of_samples(self.native.len() as u64)
    }

    /// Returns the whole sound, mono, at a rate. All calls share the same samples.
    pub fn pcm(&self, rate: SampleRate) -> Arc<[i16]> {
        let mut by_rate = self.by_rate.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(by_rate.entry(rate).or_insert_with(|| resample(&self.native, rate)))
    }
}

/// Leaves the samples out: 130,000 numbers don't help in a log.
impl fmt::Debug for Recording {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Recording")
            .field("text", &self.text)
            .field("duration_ms", &self.duration_ms())
            .finish_non_exhaustive()
    }
}

/// Converts samples from [`NATIVE_RATE`] to another rate.
fn resample(native: &[i16], rate: SampleRate) -> Arc<[i16]> {
    let mut resampler = Resampler::new(NATIVE_RATE, rate);
    let mut samples = Vec::with_capacity(native.len() * rate.hz() as usize / NATIVE_RATE.hz() as usize + 1);
    resampler.push(native, &mut samples);
    resampler.finish(&mut samples);
    samples.into()
}
