//! When sound was due to a caller, according to the journal of their call.

use std::collections::BTreeSet;

use cordboard_actors::assistant::sounds::{Prompt, SoundSet};
use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::ids::ItemId;
use cordboard_schema::tool::ToolName;

use super::super::people::People;
use crate::evidence::{Book, Evidence};
use crate::model;
use crate::plan::Assistant;

/// A caller whose end of speech is noticed this long after a line has said something that the line did not answer, in ms: noticing the end takes 1 s,
/// and a moment more.
const SPOKE_ON_MS: u64 = 2_000;

/// Sound is due between two moments, in ms from the beginning of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DueSound {
    pub(super) from_ms: u64,
    pub(super) until_ms: u64,
    /// The reason.
    pub(super) why: &'static str,
}

impl DueSound {
    fn since(now: u64, why: &'static str) -> Option<Self> {
        Some(Self { from_ms: now, until_ms: u64::MAX, why })
    }
}

/// Returns when sound was due on a call: after its answer, after each turn of its caller, and when the caller is back.
pub(super) fn owed(evidence: &Evidence, book: &Book) -> Vec<DueSound> {
    let mut reading = Reading { answered_ms: u64::MAX / 2, is_away: true, ..Reading::default() };
    let is_builtin = evidence.plan.assistant == Assistant::Builtin;
    for (event, _, now) in evidence.entries(book) {
        reading.cut_short(event, now);
        reading.somebody_is_asked(event, now);
        reading.answered(event, now);
        reading.on_hold(event, now);
        reading.turn(event, is_builtin, now);
    }
    // Items that a kill has left open are no longer due.
    reading.all
}

/// The sound that is due, as far as a journal was read.
#[derive(Default)]
struct Reading {
    all: Vec<DueSound>,
    /// Open after the answer, a turn of the caller, or their return.
    since: Option<DueSound>,
    /// Open while a party is asked.
    asked: Option<DueSound>,
    /// Open after words that were cut short.
    cut: Option<DueSound>,
    /// Open on hold.
    held: Option<DueSound>,
    /// Items whose words are more than comfort: once heard, they are the answer, even if their line waits for the caller's words.
    answers: BTreeSet<ItemId>,
    /// The current utterance.
    under_way: Option<ItemId>,
    /// When its end was reported; none while its words are being made.
    made_ms: Option<u64>,
    takes_message: bool,
    is_held: bool,
    is_away: bool,
    people: People,
    was_answered: bool,
    answered_ms: u64,
}

impl Reading {
    /// Whether the caller talks with the assistant.
    fn is_with_assistant(&self) -> bool {
        !self.takes_message && !self.is_held && !self.is_away && !self.people.is_anybody()
    }

    /// Handles words that were cut short because the provider was lost: another voice continues them.
    fn cut_short(&mut self, event: &Event, now: u64) {
        match event {
            Event::Fact(Fact::ItemStarted { item, line: None, .. }) if self.cut.is_none() => {
                (self.under_way, self.made_ms) = (Some(*item), None);
            }
            // The loss of a provider completes the words that it cuts short, and is reported after that, in the same moment.
            Event::Fact(Fact::ItemComplete { item, text, .. })
                if self.under_way == Some(*item) && self.cut.is_none() =>
            {
                if is_whole(text) {
                    self.under_way = None;
                } else {
                    self.made_ms = Some(now);
                }
            }
            Event::Fact(Fact::PlayedUntil { item, .. })
                if self.under_way == Some(*item) && self.cut.is_none() =>
            {
                self.under_way = None;
            }
            Event::Fact(Fact::AssistantInterrupted { .. })
                if self.under_way.is_some()
                    && self.made_ms.is_none_or(|made_ms| made_ms == now)
                    && self.is_with_assistant() =>
            {
                self.cut = DueSound::since(now, "after words that were cut short");
            }
            Event::Decision(Decision::AssistantSaid { item, text, .. })
                if self.under_way != Some(*item) && !is_comfort(text) =>
            {
                close(&mut self.all, &mut self.cut, now);
            }
            Event::Decision(
                Decision::BargeIn { .. }
                | Decision::HoldBegan
                | Decision::AgentJoined { .. }
                | Decision::HandoffRequested { .. }
                | Decision::AgentRequested { .. }
                | Decision::TransferRequested { .. }
                | Decision::ToolStarted { .. }
                | Decision::Interrupted { .. }
                | Decision::Ended { .. },
            )
            | Event::Fact(
                Fact::SpeechStarted | Fact::Dtmf { .. } | Fact::LegLeft { .. } | Fact::ServerRestarted { .. },
            ) => close(&mut self.all, &mut self.cut, now),
            // The journal does not have the words that continue them.
            Event::Fact(Fact::StepPanicked { fact, .. }) if fact == "item_started" => {
                close(&mut self.all, &mut self.cut, now);
            }
            _ => {}
        }
    }

