//! Opening of a Gemini session: its setup, and the conversation before it.

use std::sync::Arc;

use cordboard_schema::fold::Role;
use cordboard_schema::profile::{AgentProfile, Eagerness, TurnDetection as Wanted};
use cordboard_schema::said::SpokenLine;
use cordboard_schema::wire::gemini::{Function, Sensitivity, Setup, Turn, TurnDetection};

use super::settings::GeminiSettings;
use super::voices;
use crate::assistant::remote::agent::asks::from_the_system;
use crate::assistant::remote::agent::dialect::Opening;
use crate::assistant::remote::memory::{self, Called};
use crate::assistant::remote::words::{GOES_ON, session_instructions};
use crate::tools::ToolDefinition;

/// Thresholds in percent of loudness: at or below the first, speech is detected easily; at or above the second, less easily.
const SENSITIVITY_AT: (u8, u8) = (35, 65);

/// Returns the setup of a session with this profile. With a handle it resumes that session.
pub(super) fn setup(
    settings: &GeminiSettings,
    profile: &AgentProfile,
    tools: &[ToolDefinition],
    (language, handle): (Option<String>, Option<String>),
) -> Setup {
    let speech = &profile.speech;
    let voice = speech.voice.as_deref().and_then(voices::known);
    Setup {
        model: settings.model.clone(),
        voice: voice.map_or_else(|| settings.voice.clone(), str::to_owned),
        language,
        instruction: session_instructions(profile),
        functions: tools.iter().map(function).collect(),
        turns: turn_detection(speech.turn_detection),
        max_output_tokens: speech.max_output_tokens,
        transcribes_input: speech.transcription,
        handle,
    }
}

/// Returns the setup of a session that is only a check.
pub(super) fn trial(settings: &GeminiSettings) -> Setup {
    Setup {
        model: settings.model.clone(),
        voice: settings.voice.clone(),
        language: None,
        instruction: "You answer the telephone.".to_owned(),
        functions: Vec::new(),
        turns: TurnDetection::default(),
        max_output_tokens: None,
        transcribes_input: false,
        handle: None,
    }
}

fn function(tool: &ToolDefinition) -> Function {
    Function {
        name: tool.name.to_string(),
        description: tool.description.to_string(),
        parameters: Arc::clone(&tool.parameters),
    }
}

/// Converts the detection of turns. Gemini's padding is the time that a caller has to speak before it counts as speech; no
/// setting of a profile sets it.
fn turn_detection(wanted: Wanted) -> TurnDetection {
    match wanted {
        Wanted::ServerVad { threshold_percent, silence_duration_ms, .. } => {
            let (easy, hard) = SENSITIVITY_AT;
            let start = match threshold_percent {
                percent if percent <= easy => Some(Sensitivity::High),
                percent if percent >= hard => Some(Sensitivity::Low),
                _ => None,
            };
            TurnDetection { start, end: None, silence_ms: Some(silence_duration_ms) }
        }
        Wanted::SemanticVad { eagerness } => {
            let end = match eagerness {
                Eagerness::Low => Some(Sensitivity::Low),
                Eagerness::High => Some(Sensitivity::High),
                Eagerness::Medium | Eagerness::Auto => None,
            };
            TurnDetection { end, ..TurnDetection::default() }
        }
    }
}

/// Returns the language as Gemini accepts it: with a country. Other languages it finds by its instructions and by the speech.
pub(super) fn language(profile: &AgentProfile) -> Option<String> {
    let tag = &profile.language;
    let (language, country) = tag.split_once('-')?;
    let is_country = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_country.then(|| format!("{}-{}", language.to_lowercase(), country.to_uppercase()))
}

/// Returns words of the telephone system, in the caller's place.
pub(super) fn of_system(what: &str) -> Turn {
    Turn { by_model: false, text: from_the_system(what) }
}

/// Returns the conversation so far; empty at the beginning of a call.
pub(super) fn history(opening: &Opening<'_>) -> Vec<Turn> {
    let known = opening.memory.turns().map(|turn| match turn {
        memory::Turn::Said(SpokenLine { role, text }) => {
            Turn { by_model: *role == Role::Assistant, text: text.clone() }
        }
        memory::Turn::Called(called) => {
            let Called { name, arguments, output, .. } = &**called;
            of_system(&format!("You called the tool {name} with {arguments}: {output}"))
        }
        memory::Turn::Happened(what) => of_system(what),
    });
    let unheard = opening.unheard.iter().map(|text| Turn { by_model: true, text: (*text).to_owned() });
    let mut turns: Vec<Turn> = known.chain(unheard).collect();
    if !turns.is_empty() {
        turns.insert(0, of_system(GOES_ON));
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sliders_become_geminis_own_settings() {
        let vad = |threshold_percent| {
            turn_detection(Wanted::ServerVad {
                threshold_percent,
                prefix_padding_ms: 300,
                silence_duration_ms: 700,
            })
        };
        assert_eq!(vad(50), TurnDetection { start: None, end: None, silence_ms: Some(700) });
        assert_eq!(vad(20).start, Some(Sensitivity::High));
        assert_eq!(vad(80).start, Some(Sensitivity::Low));
        let semantic = |eagerness| turn_detection(Wanted::SemanticVad { eagerness });
        assert_eq!(semantic(Eagerness::Low).end, Some(Sensitivity::Low));
        assert_eq!(semantic(Eagerness::Auto), TurnDetection::default());
    }
}
