//! OpenAI's speech API, which many servers offer. Speech synthesis (`/v1/audio/speech`): a request, and samples from the bytes of
//! its answer. Recognition of single utterances (`/v1/audio/transcriptions`): a form, and the words of its answer.
//!
//! `pcm` is 16-bit little-endian, one channel, 24 kHz, without a header. Self-hosted servers may send a WAV file at another rate
//! instead, whatever was requested: its header is read. Any other format is recognized by its first bytes and refused, because
//! played as samples it would be noise. Source: OpenAI's API reference; the WAVE format by its chunks (RFC 2361 has the codes).

use serde_json::{Value, json};

use super::openai::usage::token_usage;
use crate::audio::{Frame, Law, SampleRate};
use crate::usage::TokenUsage;

/// Characters of one request.
pub const INPUT_CHARS_MAX: usize = 4_096;
/// The rate of `pcm` unless another is given.
const RATE_OF_PCM: SampleRate = SampleRate::HZ_24000;
/// Maximum bytes of a WAV header; a longer one is refused.
const HEADER_BYTES_MAX: usize = 64 * 1024;
/// Maximum samples of one frame: a second at 48 kHz.
const FRAME_SAMPLES_MAX: usize = 48_000;
/// Bytes that identify the format.
const MAGIC_BYTES: usize = 4;
/// A sample length of this or more, like 0, was unknown when the header was written: no piece of speech has 2 GB.
const UNKNOWN_LENGTH: usize = 0x7fff_0000;

/// A request for speech.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpeechRequest {
    /// The model.
    pub model: String,
    /// The voice.
    pub voice: String,
    /// The text to say.
    pub input: String,
    /// `pcm` or `wav`.
    pub format: &'static str,
    /// Speed of speech in percent; none for the default.
    pub speed_percent: Option<u16>,
}

impl SpeechRequest {
    /// Returns the body, as JSON.
    pub fn to_text(&self) -> String {
        let mut body = json!({
            "model": self.model,
            "voice": self.voice,
            "input": self.input,
            "response_format": self.format,
        });
        if let Some(percent) = self.speed_percent {
            body["speed"] = json!(f64::from(percent) / 100.0);
        }
        body.to_string()
    }
}

/// Bytes that aren't playable speech.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSpeech {
    /// It is another format.
    #[error("the speech is {0}, but only pcm and wav are supported")]
    Format(&'static str),
    /// A WAV file of an unsupported kind.
    #[error("the speech is a WAV file that can't be read: {0}")]
    Wav(String),
}

/// Reads the bytes of one piece of speech.
#[derive(Clone, Debug)]
pub struct SpeechReader {
    state: State,
    /// Bytes that wait for more.
    waiting: Vec<u8>,
    /// Bytes of samples that are still to come, if a header says how many there are: other chunks follow them.
    left: Option<usize>,
    /// The last sample, if several are made from each one.
    last: i16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The format isn't known yet.
    Unknown,
    /// A WAV file with an incomplete header.
    Header,
    /// Samples.
    Samples(Samples),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Samples {
    rate: SampleRate,
    law: Option<Law>,
    channels: usize,
    /// Number of samples made from each one: Piper's 22,050 Hz isn't a rate of a leg, but twice that is.
    factor: i32,
}

impl Default for SpeechReader {
    fn default() -> Self {
        Self { state: State::Unknown, waiting: Vec::new(), left: None, last: 0 }
    }
}

impl SpeechReader {
    /// Takes in bytes and returns the frames that they complete, each of at most about a second.
    ///
    /// # Errors
    /// It isn't playable speech.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Frame>, BadSpeech> {
        self.waiting.extend_from_slice(bytes);
        if self.state == State::Unknown {
            if self.waiting.len() < MAGIC_BYTES {
                return Ok(Vec::new());
            }
            self.state = recognized(&self.waiting)?;
        }
        if self.state == State::Header {
            match header(&self.waiting)? {
                Some(Header { format, length, samples_length }) => {
                    self.state = format;
                    self.left = samples_length;
                    self.waiting.drain(..length);
                }
                None if self.waiting.len() > HEADER_BYTES_MAX => {
                    return Err(BadSpeech::Wav("its header has no end".to_owned()));
                }
                None => return Ok(Vec::new()),
            }
        }
        let State::Samples(format) = self.state else { return Ok(Vec::new()) };
        let size = format.channels * if format.law.is_some() { 1 } else { 2 };
        let of_samples = self.left.map_or(self.waiting.len(), |left| left.min(self.waiting.len()));
        let whole = of_samples / size * size;
        let bytes: Vec<u8> = self.waiting.drain(..whole).collect();
        if let Some(left) = &mut self.left {
            *left -= whole;
            if *left < size {
                self.waiting.clear();
            }
        }
        Ok(bytes.chunks(FRAME_SAMPLES_MAX * size).map(|piece| self.frame(piece, format)).collect())
    }

