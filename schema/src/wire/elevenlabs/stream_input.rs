//! ElevenLabs' speech synthesis over a WebSocket, which takes words piece by piece (`/v1/text-to-speech/{voice}/stream-input`):
//! parameters of the address, messages, and the sound with the time of each letter.
//!
//! One socket speaks one text. [`SpeechMessage::End`] marks its end; the rest of the sound and a final event follow. On the wire
//! that end is an empty text, so only non-empty words are sent ([`SpeechWords`]). Source: ElevenLabs' API reference of the
//! WebSocket, and the types of `elevenlabs-python` 2.78.0.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::audio::{BadAudio, Frame, Law, SampleRate, WireFormat, wire::decode_base64, wire::frame_of};

/// Seconds without a message of ours after which the server closes the socket; the maximum that it permits.
pub const INACTIVITY_S: u32 = 180;
/// Speeds of speech that the API accepts, in percent.
pub const SPEEDS_PERCENT: std::ops::RangeInclusive<u16> = 70..=120;
/// Maximum sound of one event, in ms; a longer one is refused.
const SOUND_MS_MAX: u64 = 120_000;
/// Letters of one event whose times are read.
const LETTERS_MAX: usize = 16 * 1024;

/// Returns the format to request: for a telephone G.711 octets, which are played unchanged, otherwise samples.
pub fn sound_of(rate: SampleRate) -> WireFormat {
    match rate {
        SampleRate::HZ_8000 => WireFormat::g711(Law::Mu),
        SampleRate::HZ_16000 => WireFormat::pcm(SampleRate::HZ_16000),
        _ => WireFormat::pcm(SampleRate::HZ_24000),
    }
}

/// Returns the parameters of the address, not encoded.
pub fn pairs(model: &str, sound: WireFormat) -> [(&'static str, String); 4] {
    let format = match sound.law {
        // The API supports no other law.
        Some(_) => "ulaw_8000".to_owned(),
        None => format!("pcm_{}", sound.rate.hz()),
    };
    [
        ("model_id", model.to_owned()),
        ("output_format", format),
        // Whole sentences are sent, and each is spoken immediately.
        ("auto_mode", "true".to_owned()),
        ("inactivity_timeout", INACTIVITY_S.to_string()),
    ]
}

/// Words that can be sent: at least one character that isn't a space, and a space after the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpeechWords(String);

impl SpeechWords {
    /// Returns the words; none if they are blank.
    pub fn new(words: &str) -> Option<Self> {
        let words = words.trim();
        (!words.is_empty()).then(|| Self(format!("{words} ")))
    }

    /// Returns the words as they are sent, with the space.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Messages that we send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpeechMessage {
    /// The first message, before any words.
    Begin {
        /// Speed of speech in percent; none for the default.
        speed_percent: Option<u16>,
    },
    /// Words; more will follow.
    Words(SpeechWords),
    /// Words after which the server must speak everything that it has, without waiting for more.
    Flush(SpeechWords),
    /// No words follow.
    End,
}

impl SpeechMessage {
    /// Returns the message, as JSON.
    pub fn to_text(&self) -> String {
        match self {
            Self::Begin { speed_percent: None } => json!({ "text": " " }),
            Self::Begin { speed_percent: Some(percent) } => {
                let percent = (*percent).clamp(*SPEEDS_PERCENT.start(), *SPEEDS_PERCENT.end());
                json!({ "text": " ", "voice_settings": { "speed": f64::from(percent) / 100.0 } })
            }
            Self::Words(words) => json!({ "text": words.as_str() }),
            Self::Flush(words) => json!({ "text": words.as_str(), "flush": true }),
            Self::End => json!({ "text": "" }),
        }
        .to_string()
    }
}

/// The start of a letter, relative to the sound that it came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The letter, usually one character.
    pub text: String,
    /// Start in ms.
    pub start_ms: u64,
    /// Duration of its sound, in ms; 0 if it isn't sent.
    pub length_ms: u64,
}

