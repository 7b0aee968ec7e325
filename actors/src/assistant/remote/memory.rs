//! The conversation as this side remembers it, for a session that has to continue it: the words that were actually heard.

use std::collections::VecDeque;

use cordboard_schema::fold::Role;
use cordboard_schema::said::SpokenLine;

/// Turns that a new session gets verbatim. With much more text, models begin to answer in writing.
const TURNS_MAX: usize = 20;

/// One entry of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::assistant) enum Turn {
    Said(SpokenLine),
    /// Boxed: most turns are words, and twenty of them are kept.
    Called(Box<Called>),
    Happened(String),
}

/// A tool that was called, with its output.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::assistant) struct Called {
    pub(in crate::assistant) call_id: String,
    pub(in crate::assistant) name: String,
    pub(in crate::assistant) arguments: String,
    pub(in crate::assistant) output: String,
}

/// The last turns of a conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::assistant) struct Memory {
    turns: VecDeque<Turn>,
}

impl Memory {
    pub(in crate::assistant) fn of(history: &[SpokenLine]) -> Self {
        let mut memory = Self::default();
        for said in history {
            memory.keep(Turn::Said(said.clone()));
        }
        memory
    }

    pub(in crate::assistant) fn said(&mut self, role: Role, text: &str) {
        if !text.is_empty() {
            self.keep(Turn::Said(SpokenLine { role, text: text.to_owned() }));
        }
    }

    pub(in crate::assistant) fn called(&mut self, call: Called) {
        self.keep(Turn::Called(Box::new(call)));
    }

    pub(in crate::assistant) fn happened(&mut self, what: &str) {
        self.keep(Turn::Happened(what.to_owned()));
    }

    /// Returns the turns, oldest first.
    pub(in crate::assistant) fn turns(&self) -> impl Iterator<Item = &Turn> {
        self.turns.iter()
    }

    fn keep(&mut self, turn: Turn) {
        if self.turns.len() == TURNS_MAX {
            self.turns.pop_front();
        }
        self.turns.push_back(turn);
    }
}
