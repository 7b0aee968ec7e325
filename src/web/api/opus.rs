//! A part of an Opus recording as a WAV file, decoded while it is sent.

use std::io::{self, BufReader};

use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt as _};

use super::wav::{Channel, HEADER_BYTES, Span, header, moment_at, wav_len, without_first};
use crate::priority;
use crate::recordings::{OpusCut, OpusError, RecordingFile};

/// Packets of 20 ms that are decoded at once.
const PACKETS_AT_ONCE: usize = 100;

/// A part of an Opus recording, found but not yet decoded.
pub(super) struct DecodedCut {
    cut: OpusCut<BufReader<RecordingFile>>,
    channels_out: u16,
    /// Bytes of the new file.
    len: u64,
    /// The bytes of its header that are to be sent.
    header: Bytes,
    /// Bytes of its first moment that are not to be sent.
    skip: usize,
}

impl DecodedCut {
    /// Finds `span` in the recording. Blocks.
    pub(super) fn open(file: RecordingFile, span: Span, channel: Channel) -> io::Result<Self> {
        let cut = OpusCut::open(BufReader::new(file), span.from_ms, span.to_ms).map_err(fault)?;
        let channels_out = match channel {
            Channel::Both => cut.channels(),
            Channel::Caller => 1,
        };
        let data_len = cut.frames() * 2 * u64::from(channels_out);
        let header = header(cut.rate(), channels_out, data_len);
        Ok(Self { cut, channels_out, len: wav_len(data_len), header, skip: 0 })
    }

    /// Leaves out the bytes before this one. Blocks.
    pub(super) fn begin_at(&mut self, byte: u64) -> io::Result<()> {
        let (moment, skip) = moment_at(byte, 2 * u64::from(self.channels_out));
        self.cut.skip(moment).map_err(fault)?;
        self.header = self.header.slice(byte.min(HEADER_BYTES) as usize..);
        self.skip = skip;
        Ok(())
    }

    /// Bytes of the new file.
    pub(super) const fn len(&self) -> u64 {
        self.len
    }

    /// The new file, from the byte at which it begins. Each piece is decoded on a blocking thread.
    pub(super) fn stream(self) -> impl Stream<Item = io::Result<Bytes>> + use<> + Unpin + 'static {
        let header = self.header.clone();
        let samples = stream::try_unfold(self, |mut cut| async move {
            let decoding = priority::blocking(move || cut.next_piece().map(|piece| (piece, cut)));
            let (piece, cut) = decoding.await.map_err(io::Error::other)??;
            Ok((!piece.is_empty()).then_some((piece, cut)))
        });
        Box::pin(stream::once(async move { Ok(header) }).chain(samples))
    }

    fn next_piece(&mut self) -> io::Result<Bytes> {
        let samples = self.cut.next_samples(PACKETS_AT_ONCE).map_err(fault)?;
        let (sides, kept) = (usize::from(self.cut.channels()), usize::from(self.channels_out));
        let kept = samples.chunks_exact(sides).flat_map(|moment| &moment[..kept]);
        Ok(without_first(kept.flat_map(|sample| sample.to_le_bytes()).collect(), &mut self.skip))
    }
}

fn fault(error: OpusError) -> io::Error {
    match error {
        OpusError::Io(cause) => cause,
        error => io::Error::other(error),
    }
}
