//! The conversation as the model gets it: the words that were actually heard, and the tools with their results.

use std::collections::VecDeque;

use cordboard_schema::wire::chat::{Message, ToolRequest};

use crate::assistant::remote::agent::asks::FROM_THE_SYSTEM;

/// Most entries that the model gets; the oldest are dropped, except for the first event.
const ENTRIES_MAX: usize = 80;
/// Mark after words that the caller interrupted.
const CUT: &str = " —";
/// Result of a tool that is still running: servers refuse a tool call without a result.
const STILL_RUNS: &str = r#"{"status":"still running"}"#;

/// See the module's description.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct History {
    instructions: String,
    entries: VecDeque<Entry>,
}

#[derive(Clone, Debug, PartialEq)]
enum Entry {
    /// Words of the caller, or of the telephone system.
    User(String),
    /// Something that happened, in words of the telephone system.
    Event(String),
    Assistant {
        text: String,
        calls: Vec<Call>,
    },
}

#[derive(Clone, Debug, PartialEq)]
struct Call {
    request: ToolRequest,
    result: Option<String>,
}

impl History {
    /// Returns a conversation that begins with these instructions.
    pub(super) fn new(instructions: String) -> Self {
        Self { instructions, entries: VecDeque::new() }
    }

    /// Adds words of the caller, or of the telephone system.
    pub(super) fn user(&mut self, text: &str) {
        self.keep(Entry::User(text.to_owned()));
    }

    /// Adds something that happened, in words of the telephone system.
    pub(super) fn happened(&mut self, what: &str) {
        self.keep(Entry::Event(what.to_owned()));
    }

    /// Adds words of the assistant, and the tools that it called.
    pub(super) fn assistant(&mut self, text: &str, requests: Vec<ToolRequest>) {
        if text.is_empty() && requests.is_empty() {
            return;
        }
        let calls = requests.into_iter().map(|request| Call { request, result: None }).collect();
        self.keep(Entry::Assistant { text: text.to_owned(), calls });
    }

    /// Adds words that the assistant had begun to say when it was interrupted.
    pub(super) fn interrupted(&mut self, text: &str) {
        if !text.is_empty() {
            self.assistant(&format!("{text}{CUT}"), Vec::new());
        }
    }

    /// Adds a tool's result. Returns the tool's name if it was called and had no result yet, and whether the conversation went on
    /// meanwhile.
    pub(super) fn result(&mut self, id: &str, output: &str) -> Option<(String, bool)> {
        for (age, entry) in self.entries.iter_mut().rev().enumerate() {
            let Entry::Assistant { calls, .. } = entry else { continue };
            if let Some(call) = calls.iter_mut().find(|call| call.request.id == id && call.result.is_none()) {
                call.result = Some(output.to_owned());
                return Some((call.request.name.clone(), age > 0));
            }
        }
        None
    }

    /// Returns whether the last entry is the assistant's words.
    pub(super) fn ends_in_own_words(&self) -> bool {
        matches!(self.entries.back(), Some(Entry::Assistant { calls, .. }) if calls.is_empty())
    }

    /// Returns whether a tool has no result yet.
    pub(super) fn has_pending(&self) -> bool {
        self.entries.iter().any(|entry| match entry {
            Entry::Assistant { calls, .. } => calls.iter().any(|call| call.result.is_none()),
            Entry::User(_) | Entry::Event(_) => false,
        })
    }

    /// Replaces words with the part of them that was heard.
    pub(super) fn correct(&mut self, said: &str, heard: &str) {
        let texts = self.entries.iter_mut().rev().filter_map(|entry| match entry {
            Entry::Assistant { text, .. } => Some(text),
            Entry::User(_) | Entry::Event(_) => None,
        });
        for text in texts {
            if let Some(at) = text.rfind(said) {
                text.truncate(at);
                text.push_str(heard);
                if !text.is_empty() {
                    text.push_str(CUT);
                }
                return;
            }
        }
    }

    /// Replaces the caller's newest words with a note. Returns whether there are any.
    pub(super) fn withhold(&mut self, note: &str) -> bool {
        let newest = self.entries.iter_mut().rev().find_map(|entry| match entry {
            Entry::User(text) if !text.starts_with(FROM_THE_SYSTEM) => Some(text),
            Entry::User(_) | Entry::Event(_) | Entry::Assistant { .. } => None,
        });
        let Some(text) = newest else { return false };
        note.clone_into(text);
        true
    }

