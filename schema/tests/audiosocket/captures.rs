//! Every captured connection, compared with the timeline that was recorded with it, whole and in pieces.

use std::fs;
use std::path::{Path, PathBuf};

use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::wire::audiosocket::{Decoder, FrameShape, HANGUP, Message, Sender, ShapeFault};

use crate::drain;

/// One direction of a captured connection.
struct Capture {
    name: String,
    sender: Sender,
    bytes: Vec<u8>,
    timeline: String,
}

fn captures() -> Vec<Capture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/captures/asterisk/audiosocket");
    let mut timelines: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "txt"))
        .collect();
    timelines.sort();
    assert_eq!(timelines.len(), 37, "scenarios in the folder of captures");
    let directions = [(Sender::Asterisk, "a2s.bin"), (Sender::Server, "s2a.bin")];
    let capture = |path: &PathBuf, sender, extension| {
        let file = path.with_extension(extension);
        Capture {
            name: file.file_name().unwrap().to_string_lossy().into_owned(),
            sender,
            bytes: fs::read(&file).unwrap(),
            timeline: fs::read_to_string(path).unwrap(),
        }
    };
    timelines.iter().flat_map(|path| directions.map(|(sender, end)| capture(path, sender, end))).collect()
}

/// A row of a timeline that stands for `count` consecutive messages of one kind and length.
struct Row {
    at_ms: f64,
    offset: u64,
    kind: u8,
    len: u16,
    text: String,
    count: u64,
}

impl Capture {
    fn rows(&self) -> Vec<Row> {
        let arrow = match self.sender {
            Sender::Asterisk => "->",
            Sender::Server => "<-",
        };
        let mut rows = Vec::new();
        let mut is_rest_due = false;
        for line in self.timeline.lines() {
            let mut words = line.split_whitespace();
            let (Some(time), Some(direction), Some(place)) = (words.next(), words.next(), words.next())
            else {
                continue;
            };
            let (Ok(at_ms), true, Some(offset)) = (time.parse(), direction == arrow, place.strip_prefix('@'))
            else {
                continue;
            };
            let offset = offset.parse().unwrap();
            // Only 320-byte frames were sent in two writes, each with a line of its own.
            if words.clone().next() == Some("(part") {
                is_rest_due = !is_rest_due;
                if is_rest_due {
                    rows.push(Row { at_ms, offset, kind: 0x10, len: 320, text: "AUDIO 8k".into(), count: 1 });
                }
                continue;
            }
            let ["kind", kind, "len", len] = [(); 4].map(|()| words.next().unwrap()) else {
                panic!("{line}")
            };
            let text: Vec<&str> = words.collect();
            let repeats = text.iter().position(|word| *word == "x").map(|x| text[x + 1].parse().unwrap());
            rows.push(Row {
                at_ms,
                offset,
                kind: u8::from_str_radix(kind.trim_start_matches("0x"), 16).unwrap(),
                len: len.parse().unwrap(),
                text: text.join(" "),
                count: repeats.unwrap_or(1),
            });
        }
        rows
    }
}

impl Row {
    /// Returns the end of each message of the row, in bytes from the start; none for audio without a sample.
    fn ends(&self) -> Vec<u64> {
        let is_empty_audio = self.text.starts_with("AUDIO") && self.len < 2;
        let count = if is_empty_audio { 0 } else { self.count };
        (1..=count).map(|n| self.offset + n * (3 + u64::from(self.len))).collect()
    }

    fn describes(&self, message: &Message) -> bool {
        match message {
            Message::Uuid(uuid) => self.text == format!("UUID {uuid}"),
            Message::Dtmf(digit) => self.text == format!("DTMF '{digit}'"),
            Message::Audio(frame) => {
                let rate = format!("AUDIO {}k", frame.rate().hz() / 1000);
                self.text.starts_with(&rate) && frame.sample_count() == usize::from(self.len / 2)
            }
            Message::Hangup => self.text == "HANGUP",
            Message::Error { code } => self.text == format!("ERROR {:02x}", code.unwrap()),
            Message::Unknown { kind, len } => self.text == "kind?" && (*kind, *len) == (self.kind, self.len),
        }
    }
}

#[test]
fn every_message_is_where_the_timeline_says() {
    let mut messages = 0;
    for capture in captures() {
        let mut decoder = Decoder::new(capture.sender);
        let mut decoded = drain(&mut decoder, &capture.bytes).into_iter();
        for row in capture.rows() {
            for end in row.ends() {
                let (position, result) = decoded.next().expect(&capture.name);
                assert_eq!(position, end, "{}: {}", capture.name, row.text);
                let message = result.expect(&capture.name);
                assert!(row.describes(&message), "{}: {message:?} is not {}", capture.name, row.text);
                messages += 1;
            }
        }
        assert_eq!(decoded.count(), 0, "messages of {} after the timeline", capture.name);
        assert_eq!(
            (decoder.position(), decoder.buffered_bytes()),
            (capture.bytes.len() as u64, 0),
            "{}",
            capture.name
        );
    }
    assert_eq!(messages, 5_261);
}

