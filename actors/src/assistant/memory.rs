//! Recent reports of a headset to its call, kept to repeat them to a call whose actor died and was restarted.
//!
//! It keeps only reports whose loss would leave the call waiting, and only as many as can be pending at a time. For a call that
//! has missed nothing the repetition changes nothing.

use std::collections::VecDeque;

use cordboard_schema::event::{Fact, PlayedEnd};
use cordboard_schema::ids::{ItemId, LegId};
use cordboard_schema::line::Line;
use serde_json::Value;

/// Utterances whose end is kept: they follow one another, and a call lags a fraction of a second behind.
const COMPLETE_KEPT: usize = 4;
/// Tool calls that are kept until they are answered.
const TOOL_CALLS_KEPT: usize = 16;

/// The newest facts of an assistant, stored by their contents: a `Fact` takes as much room as its largest variant.
#[derive(Debug, Default)]
pub(super) struct Memory {
    ready: Option<Ready>,
    started: Option<Started>,
    complete: VecDeque<Complete>,
    /// The end of an utterance that nobody could hear.
    unheard: Option<Unheard>,
    /// Length of the caller's last speech; `None` while the caller speaks.
    speech_stopped: Option<u64>,
    tool_calls: VecDeque<ToolCall>,
}

#[derive(Debug)]
struct Ready {
    leg: LegId,
    provider: String,
    speaks_text: bool,
}

#[derive(Debug)]
struct Started {
    leg: LegId,
    item: ItemId,
    line: Option<Line>,
}

#[derive(Debug)]
struct Complete {
    item: ItemId,
    text: String,
    audio_ms: u64,
}

#[derive(Debug)]
struct Unheard {
    item: ItemId,
    heard_ms: u64,
    end: PlayedEnd,
}

#[derive(Debug)]
struct ToolCall {
    tool_call: String,
    name: String,
    arguments: Value,
}

impl Memory {
    /// Keeps a reported fact, if it is one that may have to be repeated.
    pub(super) fn keep(&mut self, fact: &Fact) {
        match fact {
            Fact::AssistantReady { leg, provider, speaks_text } => {
                let (leg, speaks_text) = (*leg, *speaks_text);
                self.ready = Some(Ready { leg, provider: provider.clone(), speaks_text });
            }
            Fact::ItemStarted { leg, item, line } => {
                self.started = Some(Started { leg: *leg, item: *item, line: *line });
            }
            Fact::ItemComplete { item, text, audio_ms } => {
                let complete = Complete { item: *item, text: text.clone(), audio_ms: *audio_ms };
                push(&mut self.complete, COMPLETE_KEPT, complete);
            }
            Fact::PlayedUntil { item, heard_ms, end } => {
                self.unheard = Some(Unheard { item: *item, heard_ms: *heard_ms, end: *end });
            }
            Fact::SpeechStarted => self.speech_stopped = None,
            Fact::SpeechStopped { speech_ms } => self.speech_stopped = Some(*speech_ms),
            Fact::ToolCall { tool_call, name, arguments } => {
                let (tool_call, name, arguments) = (tool_call.clone(), name.clone(), arguments.clone());
                push(&mut self.tool_calls, TOOL_CALLS_KEPT, ToolCall { tool_call, name, arguments });
            }
            _ => {}
        }
    }

    /// Drops a tool call that the call has answered.
    pub(super) fn answered(&mut self, tool_call: &str) {
        self.tool_calls.retain(|open| open.tool_call != tool_call);
    }

    /// Returns the facts to repeat, in an order in which a call can take them.
    pub(super) fn facts(&self) -> Vec<Fact> {
        let ready = self.ready.as_ref().map(|Ready { leg, provider, speaks_text }| Fact::AssistantReady {
            leg: *leg,
            provider: provider.clone(),
            speaks_text: *speaks_text,
        });
        let started = self.started.as_ref().map(|Started { leg, item, line }| Fact::ItemStarted {
            leg: *leg,
            item: *item,
            line: *line,
        });
        let complete = self.complete.iter().map(|Complete { item, text, audio_ms }| Fact::ItemComplete {
            item: *item,
            text: text.clone(),
            audio_ms: *audio_ms,
        });
        let unheard = self.unheard.as_ref().map(|Unheard { item, heard_ms, end }| Fact::PlayedUntil {
            item: *item,
            heard_ms: *heard_ms,
            end: *end,
        });
        let stopped = self.speech_stopped.map(|speech_ms| Fact::SpeechStopped { speech_ms });
        let requests = self.tool_calls.iter().map(|ToolCall { tool_call, name, arguments }| Fact::ToolCall {
            tool_call: tool_call.clone(),
            name: name.clone(),
            arguments: arguments.clone(),
        });
        let once = ready.into_iter().chain(started).chain(complete).chain(unheard);
        once.chain(stopped).chain(requests).collect()
    }
}

fn push<T>(kept: &mut VecDeque<T>, kept_max: usize, newest: T) {
    if kept.len() == kept_max {
        kept.pop_front();
    }
    kept.push_back(newest);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool_call(id: &str) -> Fact {
        Fact::ToolCall { tool_call: id.to_owned(), name: "end_call".to_owned(), arguments: Value::Null }
    }

    #[test]
    fn a_request_is_repeated_until_answered() {
        let mut memory = Memory::default();
        memory.keep(&tool_call("a"));
        memory.keep(&tool_call("b"));
        memory.answered("a");
        assert_eq!(memory.facts(), [tool_call("b")]);
        memory.answered("b");
        assert!(memory.facts().is_empty());
    }

    #[test]
    fn a_caller_who_speaks_has_not_stopped() {
        let mut memory = Memory::default();
        memory.keep(&Fact::SpeechStopped { speech_ms: 900 });
        assert_eq!(memory.facts(), [Fact::SpeechStopped { speech_ms: 900 }]);
        memory.keep(&Fact::SpeechStarted);
        assert!(memory.facts().is_empty());
    }

    #[test]
    fn kept_reports_are_limited() {
        let mut memory = Memory::default();
        for item in 1..100 {
            memory.keep(&Fact::ItemComplete { item: ItemId(item), text: String::new(), audio_ms: 1 });
            memory.keep(&tool_call(&item.to_string()));
        }
        assert_eq!(memory.facts().len(), COMPLETE_KEPT + TOOL_CALLS_KEPT);
        assert_eq!(memory.facts().last(), Some(&tool_call("99")));
    }
}