    fn frame(&mut self, bytes: &[u8], Samples { rate, law, channels, factor }: Samples) -> Frame {
        if let Some(law) = law {
            let octets: Vec<u8> = bytes.iter().step_by(channels).copied().collect();
            return Frame::G711 { law, bytes: octets.into() };
        }
        let sample = |bytes: &[u8]| i16::from_le_bytes([bytes[0], bytes[1]]);
        let samples = bytes.chunks_exact(2 * channels).map(sample);
        if factor == 1 {
            return Frame::pcm(rate, samples.collect::<Vec<i16>>());
        }
        let mut all = Vec::with_capacity(bytes.len());
        for next in samples {
            // Linear interpolation; the added frequencies are above everything that a telephone carries.
            let (from, to) = (i32::from(self.last), i32::from(next));
            all.extend((1..=factor).map(|step| (from + (to - from) * step / factor) as i16));
            self.last = next;
        }
        Frame::pcm(rate, all)
    }
}

/// Returns the format of data that begins with these bytes.
fn recognized(bytes: &[u8]) -> Result<State, BadSpeech> {
    let is = |magic: &[u8]| bytes.starts_with(magic);
    if is(b"RIFF") {
        return Ok(State::Header);
    }
    let other = if is(b"ID3") || matches!(bytes, [0xff, 0xfb | 0xf3 | 0xf2, ..]) {
        Some("MP3")
    } else if is(b"OggS") {
        Some("Ogg")
    } else if is(b"fLaC") {
        Some("FLAC")
    } else if is(b"{\"") {
        Some("JSON")
    } else if is(b"<!DO") || is(b"<htm") || is(b"<HTM") {
        Some("a page")
    } else if is(b"data") || is(b"even") {
        Some("server-sent events")
    } else {
        None
    };
    match other {
        Some(name) => Err(BadSpeech::Format(name)),
        None => Ok(State::Samples(Samples { rate: RATE_OF_PCM, law: None, channels: 1, factor: 1 })),
    }
}

/// The header of a WAV file.
struct Header {
    format: State,
    /// Its length in bytes.
    length: usize,
    /// Bytes of the samples, if the header says so.
    samples_length: Option<usize>,
}

/// Reads the header of a WAV file; none if it is incomplete.
fn header(bytes: &[u8]) -> Result<Option<Header>, BadSpeech> {
    let wrong = |what: &str| BadSpeech::Wav(what.to_owned());
    if bytes.len() < 12 {
        return Ok(None);
    }
    if &bytes[8..12] != b"WAVE" {
        return Err(wrong("it isn't a WAVE file"));
    }
    let mut at = 12;
    let mut format = None;
    loop {
        let Some(head) = bytes.get(at..at + 8) else { return Ok(None) };
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        if &head[..4] == b"data" {
            let format = format.ok_or_else(|| wrong("its samples come before their format"))?;
            let samples_length = Some(length).filter(|length| (1..UNKNOWN_LENGTH).contains(length));
            return Ok(Some(Header { format, length: at + 8, samples_length }));
        }
        if length > HEADER_BYTES_MAX {
            return Err(wrong("a chunk of its header is too long"));
        }
        let Some(chunk) = bytes.get(at + 8..at + 8 + length) else { return Ok(None) };
        if &head[..4] == b"fmt " {
            format = Some(format_of(chunk)?);
        }
        // Chunks begin at even offsets.
        at += 8 + length + length % 2;
    }
}

