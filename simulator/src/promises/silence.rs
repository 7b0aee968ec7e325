//! No caller hears silence for longer than 1.5 s while sound is due, even a caller whom the server has not heard; and a telephone gets its frames
//! evenly.

mod owed;

use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::tool::ToolName;
use cordboard_test_support::audiosocket::TimedFrame;

use self::owed::{DueSound, owed};
use super::Complaints;
use super::people::People;
use crate::evidence::{Book, Evidence};
use crate::parties::caller::{Caller, Story};
use crate::plan::{Happening, Line, Place};
use crate::sound::{Content, content};

const OWED: &str = "no one hears silence for longer than 1.5 s while sound is due";
const HEARD: &str = "a caller who has spoken hears something soon, whether or not they were heard";
const EVEN: &str = "a telephone gets a frame every 20 ms";

/// The promise, plus a frame that is cut.
const SILENCE_MS_MAX: u64 = 1_500 + 20;

/// Time from the end of a caller's words to the next sound, in ms: it takes a moment to notice the end.
const HEARD_MS_MAX: u64 = 3_000;

/// A leg may be late with a frame if its actor or its call's actor dies.
const LATE_BY_DEATH: [Place; 5] = [Place::Leg, Place::Reading, Place::Call, Place::Registry, Place::ToolDone];

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    let legs_die_ms = evidence.plan.first_ms(|what| what.panics_in(&LATE_BY_DEATH));
    for caller in &evidence.callers {
        let whose = format!("caller {}", caller.number);
        let silence_ms_max = SILENCE_MS_MAX + caller.line.heard_late_ms();
        let owed: Vec<DueSound> =
            evidence.books_of(caller).into_iter().flat_map(|book| owed(evidence, book)).collect();
        let turns: Vec<u64> =
            evidence.books_of(caller).into_iter().flat_map(|book| turns(evidence, book)).collect();
        for story in caller.stories.iter().filter(|story| !story.is_double) {
            if story.way.is_some() {
                continue;
            }
            let owed_until_ms = evidence.owed_until(caller, story);
            let at_first = silence_at_first(story, &turns);
            let at_first = at_first.map(|ms| ms.min(owed_until_ms.saturating_sub(story.began_ms)));
            if let Some(ms) = at_first.filter(|ms| *ms > silence_ms_max) {
                complaints.add(
                    OWED,
                    &whose,
                    format!("{ms} ms from the beginning of a connection at {} ms", story.began_ms),
                );
            }
            for owed in &owed {
                let judged = DueSound { until_ms: owed.until_ms.min(owed_until_ms), ..*owed };
                let longest = longest_silence(story, judged);
                if longest > silence_ms_max {
                    complaints.add(OWED, &whose, format!("{longest} ms {} of {owed:?}", owed.why));
                }
            }
            for (said_until, silent_ms) in unanswered(evidence, caller, story) {
                complaints.add(
                    HEARD,
                    &whose,
                    format!("what they said until {said_until} ms was followed by {silent_ms} ms of silence"),
                );
            }
            if caller.line == Line::Audiosocket {
                let even_until_ms = legs_die_ms.min(evidence.sound_until(caller, story));
                let before =
                    |frame: &TimedFrame| story.began_ms + (frame.at.as_millis() as u64) < even_until_ms;
                let mut pairs = story.frames.windows(2).take_while(|pair| before(&pair[1]));
                let uneven = pairs.find(|pair| (pair[1].at - pair[0].at).as_millis() != 20);
                if let Some(pair) = uneven {
                    complaints.add(
                        EVEN,
                        &whose,
                        format!("frames came at {:?} and {:?}", pair[0].at, pair[1].at),
                    );
                }
            }
        }
    }
}

