//! Audio inside text messages: base64 of G.711 octets or of 16-bit little-endian samples.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Frame, Law, SampleRate};

/// How a provider's messages encode audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WireFormat {
    /// Rate of the samples.
    pub rate: SampleRate,
    /// The law, for G.711 octets; none for 16-bit samples.
    pub law: Option<Law>,
}

impl WireFormat {
    /// Returns the format of G.711 octets at 8 kHz.
    pub const fn g711(law: Law) -> Self {
        Self { rate: SampleRate::HZ_8000, law: Some(law) }
    }

    /// Returns the format of 16-bit samples at this rate.
    pub const fn pcm(rate: SampleRate) -> Self {
        Self { rate, law: None }
    }
}

/// An error in a piece of audio.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAudio {
    /// It isn't base64.
    #[error("audio is not base64: {0}")]
    NotBase64(#[from] base64::DecodeError),
}

/// Decodes a piece of audio to a frame; `None` if it has no samples.
///
/// # Errors
/// The text isn't base64.
pub fn decode_base64(base64: &str, format: WireFormat) -> Result<Option<Frame>, BadAudio> {
    Ok(frame_of(&STANDARD.decode(base64)?, format))
}

/// Decodes bytes of audio to a frame; `None` if they hold no samples.
pub fn frame_of(bytes: &[u8], format: WireFormat) -> Option<Frame> {
    let Some(law) = format.law else {
        let samples: Vec<i16> = samples_of(bytes).collect();
        return (!samples.is_empty()).then(|| Frame::pcm(format.rate, samples));
    };
    (!bytes.is_empty()).then(|| Frame::G711 { law, bytes: bytes.into() })
}

/// Returns the little-endian 16-bit samples of a message. An odd last byte is dropped, on every wire: the audio before it is
/// still good.
pub(crate) fn samples_of(bytes: &[u8]) -> impl Iterator<Item = i16> {
    let (pairs, _odd) = bytes.as_chunks::<2>();
    pairs.iter().map(|pair| i16::from_le_bytes(*pair))
}

/// Appends 16-bit samples to `out`, in one copy.
pub fn write_samples(samples: &[i16], out: &mut Vec<u8>) {
    let begin = out.len();
    out.resize(begin + 2 * samples.len(), 0);
    let (pairs, _) = out[begin..].as_chunks_mut::<2>();
    for (pair, sample) in pairs.iter_mut().zip(samples) {
        *pair = sample.to_le_bytes();
    }
}