#[test]
fn a_byte_at_a_time_gives_the_same_messages() {
    for capture in captures() {
        let whole = drain(&mut Decoder::new(capture.sender), &capture.bytes);
        let mut decoder = Decoder::new(capture.sender);
        let single: Vec<_> = capture.bytes.chunks(1).flat_map(|byte| drain(&mut decoder, byte)).collect();
        assert!(whole == single, "{} read byte by byte differs", capture.name);
    }
}

/// Each cut is tested with the message before it and the message after it. Earlier work of the decoder has no effect there, as
/// the next correct message shows. So every byte of every capture can be a cut.
#[test]
fn a_cut_at_every_byte_gives_the_same_messages() {
    for capture in captures() {
        let whole = drain(&mut Decoder::new(capture.sender), &capture.bytes);
        let mut before = Decoder::new(capture.sender);
        for (index, (end, _)) in whole.iter().enumerate() {
            let last = whole.len().min(index + 2);
            let (start, end, stop) = (before.position() as usize, *end as usize, whole[last - 1].0 as usize);
            // A second of audio in one message is tried at its ends and at each 97th byte.
            let is_tried = |cut: &usize| {
                end - start < 4_096 || cut - start < 64 || end - cut < 64 || cut.is_multiple_of(97)
            };
            for cut in (start..end).filter(is_tried) {
                let mut decoder = before.clone();
                let mut joined = drain(&mut decoder, &capture.bytes[start..cut]);
                joined.extend(drain(&mut decoder, &capture.bytes[cut..stop]));
                assert!(joined == whole[index..last], "{} cut at byte {cut} differs", capture.name);
            }
            drain(&mut before, &capture.bytes[start..end]);
        }
    }
}

/// The capturing server sent a tone, and it is decoded as a tone: the samples are little endian and nothing is shifted.
#[test]
fn the_tone_of_a_capture_is_decoded_as_a_tone() {
    let capture = captures().into_iter().find(|capture| capture.name == "chan-slin16.a2s.bin").unwrap();
    let samples: Vec<i16> = audio(&capture).flat_map(|frame| pcm(&frame)).collect();
    assert_eq!(samples.len(), 51 * 320);
    let steepest = samples.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max().unwrap();
    let loudest = samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
    assert!(loudest > 4_000, "the caller's tone is there: peak {loudest}");
    assert!(steepest < loudest, "a wave is smooth, swapped bytes are not: step {steepest}, peak {loudest}");
}

#[test]
fn only_the_dialplan_without_a_codec_is_found() {
    for capture in captures().iter().filter(|capture| capture.sender == Sender::Asterisk) {
        let mut shape = FrameShape::default();
        let arrivals = capture
            .rows()
            .into_iter()
            .filter(|row| row.text.starts_with("AUDIO"))
            .flat_map(|row| (0..row.count).map(move |n| row.at_ms as u64 + n * 20));
        let findings: Vec<ShapeFault> =
            arrivals.zip(audio(capture)).filter_map(|(at_ms, frame)| shape.observe(at_ms, &frame)).collect();
        let expected: &[ShapeFault] =
            if capture.name == "chan-default-codec.a2s.bin" { &[ShapeFault::RawCodec] } else { &[] };
        assert_eq!(findings, expected, "{}", capture.name);
    }
}

/// An Asterisk before late 2025 labels all audio as 8 kHz. This is made from a capture, because there is no capture of it.
#[test]
fn wideband_under_the_old_label_is_found() {
    let mut capture = captures().into_iter().find(|capture| capture.name == "chan-slin16.a2s.bin").unwrap();
    let header_of_16_khz = [0x12, 0x02, 0x80];
    for start in (19..capture.bytes.len()).step_by(643) {
        assert_eq!(capture.bytes[start..start + 3], header_of_16_khz);
        capture.bytes[start] = 0x10;
    }
    let mut shape = FrameShape::default();
    let findings: Vec<ShapeFault> =
        (0..).zip(audio(&capture)).filter_map(|(n, frame)| shape.observe(n * 20, &frame)).collect();
    assert_eq!(findings, [ShapeFault::UnlabelledWideband]);
}

/// Our encoder sends exactly the bytes that the capturing server sent and Asterisk accepted.
#[test]
fn encoding_a_captures_messages_gives_its_bytes() {
    for name in ["app-paced-heard.s2a.bin", "chan-slin16.s2a.bin", "chan-slin24.s2a.bin"] {
        let capture = captures().into_iter().find(|capture| capture.name == name).unwrap();
        let mut encoded = Vec::new();
        for frame in audio(&capture) {
            cordboard_schema::wire::audiosocket::encode_audio(frame.rate(), &pcm(&frame), &mut encoded)
                .unwrap();
        }
        encoded.extend(HANGUP);
        assert!(encoded == capture.bytes, "{name} encoded again differs");
    }
}

fn audio(capture: &Capture) -> impl Iterator<Item = Frame> {
    drain(&mut Decoder::new(capture.sender), &capture.bytes).into_iter().filter_map(
        |(_, result)| match result {
            Ok(Message::Audio(frame)) => Some(frame),
            _ => None,
        },
    )
}

fn pcm(frame: &Frame) -> Vec<i16> {
    match frame {
        Frame::Pcm { rate, samples } if SampleRate::ALL.contains(rate) => samples.to_vec(),
        _ => panic!("the decoder makes PCM"),
    }
}
