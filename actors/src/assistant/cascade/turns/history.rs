//! The conversation as the model gets it: the words that were actually heard, and the tools with their results.

use std::collections::VecDeque;

use cordboard_call::machine::{CALLED_BEFORE, ENDED_SINCE};
use cordboard_schema::wire::chat::{Message, ToolRequest};

use crate::assistant::remote::agent::asks::{FROM_THE_SYSTEM, from_the_system};
use crate::assistant::remote::memory::has_acted;
use crate::assistant::remote::words::{GOES_ON, TOOL_ENDED};

/// Most entries that the model gets; the oldest are dropped, except for the first event and tools that have acted.
const ENTRIES_MAX: usize = 80;
/// Entries with tools that have acted, or still run, which outlast the words around them.
const CALLS_MAX: usize = 24;
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

impl Entry {
    /// Returns whether the model would do something twice without it, or would never learn a tool's result.
    fn outlasts_words(&self) -> bool {
        let is_kept =
            |call: &Call| call.result.is_none() || has_acted(&call.request.name, &call.request.arguments);
        match self {
            Self::User(_) => false,
            Self::Event(what) => {
                let what = what.strip_prefix(FROM_THE_SYSTEM).unwrap_or(what);
                [CALLED_BEFORE, ENDED_SINCE, TOOL_ENDED]
                    .iter()
                    .any(|about_tools| what.starts_with(about_tools))
            }
            Self::Assistant { calls, .. } => calls.iter().any(is_kept),
        }
    }
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
        if matches!(self.entries.front(), Some(Entry::Assistant { calls, .. }) if !calls.is_empty()) {
            // The words before these calls were dropped. Some servers refuse calls that follow neither words nor a result.
            user(&from_the_system(GOES_ON), &mut messages);
        }
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
            self.entries.remove(self.least_needed());
        }
        self.entries.push_back(entry);
    }

    /// Returns the place of the entry that is dropped first. The first event stays: on an outgoing call it says whom the call is made to,
    /// and why. Tools that have acted stay, up to a number: without them the same would be booked twice.
    fn least_needed(&self) -> usize {
        let first = usize::from(matches!(self.entries.front(), Some(Entry::Event(_))));
        let outlasting = self.entries.iter().filter(|entry| entry.outlasts_words()).count();
        let is_dropped = |entry: &Entry| entry.outlasts_words() == (outlasting > CALLS_MAX);
        let place = self.entries.iter().skip(first).position(is_dropped);
        place.map_or(first, |place| first + place)
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
    fn what_was_booked_outlasts_the_words_of_a_long_call() {
        let book = |id: &str, action: &str| {
            let arguments = format!(r#"{{"action":"{action}"}}"#);
            vec![ToolRequest { id: id.to_owned(), name: "book_estimate".to_owned(), arguments }]
        };
        let mut outgoing = History::new(String::new());
        outgoing.happened("this call is made by you");
        outgoing.happened(&from_the_system(&format!("{CALLED_BEFORE} send_sms: sent")));
        outgoing.happened(&from_the_system(&format!(
            "{TOOL_ENDED}book that you called with {{}} has ended: done"
        )));
        (0..ENTRIES_MAX).for_each(|number| outgoing.user(&format!("words {number}")));
        let known = &lines(&outgoing, None)[1];
        assert!(known.contains("send_sms: sent]\n"), "of another voice: {known}");
        assert!(known.contains("has ended: done]\nwords 3\n"), "of an earlier conversation: {known}");

        let mut history = History::new("Be brief.".to_owned());
        history.assistant("Good day.", Vec::new());
        history.user("Monday at nine, please.");
        history.assistant("", book("seen", "free_slots"));
        history.result("seen", "nine is free");
        history.assistant("", book("booked", "hold"));
        history.result("booked", "held as appointment 7");
        history.assistant("", book("runs", "confirm"));
        for number in 0..ENTRIES_MAX {
            history.user(&format!("words {number}"));
            history.assistant(&format!("answer {number}"), Vec::new());
        }
        assert_eq!(history.entries.len(), ENTRIES_MAX);
        let known = lines(&history, None);
        let begin = [
            "system: Be brief.".to_owned(),
            format!("user: {}", from_the_system(GOES_ON)),
            "assistant:  +1".to_owned(),
            "booked: held as appointment 7".to_owned(),
            "assistant:  +1".to_owned(),
            format!("runs: {STILL_RUNS}"),
            "user: words 41".to_owned(),
        ];
        assert_eq!(known[..begin.len()], begin);
        let ended = history.result("runs", "confirmed");
        assert_eq!(ended, Some(("book_estimate".to_owned(), true)), "its result still finds it");

        for number in 0..=CALLS_MAX {
            history.assistant("", book(&number.to_string(), "hold"));
            history.result(&number.to_string(), &format!("held as appointment 7{number}"));
            history.user("thank you");
        }
        let known = lines(&history, None);
        assert!(!known.contains(&"booked: held as appointment 7".to_owned()), "they are bounded");
        assert!(known.contains(&format!("{CALLS_MAX}: held as appointment 7{CALLS_MAX}")));
        assert!(known.iter().filter(|line| line.starts_with("user: ")).count() > CALLS_MAX);
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
