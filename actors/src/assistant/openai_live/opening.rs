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
/// Characters among them of events and of tools that have acted, which outlast the words around them.
const LASTING_CHARS_MAX: usize = 8_000;
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
    let item = |turn: &Turn| match turn {
        Turn::Said(SpokenLine { role: Role::Assistant, text }) => InitialItem::Assistant(text.clone()),
        Turn::Said(SpokenLine { role: Role::Caller, text }) => InitialItem::User(text.clone()),
        Turn::Called(called) => {
            let Called { name, arguments, output, .. } = &**called;
            InitialItem::Developer(format!("The function {name} was called with {arguments}: {output}"))
        }
        Turn::Happened(what) => InitialItem::Developer(what.clone()),
    };
    let known = opening.memory.turns().map(|turn| (turn.outlasts_words(), item(turn)));
    let unheard = opening.unheard.iter().map(|text| (false, InitialItem::Assistant((*text).to_owned())));
    let kept = fitting(known.chain(unheard).collect());
    let goes_on = InitialItem::Developer(GOES_ON.to_owned());
    if kept.is_empty() { kept } else { [goes_on].into_iter().chain(kept).collect() }
}

/// Returns the items for which there is room, in order: the newest of those that outlast words, then the newest of the others. If the
/// first one outlasts words, it stays: it may say why the call is made.
fn fitting(mut all: Vec<(bool, InitialItem)>) -> Vec<InitialItem> {
    all.drain(..all.len().saturating_sub(ITEMS_MAX));
    let mut kept = vec![false; all.len()];
    let mut chars = 0;
    if let (Some((true, first)), Some(is_kept)) = (all.first(), kept.first_mut()) {
        (chars, *is_kept) = (chars_of(first), true);
    }
    for (is_lasting, chars_max) in [(true, LASTING_CHARS_MAX), (false, HISTORY_CHARS_MAX)] {
        for ((lasts, item), is_kept) in all.iter().zip(&mut kept).rev() {
            if *is_kept || *lasts != is_lasting {
                continue;
            }
            let chars_with = chars + chars_of(item);
            if chars_with <= chars_max {
                (chars, *is_kept) = (chars_with, true);
            } else if !is_lasting && matches!(item, InitialItem::User(_) | InitialItem::Assistant(_)) {
                // Older words would follow a hole in the conversation.
                break;
            }
        }
    }
    all.into_iter().zip(kept).filter(|(_, is_kept)| *is_kept).map(|((_, item), _)| item).collect()
}

fn chars_of(item: &InitialItem) -> usize {
    let (InitialItem::Developer(text) | InitialItem::User(text) | InitialItem::Assistant(text)) = item;
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_look_ups_push_no_booking_out_of_the_history() {
        let of_system = |text: &str| InitialItem::Developer(text.to_owned());
        let said = |number: usize| (false, InitialItem::User(format!("words {number}")));
        let long = "x".repeat(4_000);
        let (errand, booked) = (of_system("this call is made by you"), of_system("held as appointment 7"));
        let mut all = vec![(true, errand.clone()), said(0), (true, booked.clone())];
        for number in 1..5 {
            all.extend([(false, of_system(&long)), said(number)]);
        }
        let kept = fitting(all.clone());
        assert_eq!(kept[..3], [errand.clone(), said(0).1, booked.clone()]);
        assert_eq!(kept.iter().filter(|item| **item == of_system(&long)).count(), 2);
        assert_eq!(kept.last(), Some(&said(4).1));

        all.extend([(true, of_system(&long)), (true, of_system(&long))]);
        let kept = fitting(all);
        assert!(kept.contains(&said(4).1), "the newest words have their room");
        assert!(kept[0] == errand && kept.contains(&booked), "short events have theirs");

        let huge = vec![(false, InitialItem::User("x".repeat(HISTORY_CHARS_MAX + 1))), said(1)];
        assert_eq!(fitting(huge), [said(1).1]);
    }
}
