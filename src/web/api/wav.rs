//! A part of a recording as a WAV file, read while it is sent.

use std::io::{self, BufReader, Read as _, Seek as _};
use std::mem;

use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt as _, TryStreamExt as _};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::priority;
use crate::recordings::RecordingFile;

/// Bytes read at a time; a multiple of a block of samples, which is 2 or 4 bytes.
const PIECE_BYTES: u64 = 65_536;

/// Bytes of the header in front of the samples.
pub(super) const HEADER_BYTES: u64 = 44;

/// Channels of a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Channel {
    /// Left the caller, right what the caller hears.
    #[default]
    Both,
    /// Only the caller.
    Caller,
}

/// Span of a recording.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// Start in ms.
    pub(super) from_ms: u64,
    /// End in ms, exclusive; the end of the recording if `None` or later.
    pub(super) to_ms: Option<u64>,
}

/// A part of a recording, found but not yet read.
#[derive(Debug)]
pub(super) struct Cut {
    file: RecordingFile,
    /// Beginning of its samples in the file.
    offset: u64,
    /// Samples of each channel.
    frames: u64,
    sample_rate: u32,
    channels_in: u16,
    channels_out: u16,
}

impl Cut {
    /// Finds the samples of `span` in the recording. A recording that is being written ends where
    /// the file does, not where its header says. Blocks.
    pub(super) fn open(file: RecordingFile, span: Span, channel: Channel) -> io::Result<Self> {
        let reader = hound::WavReader::new(BufReader::new(file)).map_err(|fault| match fault {
            hound::Error::IoError(cause) => cause,
            fault => io::Error::other(fault),
        })?;
        let spec = reader.spec();
        if spec.bits_per_sample != 16 || spec.sample_format != hound::SampleFormat::Int || spec.channels > 2 {
            return Err(io::Error::other(format!("not 16-bit PCM of one or two channels but {spec:?}")));
        }
        let mut reader = reader.into_inner();
        let data = reader.stream_position()?;
        let file = reader.into_inner();
        let block = 2 * u64::from(spec.channels);
        let recorded = file.len()?.saturating_sub(data) / block;
        let frame_at = |ms: u64| ms.saturating_mul(u64::from(spec.sample_rate)) / 1000;
        let from = frame_at(span.from_ms).min(recorded);
        let to = span.to_ms.map_or(recorded, frame_at).clamp(from, recorded);
        let channels_out = match channel {
            Channel::Both => spec.channels,
            Channel::Caller => 1,
        };
        Ok(Self {
            file,
            offset: data + from * block,
            frames: to - from,
            sample_rate: spec.sample_rate,
            channels_in: spec.channels,
            channels_out,
        })
    }

    /// Bytes of the new file.
    pub(super) fn len(&self) -> u64 {
        wav_len(self.data_len())
    }

    fn data_len(&self) -> u64 {
        self.frames * 2 * u64::from(self.channels_out)
    }

    /// The new file, from this byte on.
    pub(super) fn stream(self, from: u64) -> impl Stream<Item = io::Result<Bytes>> + use<> + Unpin + 'static {
        let header = header(self.sample_rate, self.channels_out, self.data_len());
        let header = header.slice(from.min(HEADER_BYTES) as usize..);
        let (block_in, block_out) = (2 * usize::from(self.channels_in), 2 * usize::from(self.channels_out));
        let (moment, mut skip) = moment_at(from, block_out as u64);
        let moment = moment.min(self.frames);
        let offset = self.offset + moment * block_in as u64;
        let samples = pieces(self.file, offset, (self.frames - moment) * block_in as u64).map(move |piece| {
            let piece: Bytes = piece?;
            let piece = match block_in == block_out {
                true => piece,
                false => {
                    piece.chunks_exact(block_in).flat_map(|block| block[..block_out].to_owned()).collect()
                }
            };
            Ok(without_first(piece, &mut skip))
        });
        Box::pin(stream::once(async move { Ok(header) }).chain(samples))
    }
}

/// The moment of a WAV file to which this byte belongs, from 0, and the bytes of that moment before it. Each moment has `block` bytes. A byte of the
/// header belongs to the first.
pub(super) const fn moment_at(byte: u64, block: u64) -> (u64, usize) {
    let at = byte.saturating_sub(HEADER_BYTES);
    (at / block, (at % block) as usize)
}

/// A piece without the bytes that are to be skipped. The pieces after it lose none.
pub(super) fn without_first(piece: Bytes, skip: &mut usize) -> Bytes {
    piece.slice(mem::take(skip).min(piece.len())..)
}

/// Size of a WAV file with this many bytes of samples.
pub(super) const fn wav_len(data_len: u64) -> u64 {
    HEADER_BYTES + data_len
}

/// RIFF, `fmt ` and the header of `data`, for 16-bit samples. A recording is shorter than 4 GiB, because its own header counts in 32 bits.
pub(super) fn header(sample_rate: u32, channels: u16, data_len: u64) -> Bytes {
    let data_len = u32::try_from(data_len).unwrap_or(u32::MAX - HEADER_BYTES as u32);
    let block = 2 * channels;
    let mut header = Vec::with_capacity(HEADER_BYTES as usize);
    header.extend_from_slice(b"RIFF");
    header.extend_from_slice(&(data_len + HEADER_BYTES as u32 - 8).to_le_bytes());
    header.extend_from_slice(b"WAVEfmt ");
    header.extend_from_slice(&16_u32.to_le_bytes());
    header.extend_from_slice(&1_u16.to_le_bytes()); // PCM
    header.extend_from_slice(&channels.to_le_bytes());
    header.extend_from_slice(&sample_rate.to_le_bytes());
    header.extend_from_slice(&(sample_rate * u32::from(block)).to_le_bytes());
    header.extend_from_slice(&block.to_le_bytes());
    header.extend_from_slice(&16_u16.to_le_bytes());
    header.extend_from_slice(b"data");
    header.extend_from_slice(&data_len.to_le_bytes());
    header.into()
}

/// The first `len` bytes of what is streamed.
pub(super) fn only(
    bytes: impl Stream<Item = io::Result<Bytes>> + Unpin + 'static,
    len: u64,
) -> impl Stream<Item = io::Result<Bytes>> + 'static {
    stream::try_unfold((bytes, len), |(mut bytes, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let Some(piece) = bytes.try_next().await? else { return Ok(None) };
        let sent = piece.slice(..piece.len().min(usize::try_from(left).unwrap_or(usize::MAX)));
        let left = left - sent.len() as u64;
        Ok(Some((sent, (bytes, left))))
    })
}

/// `len` bytes of `file` starting at `from`, piece by piece, each read on a blocking thread.
pub(super) fn pieces(
    file: RecordingFile,
    from: u64,
    len: u64,
) -> impl Stream<Item = io::Result<Bytes>> + 'static {
    stream::try_unfold((file, Some(from), len), |(mut file, seek_to, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let take = left.min(PIECE_BYTES);
        let reading = priority::blocking(move || {
            if let Some(from) = seek_to {
                file.seek(io::SeekFrom::Start(from))?;
            }
            let mut piece = vec![0; take as usize];
            file.read_exact(&mut piece)?;
            Ok::<_, io::Error>((Bytes::from(piece), file))
        });
        let (piece, file) = reading.await.map_err(io::Error::other)??;
        Ok(Some((piece, (file, None, left - take))))
    })
}