fn format_of(chunk: &[u8]) -> Result<State, BadSpeech> {
    let [code_0, code_1, channels_0, channels_1, a, b, c, d, .., bits_0, bits_1] =
        chunk.get(..16).unwrap_or_default()
    else {
        return Err(BadSpeech::Wav("its format is too short".to_owned()));
    };
    let code = u16::from_le_bytes([*code_0, *code_1]);
    let channels = u16::from_le_bytes([*channels_0, *channels_1]);
    let hz = u32::from_le_bytes([*a, *b, *c, *d]);
    let bits = u16::from_le_bytes([*bits_0, *bits_1]);
    let law = match (code, bits) {
        // 0xfffe means that the code is further on; with 16 bits that is always samples.
        (1 | 0xfffe, 16) => None,
        (6, 8) => Some(Law::A),
        (7, 8) => Some(Law::Mu),
        _ => return Err(BadSpeech::Wav(format!("code {code} with {bits} bits"))),
    };
    let (rate, factor) = match (SampleRate::try_from(hz), law) {
        (Ok(rate), None) => (rate, 1),
        (Ok(SampleRate::HZ_8000), Some(_)) => (SampleRate::HZ_8000, 1),
        (Err(_), None) if hz == 22_050 => (SampleRate::HZ_44100, 2),
        (Err(_), None) if hz == 11_025 => (SampleRate::HZ_44100, 4),
        _ => return Err(BadSpeech::Wav(format!("{hz} Hz"))),
    };
    match channels {
        1 | 2 => Ok(State::Samples(Samples { rate, law, channels: channels.into(), factor })),
        _ => Err(BadSpeech::Wav(format!("{channels} channels"))),
    }
}

/// Maximum bytes of an answer with a transcript.
pub const TRANSCRIPT_BYTES_MAX: usize = 64 * 1024;
/// Separates the parts of a form: a text that occurs in no WAV file of speech and in no model's name.
const BOUNDARY: &str = "cordboard-utterance-5f0c2b7e91d84a36";

/// A request for the words of an utterance (`/v1/audio/transcriptions`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TranscriptionRequest {
    /// The model.
    pub model: String,
    /// The spoken language, as `de`.
    pub language: Option<String>,
    /// Rate of the samples.
    pub rate: SampleRate,
    /// Samples of the speech.
    pub samples: Vec<i16>,
}

impl TranscriptionRequest {
    /// Returns the body as a form (RFC 7578), after its content type.
    pub fn to_form(&self) -> (String, Vec<u8>) {
        let mut body = Vec::with_capacity(2 * self.samples.len() + 1024);
        let mut field = |name: &str, value: &str| {
            let part =
                format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend(part.into_bytes());
        };
        field("model", &self.model);
        field("response_format", "json");
        if let Some(language) = &self.language {
            field("language", language);
        }
        body.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"utterance.wav\"\r\nContent-Type: audio/wav\r\n\r\n").into_bytes());
        body.extend(wav_header(self.rate, self.samples.len()));
        body.extend(self.samples.iter().flat_map(|sample| sample.to_le_bytes()));
        body.extend(format!("\r\n--{BOUNDARY}--\r\n").into_bytes());
        (format!("multipart/form-data; boundary={BOUNDARY}"), body)
    }
}

/// Returns the header of a WAV file with this many samples, one channel of 16 bits.
fn wav_header(rate: SampleRate, samples: usize) -> Vec<u8> {
    let length = u32::try_from(2 * samples).unwrap_or(u32::MAX - 36);
    let mut header = b"RIFF".to_vec();
    header.extend((length.saturating_add(36)).to_le_bytes());
    header.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    header.extend(rate.hz().to_le_bytes());
    header.extend((2 * rate.hz()).to_le_bytes());
    header.extend(b"\x02\0\x10\0data");
    header.extend(length.to_le_bytes());
    header
}

