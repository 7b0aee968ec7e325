//! A caller who speaks is not talked over: the assistant's speech stops.

use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_test_support::audiosocket::TimedFrame;

use super::Complaints;
use super::people::People;
use crate::evidence::Evidence;
use crate::parties::caller::Story;
use crate::plan::{Line, Place};
use crate::sound::{Content, content};

const PROMISE: &str = "what the assistant says stops when its caller speaks";

/// Time from when the server knows that the caller speaks to when the sound stops, in ms: a frame or two are in transit.
const STOPS_MS: u64 = 60;
/// The same over a FreeSWITCH, which is told to stop over another connection.
const SWITCH_STOPS_MS: u64 = 200;
/// Time for which the sound is looked for, in ms.
const LOOKED_FOR_MS: u64 = 1_200;
/// Least number of frames of the same tone that count.
const FRAMES_MIN: usize = 2;

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
                        let goes_on = |story: &Story| {
                            goes_on(&story.frames, story.began_ms, heard_ms, stops_ms(caller.line))
                        };
                        if let Some((tone, frames)) = story.and_then(goes_on) {
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

/// Time within which the sound of a line stops, in ms.
const fn stops_ms(line: Line) -> u64 {
    match line {
        Line::Freeswitch => SWITCH_STOPS_MS,
        Line::Audiosocket
        | Line::Twilio
        | Line::FirstBrowser
        | Line::SecondBrowser
        | Line::FirstWebrtc
        | Line::SecondWebrtc => STOPS_MS,
    }
}

fn ms_of(frame: &TimedFrame, began_ms: u64) -> u64 {
    began_ms + frame.at.as_millis() as u64
}

fn has_frame(story: &Story, at_ms: u64) -> bool {
    let at = |frame: Option<&TimedFrame>| frame.map(|frame| ms_of(frame, story.began_ms));
    at(story.frames.first()).is_some_and(|first_ms| first_ms < at_ms)
        && at(story.frames.last()).is_some_and(|last_ms| at_ms < last_ms)
}

/// Returns the tone that was heard at a moment and, for some frames, more than `stops_ms` after it, and how many of these frames.
fn goes_on(frames: &[TimedFrame], began_ms: u64, at_ms: u64, stops_ms: u64) -> Option<(u32, usize)> {
    let now = frames.iter().rposition(|frame| ms_of(frame, began_ms) <= at_ms)?;
    let of = |frame: &TimedFrame| content(&frame.samples, frame.rate);
    let Content::Tone(tone) = of(&frames[now]) else { return None };
    let behind = frames[now..]
        .iter()
        .skip_while(|frame| ms_of(frame, began_ms) < at_ms + stops_ms)
        .take_while(|frame| ms_of(frame, began_ms) < at_ms + LOOKED_FOR_MS);
    let count = behind.filter(|frame| of(frame) == Content::Tone(tone)).count();
    (count >= FRAMES_MIN).then_some((tone, count))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cordboard_test_support::audio::{silence, tone};

    use super::*;
    use crate::model;

    const RATE: u32 = 8_000;

    /// Frames of a connection that began at 1,000 ms: this much of the first tone, then silence.
    fn tone_of(ms: u64) -> Vec<TimedFrame> {
        let hz = model::tones().next().unwrap();
        let mut samples = tone(hz, 8_000.0, Duration::from_millis(ms), RATE).samples;
        samples.extend(silence(Duration::from_millis(2_000), RATE).samples);
        let frames = (0_u32..).zip(samples.chunks_exact(160));
        let timed = |(number, samples): (u32, &[i16])| TimedFrame {
            at: Duration::from_millis(20) * number,
            rate: RATE,
            samples: samples.to_vec(),
        };
        frames.map(timed).collect()
    }

    #[test]
    fn a_frame_or_two_are_in_transit_and_no_more() {
        let goes_on = |tone_ms, stops_ms| goes_on(&tone_of(tone_ms), 1_000, 2_000, stops_ms);
        assert_eq!(goes_on(1_000, STOPS_MS), None, "the tone was over");
        assert_eq!(goes_on(1_080, STOPS_MS), None, "it stopped soon after the caller spoke");
        assert_eq!(goes_on(1_100, STOPS_MS), Some((0, 2)), "40 ms too late");
        assert_eq!(goes_on(1_180, STOPS_MS), Some((0, 6)));
        assert_eq!(goes_on(1_180, SWITCH_STOPS_MS), None);
    }
}
