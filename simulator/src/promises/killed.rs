//! The next process knows what a killed process heard and said, as far as it was recorded.

use std::collections::{BTreeSet, VecDeque};

use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::ids::{ItemId, LegId};

use super::Complaints;
use crate::evidence::{Book, Evidence};
use crate::parties::caller::{Caller, StoryEnd};
use crate::sound::{Content, content};

const SAID: &str = "what was heard before a kill is in the transcript";
const NO_MORE: &str = "after a kill the transcript has no more than what was heard";
const MESSAGE: &str = "a message lasts no longer than the process that took it";

/// Longest part of a recording that may be lost with its process, in ms: sound that was handed over and not written yet.
const UNRECORDED_MS: u64 = 1_500;
/// Time after a disk's return until it has all of a recording, in ms.
const DISK_MS: u64 = 3_000;
/// Largest difference between a recording's clock and the journal's, in ms.
const APART_MS: u64 = 500;

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    for caller in &evidence.callers {
        for book in evidence.books_of(caller) {
            deaths(evidence, caller, book, complaints);
        }
    }
}

/// Speech in progress.
#[derive(Clone, Copy, Debug)]
struct Saying {
    item: ItemId,
    /// When it began to be heard at the earliest, in ms from the beginning of the world.
    began_ms: u64,
    /// Whether its words are in the journal.
    is_known: bool,
}

/// Speech that a caller hears, or that waits until they have heard the speech before it.
#[derive(Clone, Debug, Default)]
struct Ear {
    waiting: VecDeque<Saying>,
    /// Since when nothing but these was heard, in ms from the beginning of the world.
    since_ms: u64,
    /// Utterances that are over: the journal may have their ends before their beginnings.
    over: BTreeSet<ItemId>,
    /// The newest assistant that has replaced another one: words of the other one reach no ear.
    newest: Option<LegId>,
}

impl Ear {
    fn takes(&mut self, event: &Event, now: u64) {
        match event {
            Event::Fact(Fact::ItemStarted { leg, item, .. }) => self.begins(*leg, *item, now),
            Event::Fact(Fact::ItemComplete { item, .. }) => {
                let known = self.waiting.iter_mut().find(|saying| saying.item == *item);
                known.into_iter().for_each(|saying| saying.is_known = true);
            }
            // Speech is heard one after another: what waited for this begins now.
            Event::Fact(Fact::PlayedUntil { item, heard_ms, .. }) => {
                if *heard_ms > 0 || !self.waiting.iter().any(|saying| saying.item == *item) {
                    self.since_ms = now;
                }
                let later = self.waiting.iter_mut().filter(|saying| saying.item > *item);
                later.for_each(|saying| saying.began_ms = now);
                self.is_over(*item, now);
            }
            Event::Decision(Decision::AssistantSaid { item, .. } | Decision::Whispered { item, .. }) => {
                self.is_over(*item, now);
            }
            Event::Decision(Decision::AssistantReplaced { leg, .. }) => self.newest = Some(*leg),
            _ => {}
        }
    }

    fn begins(&mut self, leg: LegId, item: ItemId, now: u64) {
        let is_replaced = self.newest.is_some_and(|newest| leg < newest);
        if is_replaced || self.over.contains(&item) {
            return;
        }
        if self.waiting.is_empty() {
            self.since_ms = now;
        }
        self.waiting.push_back(Saying { item, began_ms: now, is_known: false });
    }

    /// Ends an utterance.
    fn is_over(&mut self, item: ItemId, now: u64) {
        self.over.insert(item);
        let Some(place) = self.waiting.iter().position(|saying| saying.item == item) else { return };
        if place == 0 {
            self.since_ms = now;
        }
        self.waiting.remove(place);
    }

