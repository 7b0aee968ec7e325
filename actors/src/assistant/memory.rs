//! Recent reports of a headset to its call, so that it can repeat them to a call whose actor died and lives again.
//!
//! It keeps only reports that the call would wait for in vain, and only as many as can be under way at a time. For a
//! call that has missed nothing the repetition changes nothing.

use std::collections::VecDeque;

use cordboard_schema::event::Fact;

/// Utterances whose end is kept: they follow one another, and a call is a fraction of a second behind.
const COMPLETE_KEPT: usize = 4;
/// Requests of tools that are kept until they are answered.
const TOOL_CALLS_KEPT: usize = 16;

/// The newest facts of an assistant.
#[derive(Debug, Default)]
pub(super) struct Memory {
    ready: Option<Fact>,
    started: Option<Fact>,
    complete: VecDeque<Fact>,
    /// The end of an utterance that nobody could hear.
    unheard: Option<Fact>,
    /// None while the caller speaks.
    speech_stopped: Option<Fact>,
    /// With the provider's id of each.
    tool_calls: VecDeque<(String, Fact)>,
}

impl Memory {
    /// Keeps a fact that is reported now, if it is one to be kept.
    pub(super) fn keep(&mut self, fact: &Fact) {
        match fact {
            Fact::AssistantReady { .. } => self.ready = Some(fact.clone()),
            Fact::ItemStarted { .. } => self.started = Some(fact.clone()),
            Fact::ItemComplete { .. } => push(&mut self.complete, COMPLETE_KEPT, fact.clone()),
            Fact::PlayedUntil { .. } => self.unheard = Some(fact.clone()),
            Fact::SpeechStarted => self.speech_stopped = None,
            Fact::SpeechStopped { .. } => self.speech_stopped = Some(fact.clone()),
            Fact::ToolCall { tool_call, .. } => {
                push(&mut self.tool_calls, TOOL_CALLS_KEPT, (tool_call.clone(), fact.clone()));
            }
            _ => {}
        }
    }

    /// The call has answered a request of a tool.
    pub(super) fn answered(&mut self, tool_call: &str) {
        self.tool_calls.retain(|(open, _)| open != tool_call);
    }

    /// Facts to repeat, in the order in which a call can take them.
    pub(super) fn facts(&self) -> Vec<Fact> {
        let once = self.ready.iter().chain(&self.started).chain(&self.complete).chain(&self.unheard);
        let requests = self.tool_calls.iter().map(|(_, request)| request);
        once.chain(&self.speech_stopped).chain(requests).cloned().collect()
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
    use cordboard_schema::ids::ItemId;
    use serde_json::Value;

    use super::*;

    fn tool_call(id: &str) -> Fact {
        Fact::ToolCall { tool_call: id.to_owned(), name: "end_call".to_owned(), arguments: Value::Null }
    }

    #[test]
    fn a_request_is_said_again_until_it_is_answered() {
        let mut memory = Memory::default();
        memory.keep(&tool_call("a"));
        memory.keep(&tool_call("b"));
        memory.answered("a");
        assert_eq!(memory.facts(), [tool_call("b")]);
        memory.answered("b");
        assert!(memory.facts().is_empty());
    }

    #[test]
    fn a_caller_who_speaks_has_not_ceased_to() {
        let mut memory = Memory::default();
        memory.keep(&Fact::SpeechStopped { speech_ms: 900 });
        assert_eq!(memory.facts(), [Fact::SpeechStopped { speech_ms: 900 }]);
        memory.keep(&Fact::SpeechStarted);
        assert!(memory.facts().is_empty());
    }

    #[test]
    fn what_is_kept_has_a_bound() {
        let mut memory = Memory::default();
        for item in 1..100 {
            memory.keep(&Fact::ItemComplete { item: ItemId(item), text: String::new(), audio_ms: 1 });
            memory.keep(&tool_call(&item.to_string()));
        }
        assert_eq!(memory.facts().len(), COMPLETE_KEPT + TOOL_CALLS_KEPT);
        assert_eq!(memory.facts().last(), Some(&tool_call("99")));
    }
}
