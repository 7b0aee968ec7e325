//! The conversation, as a new session gets it.

use cordboard_schema::fold::Role as Speaker;
use cordboard_schema::ids::ItemId;
use cordboard_schema::said::SpokenLine;
use cordboard_schema::wire::openai::{Dialect, NewItem, Role};

use super::Session;
use super::functions::{call_item, output_item};
use crate::assistant::remote::memory::{Memory, Turn};
use crate::assistant::remote::words::GOES_ON;

/// Returns the conversation's items for a new session; empty if there was no conversation.
pub(super) fn items(memory: &Memory, dialect: Dialect) -> Vec<NewItem> {
    let mut items = Vec::new();
    for turn in memory.turns() {
        if items.is_empty() {
            items.push(NewItem::message(Role::System, GOES_ON, dialect));
        }
        match turn {
            Turn::Said(SpokenLine { role, text }) => {
                let role = match role {
                    Speaker::Caller => Role::User,
                    Speaker::Assistant => Role::Assistant,
                };
                items.push(NewItem::message(role, text, dialect));
            }
            Turn::Happened(what) => items.push(NewItem::message(Role::System, what, dialect)),
            Turn::Called(call) => items.extend([call_item(call), output_item(call)]),
        }
    }
    items
}

impl Session {
    /// Takes over the call, in which this was said so far. A session that is not connected yet gets it when it is.
    pub(super) fn take_over(&mut self, said: &[SpokenLine], first_item: ItemId) {
        self.waits = false;
        self.voice.playout.number_from(first_item);
        let memory = Memory::of(said);
        self.add_items(|dialect| items(&memory, dialect));
        self.memory = memory;
    }
}
