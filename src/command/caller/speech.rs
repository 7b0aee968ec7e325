//! Speech of a simulated caller: WAV files, resampled to the telephone's rate.

use std::io::Read;
use std::sync::Arc;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::audio::frame::UnknownRate;
use cordboard_schema::audio::resample::Resampler;
use hound::{SampleFormat, WavReader, WavSpec};

use super::CALLER_RATE;

/// The longest speech in seconds, so that a wrong file does not fill the memory.
const SPEECH_SECONDS_MAX: u32 = 600;

/// A speech: its name, and samples of 8 kHz.
#[derive(Clone, Debug, PartialEq)]
pub struct Speech {
    name: String,
    samples: Arc<[i16]>,
}

/// Why a WAV can't be played.
#[derive(Debug, thiserror::Error)]
pub enum SpeechError {
    /// The file is not a readable WAV.
    #[error(
        "{name} is not a WAV file: {cause}; make one, for example with `sox {name} -r 8000 -c 1 -b 16 out.wav`"
    )]
    Wav {
        /// Name of the speech.
        name: String,
        /// Error of hound.
        cause: hound::Error,
    },
    /// Its sample rate is not supported.
    #[error(
        "{name} has an unsupported rate: {cause}; convert it, for example with `sox {name} -r 16000 out.wav`"
    )]
    Rate {
        /// Name of the speech.
        name: String,
        /// The rate.
        cause: UnknownRate,
    },
    /// It is too long.
    #[error("{name} is longer than {SPEECH_SECONDS_MAX} s; shorten it")]
    TooLong {
        /// Name of the speech.
        name: String,
    },
}

impl Speech {
    /// Makes a speech from samples of 8 kHz.
    pub fn new(name: impl Into<String>, samples: impl Into<Arc<[i16]>>) -> Self {
        Self { name: name.into(), samples: samples.into() }
    }

    /// Reads a WAV in any format that hound supports and at one of the nine rates. Mixes its channels to one.
    ///
    /// # Errors
    /// Fails if the file is not a WAV, has another rate, or is longer than ten minutes.
    pub fn from_wav(name: &str, wav: impl Read) -> Result<Self, SpeechError> {
        let name = name.to_owned();
        let bad_wav = |cause| SpeechError::Wav { name: name.clone(), cause };
        let reader = WavReader::new(wav).map_err(bad_wav)?;
        let spec = reader.spec();
        let rate = SampleRate::try_from(spec.sample_rate)
            .map_err(|cause| SpeechError::Rate { name: name.clone(), cause })?;
        if reader.duration() > rate.hz() * SPEECH_SECONDS_MAX {
            return Err(SpeechError::TooLong { name });
        }
        let interleaved = samples_of(reader, spec).map_err(bad_wav)?;
        let mono = mixed_down(&interleaved, spec.channels);
        let mut samples = Vec::new();
        let mut resampler = Resampler::new(rate, CALLER_RATE);
        resampler.push(&mono, &mut samples);
        resampler.finish(&mut samples);
        Ok(Self::new(name, samples))
    }

    /// Its name in a timeline.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The samples, of 8 kHz.
    pub fn samples(&self) -> &[i16] {
        &self.samples
    }
}

/// Returns all samples as 16 bit, channels interleaved.
fn samples_of<R: Read>(reader: WavReader<R>, spec: WavSpec) -> Result<Vec<i16>, hound::Error> {
    match spec.sample_format {
        SampleFormat::Float => {
            let full_scale = f32::from(i16::MAX);
            reader.into_samples::<f32>().map(|sample| Ok((sample? * full_scale) as i16)).collect()
        }
        SampleFormat::Int => {
            let bits = u32::from(spec.bits_per_sample);
            let to_16_bits =
                |sample: i32| if bits > 16 { sample >> (bits - 16) } else { sample << (16 - bits) };
            reader.into_samples::<i32>().map(|sample| Ok(to_16_bits(sample?) as i16)).collect()
        }
    }
}

fn mixed_down(interleaved: &[i16], channels: u16) -> Vec<i16> {
    let channels = usize::from(channels).max(1);
    let mean = |frame: &[i16]| {
        let sum: i64 = frame.iter().map(|sample| i64::from(*sample)).sum();
        (sum / channels as i64) as i16
    };
    interleaved.chunks_exact(channels).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use hound::WavWriter;

    use super::*;

    fn wav(spec: WavSpec, write: impl Fn(&mut WavWriter<&mut Cursor<Vec<u8>>>)) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        let mut writer = WavWriter::new(&mut file, spec).unwrap();
        write(&mut writer);
        writer.finalize().unwrap();
        file.into_inner()
    }

    fn spec(channels: u16, sample_rate: u32, bits_per_sample: u16, sample_format: SampleFormat) -> WavSpec {
        WavSpec { channels, sample_rate, bits_per_sample, sample_format }
    }

    #[test]
    fn every_usual_format_gives_the_same_samples() {
        let written = [
            wav(spec(1, 8_000, 16, SampleFormat::Int), |writer| {
                (0..80).for_each(|_| writer.write_sample(8_192_i16).unwrap());
            }),
            wav(spec(1, 8_000, 24, SampleFormat::Int), |writer| {
                (0..80).for_each(|_| writer.write_sample(8_192_i32 << 8).unwrap());
            }),
            wav(spec(1, 8_000, 8, SampleFormat::Int), |writer| {
                (0..80).for_each(|_| writer.write_sample(32_i8).unwrap());
            }),
            wav(spec(1, 8_000, 32, SampleFormat::Float), |writer| {
                (0..80).for_each(|_| writer.write_sample(8_192.0_f32 / 32_767.0).unwrap());
            }),
            wav(spec(2, 8_000, 16, SampleFormat::Int), |writer| {
                (0..80).for_each(|_| {
                    writer.write_sample(16_384_i16).unwrap();
                    writer.write_sample(0_i16).unwrap();
                });
            }),
        ];
        for bytes in written {
            let speech = Speech::from_wav("test", bytes.as_slice()).unwrap();
            assert_eq!(speech.samples().len(), 80);
            assert!(speech.samples().iter().all(|sample| (8_191..=8_192).contains(sample)), "{speech:?}");
        }
    }

    #[test]
    fn a_wideband_file_lasts_as_long_at_the_telephones_rate() {
        let bytes = wav(spec(1, 16_000, 16, SampleFormat::Int), |writer| {
            (0..16_000).for_each(|_| writer.write_sample(0_i16).unwrap());
        });
        let length = Speech::from_wav("test", bytes.as_slice()).unwrap().samples().len();
        assert!(length.abs_diff(8_000) <= 1, "{length}");
    }

    #[test]
    fn an_unusable_file_is_named_with_its_fix() {
        let error = Speech::from_wav("x.txt", &b"no sound at all"[..]).unwrap_err();
        assert!(error.to_string().starts_with("x.txt is not a WAV file"), "{error}");
        let bytes = wav(spec(1, 22_050, 16, SampleFormat::Int), |_| {});
        let error = Speech::from_wav("x.wav", bytes.as_slice()).unwrap_err();
        assert!(error.to_string().contains("sox x.wav -r 16000"), "{error}");
    }
}
