//! Messages of Gemini. One message may have several parts, such as an answer's end and its usage.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::audio::{BadAudio, Frame, SampleRate, WireFormat, wire::decode_base64};
use crate::usage::TokenUsage;

/// Maximum bytes of a handle that is kept.
const HANDLE_BYTES_MAX: usize = 8 * 1024;
/// The rate of audio whose type names none, in Hz.
const USUAL_RATE: SampleRate = SampleRate::HZ_24000;

/// A piece of the model's speech.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sound<'a> {
    /// MIME type, as `audio/pcm;rate=24000`.
    mime: Cow<'a, str>,
    /// Base64.
    data: Cow<'a, str>,
}

impl Sound<'_> {
    /// Returns the samples; none if it is empty.
    ///
    /// # Errors
    /// It isn't 16-bit PCM, or its rate is unknown.
    pub fn frame(&self) -> Result<Option<Frame>, BadMessage> {
        let format = format_of(&self.mime).ok_or_else(|| {
            BadMessage::Format(self.mime.chars().filter(|c| !c.is_control()).take(64).collect())
        })?;
        Ok(decode_base64(&self.data, format)?)
    }
}

/// Returns the format that a type names: 16-bit little-endian PCM, mono.
fn format_of(mime: &str) -> Option<WireFormat> {
    let mut parts = mime.split(';').map(str::trim);
    if !parts.next()?.eq_ignore_ascii_case("audio/pcm") {
        return None;
    }
    let mut rate = USUAL_RATE;
    for part in parts {
        let (name, value) = part.split_once('=')?;
        if name.trim().eq_ignore_ascii_case("rate") {
            rate = SampleRate::try_from(value.trim().parse::<u32>().ok()?).ok()?;
        }
    }
    Some(WireFormat::pcm(rate))
}

/// A piece of spoken words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Transcription {
    /// The words.
    #[serde(deserialize_with = "or_default")]
    pub text: String,
    /// Whether none follow in this turn.
    #[serde(deserialize_with = "or_default")]
    pub finished: bool,
}

/// A function that the model calls.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct FunctionCall {
    /// Id of the request, if it has one.
    #[serde(default)]
    pub id: Option<String>,
    /// The function.
    pub name: String,
    /// Its arguments; none if it takes none.
    #[serde(default)]
    pub args: Option<Value>,
}

/// Progress of the conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerContent<'a> {
    /// Sound of the model, in order. Its spoken thoughts are left out.
    pub sounds: Vec<Sound<'a>>,
    /// Whether the whole answer was generated and sent.
    pub generation_complete: bool,
    /// Whether the model's turn is over.
    pub turn_complete: bool,
    /// Whether the caller has interrupted the answer: discard sound that was sent and not heard.
    pub interrupted: bool,
    /// Words of the caller.
    pub input: Option<Transcription>,
    /// Words of the model.
    pub output: Option<Transcription>,
}

/// Usage of a turn, in tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Usage {
    #[serde(deserialize_with = "or_default")]
    prompt_token_count: u64,
    #[serde(deserialize_with = "or_default")]
    response_token_count: u64,
    #[serde(deserialize_with = "or_default")]
    tool_use_prompt_token_count: u64,
    #[serde(deserialize_with = "or_default")]
    thoughts_token_count: u64,
    #[serde(deserialize_with = "or_default")]
    prompt_tokens_details: Vec<Tokens>,
    #[serde(deserialize_with = "or_default")]
    cache_tokens_details: Vec<Tokens>,
    #[serde(deserialize_with = "or_default")]
    response_tokens_details: Vec<Tokens>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Tokens {
    #[serde(deserialize_with = "or_default")]
    modality: String,
    #[serde(deserialize_with = "or_default")]
    token_count: u64,
}

/// Returns the tokens of audio, and all others.
fn audio_and_text(details: &[Tokens]) -> (u64, u64) {
    details.iter().fold((0, 0), |(audio, text): (u64, u64), tokens| match tokens.modality.as_str() {
        "AUDIO" => (audio.saturating_add(tokens.token_count), text),
        _ => (audio, text.saturating_add(tokens.token_count)),
    })
}