/// Events of the server.
#[derive(Clone, Debug, PartialEq)]
pub enum SpeechEvent {
    /// Sound, often with the times of its letters.
    Sound {
        /// The samples.
        frame: Frame,
        /// Its letters in order, as they were sent; empty if they aren't sent.
        letters: Vec<Letter>,
        /// Whether nothing follows.
        is_final: bool,
    },
    /// All sound has come.
    Final,
    /// The words can't be spoken; the end follows.
    Failed {
        /// Code, as `quota_exceeded`; may be empty.
        code: String,
        /// Description.
        description: String,
    },
    /// Any other event.
    Other,
}

/// A message that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum BadSpeechEvent {
    /// It isn't JSON, or a member has another shape.
    #[error("not an event of the speech: {0}")]
    NotAnEvent(#[from] serde_json::Error),
    /// Its sound can't be read.
    #[error(transparent)]
    Audio(#[from] BadAudio),
    /// Its sound is longer than any piece of speech can be.
    #[error("a piece of sound has {0} ms, which is too long")]
    TooLong(u64),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(borrow, default)]
    audio: Option<Cow<'a, str>>,
    #[serde(default)]
    is_final: Option<bool>,
    #[serde(default)]
    alignment: Option<Alignment>,
    #[serde(default)]
    error: Option<Value>,
    #[serde(default)]
    message: Option<Value>,
}

/// The times of letters. Published examples and the types spell one of the members differently.
#[derive(Deserialize)]
struct Alignment {
    #[serde(default)]
    chars: Option<Vec<String>>,
    #[serde(rename = "charStartTimesMs", default)]
    starts: Option<Vec<u64>>,
    #[serde(rename = "charDurationsMs", alias = "charsDurationsMs", default)]
    lengths: Option<Vec<u64>>,
}

impl Alignment {
    fn letters(self) -> Vec<Letter> {
        let lengths = self.lengths.unwrap_or_default().into_iter().map(Some).chain(std::iter::repeat(None));
        let letters = self.chars.unwrap_or_default().into_iter().zip(self.starts.unwrap_or_default());
        letters
            .zip(lengths)
            .take(LETTERS_MAX)
            .map(|((text, start_ms), length)| Letter { text, start_ms, length_ms: length.unwrap_or(0) })
            .collect()
    }
}

impl SpeechEvent {
    /// Reads an event whose sound has this format.
    ///
    /// # Errors
    /// [`BadSpeechEvent`].
    pub fn parse(text: &str, format: WireFormat) -> Result<Self, BadSpeechEvent> {
        let body: Body<'_> = serde_json::from_str(text)?;
        if let Some(error) = body.error.filter(|error| !error.is_null()) {
            let words = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let description = body.message.map(words).unwrap_or_default();
            return Ok(Self::Failed { code: words(error), description });
        }
        let is_final = body.is_final == Some(true);
        let frame = match body.audio.as_deref() {
            Some(audio) => decode_base64(audio, format)?,
            None => None,
        };
        let Some(frame) = frame else { return Ok(if is_final { Self::Final } else { Self::Other }) };
        let ms = frame.rate().ms_of_samples(frame.sample_count() as u64);
        if ms > SOUND_MS_MAX {
            return Err(BadSpeechEvent::TooLong(ms));
        }
        // The normalized letters are those of "twenty" for "20", so their number says nothing about the sent text.
        let letters = body.alignment.map(Alignment::letters).unwrap_or_default();
        Ok(Self::Sound { frame, letters, is_final })
    }
}

/// A piece of sound, and the number of characters spoken in it.
#[derive(Clone, Debug, PartialEq)]
pub struct SoundedWord {
    /// The samples.
    pub frame: Frame,
    /// Characters spoken by its end; none if unknown.
    pub characters: Option<usize>,
}