/// The answer to a request for the words of an utterance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcribed {
    /// The words.
    pub text: String,
    /// Usage, if the server reports it, in tokens or as a duration.
    pub usage: Option<TokenUsage>,
}

#[derive(serde::Deserialize)]
struct Transcript {
    text: String,
    usage: Option<Value>,
}

/// Reads an answer.
///
/// # Errors
/// It has no words.
pub fn transcript(body: &[u8]) -> Result<Transcribed, serde_json::Error> {
    let Transcript { text, usage } = serde_json::from_slice(body)?;
    let usage = usage.as_ref().map(token_usage).filter(|usage| *usage != TokenUsage::default());
    Ok(Transcribed { text: text.trim().to_owned(), usage })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wav(code: u16, channels: u16, hz: u32, bits: u16, samples: &[u8]) -> Vec<u8> {
        let mut bytes = b"RIFF\xff\xff\xff\xffWAVE".to_vec();
        bytes.extend(b"LIST\x03\0\0\0abc\0fmt \x10\0\0\0");
        bytes.extend(code.to_le_bytes());
        bytes.extend(channels.to_le_bytes());
        bytes.extend(hz.to_le_bytes());
        bytes.extend([0; 6]);
        bytes.extend(bits.to_le_bytes());
        bytes.extend(b"data\xff\xff\xff\xff");
        bytes.extend(samples);
        bytes
    }

    fn read(bytes: &[u8], cut: usize) -> Result<(Option<SampleRate>, Vec<i16>), BadSpeech> {
        let mut reader = SpeechReader::default();
        let (mut rate, mut all) = (None, Vec::new());
        for piece in bytes.chunks(cut) {
            for frame in reader.push(piece)? {
                rate = Some(frame.rate());
                match frame {
                    Frame::Pcm { samples, .. } => all.extend(samples.iter()),
                    Frame::G711 { bytes, .. } => all.extend(bytes.iter().map(|byte| i16::from(*byte))),
                }
            }
        }
        Ok((rate, all))
    }

    #[test]
    fn samples_are_whole_wherever_the_bytes_are_split() {
        let bytes: Vec<u8> = (1..=10_i16).flat_map(i16::to_le_bytes).collect();
        for cut in 1..bytes.len() {
            let (rate, samples) = read(&bytes, cut).unwrap();
            assert_eq!(samples, (1..=10).collect::<Vec<i16>>(), "cut at {cut}");
            assert_eq!(rate, Some(SampleRate::HZ_24000));
        }
    }

    #[test]
    fn wav_files_are_read_at_their_rate_and_first_channel() {
        let mono = wav(1, 1, 16_000, 16, &[1, 0, 2, 0]);
        let stereo = wav(1, 2, 48_000, 16, &[1, 0, 9, 0, 2, 0, 9, 0]);
        let octets = wav(7, 1, 8_000, 8, &[1, 2]);
        for (file, hz) in [(mono, 16_000), (stereo, 48_000), (octets, 8_000)] {
            for cut in [1, 7, 1000] {
                let (rate, samples) = read(&file, cut).unwrap();
                assert_eq!((rate.unwrap().hz(), samples), (hz, vec![1, 2]));
            }
        }
    }

    #[test]
    fn chunks_after_the_samples_are_not_heard() {
        let with_length = |length: u32| {
            let mut file = wav(1, 1, 16_000, 16, &[1, 0, 2, 0]);
            let at = file.len() - 8;
            file[at..at + 4].copy_from_slice(&length.to_le_bytes());
            file.extend(b"LIST\x04\0\0\0INFO");
            file
        };
        let all_of = |length: u32, cut: usize| read(&with_length(length), cut).unwrap().1;
        for cut in [1, 3, 7, 1000] {
            assert_eq!(all_of(4, cut), [1, 2], "cut at {cut}");
            // An odd byte is dropped.
            assert_eq!(all_of(5, cut), [1, 2], "cut at {cut}");
        }
        // A server that sends while it speaks doesn't know the length.
        for unknown in [0, 0x7fff_ffff, u32::MAX - 36, u32::MAX] {
            assert_eq!(all_of(unknown, 1000).len(), 2 + 6, "{unknown}");
        }
    }

    #[test]
    fn pipers_rate_is_doubled_by_interpolation() {
        let file = wav(1, 1, 22_050, 16, &[10, 0, 20, 0, 0, 0]);
        for cut in [1, 3, 1000] {
            let (rate, samples) = read(&file, cut).unwrap();
            assert_eq!((rate.unwrap().hz(), samples), (44_100, vec![5, 10, 15, 20, 10, 0]));
        }
    }

    #[test]
    fn other_formats_are_refused_by_their_first_bytes() {
        for (bytes, name) in [
            (&b"ID3\x04 and more"[..], "MP3"),
            (b"\xff\xfb\x90\x44 more", "MP3"),
            (b"\xff\xf3\x90\x44 more", "MP3"),
            (b"OggS....", "Ogg"),
            (b"fLaC....", "FLAC"),
            (b"{\"error\":{}}", "JSON"),
            (b"<!DOCTYPE html>", "a page"),
            (b"<html>", "a page"),
            (b"<HTML>", "a page"),
            (b"data: {}", "server-sent events"),
            (b"event: x", "server-sent events"),
        ] {
            assert_eq!(read(bytes, 3), Err(BadSpeech::Format(name)));
        }
        for file in [wav(3, 1, 24_000, 32, &[]), wav(1, 1, 22_051, 16, &[]), wav(1, 9, 8_000, 16, &[])] {
            assert!(matches!(read(&file, 5), Err(BadSpeech::Wav(_))));
        }
        let mut endless = b"RIFF\0\0\0\0WAVE".to_vec();
        endless.extend(b"junk\0\0\0\0".repeat(10_000));
        assert!(matches!(read(&endless, 4096), Err(BadSpeech::Wav(_))));
    }

    #[test]
    fn ten_megabytes_at_once_are_frames_of_a_second() {
        let mut reader = SpeechReader::default();
        let frames = reader.push(&vec![0; 10 << 20]).unwrap();
        assert!(frames.iter().all(|frame| frame.sample_count() <= FRAME_SAMPLES_MAX));
        assert_eq!(frames.iter().map(Frame::sample_count).sum::<usize>(), 5 << 20);
        assert_eq!(frames[0].sample_count(), FRAME_SAMPLES_MAX);
    }

    #[test]
    fn samples_come_after_four_bytes_and_errors_after_twelve() {
        let mut reader = SpeechReader::default();
        assert_eq!(reader.push(&[1, 0, 2]), Ok(Vec::new()));
        assert_eq!(reader.push(&[0]).unwrap().len(), 1);
        let mut other = SpeechReader::default();
        assert_eq!(other.push(b"RIFF\0\0\0\0AVI"), Ok(Vec::new()));
        assert!(matches!(other.push(b" "), Err(BadSpeech::Wav(_))));
    }

    #[test]
    fn a_header_is_read_up_to_its_bound() {
        let with_chunk = |bytes: usize| {
            let file = wav(1, 1, 16_000, 16, &[1, 0, 2, 0]);
            let mut chunk = b"JUNK".to_vec();
            chunk.extend(u32::try_from(bytes).unwrap().to_le_bytes());
            chunk.extend(vec![0; bytes + bytes % 2]);
            [&file[..12], &chunk, &file[12..]].concat()
        };
        let longest = with_chunk(HEADER_BYTES_MAX);
        assert_eq!(read(&longest, longest.len()), Ok((Some(SampleRate::HZ_16000), vec![1, 2])));
        let longer = with_chunk(HEADER_BYTES_MAX + 1);
        assert_eq!(
            read(&longer, longer.len()),
            Err(BadSpeech::Wav("a chunk of its header is too long".to_owned()))
        );
        // A header that comes in pieces isn't awaited forever.
        let mut reader = SpeechReader::default();
        assert_eq!(reader.push(&longest[..HEADER_BYTES_MAX]), Ok(Vec::new()));
        assert_eq!(reader.push(&[0]), Err(BadSpeech::Wav("its header has no end".to_owned())));
        let mut at_once = SpeechReader::default();
        let piece = &longest[..HEADER_BYTES_MAX + 10];
        assert_eq!(at_once.push(piece), Err(BadSpeech::Wav("its header has no end".to_owned())));
    }

    #[test]
    fn alaw_octets_and_old_sound_card_rates_are_read() {
        let mut reader = SpeechReader::default();
        let frames = reader.push(&wav(6, 1, 8_000, 8, &[1, 2])).unwrap();
        assert_eq!(frames, [Frame::G711 { law: Law::A, bytes: [1, 2].into() }]);
        let (rate, samples) = read(&wav(1, 1, 11_025, 16, &[8, 0]), 1000).unwrap();
        assert_eq!((rate, samples), (Some(SampleRate::HZ_44100), vec![2, 4, 6, 8]));
    }

    #[test]
    fn a_file_header_has_its_length_and_rate() {
        let header = wav_header(SampleRate::HZ_8000, 3);
        let number = |at: usize| u32::from_le_bytes(header[at..at + 4].try_into().unwrap());
        assert_eq!(header.len(), 44);
        assert_eq!((number(4), number(24), number(28), number(40)), (42, 8_000, 16_000, 6));
    }

    #[test]
    fn an_utterance_is_sent_as_a_readable_file() {
        let request = TranscriptionRequest {
            model: "whisper".to_owned(),
            language: Some("de".to_owned()),
            rate: SampleRate::HZ_8000,
            samples: vec![1, -2, 300],
        };
        let (kind, body) = request.to_form();
        let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
        let text = String::from_utf8_lossy(&body);
        assert!(
            text.starts_with(&format!("--{boundary}\r\n"))
                && text.ends_with(&format!("\r\n--{boundary}--\r\n"))
        );
        for field in ["name=\"model\"\r\n\r\nwhisper\r\n", "name=\"language\"\r\n\r\nde\r\n"] {
            assert!(text.contains(field), "{text}");
        }
        let file = body.windows(4).position(|bytes| bytes == b"RIFF").unwrap();
        let end = body.len() - format!("\r\n--{boundary}--\r\n").len();
        let (rate, samples) = read(&body[file..end], 3).unwrap();
        assert_eq!((rate, samples), (Some(SampleRate::HZ_8000), vec![1, -2, 300]));
    }

    #[test]
    fn words_of_an_utterance_are_read() {
        assert_eq!(transcript(br#"{"text":" Hello. ","x":[1]}"#).unwrap().text, "Hello.");
        for bad in [&b""[..], b"{}", br#"{"text":7}"#] {
            assert!(transcript(bad).is_err());
        }
    }

    #[test]
    fn usage_of_an_utterance_is_read_if_there_is_any() {
        let usage = |usage: &str| {
            transcript(format!(r#"{{"text":"Hello.","usage":{usage}}}"#).as_bytes()).unwrap().usage
        };
        let tokens = r#"{"type":"tokens","input_tokens":14,"input_token_details":{"text_tokens":4,"audio_tokens":10},
            "output_tokens":5,"total_tokens":19}"#;
        let read = TokenUsage { text_input: 4, audio_input: 10, text_output: 5, ..TokenUsage::default() };
        assert_eq!(usage(tokens), Some(read));
        let duration = TokenUsage { audio_ms: 3_000, ..TokenUsage::default() };
        assert_eq!(usage(r#"{"type":"duration","seconds":3}"#), Some(duration));
        for nothing in ["null", "{}", "7", r#""some""#] {
            assert_eq!(usage(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn speed_is_requested_only_if_it_differs() {
        let request = SpeechRequest {
            model: "kokoro".to_owned(),
            voice: "af_sky".to_owned(),
            input: "Hello.".to_owned(),
            format: "pcm",
            speed_percent: Some(125),
        };
        let body: serde_json::Value = serde_json::from_str(&request.to_text()).unwrap();
        assert_eq!((&body["speed"], &body["response_format"]), (&json!(1.25), &json!("pcm")));
        let usual = SpeechRequest { speed_percent: None, ..request };
        assert!(!usual.to_text().contains("speed"), "some servers refuse what they don't know");
    }
}