    /// Returns the promise that is broken if this much of its speech was heard, and this much is in the transcript, in ms; and how. Speech whose
    /// words are not in the journal is not judged.
    fn fault(&self, heard_ms: u64, told_ms: u64, died_ms: u64) -> Option<(&'static str, String)> {
        let first = self.waiting.front()?;
        if self.waiting.iter().any(|saying| !saying.is_known) {
            return None;
        }
        let items: Vec<ItemId> = self.waiting.iter().map(|saying| saying.item).collect();
        if heard_ms > told_ms + UNRECORDED_MS {
            let how =
                format!("{heard_ms} ms of items {items:?} were heard, and the transcript has {told_ms}");
            return Some((SAID, how));
        }
        let lasted_ms = died_ms.saturating_sub(first.began_ms);
        (told_ms > lasted_ms + APART_MS).then(|| {
            let how =
                format!("it has {told_ms} ms of items {items:?}, which had begun {lasted_ms} ms before");
            (NO_MORE, how)
        })
    }
}

/// Returns how much of an utterance is in a call's transcript, in ms; none if it was whispered to another person.
fn told_ms(book: &Book, item: ItemId) -> Option<u64> {
    let told = book.journal.iter().find_map(|entry| match &entry.event {
        Event::Decision(Decision::AssistantSaid { item: said, heard_ms, .. }) if *said == item => {
            Some(Some(*heard_ms))
        }
        Event::Decision(Decision::Whispered { item: said, .. }) if *said == item => Some(None),
        _ => None,
    });
    told.unwrap_or(Some(0))
}

fn deaths(evidence: &Evidence, caller: &Caller, book: &Book, complaints: &mut Complaints) {
    let whose = format!("caller {}", caller.number);
    let mut ear = Ear::default();
    // The position of the recording, and its time in ms from the beginning of the world.
    let mut recording: Option<(u64, u64)> = None;
    let mut died = None;
    for (event, life, now) in evidence.entries(book) {
        ear.takes(event, now);
        if let Event::Fact(fact) = event {
            if died.take().is_some() {
                recording = None;
            }
            match fact {
                Fact::RecordingStarted { offset_ms } => recording = Some((*offset_ms, now)),
                Fact::ServerRestarted { .. } => {
                    let ear = std::mem::take(&mut ear);
                    died = life.checked_sub(1).map(|before| (before, evidence.lives[before].ended_ms));
                    let Some((before, died_ms)) = died else { continue };
                    let told: Option<u64> = ear.waiting.iter().map(|saying| told_ms(book, saying.item)).sum();
                    let heard_ms = heard_before(caller, before, ear.since_ms, died_ms);
                    let fault = told.and_then(|told_ms| ear.fault(heard_ms, told_ms, died_ms));
                    // A disk that refused or was late has less than the last second of what was heard.
                    let is_recorded = !evidence.plan.disk_had_trouble(died_ms, DISK_MS);
                    // And a supervisor's words are not the assistant's.
                    let is_its_own = died_ms < evidence.plan.barged_ms(caller.number);
                    if let Some((promise, how)) = fault.filter(|_| is_recorded && is_its_own) {
                        complaints.add(promise, &whose, how);
                    }
                }
                _ => {}
            }
            continue;
        }
        if let (
            Event::Decision(Decision::MessageTaken { to_ms, .. }),
            Some((_, died_ms)),
            Some((offset, from)),
        ) = (event, died, recording)
        {
            let recorded_ms = offset + died_ms.saturating_sub(from);
            if *to_ms > recorded_ms + APART_MS {
                let how =
                    format!("it ends at {to_ms} ms of a recording that had {recorded_ms} ms at the death");
                complaints.add(MESSAGE, &whose, how);
            }
        }
    }
}

/// Returns how much was heard between two moments over a connection that reported everything until the server was gone, in ms.
fn heard_before(caller: &Caller, life: usize, from_ms: u64, died_ms: u64) -> u64 {
    let whole = caller.stories.iter().rfind(|story| {
        story.life == life
            && story.end == StoryEnd::Left
            && !story.is_double
            && !story.was_hurt
            && story.way.is_none()
            && story.began_ms <= from_ms
    });
    let Some(story) = whole else { return 0 };
    let frames = story.frames.iter().filter(|frame| {
        let at = story.began_ms + frame.at.as_millis() as u64;
        (from_ms..died_ms).contains(&at) && content(&frame.samples, story.rate) != Content::Silence
    });
    frames.count() as u64 * 20
}