/// Splits sound where its words begin, so that the words of any part of it are known. Sound without letters stays in one piece.
pub fn by_words(frame: Frame, letters: &[Letter]) -> Vec<SoundedWord> {
    let whole_ms = frame.rate().ms_of_samples(frame.sample_count() as u64);
    if letters.is_empty() {
        return vec![SoundedWord { frame, characters: None }];
    }
    // End of each word, and the number of characters spoken by then.
    let mut cuts: Vec<(u64, usize)> = Vec::new();
    let mut characters = 0;
    for (at, letter) in letters.iter().enumerate() {
        characters += letter.text.chars().count();
        let is_blank = letter.text.chars().all(char::is_whitespace);
        let end_ms = match letters.get(at + 1) {
            Some(next) if is_blank => next.start_ms,
            Some(_) => continue,
            None => letter.start_ms.saturating_add(letter.length_ms),
        };
        let before_ms = cuts.last().map_or(0, |(ms, _)| *ms);
        match cuts.last_mut() {
            // Times that don't increase split nothing.
            Some(last) if end_ms <= before_ms => last.1 = characters,
            _ => cuts.push((end_ms.clamp(before_ms, whole_ms), characters)),
        }
    }
    let (mut words, mut from_ms, mut known) = (Vec::new(), 0, 0);
    for (end_ms, characters) in cuts {
        if let Some(frame) = part(&frame, from_ms, Some(end_ms)) {
            words.push(SoundedWord { frame, characters: Some(characters - known) });
            (from_ms, known) = (end_ms, characters);
        }
    }
    // After the last word there is silence, and there are letters whose times are outside the sound.
    match part(&frame, from_ms, None) {
        Some(frame) => words.push(SoundedWord { frame, characters: Some(characters - known) }),
        None => {
            if let Some(last) = words.last_mut() {
                last.characters = last.characters.map(|said| said + characters - known);
            }
        }
    }
    words
}