impl Usage {
    /// Returns the tokens by price class. Those without a kind count as audio, which costs more: a conversation is mostly audio.
    pub fn tokens(&self) -> TokenUsage {
        let (audio, text) = audio_and_text(&self.prompt_tokens_details);
        let audio = audio.saturating_add(self.prompt_token_count.saturating_sub(audio.saturating_add(text)));
        // The cached tokens are included in those of the prompt.
        let (audio_cached, text_cached) = audio_and_text(&self.cache_tokens_details);
        let (audio_cached, text_cached) = (audio_cached.min(audio), text_cached.min(text));
        let (spoken, written) = audio_and_text(&self.response_tokens_details);
        let unreported = self.response_token_count.saturating_sub(spoken.saturating_add(written));
        TokenUsage {
            text_input: (text - text_cached).saturating_add(self.tool_use_prompt_token_count),
            text_input_cached: text_cached,
            audio_input: audio - audio_cached,
            audio_input_cached: audio_cached,
            text_output: written.saturating_add(self.thoughts_token_count),
            audio_output: spoken.saturating_add(unreported),
            audio_ms: 0,
        }
    }
}

/// A message of the server, as far as a call uses it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServerMessage<'a> {
    /// Whether the session is up.
    pub setup_complete: bool,
    /// Progress of the conversation.
    pub content: Option<ServerContent<'a>>,
    /// Function calls.
    pub calls: Vec<FunctionCall>,
    /// Ids of requests that are cancelled.
    pub cancelled: Vec<String>,
    /// The usage.
    pub usage: Option<Usage>,
    /// The connection will be closed in this many ms; the inner value is none if the time isn't sent.
    pub go_away: Option<Option<u64>>,
    /// Current handle with which the session can be continued.
    pub handle: Option<String>,
}