/// Returns the words of a caller that were followed by silence for too long: when they ended, and the length of the silence, in ms. No sound is due
/// to a caller who is with another party, is on hold, leaves a message, is away, does something else meanwhile, or has hung up.
fn unanswered(evidence: &Evidence, caller: &Caller, story: &Story) -> Vec<(u64, u64)> {
    let last = story.frames.last().map_or(0, |frame| story.began_ms + frame.at.as_millis() as u64);
    let excused: Vec<(u64, u64)> =
        evidence.books_of(caller).into_iter().flat_map(|book| excused(evidence, book)).collect();
    let mut all = Vec::new();
    let owed_until_ms = evidence.owed_until(caller, story);
    // The server hears the caller as late as the caller hears the server.
    let heard_ms_max = HEARD_MS_MAX + 2 * caller.line.heard_late_ms();
    for (at, &(from, until)) in caller.spoke.iter().enumerate() {
        let soon = until + heard_ms_max;
        if from < story.began_ms
            || soon >= last.min(owed_until_ms)
            || excused.iter().any(|(began, ended)| *began < soon && *ended > from)
        {
            continue;
        }
        let goes_on = caller.spoke.get(at + 1).is_some_and(|(next, _)| *next < soon);
        let does_more = evidence.plan.happenings.iter().any(|timed| {
            let is_near = timed.at_ms + heard_ms_max > from && timed.at_ms < soon;
            let is_it = matches!(
                timed.what,
                Happening::Presses { .. }
                    | Happening::FallsSilent { .. }
                    | Happening::Commands { .. }
                    | Happening::AtSwitch { .. }
            );
            is_near && is_it && timed.what.caller() == Some(caller.number)
        });
        if goes_on || does_more {
            continue;
        }
        let owed = DueSound { from_ms: until, until_ms: soon, why: "" };
        let silent_ms = longest_silence(story, owed);
        if silent_ms + 40 >= heard_ms_max {
            all.push((until, silent_ms));
        }
    }
    all
}

/// Returns the periods in which no answer to a caller was due, in ms from the beginning of the world.
fn excused(evidence: &Evidence, book: &Book) -> Vec<(u64, u64)> {
    let (mut all, mut since) = (Vec::new(), Some(0));
    let (mut is_there, mut takes_message, mut is_held, mut people) = (false, false, false, People::default());
    for (entry, life) in book.journal.iter().zip(evidence.lives_of(book)) {
        let is_about_people = people.takes(&entry.event);
        match &entry.event {
            Event::Decision(Decision::Answered | Decision::Resumed { .. }) => is_there = true,
            Event::Decision(Decision::Interrupted { .. } | Decision::Ended { .. })
            | Event::Fact(Fact::ServerRestarted { .. }) => is_there = false,
            Event::Decision(Decision::HoldBegan) => is_held = true,
            Event::Decision(Decision::HoldEnded { .. }) => is_held = false,
            Event::Decision(Decision::ToolStarted { tool: ToolName::TakeMessage, .. }) => {
                takes_message = true
            }
            Event::Decision(Decision::ToolFinished { tool, .. })
                if tool == ToolName::TakeMessage.as_str() =>
            {
                takes_message = false;
            }
            _ if is_about_people => {}
            _ => continue,
        }
        let now = evidence.ms_of(life, entry.at);
        match (is_there && !takes_message && !is_held && !people.is_anybody(), since) {
            (true, Some(from)) => {
                all.push((from, now));
                since = None;
            }
            (false, None) => since = Some(now),
            _ => {}
        }
    }
    all.extend(since.map(|from| (from, u64::MAX)));
    all
}

/// Returns when something happened that ends the first due sound, in ms from the beginning of the world.
fn turns(evidence: &Evidence, book: &Book) -> Vec<u64> {
    let is_turn = |kind: &str| {
        matches!(kind, "speech_started" | "ended" | "hold_began" | "agent_joined" | "interrupted")
    };
    let entries = book.journal.iter().zip(evidence.lives_of(book));
    entries
        .filter(|(entry, _)| is_turn(entry.event.kind()))
        .map(|(entry, life)| evidence.ms_of(life, entry.at))
        .collect()
}

/// Returns the silence from the beginning of a connection, in ms. No sound is due if the connection is closed meanwhile, or to a caller who speaks.
fn silence_at_first(story: &Story, turns: &[u64]) -> Option<u64> {
    let first = story.frames.iter().find(|frame| content(&frame.samples, story.rate) != Content::Silence);
    let until = first.map(|frame| frame.at.as_millis() as u64);
    let last = story.frames.last().map(|frame| frame.at.as_millis() as u64);
    let turn = turns.iter().filter(|turn| **turn >= story.began_ms).min().map(|turn| turn - story.began_ms);
    Some(until.or(last)?.min(turn.unwrap_or(u64::MAX)))
}

/// Returns the longest silence of a connection while sound was due, in ms.
fn longest_silence(story: &Story, owed: DueSound) -> u64 {
    let (mut longest, mut run_from): (u64, Option<u64>) = (0, None);
    for frame in &story.frames {
        let at = story.began_ms + frame.at.as_millis() as u64;
        if at < owed.from_ms || at > owed.until_ms {
            continue;
        }
        if content(&frame.samples, story.rate) == Content::Silence {
            let from = *run_from.get_or_insert(at);
            longest = longest.max(at - from);
        } else {
            run_from = None;
        }
    }
    longest
}
