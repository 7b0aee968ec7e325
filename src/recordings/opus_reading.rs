//! Decodes a span of an Opus recording to samples.
//!
//! Only our own files ([`opus_file`](super::opus_file)) are read: packets of 20 ms from the begin on, and pages that no packet crosses. Any other
//! file is refused, because the object store may be shared.

use std::io::{self, Read, Seek, SeekFrom};

use ogg::{OggReadError, Packet, PacketReader};
use ropus::OpusMSDecoder;

use super::opus_file::{GRANULES_PER_S, Head, PACKET_GRANULES};

/// Samples to decode before the first one that is needed, on the granule's clock: 80 ms (RFC 7845, section 4.6).
const PRE_ROLL_GRANULES: u64 = 3_840;
/// Bytes at the end of a file that contain the begin of its last page: a page has at most 255 segments of 255 bytes, and a header.
const LAST_PAGE_BYTES_MAX: u64 = 65_307;
/// Maximum of packets in a page.
const PACKETS_PER_PAGE_MAX: usize = 255;
/// The highest granule. Each of our files was made from a WAV, whose bytes are counted in 32 bits, and whose lowest rate is a sixth of the granule's
/// clock.
const GRANULES_MAX: u64 = u32::MAX as u64 * 6;

/// Why a recording in Opus can't be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpusError {
    /// Its bytes can't be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is not one of our files.
    #[error("it is not a recording in Opus: {0}")]
    Foreign(&'static str),
}

impl From<OggReadError> for OpusError {
    fn from(error: OggReadError) -> Self {
        match error {
            OggReadError::ReadError(cause) => cause.into(),
            _ => Self::Foreign("its pages are broken"),
        }
    }
}

/// A span that was found and is not decoded yet.
pub(crate) struct OpusCut<R: Read + Seek> {
    packets: PacketReader<R>,
    /// The packets of the page that was found; the first has the number `next`.
    found: std::vec::IntoIter<Packet>,
    decoder: OpusMSDecoder,
    head: Head,
    /// The number of the next packet, from 0.
    next: u64,
    /// The next sample of each side to return, counted from the recording's begin at its rate.
    at: u64,
    /// End of the span.
    to: u64,
    from: u64,
}

impl<R: Read + Seek> OpusCut<R> {
    /// Finds the samples from `from_ms` to before `to_ms`, or to the end if `to_ms` is none or later. Blocks.
    pub(crate) fn open(mut file: R, from_ms: u64, to_ms: Option<u64>) -> Result<Self, OpusError> {
        let granules = last_granule(&mut file)?;
        file.seek(SeekFrom::Start(0))?;
        let mut packets = PacketReader::new(file);
        let first = packets.read_packet()?.ok_or(OpusError::Foreign("it is empty"))?;
        let head = Head::parse(&first.data).ok_or(OpusError::Foreign("it has an unknown header"))?;
        let per_ms = |ms: u64| ms.saturating_mul(u64::from(head.rate)) / 1_000;
        let whole = granules.saturating_sub(head.pre_skip.into()) * u64::from(head.rate) / GRANULES_PER_S;
        let from = per_ms(from_ms).min(whole);
        let to = to_ms.map_or(whole, per_ms).clamp(from, whole);
        let mapping = &[0, 1][..usize::from(head.channels)];
        let sides = i32::from(head.channels);
        let decoder = OpusMSDecoder::new(head.rate as i32, sides, sides, 0, mapping)
            .map_err(|_| OpusError::Foreign("no decoder accepts it"))?;
        let mut cut =
            Self { packets, found: Vec::new().into_iter(), decoder, head, next: 0, at: from, to, from };
        if from < to {
            cut.find(from)?;
        }
        Ok(cut)
    }

    /// Leaves out the next samples of each side, if none was decoded yet. Blocks.
    pub(crate) fn skip(&mut self, frames: u64) -> Result<(), OpusError> {
        let from = self.from.saturating_add(frames).min(self.to);
        (self.from, self.at) = (from, from);
        if frames > 0 && from < self.to {
            self.find(from)?;
        }
        Ok(())
    }

    /// Number of samples of each side.
    pub(crate) fn frames(&self) -> u64 {
        self.to - self.from
    }