#[cfg(test)]
mod tests {
    use cordboard_schema::event::PlayedEnd;
    use cordboard_schema::line::Line;

    use super::*;

    const GREETING: ItemId = ItemId(1);
    const REFUSAL: ItemId = ItemId(2);

    fn begins(item: ItemId) -> Event {
        Event::Fact(Fact::ItemStarted { leg: LegId(2), item, line: Some(Line::Greeting) })
    }

    fn is_complete(item: ItemId) -> Event {
        Event::Fact(Fact::ItemComplete { item, text: "Welcome.".to_owned(), audio_ms: 8_000 })
    }

    fn is_heard(item: ItemId) -> Event {
        Event::Fact(Fact::PlayedUntil { item, heard_ms: 8_000, end: PlayedEnd::Finished })
    }

    fn ear(events: &[(Event, u64)]) -> Ear {
        let mut ear = Ear::default();
        events.iter().for_each(|(event, at_ms)| ear.takes(event, *at_ms));
        ear
    }

    /// A refusal that waits for the greeting.
    fn waiting() -> Vec<(Event, u64)> {
        let greeting = [(begins(GREETING), 1_000), (is_complete(GREETING), 1_000)];
        [&greeting[..], &[(begins(REFUSAL), 2_000), (is_complete(REFUSAL), 2_000)]].concat()
    }

    fn broken(ear: &Ear, heard_ms: u64, told_ms: u64, died_ms: u64) -> Option<&'static str> {
        ear.fault(heard_ms, told_ms, died_ms).map(|(promise, _)| promise)
    }

    #[test]
    fn what_waits_for_a_greeting_is_not_what_sounds() {
        let ear = ear(&waiting());
        assert_eq!(ear.since_ms, 1_000, "the greeting sounds");
        assert_eq!(broken(&ear, 3_800, 3_500, 5_000), None);
        assert_eq!(broken(&ear, 3_800, 2_000, 5_000), Some(SAID));
    }

    #[test]
    fn words_after_a_greeting_are_heard_from_its_end_on() {
        let ear = ear(&[&waiting()[..], &[(is_heard(GREETING), 9_000)]].concat());
        assert_eq!(ear.since_ms, 9_000);
        assert_eq!(broken(&ear, 1_900, 300, 11_000), Some(SAID), "they are lost");
        assert_eq!(broken(&ear, 900, 1_800, 10_000), Some(NO_MORE), "they were not heard");
        assert_eq!(broken(&ear, 900, 900, 10_000), None);
    }

    #[test]
    fn speech_of_unknown_words_is_not_judged() {
        let unknown = [&waiting()[..], &[(begins(ItemId(3)), 3_000)]].concat();
        assert_eq!(broken(&ear(&unknown), 9_000, 0, 10_000), None);
        let over = [(is_heard(GREETING), 1_000), (begins(GREETING), 1_000), (is_complete(GREETING), 1_000)];
        assert_eq!(broken(&ear(&over), 9_000, 0, 10_000), None, "its end came first");
        let text = String::new();
        let (heard_ms, end) = (0, PlayedEnd::Cleared);
        let said = Decision::AssistantSaid { item: GREETING, text, heard_ms, end };
        let mut told = ear(&waiting());
        told.takes(&said.into(), 4_000);
        assert_eq!((told.waiting.len(), told.since_ms), (1, 4_000), "nothing of it will be reported");
        let after_silent = ear(&[&waiting()[..], &[(is_heard(REFUSAL), 4_000)]].concat());
        assert_eq!(
            (after_silent.waiting.len(), after_silent.since_ms),
            (1, 4_000),
            "the greeting has no sound"
        );
    }
}