/// Returns the sound between two positions in ms, or to its end; none if it is empty.
fn part(frame: &Frame, from_ms: u64, to_ms: Option<u64>) -> Option<Frame> {
    let rate = frame.rate();
    let place = |ms: u64| {
        let ms = u32::try_from(ms).unwrap_or(u32::MAX);
        rate.samples_in_ms(ms).min(frame.sample_count())
    };
    let (from, to) = (place(from_ms), to_ms.map_or(frame.sample_count(), place));
    if from >= to {
        return None;
    }
    match frame {
        Frame::Pcm { samples, .. } => Some(Frame::pcm(rate, samples.get(from..to)?.to_vec())),
        Frame::G711 { law, bytes } => frame_of(bytes.get(from..to)?, WireFormat::g711(*law)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ULAW: WireFormat = WireFormat { rate: SampleRate::HZ_8000, law: Some(Law::Mu) };

    fn letters(text: &str, each_ms: u64) -> Vec<Letter> {
        let letter = |(at, c): (usize, char)| Letter {
            text: c.to_string(),
            start_ms: at as u64 * each_ms,
            length_ms: each_ms,
        };
        text.chars().enumerate().map(letter).collect()
    }

    fn octets(ms: usize) -> Frame {
        Frame::G711 { law: Law::Mu, bytes: vec![0xff; ms * 8].into() }
    }

    fn shown(words: &[SoundedWord]) -> Vec<(u64, Option<usize>)> {
        let ms = |word: &SoundedWord| word.frame.rate().ms_of_samples(word.frame.sample_count() as u64);
        words.iter().map(|word| (ms(word), word.characters)).collect()
    }

    #[test]
    fn blank_text_is_never_sent_as_an_end() {
        for nothing in ["", " ", "\n\t "] {
            assert_eq!(SpeechWords::new(nothing), None);
        }
        let words = SpeechWords::new(" We open at nine. ").unwrap();
        let text = |message: SpeechMessage| serde_json::from_str::<Value>(&message.to_text()).unwrap();
        assert_eq!(text(SpeechMessage::Words(words.clone())), json!({ "text": "We open at nine. " }));
        let flushed = json!({ "text": "We open at nine. ", "flush": true });
        assert_eq!(text(SpeechMessage::Flush(words)), flushed);
        assert_eq!(text(SpeechMessage::End), json!({ "text": "" }));
        assert_eq!(text(SpeechMessage::Begin { speed_percent: None }), json!({ "text": " " }));
        let fast = text(SpeechMessage::Begin { speed_percent: Some(400) });
        assert_eq!(fast["voice_settings"]["speed"], 1.2);
    }

    #[test]
    fn the_address_names_the_sound_format() {
        let format = |rate| pairs("eleven_flash_v2_5", sound_of(rate))[1].1.clone();
        assert_eq!(format(SampleRate::HZ_8000), "ulaw_8000");
        assert_eq!(format(SampleRate::HZ_16000), "pcm_16000");
        assert_eq!(format(SampleRate::HZ_48000), "pcm_24000");
    }

    #[test]
    fn both_spellings_of_the_lengths_are_read() {
        for name in ["charDurationsMs", "charsDurationsMs"] {
            let text = format!(
                r#"{{"audio":"/////w==","alignment":{{"chars":["H","i"],"charStartTimesMs":[0,4],"{name}":[4,5]}},"normalizedAlignment":null,"isFinal":null}}"#
            );
            let SpeechEvent::Sound { letters, is_final, .. } = SpeechEvent::parse(&text, ULAW).unwrap()
            else {
                panic!("no sound")
            };
            let lengths: Vec<_> = letters.iter().map(|letter| (letter.start_ms, letter.length_ms)).collect();
            assert_eq!((lengths, is_final), (vec![(0, 4), (4, 5)], false), "{name}");
        }
    }

    #[test]
    fn an_end_an_error_and_malformed_events_differ() {
        let parse = |text: &str| SpeechEvent::parse(text, ULAW);
        assert_eq!(parse(r#"{"isFinal":true}"#).unwrap(), SpeechEvent::Final);
        assert_eq!(parse(r#"{"audio":null,"isFinal":true,"alignment":null}"#).unwrap(), SpeechEvent::Final);
        assert_eq!(parse(r#"{"audio":"","new":[1]}"#).unwrap(), SpeechEvent::Other);
        let failed = parse(r#"{"message":"none left","error":"quota_exceeded","code":1008}"#).unwrap();
        let (code, description) = ("quota_exceeded".to_owned(), "none left".to_owned());
        assert_eq!(failed, SpeechEvent::Failed { code, description });
        for bad in ["", "[1]", r#"{"audio":7}"#, r#"{"audio":"%%"}"#, r#"{"audio":"AA==","alignment":7}"#] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sound_is_cut_where_its_words_begin() {
        let words = by_words(octets(100), &letters("Good day. ", 10));
        assert_eq!(shown(&words), [(50, Some(5)), (50, Some(5))]);
        // Silence follows the last word.
        let words = by_words(octets(150), &letters("Good day.", 10));
        assert_eq!(shown(&words), [(50, Some(5)), (40, Some(4)), (60, Some(0))]);
        // A word that continues in the next sound.
        let words = by_words(octets(70), &letters("Good da", 10));
        assert_eq!(shown(&words), [(50, Some(5)), (20, Some(2))]);
        assert_eq!(shown(&by_words(octets(70), &[])), [(70, None)]);
    }

    #[test]
    fn impossible_times_lose_no_samples_or_letters() {
        let far = [("a", 0), (" ", 900), ("b", 1_000), (" ", 5), ("c", 7)];
        let strange: Vec<Letter> =
            far.map(|(text, start_ms)| Letter { text: text.to_owned(), start_ms, length_ms: 1 << 40 }).into();
        for letters in [strange, letters("Good day, and good night.", 0)] {
            let words = by_words(octets(60), &letters);
            let (ms, said) = shown(&words)
                .into_iter()
                .fold((0, 0), |(ms, said), (more, characters)| (ms + more, said + characters.unwrap()));
            assert_eq!((ms, said), (60, letters.len()), "{words:?}");
        }
        // A start near the maximum of its type.
        let last = [Letter { text: "x".to_owned(), start_ms: u64::MAX, length_ms: 0 }];
        assert_eq!(shown(&by_words(octets(20), &last)), [(20, Some(1))]);
    }
}
