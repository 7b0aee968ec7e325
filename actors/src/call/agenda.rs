//! The call's next work: effects that its machine has ordered, then facts for the machine.

use std::collections::VecDeque;

use cordboard_call::effect::Effect;
use cordboard_schema::event::Fact;

/// The waiting facts and effects. A new actor first does what the previous one has left.
#[derive(Debug)]
pub(super) struct Agenda {
    /// The next facts for the machine.
    facts: VecDeque<Fact>,
    /// Effects that it has ordered and that are not carried out yet. They come before the next fact.
    effects: VecDeque<Effect>,
}

impl Agenda {
    /// Creates the agenda of a call whose machine gets this fact first.
    pub(super) fn begin(first: Fact) -> Self {
        Self { facts: VecDeque::from([first]), effects: VecDeque::new() }
    }

    /// Adds a fact after everything that waits.
    pub(super) fn add(&mut self, fact: Fact) {
        self.facts.push_back(fact);
    }

    /// Adds facts after everything that waits, in this order.
    pub(super) fn extend(&mut self, facts: impl IntoIterator<Item = Fact>) {
        self.facts.extend(facts);
    }

    /// Adds a fact before all other facts.
    pub(super) fn put_first(&mut self, fact: Fact) {
        self.facts.push_front(fact);
    }

    /// Adds effects that the machine has ordered. No others wait when a step is made.
    pub(super) fn order(&mut self, effects: VecDeque<Effect>) {
        self.effects = effects;
    }

    /// The next fact, which comes after the effects.
    pub(super) fn front(&self) -> Option<&Fact> {
        self.facts.front()
    }

    /// Takes the next effect off the list, before it is carried out: nothing is done twice.
    pub(super) fn next_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// Takes the next fact off the list.
    pub(super) fn next_fact(&mut self) -> Option<Fact> {
        self.facts.pop_front()
    }

    /// Whether an effect waits.
    pub(super) fn has_effects(&self) -> bool {
        !self.effects.is_empty()
    }
}