    /// Returns the messages of a request, followed by `more` words of the caller, if any. Consecutive words of one side are one
    /// message, because some models' templates accept nothing else.
    pub(super) fn messages(&self, more: Option<&str>) -> Vec<Message> {
        let mut messages = vec![Message::System(self.instructions.clone())];
        let user = |text: &str, messages: &mut Vec<Message>| match messages.last_mut() {
            Some(Message::User(known)) => {
                known.push('\n');
                known.push_str(text);
            }
            _ => messages.push(Message::User(text.to_owned())),
        };
        for entry in &self.entries {
            match entry {
                Entry::User(text) | Entry::Event(text) => user(text, &mut messages),
                Entry::Assistant { text, calls } if text.is_empty() && calls.is_empty() => {}
                Entry::Assistant { text, calls } => {
                    let requests = calls.iter().map(|call| call.request.clone()).collect();
                    messages.push(Message::Assistant { text: text.clone(), calls: requests });
                    messages.extend(calls.iter().map(|call| Message::Tool {
                        id: call.request.id.clone(),
                        content: call.result.clone().unwrap_or_else(|| STILL_RUNS.to_owned()),
                    }));
                }
            }
        }
        if let Some(more) = more {
            user(more, &mut messages);
        }
        messages
    }

    fn keep(&mut self, entry: Entry) {
        if self.entries.len() == ENTRIES_MAX {
            // The first event stays: on an outgoing call it says whom the call is made to, and why.
            let oldest = usize::from(matches!(self.entries.front(), Some(Entry::Event(_))));
            self.entries.remove(oldest);
        }
        self.entries.push_back(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(id: &str) -> ToolRequest {
        ToolRequest { id: id.to_owned(), name: "look_up".to_owned(), arguments: "{}".to_owned() }
    }

    fn lines(history: &History, more: Option<&str>) -> Vec<String> {
        let line = |message: Message| match message {
            Message::System(text) => format!("system: {text}"),
            Message::User(text) => format!("user: {text}"),
            Message::Assistant { text, calls } => format!("assistant: {text} +{}", calls.len()),
            Message::Tool { id, content } => format!("{id}: {content}"),
        };
        history.messages(more).into_iter().map(line).collect()
    }

    #[test]
    fn every_request_for_a_tool_is_followed_by_a_result() {
        let mut history = History::new("Be brief.".to_owned());
        history.user("Look it up.");
        history.assistant("One moment.", vec![call("a"), call("b")]);
        assert_eq!(history.result("a", "7"), Some(("look_up".to_owned(), false)));
        assert_eq!(history.result("a", "8"), None, "it already has one");
        assert!(history.has_pending());
        history.user("Are you there?");
        let expected = [
            "system: Be brief.",
            "user: Look it up.",
            "assistant: One moment. +2",
            "a: 7",
            r#"b: {"status":"still running"}"#,
            "user: Are you there?\nHello?",
        ];
        assert_eq!(lines(&history, Some("Hello?")), expected);
        assert_eq!(history.result("b", "9"), Some(("look_up".to_owned(), true)));
        assert!(!history.has_pending());
    }

    #[test]
    fn the_reason_of_a_call_outlasts_its_words() {
        let mut history = History::new(String::new());
        history.user("Hello?");
        history.happened("this call is made by you");
        for number in 0..ENTRIES_MAX {
            history.assistant(&format!("answer {number}"), Vec::new());
            history.happened(&format!("hold {number}"));
        }
        let lines = lines(&history, None);
        assert_eq!(lines.len(), ENTRIES_MAX);
        assert_eq!(lines[1], "user: this call is made by you\nhold 40");
        assert_eq!(lines[ENTRIES_MAX - 1], "user: hold 79");
    }

    #[test]
    fn unheard_words_are_not_in_the_history() {
        let mut history = History::new(String::new());
        history.assistant("Good day.", Vec::new());
        history.interrupted("We open at nine. We close at five.");
        history.correct("We open at nine. We close at five.", "We open at nine. We");
        assert_eq!(lines(&history, None)[2], "assistant: We open at nine. We — +0");
        history.correct("never said", "never");
        history.correct("Good day.", "");
        assert_eq!(lines(&history, None).len(), 2, "a message without words is dropped");
    }
}
