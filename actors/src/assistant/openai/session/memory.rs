//! The conversation as this side remembers it, for a session that has to go on with it: what was really heard.

use std::collections::VecDeque;

use cordboard_schema::fold::Role as Speaker;
use cordboard_schema::ids::ItemId;
use cordboard_schema::said::Said;
use cordboard_schema::wire::openai::{ClientEvent, Dialect, NewItem, Role};

use super::Session;
use super::functions::Answered;
use super::lines::GOES_ON;

/// Turns that are told to a new session word for word. Much more text, and models begin to answer in writing.
const TURNS_MAX: usize = 20;

/// One thing of a conversation.
#[derive(Clone, Debug, PartialEq)]
enum Turn {
    Said(Said),
    Called(Answered),
    Happened(String),
}

/// The last turns of a conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Memory {
    turns: VecDeque<Turn>,
}

impl Memory {
    pub(super) fn of(history: &[Said]) -> Self {
        let mut memory = Self::default();
        for said in history {
            memory.keep(Turn::Said(said.clone()));
        }
        memory
    }

    pub(super) fn said(&mut self, role: Speaker, text: &str) {
        if !text.is_empty() {
            self.keep(Turn::Said(Said { role, text: text.to_owned() }));
        }
    }

    pub(super) fn called(&mut self, call: Answered) {
        self.keep(Turn::Called(call));
    }

    pub(super) fn happened(&mut self, what: &str) {
        self.keep(Turn::Happened(what.to_owned()));
    }

    /// The items that tell a new session what happened; none where nothing did.
    pub(super) fn items(&self, dialect: Dialect) -> Vec<NewItem> {
        if self.turns.is_empty() {
            return Vec::new();
        }
        let mut items = vec![NewItem::message(Role::System, GOES_ON, dialect)];
        for turn in &self.turns {
            match turn {
                Turn::Said(Said { role, text }) => {
                    let role = match role {
                        Speaker::Caller => Role::User,
                        Speaker::Assistant => Role::Assistant,
                    };
                    items.push(NewItem::message(role, text, dialect));
                }
                Turn::Happened(what) => items.push(NewItem::message(Role::System, what, dialect)),
                Turn::Called(call) => items.extend([call.call_item(), call.output_item()]),
            }
        }
        items
    }

    fn keep(&mut self, turn: Turn) {
        if self.turns.len() == TURNS_MAX {
            self.turns.pop_front();
        }
        self.turns.push_back(turn);
    }
}

impl Session {
    /// From now on it serves the call, of which this was said so far. A session that does not stand at the moment is told when it does.
    pub(super) fn take_over(&mut self, said: &[Said], first_item: ItemId) {
        self.waits = false;
        self.voice.number_from(first_item);
        self.memory = Memory::of(said);
        for item in self.memory.items(self.links.dialect()) {
            self.send(ClientEvent::ItemCreate { item });
        }
    }
}