    /// Handles a caller who waits for a person: they hear music, and what the assistant says about the wait.
    fn somebody_is_asked(&mut self, event: &Event, now: u64) {
        match event {
            Event::Decision(Decision::HandoffRequested { .. } | Decision::AgentRequested { .. })
                if self.is_with_assistant() =>
            {
                self.asked = DueSound::since(now, "while a person is asked");
            }
            Event::Decision(
                Decision::HandoffBridged { .. }
                | Decision::HandoffAbandoned { .. }
                | Decision::AgentJoined { .. }
                | Decision::HoldBegan
                | Decision::Interrupted { .. }
                | Decision::Ended { .. }
                | Decision::ToolStarted { tool: ToolName::TakeMessage, .. },
            )
            | Event::Fact(Fact::LegLeft { .. } | Fact::ServerRestarted { .. }) => {
                close(&mut self.all, &mut self.asked, now);
            }
            _ => {}
        }
    }

    /// Handles an answer of which the caller has heard something.
    fn answered(&mut self, event: &Event, now: u64) {
        match event {
            Event::Fact(Fact::ItemComplete { item, text, .. }) if !is_comfort(text) => {
                self.answers.insert(*item);
            }
            Event::Fact(Fact::PlayedUntil { item, heard_ms, .. })
                if *heard_ms > 0 && self.answers.contains(item) =>
            {
                close(&mut self.all, &mut self.since, now);
            }
            _ => {}
        }
    }

    /// Handles a caller on hold: they hear music.
    fn on_hold(&mut self, event: &Event, now: u64) {
        match event {
            Event::Decision(Decision::HoldBegan) => self.held = DueSound::since(now, "on hold"),
            Event::Decision(
                Decision::HoldEnded { .. }
                | Decision::AgentJoined { .. }
                | Decision::Interrupted { .. }
                | Decision::Ended { .. },
            )
            | Event::Fact(Fact::LegLeft { .. } | Fact::ServerRestarted { .. }) => {
                close(&mut self.all, &mut self.held, now);
            }
            _ => {}
        }
    }

    /// Handles the turn that follows from this entry, and the party whom the caller is with.
    fn turn(&mut self, event: &Event, is_builtin: bool, now: u64) {
        if self.people.takes(event) && self.people.is_anybody() {
            self.closes(now);
        }
        match event {
            // Words that only pass the time until an answer are not an answer.
            Event::Decision(Decision::AssistantSaid { text, .. }) if is_comfort(text) => {}
            Event::Decision(Decision::Answered) => {
                self.is_away = false;
                self.since = DueSound::since(now, "after the answer");
            }
            Event::Decision(Decision::Resumed { .. }) => {
                self.is_away = false;
                self.since = DueSound::since(now, "after the return");
            }
            Event::Fact(Fact::SpeechStarted) => {
                self.was_answered = false;
                self.closes(now);
            }
            // The built-in assistant takes a line that it says while the caller speaks, such as one for a key, for the answer to the caller's words.
            Event::Fact(Fact::ItemStarted { .. }) if is_builtin => self.was_answered = true,
            Event::Fact(Fact::PlayedUntil { .. }) if is_builtin => self.answered_ms = now,
            // The journal does not have the words that are being said.
            Event::Fact(Fact::StepPanicked { fact, .. }) if fact == "item_started" => self.closes(now),
            Event::Fact(Fact::SpeechStopped { .. })
                if self.is_with_assistant()
                    && (!self.was_answered || now > self.answered_ms + SPOKE_ON_MS) =>
            {
                self.since = DueSound::since(now, "after the caller's turn");
            }
            Event::Decision(Decision::HoldBegan) => {
                self.is_held = true;
                self.closes(now);
            }
            Event::Decision(Decision::HoldEnded { .. }) => self.is_held = false,
            Event::Decision(Decision::ToolStarted { tool: ToolName::TakeMessage, .. }) => {
                self.takes_message = true;
                self.closes(now);
            }
            Event::Decision(Decision::ToolFinished { tool, .. })
                if tool == ToolName::TakeMessage.as_str() =>
            {
                self.takes_message = false;
            }
            Event::Decision(Decision::Interrupted { .. } | Decision::Ended { .. }) => {
                self.is_away = true;
                self.closes(now);
            }
            Event::Fact(Fact::LegLeft { .. } | Fact::ServerRestarted { .. })
            | Event::Decision(
                Decision::AssistantSaid { .. }
                | Decision::BargeIn { .. }
                | Decision::TransferRequested { .. }
                | Decision::HandoffRequested { .. }
                | Decision::AgentRequested { .. },
            ) => self.closes(now),
            _ => {}
        }
    }

