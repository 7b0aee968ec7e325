//! The conversation as this side remembers it, for a session that has to continue it: the words that were actually heard.

use std::collections::VecDeque;

use cordboard_schema::fold::Role;
use cordboard_schema::said::SpokenLine;
use cordboard_schema::tool::ToolName;

/// Turns that a new session gets verbatim. With much more text, models begin to answer in writing.
const TURNS_MAX: usize = 20;
/// Events among them that outlast the words around them.
const EVENTS_MAX: usize = 4;
/// Tools among them that outlast the words around them.
const CALLS_MAX: usize = 8;

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
            let place = self.least_needed();
            self.turns.remove(place);
        }
        self.turns.push_back(turn);
    }

    /// Returns the place of the turn that is dropped first. Events outlast words, up to a number, because nobody repeats them. The
    /// first event stays: on an outgoing call it says whom the call is made to, and why. So do tools that did something outside
    /// the call: without them the caller's appointment could be neither confirmed nor moved, and a text would be sent twice.
    fn least_needed(&self) -> usize {
        let place = if self.count(is_event) > EVENTS_MAX {
            self.place(is_event, 1)
        } else if self.count(has_acted) > CALLS_MAX {
            self.place(has_acted, 0)
        } else {
            self.place(is_passing, 0)
        };
        place.unwrap_or_default()
    }

    fn count(&self, is_meant: fn(&Turn) -> bool) -> usize {
        self.turns.iter().filter(|turn| is_meant(turn)).count()
    }

    /// Returns the place of one of the turns that are meant, counted from the oldest.
    fn place(&self, is_meant: fn(&Turn) -> bool, number: usize) -> Option<usize> {
        let mut places = self.turns.iter().enumerate().filter(|(_, turn)| is_meant(turn));
        places.nth(number).map(|(at, _)| at)
    }
}

fn is_event(turn: &Turn) -> bool {
    matches!(turn, Turn::Happened(_))
}

/// Returns whether nothing is missing without it once the conversation has gone on.
fn is_passing(turn: &Turn) -> bool {
    !is_event(turn) && !has_acted(turn)
}

/// Returns whether a tool was called that acts outside the call. All custom tools count as such.
fn has_acted(turn: &Turn) -> bool {
    let Turn::Called(called) = turn else { return false };
    ToolName::named(&called.name).is_none_or(ToolName::acts_outside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_of_a_call_outlasts_its_words() {
        let errand = Turn::Happened("this call is made by you".to_owned());
        let mut memory = Memory::default();
        memory.happened("this call is made by you");
        for number in 0..30 {
            memory.said(Role::Caller, &format!("words {number}"));
        }
        let turns: Vec<&Turn> = memory.turns().collect();
        assert_eq!((turns.len(), turns[0]), (TURNS_MAX, &errand));
        assert_eq!(turns[1], &Turn::Said(SpokenLine { role: Role::Caller, text: "words 11".to_owned() }));

        for number in 0..30 {
            memory.happened(&format!("hold {number}"));
            memory.said(Role::Assistant, "I am back.");
        }
        let turns: Vec<&Turn> = memory.turns().collect();
        assert_eq!((turns.len(), turns[0]), (TURNS_MAX, &errand));
        assert!(turns.contains(&&Turn::Happened("hold 29".to_owned())), "{turns:?}");
        assert!(turns.iter().filter(|turn| is_event(turn)).count() <= EVENTS_MAX + 1, "{turns:?}");
    }

    #[test]
    fn what_was_booked_outlasts_the_words_after_it() {
        let called = |name: &str, output: &str| Called {
            call_id: output.to_owned(),
            name: name.to_owned(),
            arguments: "{}".to_owned(),
            output: output.to_owned(),
        };
        let outputs = |memory: &Memory| -> Vec<String> {
            let output = |turn: &Turn| match turn {
                Turn::Called(called) => Some(called.output.clone()),
                _ => None,
            };
            memory.turns().filter_map(output).collect()
        };
        let mut memory = Memory::default();
        memory.happened("this call is made by you");
        memory.called(called("book_estimate", "held as appointment 7"));
        memory.called(called("hold_call", "the caller is on hold"));
        memory.called(called("look_up", "3 left"));
        for number in 0..30 {
            memory.said(Role::Caller, &format!("words {number}"));
        }
        assert_eq!(outputs(&memory), ["held as appointment 7", "3 left"]);
        for number in 0..30 {
            memory.called(called("look_up", &number.to_string()));
            memory.said(Role::Caller, &format!("more words {number}"));
        }
        let outputs = outputs(&memory);
        assert!(
            outputs.len() <= CALLS_MAX + 1 && outputs.last().is_some_and(|newest| newest == "29"),
            "{outputs:?}"
        );
        let is_said = |turn: &&Turn| matches!(turn, Turn::Said(_));
        assert!(memory.turns().filter(is_said).count() >= TURNS_MAX / 3, "words are kept, too");
        assert_eq!(memory.turns().next(), Some(&Turn::Happened("this call is made by you".to_owned())));
    }
}