    /// Sample rate.
    pub(crate) fn rate(&self) -> u32 {
        self.head.rate
    }

    /// Number of sides.
    pub(crate) fn channels(&self) -> u16 {
        self.head.channels.into()
    }

    /// Finds the page of this sample, or of the pre-roll before it.
    fn find(&mut self, sample: u64) -> Result<(), OpusError> {
        let granule = u64::from(self.head.pre_skip) + sample * GRANULES_PER_S / u64::from(self.head.rate);
        // The headers have the granule 0.
        let goal = granule.saturating_sub(PRE_ROLL_GRANULES).max(1);
        if !self.packets.seek_absgp(None, goal)? {
            return Err(OpusError::Foreign("it ends before its end"));
        }
        let mut page = Vec::new();
        loop {
            let packet = self.packets.read_packet()?.ok_or(OpusError::Foreign("a page has no end"))?;
            let is_last = packet.last_in_page();
            // The headers, if the search has found the very begin.
            if packet.absgp_page() > 0 {
                page.push(packet);
            }
            if (is_last && !page.is_empty()) || page.len() > PACKETS_PER_PAGE_MAX {
                break;
            }
        }
        // The last page ends where the recording does, inside its last packet.
        let next = at_most(page.last().map_or(0, Packet::absgp_page))?.div_ceil(PACKET_GRANULES);
        self.next = next
            .checked_sub(page.len() as u64)
            .ok_or(OpusError::Foreign("it has more packets than its pages say"))?;
        self.found = page.into_iter();
        Ok(())
    }

    /// Decodes the next packets. Returns their samples, interleaved; nothing after the last. Blocks.
    pub(crate) fn next_samples(&mut self, packets: usize) -> Result<Vec<i16>, OpusError> {
        let sides = u64::from(self.head.channels);
        let frame = u64::from(self.head.rate) / 50;
        let skipped = u64::from(self.head.pre_skip) * u64::from(self.head.rate) / GRANULES_PER_S;
        let mut samples = Vec::new();
        let mut piece = vec![0_i16; (frame * sides) as usize];
        let mut decoded_packets = 0;
        while self.at < self.to && (decoded_packets < packets || samples.is_empty()) {
            let packet = match self.found.next() {
                Some(packet) => packet,
                None => self.packets.read_packet()?.ok_or(OpusError::Foreign("it ends before its end"))?,
            };
            let len = packet.data.len() as i32;
            let decoded = self.decoder.decode(Some(&packet.data), len, &mut piece, frame as i32, false);
            if decoded != Ok(frame as i32) {
                return Err(OpusError::Foreign("a packet is broken"));
            }
            decoded_packets += 1;
            // The position of its first sample in the recording. Pre-skip samples come before 0.
            let begins = (self.next * frame).checked_sub(skipped);
            self.next += 1;
            let (begins, first) = match begins {
                Some(begins) => (begins, 0),
                None => (0, skipped - (self.next - 1) * frame),
            };
            if begins > self.at {
                return Err(OpusError::Foreign("a page is not where it says"));
            }
            let ends = begins + frame.saturating_sub(first);
            if ends <= self.at || first >= frame {
                continue;
            }
            let (from, to) = (first + (self.at - begins.min(self.at)), first + ends.min(self.to) - begins);
            samples.extend(&piece[(from * sides) as usize..(to * sides) as usize]);
            self.at = ends.min(self.to);
        }
        Ok(samples)
    }
}

/// The granule of the file's last page.
fn last_granule(file: &mut (impl Read + Seek)) -> Result<u64, OpusError> {
    let len = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(len.saturating_sub(LAST_PAGE_BYTES_MAX)))?;
    let mut tail = Vec::new();
    file.take(LAST_PAGE_BYTES_MAX).read_to_end(&mut tail)?;
    // `OggS`, version 0, flags with the end of the stream, and the granule (RFC 3533, section 6).
    let pages = tail.windows(14).rev();
    let last = pages.filter(|head| head[..5] == *b"OggS\0" && head[5] & 4 != 0).map(|head| &head[6..14]);
    let granule = last.map(<[u8; 8]>::try_from).find_map(Result::ok).map(u64::from_le_bytes);
    at_most(granule.ok_or(OpusError::Foreign("it has no last page"))?)
}

