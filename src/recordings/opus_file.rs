//! Encodes a recording's WAV as Ogg Opus (RFC 7845).
//!
//! Each side is a stream of its own in the file (mapping family 1, two streams, none coupled). At these rates, Opus's own stereo would lose the
//! differences between the sides and mix them.

use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use cordboard_actors::media;
use hound::{SampleFormat, WavReader};
use ogg::{PacketWriteEndInfo, PacketWriter};
use ropus::{OPUS_APPLICATION_VOIP, OPUS_OK, OPUS_SIGNAL_VOICE, OpusMSEncoder};
use rustix::io::Errno;

use super::outline::{OUTLINE, Outline};

/// Samples of a packet on the granule's clock, 48,000 a second: 20 ms.
pub(super) const PACKET_GRANULES: u64 = 960;
/// Samples a second of the granule's clock.
pub(super) const GRANULES_PER_S: u64 = 48_000;
/// Packets of a page: one second. A reader that seeks reads up to a page too much.
const PACKETS_PER_PAGE: u64 = 50;
/// Maximum of bytes in a packet: far more than these rates produce.
const PACKET_BYTES_MAX: usize = 4_000;
/// The serial number of the file's only stream.
const SERIAL: u32 = 1;
/// The encoder's effort, 0 to 10. Nobody waits for it, but calls run on the same cores.
const COMPLEXITY: i32 = 5;

/// Why a WAV did not become Opus.
#[derive(Debug, thiserror::Error)]
pub(super) enum EncodeError {
    /// The disk returned an error.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The WAV can't be opened or read. The next one may be readable.
    #[error(transparent)]
    Unreadable(io::Error),
    /// It stays as it is: its content can't be encoded as Opus.
    #[error("{0}")]
    Unfit(String),
    /// The server is stopping.
    #[error("the server is stopping")]
    Stopped,
}

/// Bits a second for one side. Telephone speech is complete with a sixth of the bytes of G.711.
fn bits_per_s(rate: u32) -> Option<i32> {
    match rate {
        8_000 | 12_000 => Some(12_000),
        16_000 => Some(18_000),
        24_000 | 48_000 => Some(24_000),
        _ => None,
    }
}

/// Writes the WAV at `wav` as Ogg Opus to `to`. Blocks for some seconds for each hour of audio, until it is done or `stop` is set.
pub(super) fn encode(wav: &Path, to: impl Write, stop: &AtomicBool) -> Result<(), EncodeError> {
    // A killed process leaves a header that reports too little audio. Files that we did not make are left as they are.
    match media::repair(wav) {
        Ok(_) | Err(media::WavError::Foreign { .. }) => {}
        Err(media::WavError::Io { source, .. }) => return Err(of_the_system(source)),
        Err(error @ media::WavError::Full { .. }) => return Err(EncodeError::Unfit(error.to_string())),
    }
    let reader = open(wav)?;
    let spec = reader.spec();
    let frames = u64::from(reader.duration());
    let is_16_bit = spec.bits_per_sample == 16 && spec.sample_format == SampleFormat::Int;
    let bits = bits_per_s(spec.sample_rate).filter(|_| is_16_bit && (1..=2).contains(&spec.channels));
    let Some(bits) = bits else {
        return Err(EncodeError::Unfit(format!("{spec:?} can't be Opus")));
    };
    if frames == 0 {
        return Err(EncodeError::Unfit("nothing is recorded in it".to_owned()));
    }
    let mut outline = Outline::new(frames, spec.sample_rate, spec.channels);
    let packet_samples = spec.sample_rate as usize / 50 * usize::from(spec.channels);
    let mut sound = Sound { reader: reader.into_samples(), piece: Vec::with_capacity(packet_samples) };
    while sound.next(packet_samples)? {
        outline.push(&sound.piece);
    }
    if stop.load(Ordering::Relaxed) {
        return Err(EncodeError::Stopped);
    }

    let mut encoder = Encoder::new(spec.sample_rate, spec.channels, bits)?;
    let mut pages = PacketWriter::new(to);
    let head = Head { channels: spec.channels as u8, pre_skip: encoder.pre_skip()?, rate: spec.sample_rate };
    pages.write_packet(head.bytes(), SERIAL, PacketWriteEndInfo::EndPage, 0)?;
    pages.write_packet(tags(&outline.comment()), SERIAL, PacketWriteEndInfo::EndPage, 0)?;
    // The encoder delays by the samples that a player skips, so silence at the end pushes out the last samples.
    let end = u64::from(head.pre_skip) + frames * GRANULES_PER_S / u64::from(spec.sample_rate);
    let packets = end.div_ceil(PACKET_GRANULES);
    let mut sound = Sound { reader: open(wav)?.into_samples(), piece: sound.piece };
    for packet in 1..=packets {
        sound.next(packet_samples)?;
        sound.piece.resize(packet_samples, 0);
        let bytes = encoder.encode(&sound.piece)?;
        let (info, granule) = match packet {
            last if last == packets => (PacketWriteEndInfo::EndStream, end),
            packet if packet % PACKETS_PER_PAGE == 0 => {
                if stop.load(Ordering::Relaxed) {
                    return Err(EncodeError::Stopped);
                }
                (PacketWriteEndInfo::EndPage, packet * PACKET_GRANULES)
            }
            packet => (PacketWriteEndInfo::NormalPacket, packet * PACKET_GRANULES),
        };
        pages.write_packet(bytes, SERIAL, info, granule)?;
    }
    pages.into_inner().flush()?;
    Ok(())
}

fn open(wav: &Path) -> Result<WavReader<io::BufReader<std::fs::File>>, EncodeError> {
    WavReader::open(wav).map_err(fault)
}

