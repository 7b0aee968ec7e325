//! A shadow's view of a call, as a pure machine: events of the call and reports of the shadow go in, orders to the shadow come out.
//!
//! Both assistants hear the caller and detect the ends of turns on their own. A turn begins when one of them hears the caller
//! begin, after one of them has answered the previous turn. Their later words and tool calls belong to that turn.
//!
//! Nobody hears the shadow. So each of its answers counts as interrupted before its first sample, and it is given the caller's
//! answer instead, to keep it in the conversation that the caller has. It gets that when the caller speaks next, because some
//! providers cancel an answer when they get a message meanwhile.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use cordboard_call::machine::heard_part;
use cordboard_schema::event::{Fact, PlayedEnd};
use cordboard_schema::fold::Role;
use cordboard_schema::ids::ItemId;
use cordboard_schema::limits::SHADOW_TOOL_CALLS_MAX;
use cordboard_schema::replay::NOT_CARRIED_OUT;
use cordboard_schema::said::SpokenLine;
use cordboard_schema::shadow::{ShadowAnswer, ShadowCall, ShadowTurn, add_words};
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolOutcome;
use cordboard_schema::usage::{ModelPrice, price_of};

use crate::messages::AssistantOrder;

/// Answers that may wait until the shadow gets them.
const ANSWERS_WAITING_MAX: usize = 16;

/// Utterances of the call's assistant that are remembered until it is known how much of them was heard.
const UTTERANCES_MAX: usize = 32;

/// An act of the shadow's session.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Act {
    /// Give the shadow this order.
    Order(AssistantOrder),
    /// Release the shadow.
    End,
}

/// One of the two assistants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    /// The assistant that the caller hears.
    Given,
    /// The shadow.
    Unheard,
}

/// State of one assistant in the present turn.
#[derive(Debug, Default)]
struct Answering {
    /// When its answer to the present turn began.
    began_at: Option<UnixMs>,
    /// The turns whose words it has not reported yet, oldest first.
    words_due: VecDeque<usize>,
}

/// An utterance of the call's assistant.
#[derive(Clone, Debug, Default)]
struct Utterance {
    /// The turn that it answers; `None` for a line of the call.
    turn: Option<usize>,
    /// Its words and its length in ms, once it is complete.
    complete: Option<(String, u64)>,
    /// Milliseconds that were heard, once that is known.
    heard: Option<(u64, PlayedEnd)>,
}

/// The present utterance of the shadow.
#[derive(Clone, Copy, Debug)]
struct Making {
    item: ItemId,
    turn: Option<usize>,
    began_at: UnixMs,
}

/// See the module's description.
#[derive(Debug)]
pub(super) struct Session {
    call: ShadowCall,
    prices: Arc<BTreeMap<String, ModelPrice>>,
    /// The conversation until the shadow serves.
    said: Vec<SpokenLine>,
    serves: bool,
    given: Answering,
    unheard: Answering,
    /// When the call's assistant detected the end of the caller's speech in the present turn.
    asked_at: Option<UnixMs>,
    utterances: BTreeMap<ItemId, Utterance>,
    making: Option<Making>,
    /// Answers that the caller has heard since they last spoke.
    heard: VecDeque<String>,
    /// Tools that the shadow has called in the present turn.
    tool_calls: usize,
    /// The present turn comes after the last one that is kept.
    is_beyond: bool,
    acts: Vec<Act>,
    is_new: bool,
    has_ended: bool,
}

impl Session {
    /// Returns the session of a shadow that begins to listen, with what was said before.
    pub(super) fn new(
        call: ShadowCall,
        said: Vec<SpokenLine>,
        prices: Arc<BTreeMap<String, ModelPrice>>,
    ) -> Self {
        Self {
            call,
            prices,
            said,
            serves: false,
            given: Answering::default(),
            unheard: Answering::default(),
            asked_at: None,
            utterances: BTreeMap::new(),
            making: None,
            heard: VecDeque::new(),
            tool_calls: 0,
            is_beyond: false,
            acts: Vec::new(),
            is_new: false,
            has_ended: false,
        }
    }

    /// Notes that the shadow begins to listen.
    pub(super) fn begins(&mut self, now: UnixMs) {
        self.call.started_at = now;
    }

    /// Takes the acts, in order. No act is returned twice.
    pub(super) fn take_acts(&mut self) -> Vec<Act> {
        std::mem::take(&mut self.acts)
    }

    /// Returns whether its result has changed since the last [`Self::news`].
    pub(super) fn has_news(&self) -> bool {
        self.is_new
    }

    /// Returns its result so far.
    pub(super) fn news(&mut self) -> ShadowCall {
        self.is_new = false;
        self.shown()
    }

    /// Returns its result, with the present time as its end.
    pub(super) fn end(mut self, now: UnixMs) -> ShadowCall {
        self.call.ended_at = Some(now);
        self.shown()
    }

    fn shown(&self) -> ShadowCall {
        let turns = self.call.turns.iter().filter(|turn| !turn.is_empty()).cloned().collect();
        ShadowCall { turns, ..self.call.clone() }
    }

