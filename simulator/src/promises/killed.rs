//! The next process knows what a killed process heard and said, as far as it was recorded.

use cordboard_schema::event::{Decision, Event, Fact};

use super::Complaints;
use crate::evidence::{Book, Evidence};
use crate::parties::caller::{Caller, StoryEnd};
use crate::sound::{Content, content};

const SAID: &str = "what was heard before a kill is in the transcript";
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
    item: cordboard_schema::ids::ItemId,
    began_ms: u64,
    /// Whether its words are in the journal.
    is_known: bool,
}

fn deaths(evidence: &Evidence, caller: &Caller, book: &Book, complaints: &mut Complaints) {
    let whose = format!("caller {}", caller.number);
    let mut saying: Option<Saying> = None;
    // The position of the recording, and its time in ms from the beginning of the world.
    let mut recording: Option<(u64, u64)> = None;
    let mut died = None;
    for (event, life, now) in evidence.entries(book) {
        if let Event::Fact(fact) = event {
            if died.take().is_some() {
                (saying, recording) = (None, None);
            }
            match fact {
                Fact::ItemStarted { item, .. } => {
                    saying = Some(Saying { item: *item, began_ms: now, is_known: false });
                }
                Fact::ItemComplete { item, .. } => {
                    let newest = saying.as_mut().filter(|saying| saying.item == *item);
                    newest.into_iter().for_each(|saying| saying.is_known = true);
                }
                // The end of any utterance: the last words may have waited for it.
                Fact::PlayedUntil { item, .. } => match &mut saying {
                    Some(newest) if newest.item == *item => saying = None,
                    Some(newest) => newest.began_ms = now,
                    None => {}
                },
                Fact::RecordingStarted { offset_ms } => recording = Some((*offset_ms, now)),
                Fact::ServerRestarted { .. } => {
                    died = life.checked_sub(1).map(|before| (before, evidence.lives[before].ended_ms));
                    let Some((before, died_ms)) = died else { continue };
                    let told = book.journal.iter().find_map(|entry| match &entry.event {
                        Event::Decision(Decision::AssistantSaid { item, heard_ms, .. })
                            if saying.is_some_and(|saying| saying.item == *item) =>
                        {
                            Some(*heard_ms)
                        }
                        _ => None,
                    });
                    let Some(saying) = saying.filter(|saying| saying.is_known) else { continue };
                    let heard_ms = heard_before(caller, before, saying.began_ms, died_ms);
                    // A disk that refused or was late has less than the last second of what was heard.
                    let is_recorded = !evidence.plan.disk_had_trouble(died_ms, DISK_MS);
                    // And a supervisor's words are not the assistant's.
                    let is_its_own = died_ms < evidence.plan.barged_ms(caller.number);
                    if is_recorded && is_its_own && heard_ms > told.unwrap_or_default() + UNRECORDED_MS {
                        let how = format!(
                            "{heard_ms} ms of item {} were heard, and the transcript has {told:?}",
                            saying.item
                        );
                        complaints.add(SAID, &whose, how);
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
