//! Deepgram's streaming recognition (`/v1/listen`): parameters of the address, control messages, and results.
//!
//! Audio goes as bytes, in frames of its own; an empty frame would end the stream. Source: the types of `deepgram-sdk` 7.16.0,
//! Deepgram's AsyncAPI file.

use serde::Deserialize;

use crate::audio::{Law, WireFormat};
use crate::wire::event::{BadEvent, Head};

/// Bytes of one transcript that are read: more than anybody says in one breath.
const TRANSCRIPT_BYTES_MAX: usize = 16 * 1024;

/// Settings of the recognition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenQuery {
    /// The model, as `nova-3`.
    pub model: String,
    /// The language, as `de`; none if the model detects it.
    pub language: Option<String>,
    /// Format of the audio that is sent.
    pub format: WireFormat,
    /// Silence in ms after which words are final (`speech_final`).
    pub endpointing_ms: u32,
    /// Time in ms without a word after which an utterance is over, even in noise; at least 1,000.
    pub utterance_end_ms: u32,
}

impl ListenQuery {
    /// Returns the parameters of the address, not encoded.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let encoding = match self.format.law {
            Some(Law::Mu) => "mulaw",
            Some(Law::A) => "alaw",
            None => "linear16",
        };
        let mut pairs = vec![
            ("model", self.model.clone()),
            ("encoding", encoding.to_owned()),
            ("sample_rate", self.format.rate.hz().to_string()),
            ("channels", "1".to_owned()),
            ("interim_results", "true".to_owned()),
            ("punctuate", "true".to_owned()),
            ("smart_format", "true".to_owned()),
            ("vad_events", "true".to_owned()),
            ("endpointing", self.endpointing_ms.to_string()),
            ("utterance_end_ms", self.utterance_end_ms.to_string()),
        ];
        pairs.extend(self.language.clone().map(|language| ("language", language)));
        pairs
    }
}

/// A control message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListenMessage {
    /// Keeps the connection open while no audio is sent: without either it ends after 10 s.
    KeepAlive,
    /// Requests the final words of the audio so far.
    Finalize,
    /// Ends the stream.
    CloseStream,
}

impl ListenMessage {
    /// Returns the message, as it is sent.
    pub const fn as_text(self) -> &'static str {
        match self {
            Self::KeepAlive => r#"{"type":"KeepAlive"}"#,
            Self::Finalize => r#"{"type":"Finalize"}"#,
            Self::CloseStream => r#"{"type":"CloseStream"}"#,
        }
    }
}

/// Events of the recognizer that a call uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenEvent {
    /// Words of the current utterance.
    Words {
        /// The words of this stretch, often none.
        text: String,
        /// Whether they will not change any more. Later words replace earlier ones that weren't final.
        is_final: bool,
        /// Whether the pause that ends an utterance follows them.
        speech_final: bool,
    },
    /// Somebody may be starting to speak, or something is loud.
    SpeechStarted,
    /// No word was heard for the requested time, whatever else was.
    UtteranceEnd,
    /// An error; the end of the stream follows.
    Error {
        /// Code, as `NET-0001`.
        code: String,
        /// Description.
        description: String,
    },
    /// Any other event.
    Other,
}

#[derive(Deserialize)]
struct Results {
    channel: Channel,
    #[serde(default)]
    is_final: bool,
    #[serde(default)]
    speech_final: bool,
}

#[derive(Deserialize)]
struct Stretch {
    #[serde(default)]
    is_final: bool,
    #[serde(default)]
    start: f64,
    #[serde(default)]
    duration: f64,
}

/// Returns the end of the audio whose words will not change any more, in ms of the stream, if a message has it. A stream counts
/// the audio that it was sent.
pub fn settled_ms(text: &str) -> Option<u64> {
    let Head { kind } = serde_json::from_str(text).ok()?;
    let Stretch { is_final, start, duration } = serde_json::from_str(text).ok()?;
    let end_ms = (start + duration) * 1_000.0;
    // An end that isn't a number, or that is negative, is ignored.
    (kind == "Results" && is_final && end_ms.is_finite() && end_ms >= 0.0).then_some(end_ms as u64)
}

#[derive(Deserialize)]
struct Channel {
    #[serde(default)]
    alternatives: Vec<Alternative>,
}

#[derive(Deserialize)]
struct Alternative {
    #[serde(default)]
    transcript: String,
}

#[derive(Deserialize)]
struct Report {
    #[serde(default, alias = "err_code", alias = "variant")]
    code: String,
    #[serde(default, alias = "err_msg", alias = "message")]
    description: String,
}

impl ListenEvent {
    /// Reads an event.
    ///
    /// # Errors
    /// The text isn't an event, or a known type has another shape.
    pub fn parse(text: &str) -> Result<Self, BadEvent> {
        let Head { kind } = serde_json::from_str(text).map_err(BadEvent::NotAnEvent)?;
        let malformed = |cause| BadEvent::Malformed { kind: kind.to_string(), cause };
        Ok(match &*kind {
            "Results" => {
                let Results { channel, is_final, speech_final } =
                    serde_json::from_str(text).map_err(malformed)?;
                let best = channel.alternatives.into_iter().next();
                let mut text = best.map(|best| best.transcript).unwrap_or_default();
                truncate(&mut text, TRANSCRIPT_BYTES_MAX);
                Self::Words { text, is_final, speech_final }
            }
            "SpeechStarted" => Self::SpeechStarted,
            "UtteranceEnd" => Self::UtteranceEnd,
            "Error" => {
                let Report { code, description } = serde_json::from_str(text).map_err(malformed)?;
                Self::Error { code, description }
            }
            _ => Self::Other,
        })
    }
}