    /// Ends it because it can't go on; `reason` is in words.
    pub(super) fn fail(&mut self, reason: impl Into<String>) {
        if !self.has_ended {
            self.has_ended = true;
            self.is_new = true;
            self.call.failure = Some(reason.into());
            self.acts.push(Act::End);
        }
    }

    /// Takes an order of the call to its assistant.
    pub(super) fn ordered(&mut self, order: AssistantOrder, now: UnixMs) {
        match order {
            AssistantOrder::Heard { item, heard_ms, end } => {
                if let Some(utterance) = self.utterances.get_mut(&item) {
                    utterance.heard = Some((heard_ms, end));
                    self.was_answered(item);
                }
            }
            AssistantOrder::TakeOver { said, .. } => self.said = said,
            AssistantOrder::CallerTyped(words) => {
                self.caller_begins(now);
                self.asked_at = Some(now);
                if let Some(turn) = self.present_turn() {
                    add_words(&mut turn.said, &words);
                    add_words(&mut turn.understood, &words);
                    self.is_new = true;
                }
                self.note_said(Role::Caller, &words);
                self.pass_on(AssistantOrder::CallerTyped(words));
            }
            AssistantOrder::Happened(_) | AssistantOrder::Attend(_) | AssistantOrder::Tools(_) => {
                self.pass_on(order);
            }
            // These concern only the call and the assistant that the caller hears.
            AssistantOrder::Say(_)
            | AssistantOrder::SayText(_)
            | AssistantOrder::GoOn
            | AssistantOrder::ToolResult { .. }
            | AssistantOrder::Resync
            | AssistantOrder::Stop => {}
        }
    }

    /// Takes a report of the call's assistant.
    pub(super) fn given(&mut self, fact: Fact, now: UnixMs) {
        match fact {
            Fact::SpeechStarted => self.caller_begins(now),
            Fact::SpeechStopped { .. } => {
                self.asked_at = Some(now);
                self.expect_words(Side::Given);
                self.measure();
            }
            Fact::Transcript { text } => {
                if let Some(turn) = self.turn_of_words(Side::Given) {
                    add_words(&mut turn.said, &text);
                    self.is_new = true;
                }
                self.note_said(Role::Caller, &text);
            }
            Fact::ItemStarted { item, line, .. } => {
                let turn = line.is_none().then(|| self.answer_begins(Side::Given, now)).flatten();
                self.utterances.insert(item, Utterance { turn, ..Utterance::default() });
                if self.utterances.len() > UTTERANCES_MAX {
                    self.utterances.pop_first();
                }
            }
            Fact::ItemComplete { item, text, audio_ms } => {
                let Some(utterance) = self.utterances.get_mut(&item) else { return };
                utterance.complete = Some((text.clone(), audio_ms));
                if let Some(turn) = utterance.turn.and_then(|turn| self.call.turns.get_mut(turn)) {
                    turn.given.add_words(&text);
                    self.is_new = true;
                }
                self.was_answered(item);
            }
            Fact::ToolCall { name, arguments, .. } => {
                if let Some(turn) = self.present_turn() {
                    turn.given.add_tool(&name, &arguments);
                    self.is_new = true;
                }
            }
            _ => {}
        }
    }

    /// Takes a report of the shadow.
    pub(super) fn unheard(&mut self, fact: Fact, now: UnixMs) {
        match fact {
            Fact::AssistantReady { .. } if !self.serves => {
                self.serves = true;
                let said = std::mem::take(&mut self.said);
                self.order(AssistantOrder::TakeOver { said, first_item: ItemId(1) });
            }
            Fact::AssistantFailed { reason, .. } => self.fail(reason),
            Fact::SpeechStarted => {
                self.caller_begins(now);
                // Its present answer belongs to the caller's earlier words: as on a call, it is interrupted at its present
                // position. The words that would have been heard are kept.
                if let Some(Making { item, began_at, .. }) = self.making {
                    let heard_ms = now.ms_since(began_at);
                    self.order(AssistantOrder::Heard { item, heard_ms, end: PlayedEnd::Cleared });
                }
            }
            Fact::SpeechStopped { .. } => self.expect_words(Side::Unheard),
            Fact::Transcript { text } => {
                if let Some(turn) = self.turn_of_words(Side::Unheard) {
                    add_words(&mut turn.understood, &text);
                    self.is_new = true;
                }
            }
            Fact::ItemStarted { item, line, .. } => {
                // A line is only comfort, and no answer.
                let turn = line.is_none().then(|| self.answer_begins(Side::Unheard, now)).flatten();
                self.making = Some(Making { item, turn, began_at: now });
            }
            Fact::ItemComplete { item, text, .. } => {
                let Some(making) = self.making.take_if(|making| making.item == item) else { return };
                if let Some(turn) = making.turn.and_then(|turn| self.call.turns.get_mut(turn)) {
                    turn.unheard.add_words(&text);
                    self.is_new = true;
                }
            }
            Fact::PlayedUntil { item, heard_ms, end } => {
                self.order(AssistantOrder::Heard { item, heard_ms, end });
            }
            Fact::ToolCall { tool_call, name, arguments } => {
                self.tool_calls += 1;
                if let Some(turn) = self.present_turn() {
                    turn.unheard.add_tool(&name, &arguments);
                    self.is_new = true;
                }
                if self.tool_calls > SHADOW_TOOL_CALLS_MAX {
                    self.fail(format!("it called more than {SHADOW_TOOL_CALLS_MAX} tools in one turn"));
                    return;
                }
                let outcome = ToolOutcome::done(NOT_CARRIED_OUT);
                self.order(AssistantOrder::ToolResult { tool_call, outcome });
            }
            Fact::Usage { model, usage, .. } => {
                let cost = price_of(&self.prices, &model).map_or(0, |price| usage.cost_micros(price));
                self.call.cost_micros = self.call.cost_micros.saturating_add(cost);
                self.is_new = true;
            }
            _ => {}
        }
    }

