//! Samples as a WAV file, in memory.

use std::io::{self, Cursor};

use cordboard_schema::audio::SampleRate;
use hound::{SampleFormat, WavSpec, WavWriter};

/// Bytes before the samples of a WAV file.
const HEAD_BYTES: usize = 44;

/// Returns the samples as a WAV file: mono, 16 bit.
///
/// # Errors
/// There are more samples than a WAV file can hold.
pub fn wav(samples: &[i16], rate: SampleRate) -> hound::Result<Vec<u8>> {
    let sample_rate = rate.hz();
    let spec = WavSpec { channels: 1, sample_rate, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut file = Cursor::new(Vec::with_capacity(2 * samples.len() + HEAD_BYTES));
    let count = u32::try_from(samples.len()).map_err(io::Error::other)?;
    let mut writer = WavWriter::new(&mut file, spec)?;
    // In one go: a sample that is written alone queries the file for each of its bytes.
    let mut whole = writer.get_i16_writer(count);
    samples.iter().for_each(|sample| whole.write_sample(*sample));
    whole.flush()?;
    writer.finalize()?;
    Ok(file.into_inner())
}