/// Truncates the text to this many bytes, at a character boundary.
fn truncate(text: &mut String, bytes_max: usize) {
    if text.len() > bytes_max {
        let end = (0..=bytes_max).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::SampleRate;

    fn words(text: &str, is_final: bool, speech_final: bool) -> ListenEvent {
        ListenEvent::Words { text: text.to_owned(), is_final, speech_final }
    }

    #[test]
    fn words_are_read_with_their_final_flags() {
        let results = |flags: &str, transcript: &str| {
            let text = format!(
                r#"{{"type":"Results","channel_index":[0,1],{flags}"new":{{}},"channel":{{"alternatives":[{{"transcript":"{transcript}"}}]}}}}"#
            );
            ListenEvent::parse(&text).unwrap()
        };
        assert_eq!(results("", "When"), words("When", false, false));
        assert_eq!(results(r#""is_final":true,"#, "When is"), words("When is", true, false));
        let ended = results(r#""is_final":true,"speech_final":true,"#, "");
        assert_eq!(ended, words("", true, true));
        let none = r#"{"type":"Results","channel":{"alternatives":[]}}"#;
        assert_eq!(ListenEvent::parse(none).unwrap(), words("", false, false));
    }

    #[test]
    fn final_words_show_how_far_the_audio_is_settled() {
        let results = |members: &str| {
            settled_ms(&format!(r#"{{"type":"Results","channel":{{"alternatives":[]}},{members}}}"#))
        };
        assert_eq!(results(r#""is_final":true,"start":1.25,"duration":0.5"#), Some(1_750));
        assert_eq!(results(r#""is_final":false,"start":1.25,"duration":0.5"#), None);
        assert_eq!(results(r#""is_final":true,"start":-4.0,"duration":0.5"#), None);
        assert_eq!(settled_ms(r#"{"type":"UtteranceEnd","is_final":true}"#), None);
        assert_eq!(settled_ms("{"), None);
    }

    #[test]
    fn other_events_are_read_and_malformed_ones_are_errors() {
        let parse = |text: &str| ListenEvent::parse(text);
        assert_eq!(parse(r#"{"type":"UtteranceEnd","channel":[0,1]}"#).unwrap(), ListenEvent::UtteranceEnd);
        assert_eq!(parse(r#"{"type":"SpeechStarted"}"#).unwrap(), ListenEvent::SpeechStarted);
        let error = r#"{"type":"Error","variant":"NET-0001","message":"no audio"}"#;
        let (code, description) = ("NET-0001".to_owned(), "no audio".to_owned());
        assert_eq!(parse(error).unwrap(), ListenEvent::Error { code, description });
        assert_eq!(parse(r#"{"type":"Mood","x":[1]}"#).unwrap(), ListenEvent::Other);
        for bad in ["", "[]", r#"{"type":7}"#, r#"{"type":"Results"}"#, r#"{"type":"Results","channel":7}"#] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_transcript_without_end_is_cut_at_a_character() {
        let text = format!(
            r#"{{"type":"Results","channel":{{"alternatives":[{{"transcript":"a{}"}}]}}}}"#,
            "ü".repeat(5 << 20)
        );
        let ListenEvent::Words { text, .. } = ListenEvent::parse(&text).unwrap() else { panic!("no words") };
        assert!(text.len() <= TRANSCRIPT_BYTES_MAX && text.ends_with('ü'));
    }

    #[test]
    fn control_messages_have_only_a_type() {
        for (message, kind) in [
            (ListenMessage::KeepAlive, "KeepAlive"),
            (ListenMessage::Finalize, "Finalize"),
            (ListenMessage::CloseStream, "CloseStream"),
        ] {
            assert_eq!(message.as_text(), format!(r#"{{"type":"{kind}"}}"#));
        }
    }

    #[test]
    fn the_address_names_the_audio_format() {
        let query = |format| ListenQuery {
            model: "nova-3".to_owned(),
            language: Some("de".to_owned()),
            format,
            endpointing_ms: 300,
            utterance_end_ms: 1_000,
        };
        let has = |format, name: &str, value: &str| {
            query(format)
                .pairs()
                .contains(&(if name == "encoding" { "encoding" } else { "sample_rate" }, value.to_owned()))
        };
        assert!(has(WireFormat::g711(Law::Mu), "encoding", "mulaw"));
        assert!(has(WireFormat::g711(Law::A), "encoding", "alaw"));
        assert!(has(WireFormat::pcm(SampleRate::HZ_16000), "encoding", "linear16"));
        assert!(has(WireFormat::pcm(SampleRate::HZ_16000), "sample_rate", "16000"));
    }
}