fn fault(fault: hound::Error) -> EncodeError {
    match fault {
        // Without an error code of the system it is hound's own error: the file is shorter than its header says.
        hound::Error::IoError(cause) if cause.raw_os_error().is_some() => of_the_system(cause),
        fault => EncodeError::Unfit(format!("it is not a complete WAV: {fault}")),
    }
}

fn of_the_system(cause: io::Error) -> EncodeError {
    if is_of_the_file(&cause) { EncodeError::Unreadable(cause) } else { EncodeError::Io(cause) }
}

/// Tells whether an error of opening or reading a recording belongs to its file, such as a bad block. Others affect the next file too, such as too many
/// open files.
pub(super) fn is_of_the_file(cause: &io::Error) -> bool {
    match cause.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied | io::ErrorKind::IsADirectory => true,
        _ => cause.raw_os_error() == Some(Errno::IO.raw_os_error()),
    }
}

/// The samples of a WAV, read in pieces.
struct Sound<R> {
    reader: hound::WavIntoSamples<R, i16>,
    piece: Vec<i16>,
}

impl<R: io::Read> Sound<R> {
    /// Reads the next piece, which is shorter at the end. Returns whether there was anything.
    fn next(&mut self, samples: usize) -> Result<bool, EncodeError> {
        self.piece.clear();
        for sample in self.reader.by_ref().take(samples) {
            self.piece.push(sample.map_err(fault)?);
        }
        Ok(!self.piece.is_empty())
    }
}

/// The encoder of both sides.
struct Encoder {
    inner: OpusMSEncoder,
    rate: u32,
    packet: Vec<u8>,
}

impl Encoder {
    fn new(rate: u32, channels: u16, bits_of_side: i32) -> Result<Self, EncodeError> {
        let sides = i32::from(channels);
        let mapping = &[0, 1][..usize::from(channels)];
        let inner = OpusMSEncoder::new(rate as i32, sides, sides, 0, mapping, OPUS_APPLICATION_VOIP);
        let mut inner = inner.map_err(codec)?;
        for set in [
            inner.set_bitrate(bits_of_side * sides),
            inner.set_complexity(COMPLEXITY),
            inner.set_vbr(1),
            inner.set_signal(OPUS_SIGNAL_VOICE),
        ] {
            if set != OPUS_OK {
                return Err(codec(set));
            }
        }
        Ok(Self { inner, rate, packet: vec![0; PACKET_BYTES_MAX] })
    }

    /// The encoder's delay, on the granule's clock.
    fn pre_skip(&self) -> Result<u16, EncodeError> {
        let late = self.inner.get_encoder(0).map_or(0, |side| side.get_lookahead());
        let late = u64::try_from(late).unwrap_or_default();
        let granules = late * GRANULES_PER_S / u64::from(self.rate);
        u16::try_from(granules)
            .map_err(|_| EncodeError::Unfit(format!("the encoder's delay of {granules} is too long")))
    }

    /// Encodes a packet of 20 ms.
    fn encode(&mut self, samples: &[i16]) -> Result<Vec<u8>, EncodeError> {
        let (frame, max) = ((self.rate / 50) as i32, self.packet.len() as i32);
        let bytes = self.inner.encode(samples, frame, &mut self.packet, max).map_err(codec)?;
        Ok(self.packet[..usize::try_from(bytes).unwrap_or_default()].to_owned())
    }
}

fn codec(code: i32) -> EncodeError {
    EncodeError::Unfit(format!("the Opus encoder failed: {code}"))
}

/// Header at the beginning of the file (RFC 7845, section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Number of streams, each of one channel.
    pub(super) channels: u8,
    /// Samples at the beginning that a player skips, on the granule's clock.
    pub(super) pre_skip: u16,
    /// Sample rate of the recording that it was made from.
    pub(super) rate: u32,
}

impl Head {
    fn bytes(self) -> Vec<u8> {
        let mut head = b"OpusHead".to_vec();
        head.extend([1, self.channels]);
        head.extend(self.pre_skip.to_le_bytes());
        head.extend(self.rate.to_le_bytes());
        head.extend(0_i16.to_le_bytes()); // gain
        match self.channels {
            // Family 0: one stream.
            1 => head.push(0),
            // Family 1: left and right, here as independent streams.
            channels => {
                head.extend([1, channels, 0]);
                head.extend(0..channels);
            }
        }
        head
    }

    /// Parses a header as we write it; none for any other.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(b"OpusHead")?;
        let head = Self {
            channels: *rest.get(1)?,
            pre_skip: u16::from_le_bytes(rest.get(2..4)?.try_into().ok()?),
            rate: u32::from_le_bytes(rest.get(4..8)?.try_into().ok()?),
        };
        let is_ours = (1..=2).contains(&head.channels) && bits_per_s(head.rate).is_some();
        (is_ours && head.bytes() == bytes).then_some(head)
    }
}

/// The comments (RFC 7845, section 5.2).
fn tags(outline: &str) -> Vec<u8> {
    let text = |tags: &mut Vec<u8>, text: &str| {
        tags.extend((text.len() as u32).to_le_bytes());
        tags.extend(text.as_bytes());
    };
    let mut tags = b"OpusTags".to_vec();
    text(&mut tags, concat!("Cordboard ", env!("CARGO_PKG_VERSION")));
    let comments = [
        "DESCRIPTION=Left the caller, right what the caller heard".to_owned(),
        format!("{OUTLINE}={outline}"),
    ];
    tags.extend((comments.len() as u32).to_le_bytes());
    for comment in comments {
        text(&mut tags, &comment);
    }
    tags
}
