//! Setup of a session: the settings that never change on a call, and the first and later `session.update`s.

use std::sync::Arc;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::ids::ItemId;
use cordboard_schema::line::Line;
use cordboard_schema::profile::{AgentProfile, SpeechSettings};
use cordboard_schema::said::SpokenLine;
use cordboard_schema::wire::openai::{
    AudioFormat, Dialect, ResponseParams, SessionReport, SessionUpdate, ToolChoice, ToolSpec,
    TurnDetectionUpdate,
};

use crate::assistant::openai::settings::{AudioChoice, DialectChoice};
use crate::assistant::remote::outage::Patience;
use crate::assistant::remote::words::{line_instructions, session_instructions};
use crate::messages::{Attention, Entrance};
use crate::tools::ToolDefinition;

/// Converts tools to the protocol's form. It is built for each message, because a call keeps its tools only once.
fn specify(tools: &[ToolDefinition]) -> Arc<[ToolSpec]> {
    let of_tool = |tool: &ToolDefinition| {
        ToolSpec::new(tool.name.clone(), tool.description.clone(), Arc::clone(&tool.parameters))
    };
    tools.iter().map(of_tool).collect()
}

/// Largest token limit that may be requested. A profile may set more, for another voice of its chain. Then the model's own limit
/// applies here, because a server refuses a limit that is too high, and the session with it.
const OUTPUT_TOKENS_MAX: u32 = 4_096;

/// Returns the limit of an answer's length, if there is one.
fn longest_answer(speech: &SpeechSettings) -> Option<u32> {
    speech.max_output_tokens.filter(|tokens| *tokens <= OUTPUT_TOKENS_MAX)
}

/// Returns the first `session.update` of a session that answers in text: the settings of a call's session, without its audio.
pub(in crate::assistant::openai) fn written_session(
    profile: &AgentProfile,
    tools: &[ToolDefinition],
    dialect: Dialect,
) -> SessionUpdate {
    SessionUpdate {
        instructions: Some(session_instructions(profile)),
        tools: Some(specify(tools)),
        max_output_tokens: longest_answer(&profile.speech),
        is_written: true,
        ..SessionUpdate::empty(dialect)
    }
}

/// Returns the parameters of the first words, as on a call.
pub(in crate::assistant::openai) fn greeting_params(
    profile: &AgentProfile,
    dialect: Dialect,
) -> ResponseParams {
    let (persona, task) = (session_instructions(profile), line_instructions(Line::Greeting, profile));
    let tool_choice = (dialect == Dialect::Ga).then_some(ToolChoice::None);
    ResponseParams {
        instructions: Some(format!("{persona}\n\nNow: {task}")),
        tool_choice,
        ..Default::default()
    }
}

/// Everything that a session knows from the beginning.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The assistant's persona and settings.
    pub profile: Arc<AgentProfile>,
    /// The functions that the model may call.
    pub tools: Arc<[ToolDefinition]>,
    /// The conversation before this assistant joined.
    pub history: Vec<SpokenLine>,
    /// When it begins to serve the call.
    pub entrance: Entrance,
    /// How long the caller has been waiting for the first sound of the call, in ms.
    pub waited_ms: u64,
    /// Number of the first utterance.
    pub first_item: ItemId,
    /// Sample rate of the caller's connection.
    pub caller_rate: SampleRate,
    /// The audio format to request.
    pub audio: AudioChoice,
    /// The dialect to send.
    pub dialect: DialectChoice,
    /// The model that answers; its name prices the usage.
    pub model: String,
    /// The model that transcribes the caller's words.
    pub transcription_model: String,
    /// Longest silence of the provider when an answer is due, in ms.
    pub stall_timeout_ms: u64,
    /// Words and length in ms of the shipped "one moment"; `None` if it is not in the profile's language.
    pub one_moment: Option<(String, u64)>,
    /// The caller's patience with the provider.
    pub patience: Patience,
    /// Any number, to spread the reconnects of many calls.
    pub seed: u64,
}

impl Plan {
    /// Returns the format to request for both directions: a telephone's G.711 octets are passed on unchanged.
    pub(super) fn format(&self) -> AudioFormat {
        match self.audio {
            AudioChoice::Auto if self.caller_rate == SampleRate::HZ_8000 => AudioFormat::Pcmu,
            AudioChoice::Auto | AudioChoice::Pcm => AudioFormat::Pcm { rate: SampleRate::HZ_24000 },
            AudioChoice::Pcmu => AudioFormat::Pcmu,
            AudioChoice::Pcma => AudioFormat::Pcma,
        }
    }

    /// Returns the dialect for a server that describes its session like this.
    pub(super) fn dialect_for(&self, report: &SessionReport) -> Dialect {
        match self.dialect {
            DialectChoice::Ga => Dialect::Ga,
            DialectChoice::Beta => Dialect::Beta,
            DialectChoice::Auto => report.dialect,
        }
    }

    /// Returns the first `session.update`.
    pub(super) fn whole_session(&self, dialect: Dialect, attention: Attention) -> SessionUpdate {
        let AgentProfile { speech, language, .. } = &*self.profile;
        let format = Some(self.format());
        // The transcription expects ISO 639-1: `en` of `en-GB`.
        let language = language.split('-').next().filter(|tag| tag.len() == 2).map(str::to_lowercase);
        SessionUpdate {
            instructions: Some(session_instructions(&self.profile)),
            input_format: format,
            output_format: format,
            noise_reduction: speech.noise_reduction,
            transcription: speech.transcription.then(|| (self.transcription_model.clone(), language)),
            turn_detection: Some(self.turn_detection(attention)),
            voice: speech.voice.clone(),
            speed_percent: (speech.speed_percent != 100).then_some(speech.speed_percent.clamp(25, 150)),
            tools: Some(specify(&self.tools)),
            max_output_tokens: longest_answer(speech),
            ..SessionUpdate::empty(dialect)
        }
    }

    /// Returns the `session.update` that sets how the caller's words are treated.
    pub(super) fn attention_update(&self, dialect: Dialect, attention: Attention) -> SessionUpdate {
        let turn_detection = Some(self.turn_detection(attention));
        SessionUpdate { turn_detection, ..SessionUpdate::empty(dialect) }
    }

    /// Returns the `session.update` that sets the available functions.
    pub(super) fn tools_update(&self, dialect: Dialect) -> SessionUpdate {
        SessionUpdate { tools: Some(specify(&self.tools)), ..SessionUpdate::empty(dialect) }
    }

    fn turn_detection(&self, attention: Attention) -> TurnDetectionUpdate {
        let answers = attention == Attention::Converse;
        TurnDetectionUpdate { how: self.profile.speech.turn_detection, answers }
    }

    /// Returns the formats of both directions that the server has chosen. Any format that we support is accepted.
    ///
    /// # Errors
    /// The difference that can't be accepted, in words.
    pub(super) fn agree(&self, report: &SessionReport) -> Result<(AudioFormat, AudioFormat), String> {
        if report.finds_turns == Some(false) {
            return Err(
                "the provider does not detect the caller's turns (turn_detection is null): use a server or \
                        pipeline that has voice activity detection"
                    .to_owned(),
            );
        }
        match (report.input_format, report.output_format) {
            (Some(input), Some(output)) => Ok((input, output)),
            _ => Err("the provider answers with an unsupported audio format: set \
                      openai.audio_format to pcm"
                .to_owned()),
        }
    }
}
