//! Opening of a session: its instructions, its backend, and the conversation before it.

use std::sync::Arc;

use cordboard_schema::audio::{Law, SampleRate, WireFormat};
use cordboard_schema::fold::Role;
use cordboard_schema::said::SpokenLine;
use cordboard_schema::wire::openai_live::{Function, InitialItem, Start, Tasks};

use super::settings::OpenAiLiveSettings;
use super::voices;
use crate::assistant::remote::agent::dialect::Opening;
use crate::assistant::remote::agent::plan::Plan;
use crate::assistant::remote::memory::{Called, Turn};
use crate::assistant::remote::words::{GOES_ON, session_instructions};
use crate::tools::ToolDefinition;

/// Messages of the history; a session accepts 128.
const ITEMS_MAX: usize = 100;
/// Characters of the history: a session accepts some 8,000 tokens.
const HISTORY_CHARS_MAX: usize = 12_000;
/// Characters of one function's description for the model.
const DESCRIPTION_CHARS_MAX: usize = 200;

/// Instruction to delegate actions that the model can't do itself.
const DELEGATES: &str = "You can do nothing but speak. Delegate each thing below as soon as the caller wants it, and say in a few words \
    that you do; never say that it is done before you were told. Delegate nothing else, and answer by yourself what you know.";
/// Role of the backend.
const IS_BACKEND: &str = "You do what the voice on the telephone has delegated to you. Call the function that does it, with what the \
    caller has said; ask for what is missing. Answer in one or two sentences that can be said aloud.";

/// Returns the session of a call.
pub(super) fn start(settings: &OpenAiLiveSettings, opening: &Opening<'_>) -> Start {
    let profile = &opening.plan.profile;
    let persona = session_instructions(profile);
    let voice = profile.speech.voice.as_deref().and_then(voices::known);
    Start {
        model: settings.model.clone(),
        instructions: instructions(&persona, opening.tools),
        format: format(opening.plan),
        voice: voice.map_or_else(|| settings.voice.clone(), str::to_owned),
        tasks: Tasks {
            model: settings.task_model.clone(),
            instructions: format!("{persona}\n\n{IS_BACKEND}"),
            functions: functions(opening.tools),
        },
        input: history(opening),
    }
}

/// Returns a session that is only a check.
pub(super) fn trial(settings: &OpenAiLiveSettings) -> Start {
    Start {
        model: settings.model.clone(),
        instructions: "You answer the telephone.".to_owned(),
        format: WireFormat::g711(Law::Mu),
        voice: settings.voice.clone(),
        tasks: Tasks {
            model: settings.task_model.clone(),
            instructions: IS_BACKEND.to_owned(),
            functions: Vec::new(),
        },
        input: Vec::new(),
    }
}

fn instructions(persona: &str, tools: &[ToolDefinition]) -> String {
    if tools.is_empty() {
        return persona.to_owned();
    }
    let described = |tool: &ToolDefinition| {
        let description: String = tool.description.chars().take(DESCRIPTION_CHARS_MAX).collect();
        format!("- {}: {description}", tool.name)
    };
    let tools: Vec<String> = tools.iter().map(described).collect();
    format!("{persona}\n\n{DELEGATES}\n{}", tools.join("\n"))
}

pub(super) fn functions(tools: &[ToolDefinition]) -> Vec<Function> {
    let function = |tool: &ToolDefinition| Function {
        name: tool.name.to_string(),
        description: tool.description.to_string(),
        parameters: Arc::clone(&tool.parameters),
    };
    tools.iter().map(function).collect()
}

/// Returns the audio format of a caller's line in both directions: a telephone's octets are passed on unchanged.
fn format(plan: &Plan) -> WireFormat {
    match plan.caller_rate {
        SampleRate::HZ_8000 => WireFormat::g711(plan.caller_law.unwrap_or(Law::Mu)),
        SampleRate::HZ_16000 => WireFormat::pcm(SampleRate::HZ_16000),
        _ => WireFormat::pcm(SampleRate::HZ_24000),
    }
}

/// Returns the conversation so far, or its newest part if it is long; empty at the beginning of a call.
fn history(opening: &Opening<'_>) -> Vec<InitialItem> {
    let known = opening.memory.turns().map(|turn| match turn {
        Turn::Said(SpokenLine { role: Role::Assistant, text }) => InitialItem::Assistant(text.clone()),
        Turn::Said(SpokenLine { role: Role::Caller, text }) => InitialItem::User(text.clone()),
        Turn::Called(called) => {
            let Called { name, arguments, output, .. } = &**called;
            InitialItem::Developer(format!("The function {name} was called with {arguments}: {output}"))
        }
        Turn::Happened(what) => InitialItem::Developer(what.clone()),
    });
    let unheard = opening.unheard.iter().map(|text| InitialItem::Assistant((*text).to_owned()));
    let all: Vec<InitialItem> = known.chain(unheard).collect();
    let mut chars = 0;
    let fits = |item: &InitialItem| {
        let (InitialItem::Developer(text) | InitialItem::User(text) | InitialItem::Assistant(text)) = item;
        chars += text.chars().count();
        chars <= HISTORY_CHARS_MAX
    };
    let mut kept: Vec<InitialItem> = all.into_iter().rev().take(ITEMS_MAX).take_while(fits).collect();
    if kept.is_empty() {
        return kept;
    }
    kept.push(InitialItem::Developer(GOES_ON.to_owned()));
    kept.reverse();
    kept
}