/// The message can't be read.
#[derive(Debug, thiserror::Error)]
pub enum BadMessage {
    /// It isn't a JSON object, or a known member has another shape.
    #[error("not a message of the Live API: {0}")]
    Shape(#[from] serde_json::Error),
    /// The audio has an unknown format.
    #[error("the audio is of the type {0:?}, which is not known here")]
    Format(String),
    /// The audio can't be read.
    #[error(transparent)]
    Audio(#[from] BadAudio),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    setup_complete: Option<Empty>,
    #[serde(borrow)]
    server_content: Option<RawContent<'a>>,
    tool_call: Option<ToolCall>,
    tool_call_cancellation: Option<Cancellation>,
    usage_metadata: Option<Usage>,
    go_away: Option<GoAway>,
    session_resumption_update: Option<ResumptionUpdate>,
}

#[derive(Deserialize)]
struct Empty {}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawContent<'a> {
    #[serde(borrow)]
    model_turn: Option<ModelTurn<'a>>,
    #[serde(deserialize_with = "or_default")]
    generation_complete: bool,
    #[serde(deserialize_with = "or_default")]
    turn_complete: bool,
    #[serde(deserialize_with = "or_default")]
    interrupted: bool,
    input_transcription: Option<Transcription>,
    output_transcription: Option<Transcription>,
}

#[derive(Deserialize)]
struct ModelTurn<'a> {
    #[serde(borrow, default)]
    parts: Option<Vec<Part<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part<'a> {
    #[serde(default, deserialize_with = "or_default")]
    thought: bool,
    #[serde(borrow, default)]
    inline_data: Option<Blob<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Blob<'a> {
    #[serde(borrow, default)]
    mime_type: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    data: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToolCall {
    #[serde(default, deserialize_with = "or_default")]
    function_calls: Vec<FunctionCall>,
}

#[derive(Deserialize)]
struct Cancellation {
    #[serde(default, deserialize_with = "or_default")]
    ids: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GoAway {
    #[serde(default)]
    time_left: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResumptionUpdate {
    #[serde(default)]
    new_handle: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    resumable: bool,
}

/// Reads a value; the default for `null`.
fn or_default<'de, D: serde::Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads a time as the API writes it, such as `9.5s`, in ms. None if it isn't a time.
fn millis(text: &str) -> Option<u64> {
    let number = text.strip_suffix('s')?;
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 9 || !are_digits(whole) || !are_digits(part) {
        return None;
    }
    let part: String = part.chars().chain("000".chars()).take(3).collect();
    Some(whole.parse::<u64>().ok()? * 1_000 + part.parse::<u64>().ok()?)
}

impl<'a> From<RawContent<'a>> for ServerContent<'a> {
    fn from(raw: RawContent<'a>) -> Self {
        let parts = raw.model_turn.and_then(|turn| turn.parts).unwrap_or_default();
        let aloud = parts.into_iter().filter(|part| !part.thought);
        let sounds = aloud.filter_map(|part| {
            let Blob { mime_type, data } = part.inline_data?;
            Some(Sound { mime: mime_type.unwrap_or_default(), data: data? })
        });
        Self {
            sounds: sounds.collect(),
            generation_complete: raw.generation_complete,
            turn_complete: raw.turn_complete,
            interrupted: raw.interrupted,
            input: raw.input_transcription,
            output: raw.output_transcription,
        }
    }
}

impl<'a> ServerMessage<'a> {
    /// Reads a message from a frame of either kind.
    ///
    /// # Errors
    /// It isn't a message, or a known member has another shape.
    pub fn parse(json: &'a [u8]) -> Result<Self, BadMessage> {
        let message: Message<'a> = serde_json::from_slice(json)?;
        let handle = message.session_resumption_update.filter(|update| update.resumable);
        let handle = handle.and_then(|update| update.new_handle);
        Ok(Self {
            setup_complete: message.setup_complete.is_some(),
            content: message.server_content.map(ServerContent::from),
            calls: message.tool_call.map(|asked| asked.function_calls).unwrap_or_default(),
            cancelled: message.tool_call_cancellation.map(|cancelled| cancelled.ids).unwrap_or_default(),
            usage: message.usage_metadata,
            go_away: message.go_away.map(|away| away.time_left.as_deref().and_then(millis)),
            handle: handle.filter(|handle| (1..=HANDLE_BYTES_MAX).contains(&handle.len())),
        })
    }
}

impl FunctionCall {
    /// Returns the arguments; an empty object if there are none.
    pub fn arguments(&mut self) -> Value {
        self.args.take().unwrap_or_else(|| Value::Object(Map::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_to_the_millisecond_or_refused() {
        assert_eq!(millis("9.5s"), Some(9_500));
        assert_eq!(millis("50s"), Some(50_000));
        assert_eq!(millis("0.123456789s"), Some(123));
        assert_eq!(millis("999999999s"), Some(999_999_999_000));
        for wrong in ["", "s", "9.5", "-1s", "9,5s", "1000000000s", "99999999999s", "1.xs"] {
            assert_eq!(millis(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn the_rate_is_read_from_the_type() {
        assert_eq!(format_of("audio/pcm;rate=24000"), Some(WireFormat::pcm(SampleRate::HZ_24000)));
        assert_eq!(
            format_of("audio/pcm; channels=1; rate=16000"),
            Some(WireFormat::pcm(SampleRate::HZ_16000))
        );
        assert_eq!(format_of("audio/pcm"), Some(WireFormat::pcm(SampleRate::HZ_24000)));
        for wrong in ["", "audio/mpeg", "audio/pcm;rate=1", "audio/pcm;rate", "image/png"] {
            assert_eq!(format_of(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn tokens_are_counted_by_kind_and_cached_ones_once() {
        let json = r#"{"usageMetadata":{"promptTokenCount":120,"responseTokenCount":60,"thoughtsTokenCount":7,
            "cachedContentTokenCount":10,"totalTokenCount":187,
            "promptTokensDetails":[{"modality":"TEXT","tokenCount":20},{"modality":"AUDIO","tokenCount":90}],
            "cacheTokensDetails":[{"modality":"TEXT","tokenCount":10}],
            "responseTokensDetails":[{"modality":"AUDIO","tokenCount":60}]}}"#;
        let usage = ServerMessage::parse(json.as_bytes()).unwrap().usage.unwrap().tokens();
        let expected = TokenUsage {
            text_input: 10,
            text_input_cached: 10,
            audio_input: 100,
            text_output: 7,
            audio_output: 60,
            ..TokenUsage::default()
        };
        assert_eq!(usage, expected);
        let json = r#"{"usageMetadata":{"promptTokenCount":90,"promptTokensDetails":[{"modality":"AUDIO","tokenCount":90}],
            "cacheTokensDetails":[{"modality":"AUDIO","tokenCount":40}]}}"#;
        let usage = ServerMessage::parse(json.as_bytes()).unwrap().usage.unwrap().tokens();
        assert_eq!((usage.audio_input, usage.audio_input_cached), (50, 40));
        let bare = br#"{"usageMetadata":{"promptTokenCount":120,"responseTokenCount":60}}"#;
        let usage = ServerMessage::parse(bare).unwrap().usage.unwrap().tokens();
        assert_eq!((usage.audio_input, usage.audio_output, usage.text_input), (120, 60, 0));
    }
}