    fn order(&mut self, order: AssistantOrder) {
        if !self.has_ended {
            self.acts.push(Act::Order(order));
        }
    }

    /// Passes an order on to a shadow that is in the conversation.
    fn pass_on(&mut self, order: AssistantOrder) {
        if self.serves {
            self.order(order);
        }
    }

    fn note_said(&mut self, role: Role, text: &str) {
        if !self.serves && !text.is_empty() {
            self.said.push(SpokenLine { role, text: text.to_owned() });
        }
    }

    /// Notes that one of the two assistants hears the caller begin to speak.
    fn caller_begins(&mut self, now: UnixMs) {
        self.report_answers();
        let is_answered = self.given.began_at.is_some() || self.unheard.began_at.is_some();
        if !self.call.turns.is_empty() && !is_answered {
            return;
        }
        self.is_beyond = self.call.is_full();
        if !self.is_beyond {
            self.call.turns.push(ShadowTurn::new(now));
        }
        self.given.began_at = None;
        self.unheard.began_at = None;
        self.asked_at = None;
        self.tool_calls = 0;
    }

    fn side(&mut self, side: Side) -> &mut Answering {
        match side {
            Side::Given => &mut self.given,
            Side::Unheard => &mut self.unheard,
        }
    }

    /// Returns the present turn, if there is one that is kept.
    fn present(&self) -> Option<usize> {
        self.call.turns.len().checked_sub(1).filter(|_| !self.is_beyond)
    }

    fn present_turn(&mut self) -> Option<&mut ShadowTurn> {
        let present = self.present()?;
        self.call.turns.get_mut(present)
    }

    /// Notes that the words of the present turn arrive later.
    fn expect_words(&mut self, side: Side) {
        if let Some(present) = self.present() {
            self.side(side).words_due.push_back(present);
        }
    }

    /// Returns the turn that these words belong to.
    fn turn_of_words(&mut self, side: Side) -> Option<&mut ShadowTurn> {
        let due = self.side(side).words_due.pop_front();
        let turn = due.or_else(|| self.present())?;
        self.call.turns.get_mut(turn)
    }

    /// Notes the beginning of an answer. Returns the turn that it answers; `None` if the caller has not said anything, or no
    /// further turn is kept.
    fn answer_begins(&mut self, side: Side, now: UnixMs) -> Option<usize> {
        self.side(side).began_at.get_or_insert(now);
        self.measure();
        self.present()
    }

    /// Calculates how long after the caller's words the answers of the present turn began.
    fn measure(&mut self) {
        let Some(asked_at) = self.asked_at else { return };
        let Some(present) = self.present() else { return };
        let Some(turn) = self.call.turns.get_mut(present) else { return };
        let after = |began_at: Option<UnixMs>| began_at.map(|began_at| began_at.ms_since(asked_at));
        let set = |answer: &mut ShadowAnswer, began_at| {
            if answer.after_ms.is_none() {
                answer.after_ms = after(began_at);
            }
        };
        set(&mut turn.given, self.given.began_at);
        set(&mut turn.unheard, self.unheard.began_at);
    }

    /// Handles a changed utterance of the call's assistant. The shadow gets it once its heard part is known.
    fn was_answered(&mut self, item: ItemId) {
        let Some(Utterance { complete: Some((text, audio_ms)), heard: Some((heard_ms, end)), .. }) =
            self.utterances.get(&item)
        else {
            return;
        };
        let words = heard_part(text, *heard_ms, *audio_ms, *end).to_owned();
        self.utterances.remove(&item);
        if words.is_empty() {
            return;
        }
        self.note_said(Role::Assistant, &words);
        if self.serves {
            self.heard.push_back(words);
            if self.heard.len() > ANSWERS_WAITING_MAX {
                self.heard.pop_front();
            }
        }
    }

    /// Sends the shadow what the caller was answered instead.
    fn report_answers(&mut self) {
        for words in std::mem::take(&mut self.heard) {
            self.pass_on(AssistantOrder::Happened(format!(
                "The caller did not hear you. Somebody else answers in your place, and the caller heard: \"{words}\""
            )));
        }
    }
}

#[cfg(test)]
mod tests;
