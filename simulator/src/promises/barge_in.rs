//! A caller who speaks is not talked over: the assistant's speech stops.

use cordboard_schema::event::{Decision, Event, Fact};

use super::Complaints;
use super::people::People;
use crate::evidence::Evidence;
use crate::parties::caller::Story;
use crate::plan::Place;
use crate::sound::{Content, content};

const PROMISE: &str = "what the assistant says stops when its caller speaks";

/// Time from when the server knows that the caller speaks to when the sound stops, in ms: a frame or two are in transit.
const STOPS_MS: u64 = 200;
/// Time for which the sound is looked for, in ms.
const LOOKED_FOR_MS: u64 = 1_200;
/// Least number of frames of the same tone that count.
const FRAMES_MIN: usize = 5;

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    // An order to stop may be lost with the actor that carries it out.
    const TAKE_ORDERS: [Place; 5] =
        [Place::Call, Place::Leg, Place::Registry, Place::Assistant, Place::ToolDone];
    let dies_ms = evidence.plan.first_ms(|what| what.panics_in(&TAKE_ORDERS));
    for caller in &evidence.callers {
        let stories = || caller.stories.iter().filter(|story| !story.is_double);
        for book in evidence.books_of(caller) {
            // A line, such as a goodbye, may be said to its end. So may the words with which the assistant sends the caller on.
            let (mut people, mut says_line, mut is_sent_on) = (People::default(), false, false);
            for (entry, life) in book.journal.iter().zip(evidence.lives_of(book)) {
                people.takes(&entry.event);
                match &entry.event {
                    Event::Fact(Fact::ItemStarted { line, .. }) => says_line = line.is_some(),
                    Event::Decision(Decision::TransferRequested { .. }) => is_sent_on = true,
                    Event::Decision(Decision::TransferFailed { .. }) => is_sent_on = false,
                    Event::Fact(Fact::SpeechStarted) if !people.is_anybody() && !says_line && !is_sent_on => {
                        let at_ms = evidence.ms_of(life, entry.at);
                        let story = stories().find(|story| {
                            story.way.is_none() && story.life == life && has_frame(story, at_ms)
                        });
                        let heard_ms = at_ms + caller.line.heard_late_ms();
                        let story = story.filter(|story| {
                            heard_ms + LOOKED_FOR_MS < dies_ms.min(evidence.sound_until(caller, story))
                        });
                        if let Some((tone, frames)) = story.and_then(|story| goes_on(story, heard_ms)) {
                            let how = format!(
                                "they spoke at {at_ms} ms, and {} ms of tone {tone} were heard after that",
                                frames * 20
                            );
                            complaints.add(PROMISE, format!("caller {}", caller.number), how);
                        }
                    }
                    _ => {}
                }
            }
        }
    }
}

fn ms_of(story: &Story, frame: usize) -> u64 {
    story.began_ms + story.frames[frame].at.as_millis() as u64
}

fn has_frame(story: &Story, at_ms: u64) -> bool {
    !story.frames.is_empty() && ms_of(story, 0) < at_ms && at_ms < ms_of(story, story.frames.len() - 1)
}

/// Returns the tone that was heard at a moment and well after it, and how many frames of it.
fn goes_on(story: &Story, at_ms: u64) -> Option<(u32, usize)> {
    let now = (0..story.frames.len()).rev().find(|frame| ms_of(story, *frame) <= at_ms)?;
    let of = |frame: usize| content(&story.frames[frame].samples, story.rate);
    let Content::Tone(tone) = of(now) else { return None };
    let behind = (now..story.frames.len())
        .skip_while(|frame| ms_of(story, *frame) < at_ms + STOPS_MS)
        .take_while(|frame| ms_of(story, *frame) < at_ms + LOOKED_FOR_MS);
    let frames = behind.filter(|frame| of(*frame) == Content::Tone(tone)).count();
    (frames >= FRAMES_MIN).then_some((tone, frames))
}