    /// Closes the caller's turn: it is over, or another one begins.
    fn closes(&mut self, now: u64) {
        close(&mut self.all, &mut self.since, now);
    }
}

/// Closes an open period.
fn close(all: &mut Vec<DueSound>, open: &mut Option<DueSound>, now: u64) {
    if let Some(owed) = open.take() {
        all.push(DueSound { until_ms: now, ..owed });
    }
}

/// Whether an utterance with these words is complete: an answer of the model with all its words, or one that only passes the time.
fn is_whole(text: &str) -> bool {
    is_comfort(text) || model::number_in(text).is_some_and(|number| text == model::words(number))
}

/// Whether these words ask for a moment, or are a mere tone.
fn is_comfort(text: &str) -> bool {
    thread_local! {
        static PROMPTS: Option<SoundSet<Prompt>> = SoundSet::embedded().ok();
    }
    let is_moment = |prompts: &SoundSet<Prompt>| prompts.get(Prompt::OneMoment).text() == text;
    text.trim().is_empty() || PROMPTS.with(|prompts| prompts.as_ref().is_some_and(is_moment))
}

#[cfg(test)]
mod tests {
    use cordboard_schema::event::PlayedEnd;
    use cordboard_schema::ids::LegId;
    use cordboard_schema::provider::ProviderFailure;

    use super::*;

    const LEG: LegId = LegId(2);
    const ITEM: ItemId = ItemId(4);

    fn begins(item: ItemId) -> Event {
        Event::Fact(Fact::ItemStarted { leg: LEG, item, line: None })
    }

    fn is_made(text: &str) -> Event {
        Event::Fact(Fact::ItemComplete { item: ITEM, text: text.to_owned(), audio_ms: 1_000 })
    }

    fn is_heard() -> Event {
        Event::Fact(Fact::PlayedUntil { item: ITEM, heard_ms: 1_000, end: PlayedEnd::Finished })
    }

    fn is_lost() -> Event {
        let reason = "gone".to_owned();
        Event::Fact(Fact::AssistantInterrupted { leg: LEG, failure: ProviderFailure::Disconnected, reason })
    }

    fn says(item: ItemId) -> Event {
        let text = model::words(8);
        Event::Decision(Decision::AssistantSaid { item, text, heard_ms: 900, end: PlayedEnd::Finished })
    }

    /// Returns when sound is due after words that were cut short, beginning and end.
    fn cut_short(events: &[(Event, u64)]) -> Vec<(u64, u64)> {
        let mut reading = Reading::default();
        events.iter().for_each(|(event, at_ms)| reading.cut_short(event, *at_ms));
        let open = reading.cut.map(|open| (open.from_ms, open.until_ms));
        reading.all.iter().map(|owed| (owed.from_ms, owed.until_ms)).chain(open).collect()
    }

    #[test]
    fn words_that_a_providers_loss_completes_are_continued() {
        let lost = [(begins(ITEM), 1_000), (is_made("#7# says th"), 2_000), (is_lost(), 2_000)];
        // Everything that there was is heard, and no voice continues.
        let silent = [&lost[..], &[(is_heard(), 2_300), (says(ITEM), 2_300)][..]].concat();
        assert_eq!(cut_short(&silent), [(2_000, u64::MAX)]);
        let continued = [&silent[..], &[(begins(ItemId(5)), 2_900), (says(ItemId(5)), 3_800)][..]].concat();
        assert_eq!(cut_short(&continued), [(2_000, 3_800)]);
    }

    #[test]
    fn words_that_were_already_complete_are_not_continued() {
        let whole = model::words(7);
        assert!(cut_short(&[(begins(ITEM), 1_000), (is_made(&whole), 2_000), (is_lost(), 2_000)]).is_empty());
        let ended_before = [(begins(ITEM), 1_000), (is_made("#7# says th"), 2_000), (is_lost(), 2_400)];
        assert!(cut_short(&ended_before).is_empty());
    }
}