/// The granule of a page, if a recording can be that long.
fn at_most(granule: u64) -> Result<u64, OpusError> {
    if granule > GRANULES_MAX {
        return Err(OpusError::Foreign("it claims to be longer than a recording can be"));
    }
    Ok(granule)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Cursor;
    use std::path::{Path, PathBuf};
    use std::sync::atomic::AtomicBool;

    use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
    use ogg::{PacketWriteEndInfo, PacketWriter};

    use super::super::opus_file::{EncodeError, encode};
    use super::*;

    fn write(path: &Path, rate: u32, channels: u16, samples: &[i16]) {
        let spec =
            WavSpec { channels, sample_rate: rate, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let mut wav = WavWriter::create(path, spec).unwrap();
        for sample in samples {
            wav.write_sample(*sample).unwrap();
        }
        wav.finalize().unwrap();
    }

    fn prompt(name: &str) -> Vec<i16> {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("static/sounds").join(name);
        WavReader::open(path).unwrap().into_samples().map(Result::unwrap).collect()
    }

    /// Audio of a call: the caller asks on the left, the answer is on the right, and each side is silent while the other speaks. Its rate is that of
    /// the shipped sounds, or a multiple.
    fn conversation(times: usize) -> (u32, Vec<i16>) {
        let sounds = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("static/sounds");
        let rate = WavReader::open(sounds.join("caller/hello_question.wav")).unwrap().spec().sample_rate;
        let mut both = Vec::new();
        for _ in 0..times {
            for (caller, assistant) in [
                ("caller/hello_question.wav", "prompts/reply_1.wav"),
                ("caller/thanks_bye.wav", "prompts/goodbye.wav"),
            ] {
                both.extend(prompt(caller).into_iter().flat_map(|sample| [sample, 0]));
                both.extend(prompt(assistant).into_iter().flat_map(|sample| [0, sample]));
            }
        }
        (rate, both)
    }

    fn encoded(rate: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let wav = folder.path().join("a.wav");
        write(&wav, rate, channels, samples);
        let mut file = Vec::new();
        encode(&wav, &mut file, &AtomicBool::new(false)).unwrap();
        file
    }

    fn decoded(file: &[u8], from_ms: u64, to_ms: Option<u64>) -> Vec<i16> {
        let mut cut = OpusCut::open(Cursor::new(file), from_ms, to_ms).unwrap();
        let expected = cut.frames() * u64::from(cut.channels());
        let mut all = Vec::new();
        loop {
            let samples = cut.next_samples(7).unwrap();
            if samples.is_empty() {
                assert_eq!(all.len() as u64, expected);
                return all;
            }
            all.extend(samples);
        }
    }

    fn side(both: &[i16], side: usize) -> Vec<f64> {
        both.iter().skip(side).step_by(2).map(|sample| f64::from(*sample)).collect()
    }

    /// The loudness of each 20 ms.
    fn levels(side: &[f64], rate: u32) -> Vec<f64> {
        let rms = |piece: &[f64]| (piece.iter().map(|s| s * s).sum::<f64>() / piece.len() as f64).sqrt();
        side.chunks(rate as usize / 50).map(rms).collect()
    }

    fn likeness(a: &[f64], b: &[f64]) -> f64 {
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        product(a, b) / (product(a, a) * product(b, b)).sqrt().max(1.0)
    }

    /// By how many samples `b` is later than `a`, at their best match.
    fn late(a: &[f64], b: &[f64], most: i64) -> i64 {
        let shifted = |by: i64| {
            let (a, b) = if by >= 0 { (a, &b[by as usize..]) } else { (&a[by.unsigned_abs() as usize..], b) };
            likeness(&a[..a.len().min(b.len())], &b[..a.len().min(b.len())])
        };
        let all = (-most..=most).map(|by| (by, shifted(by)));
        all.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(by, _)| by).unwrap()
    }

    #[test]
    fn encoding_keeps_side_time_and_loudness_at_a_tenth_size() {
        let (rate, both) = conversation(1);
        // The same at the rates of telephones and browsers: with each sample repeated, or some left out.
        for (factor, skip) in [(1, 1), (3, 1), (1, rate as usize / 8_000)] {
            let rate = rate * factor / skip as u32;
            let moments = both.chunks_exact(2).step_by(skip);
            let heard: Vec<i16> = moments.flat_map(|moment| moment.repeat(factor as usize)).collect();
            let file = encoded(rate, 2, &heard);
            let again = decoded(&file, 0, None);
            assert_eq!(again.len(), heard.len(), "{rate} Hz");
            assert!(file.len() * 10 <= heard.len() * 2, "{rate} Hz: {} of {}", file.len(), heard.len() * 2);
            for at in [0, 1] {
                let (before, after) = (side(&heard, at), side(&again, at));
                // The begin of this side's speech, found in a fifth of a second and correct within 20 ms.
                let begin = before.iter().position(|sample| sample.abs() > 1_000.0).unwrap();
                let first = begin..begin + rate as usize / 5;
                let most = i64::from(rate) / 50;
                let ms = late(&before[first.clone()], &after[first], most) * 1_000 / i64::from(rate);
                assert!(ms.abs() <= 1, "{rate} Hz, side {at}: {ms} ms late");
                let (before, after) = (levels(&before, rate), levels(&after, rate));
                let alike = likeness(&before, &after);
                assert!(alike > 0.98, "{rate} Hz, side {at}: {alike}");
                // A side that was silent is still silent, whatever the other side said.
                let loudest = before.iter().zip(&after).filter(|(before, _)| **before == 0.0).skip(5);
                let loudest = loudest.map(|(_, after)| *after).fold(0.0, f64::max);
                let usual = before.iter().copied().fold(0.0, f64::max);
                assert!(loudest < usual / 20.0, "{rate} Hz, side {at}: {loudest} of {usual} in silence");
            }
        }
    }

    #[test]
    fn a_cut_equals_the_same_part_of_the_whole() {
        let (rate, both) = conversation(1);
        let file = encoded(rate, 2, &both);
        let whole = decoded(&file, 0, None);
        let at = |ms: u64| (ms * u64::from(rate) / 1_000) as usize * 2;
        let whole_ms = whole.len() as u64 / 2 * 1_000 / u64::from(rate);
        for (from, to) in [
            (0, 1),
            (0, 20),
            (1, 1_000),
            (990, 1_010),
            (2_345, 4_567),
            (3_000, 3_000),
            (whole_ms - 30, whole_ms),
        ] {
            let cut = decoded(&file, from, Some(to));
            let expected = &whole[at(from)..at(to)];
            assert_eq!(cut.len(), expected.len(), "{from} to {to}");
            // A decoder that begins in the middle has decoded less before it than one that began at the start.
            if from == 0 {
                assert_eq!(cut, expected);
            } else if to - from > 500 {
                let (a, b) = (side(&cut, 0), side(expected, 0));
                assert!(likeness(&a, &b) > 0.98 || a.iter().all(|s| s.abs() < 50.0), "{from} to {to}");
                assert_eq!(late(&a, &b, 40), 0, "{from} to {to}");
            }
        }
        assert_eq!(decoded(&file, whole_ms - 30, None).len(), whole.len() - at(whole_ms - 30));
        assert_eq!(decoded(&file, u64::MAX, Some(u64::MAX)), Vec::<i16>::new());
    }

    #[test]
    fn one_side_alone_and_a_single_sample_are_kept_too() {
        let (rate, both) = conversation(1);
        let mono: Vec<i16> = both.chunks_exact(2).map(|moment| moment[0]).collect();
        assert_eq!(decoded(&encoded(rate, 1, &mono), 0, None).len(), mono.len());
        assert_eq!(decoded(&encoded(8_000, 2, &[5, -5]), 0, None).len(), 2);
    }

    #[test]
    fn unfit_files_are_refused_and_a_stopped_encoding_ends() {
        let folder = tempfile::tempdir().unwrap();
        let wav = folder.path().join("a.wav");
        let tried = |stop| encode(&wav, io::sink(), &AtomicBool::new(stop));
        assert!(
            matches!(tried(false), Err(EncodeError::Unreadable(cause)) if cause.kind() == io::ErrorKind::NotFound)
        );
        for (rate, samples) in [(44_100, &[1, 2][..]), (8_000, &[])] {
            write(&wav, rate, 2, samples);
            assert!(matches!(tried(false), Err(EncodeError::Unfit(_))), "{rate}");
        }
        fs::write(&wav, "RIFF").unwrap();
        assert!(matches!(tried(false), Err(EncodeError::Unfit(_))));
        let (rate, both) = conversation(1);
        write(&wav, rate, 2, &both);
        assert!(matches!(tried(true), Err(EncodeError::Stopped)));
    }

    #[test]
    fn audio_missing_in_the_header_after_a_kill_is_encoded() {
        let folder = tempfile::tempdir().unwrap();
        let wav = folder.path().join("a.wav");
        write(&wav, 8_000, 2, &[700; 32_000]);
        let mut bytes = fs::read(&wav).unwrap();
        bytes[40..44].copy_from_slice(&800_u32.to_le_bytes());
        fs::write(&wav, bytes).unwrap();
        let mut file = Vec::new();
        encode(&wav, &mut file, &AtomicBool::new(false)).unwrap();
        assert_eq!(decoded(&file, 0, None).len(), 32_000);
    }

    #[test]
    fn truncated_files_are_refused_and_changed_ones_never_panic() {
        let (rate, both) = conversation(1);
        let file = encoded(rate, 2, &both);
        let read = |bytes: &[u8]| {
            let mut cut = OpusCut::open(Cursor::new(bytes), 1_500, None)?;
            while !cut.next_samples(50)?.is_empty() {}
            Ok::<_, OpusError>(())
        };
        assert!(read(&file).is_ok());
        for len in [0, 3, 27, 60, file.len() / 2, file.len() - 1] {
            assert!(read(&file[..len]).is_err(), "{len} bytes");
        }
        let end = file.len();
        for at in [0, 5, 30, 37, 39, end / 3, end / 2] {
            let mut changed = file.clone();
            changed[at] ^= 0x55;
            // A page with a wrong checksum is skipped, or its loss is found. Nothing may panic.
            let _ = read(&changed);
        }
    }

    /// The file with other granules and correct checksums.
    fn forged(file: &[u8], granule: impl Fn(u64) -> u64) -> Vec<u8> {
        let mut packets = PacketReader::new(Cursor::new(file));
        let mut forged = PacketWriter::new(Vec::new());
        while let Some(packet) = packets.read_packet().unwrap() {
            let end = if packet.last_in_stream() {
                PacketWriteEndInfo::EndStream
            } else if packet.last_in_page() {
                PacketWriteEndInfo::EndPage
            } else {
                PacketWriteEndInfo::NormalPacket
            };
            let (serial, at) = (packet.stream_serial(), granule(packet.absgp_page()));
            forged.write_packet(packet.data, serial, end, at).unwrap();
        }
        forged.into_inner()
    }

    #[test]
    fn a_file_whose_pages_lie_about_their_times_is_refused() {
        let (rate, both) = conversation(1);
        let file = encoded(rate, 2, &both);
        let end = last_granule(&mut Cursor::new(&file)).unwrap();
        let read = |bytes: &[u8], to_ms| {
            let mut cut = OpusCut::open(Cursor::new(bytes), 1_500, to_ms)?;
            while !cut.next_samples(50)?.is_empty() {}
            Ok::<_, OpusError>(())
        };
        assert!(read(&forged(&file, |at| at), None).is_ok());
        for late in [1 << 33, 1 << 40, 1 << 62, u64::MAX - end] {
            let all = forged(&file, |at| if at == 0 { 0 } else { at + late });
            let last = forged(&file, |at| if at == end { at + late } else { at });
            let but_last = forged(&file, |at| if at == 0 || at == end { at } else { at + late });
            for bytes in [all, last, but_last] {
                assert!(read(&bytes, None).is_err(), "{late}");
                let _ = (read(&bytes, Some(2_000)), read(&bytes, Some(u64::MAX)));
            }
        }
    }
}
