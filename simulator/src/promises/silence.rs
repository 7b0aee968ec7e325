//! Nobody hears nothing for longer than 1.5 s while sound is owed to them, also whom the server has not heard; and a telephone gets its
//! frames evenly.

use std::collections::BTreeSet;

use cordboard_actors::assistant::sounds::{Prompt, SoundSet};
use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::ids::ItemId;
use cordboard_schema::tool::ToolName;

use super::Complaints;
use crate::evidence::{Book, Evidence};
use crate::parties::caller::{Caller, Story};
use crate::plan::{Assistant, Happening, Line, Place};
use crate::sound::{Content, content};

const OWED: &str = "nobody hears nothing for longer than 1.5 s while sound is owed";
const HEARD: &str = "whoever has spoken hears something soon, whether or not they were heard";
const EVEN: &str = "a telephone gets a frame every 20 ms";

/// The promise, and a frame of it that is cut.
const SILENCE_MS_MAX: u64 = 1_500 + 20;

/// Time in which it must come, behind the end of their words, in ms: it takes a moment to know that they have ended.
const HEARD_MS_MAX: u64 = 3_000;

/// Whoever is noticed to have ended so many ms behind a line has said something that it did not answer: 1 s, the time that it takes to notice
/// the end, and a moment.
const SPOKE_ON_MS: u64 = 2_000;

/// Sound is owed between two moments, in ms from the beginning of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Owed {
    from_ms: u64,
    until_ms: u64,
    /// The reason.
    why: &'static str,
}

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    for caller in &evidence.callers {
        let whose = format!("caller {}", caller.number);
        let owed: Vec<Owed> =
            evidence.books_of(caller).into_iter().flat_map(|book| owed(evidence, book)).collect();
        let turns: Vec<u64> =
            evidence.books_of(caller).into_iter().flat_map(|book| turns(evidence, book)).collect();
        for story in caller.stories.iter().filter(|story| !story.is_double) {
            if story.was_hurt || story.way.is_some() {
                continue;
            }
            if let Some(ms) = silence_at_first(story, &turns) {
                complaints.add(
                    OWED,
                    &whose,
                    format!("{ms} ms from the beginning of a connection at {} ms", story.began_ms),
                );
            }
            for owed in &owed {
                let longest = longest_silence(story, *owed);
                if longest > SILENCE_MS_MAX {
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
            if caller.line == Line::Audiosocket && !legs_panic(evidence) {
                let uneven = story.frames.windows(2).find(|pair| (pair[1].at - pair[0].at).as_millis() != 20);
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

/// A leg whose actor dies may be late with a frame.
fn legs_panic(evidence: &Evidence) -> bool {
    evidence.plan.happenings.iter().any(|timed| {
        matches!(
            timed.what,
            Happening::Panics {
                place: Place::Leg | Place::Reading | Place::Call | Place::Registry | Place::ToolDone,
                ..
            }
        )
    })
}

/// When sound was owed on a call: behind its answer, behind each turn of its caller, and when the caller is back.
fn owed(evidence: &Evidence, book: &Book) -> Vec<Owed> {
    let lives = evidence.lives_of(book);
    let (mut all, mut since): (Vec<Owed>, Option<Owed>) = (Vec::new(), None);
    let (mut asked, mut cut): (Option<Owed>, Option<Owed>) = (None, None);
    let mut held: Option<Owed> = None;
    // Items with words that are more than comfort: heard, they are the answer, though their line may wait for the caller's words.
    let mut answers: BTreeSet<ItemId> = BTreeSet::new();
    // The utterance that is being said, as long as its words are not all made.
    let mut under_way: Option<ItemId> = None;
    let (mut takes_message, mut is_held, mut is_away, mut has_person) = (false, false, true, false);
    let is_builtin = evidence.plan.assistant == Assistant::Builtin;
    let (mut was_answered, mut answered_ms) = (false, u64::MAX / 2);
    for (entry, life) in book.journal.iter().zip(lives) {
        let now = evidence.ms_of(life, entry.at);
        let mut close = |since: &mut Option<Owed>| {
            if let Some(owed) = since.take() {
                all.push(Owed { until_ms: now, ..owed });
            }
        };
        let open = |why| Some(Owed { from_ms: now, until_ms: u64::MAX, why });
        // Words that the provider's loss cut short are gone on with.
        match &entry.event {
            Event::Fact(Fact::ItemStarted { item, line: None, .. }) if cut.is_none() => {
                under_way = Some(*item)
            }
            Event::Fact(Fact::ItemComplete { item, .. } | Fact::PlayedUntil { item, .. })
                if under_way == Some(*item) && cut.is_none() =>
            {
                under_way = None;
            }
            Event::Fact(Fact::AssistantInterrupted { .. })
                if under_way.is_some() && !takes_message && !is_held && !is_away && !has_person =>
            {
                cut = open("behind words that were cut short");
            }
            Event::Decision(Decision::AssistantSaid { item, text, .. })
                if under_way != Some(*item) && !is_comfort(text) =>
            {
                close(&mut cut);
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
            ) => close(&mut cut),
            _ => {}
        }
        // A caller who waits for a person hears music, and the assistant's words about it.
        match &entry.event {
            Event::Decision(Decision::HandoffRequested { .. } | Decision::AgentRequested { .. })
                if !takes_message && !is_held && !is_away && !has_person =>
            {
                asked = open("while somebody is asked");
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
            | Event::Fact(Fact::LegLeft { .. } | Fact::ServerRestarted { .. }) => close(&mut asked),
            _ => {}
        }
        match &entry.event {
            Event::Fact(Fact::ItemComplete { item, text, .. }) if !is_comfort(text) => {
                answers.insert(*item);
            }
            Event::Fact(Fact::PlayedUntil { item, heard_ms, .. })
                if *heard_ms > 0 && answers.contains(item) =>
            {
                close(&mut since);
            }
            _ => {}
        }
        // A caller on hold hears music.
        match &entry.event {
            Event::Decision(Decision::HoldBegan) => held = open("on hold"),
            Event::Decision(
                Decision::HoldEnded { .. }
                | Decision::AgentJoined { .. }
                | Decision::Interrupted { .. }
                | Decision::Ended { .. },
            )
            | Event::Fact(Fact::LegLeft { .. } | Fact::ServerRestarted { .. }) => close(&mut held),
            _ => {}
        }
        match &entry.event {
            // Words that only pass the time until an answer are no answer.
            Event::Decision(Decision::AssistantSaid { text, .. }) if is_comfort(text) => {}
            Event::Decision(Decision::Answered) => {
                is_away = false;
                since = open("behind the answer");
            }
            Event::Decision(Decision::Resumed { .. }) => {
                is_away = false;
                since = open("behind the return");
            }
            Event::Fact(Fact::SpeechStarted) => {
                was_answered = false;
                close(&mut since);
            }
            // The built-in assistant takes a line that it says into the caller's words, as for a key, for their answer.
            Event::Fact(Fact::ItemStarted { .. }) if is_builtin => was_answered = true,
            Event::Fact(Fact::PlayedUntil { .. }) if is_builtin => answered_ms = now,
            // What is being said is unknown to the journal.
            Event::Fact(Fact::StepPanicked { fact, .. }) if fact == "item_started" => close(&mut since),
            Event::Fact(Fact::SpeechStopped { .. })
                if !takes_message
                    && !is_held
                    && !is_away
                    && !has_person
                    && (!was_answered || now > answered_ms + SPOKE_ON_MS) =>
            {
                since = open("behind the caller's turn");
            }
            Event::Decision(Decision::HoldBegan) => {
                is_held = true;
                close(&mut since);
            }
            Event::Decision(Decision::HoldEnded { .. }) => is_held = false,
            Event::Decision(Decision::AgentJoined { .. } | Decision::HandoffBridged { .. }) => {
                has_person = true;
                close(&mut since);
            }
            Event::Decision(
                Decision::AgentLeft { .. } | Decision::HandedBack { .. } | Decision::CallerReturned { .. },
            ) => has_person = false,
            Event::Decision(Decision::ToolStarted { tool: ToolName::TakeMessage, .. }) => {
                takes_message = true;
                close(&mut since);
            }
            Event::Decision(Decision::ToolFinished { tool, .. })
                if tool == ToolName::TakeMessage.as_str() =>
            {
                takes_message = false;
            }
            Event::Decision(Decision::Interrupted { .. } | Decision::Ended { .. }) => {
                is_away = true;
                close(&mut since);
            }
            Event::Fact(Fact::LegLeft { .. } | Fact::ServerRestarted { .. })
            | Event::Decision(
                Decision::AssistantSaid { .. }
                | Decision::BargeIn { .. }
                | Decision::TransferRequested { .. }
                | Decision::HandoffRequested { .. }
                | Decision::AgentRequested { .. },
            ) => close(&mut since),
            _ => {}
        }
    }
    // Nobody is owed any more what a kill has left open.
    all
}

/// Whether these words ask for a moment, or are none: a tone.
fn is_comfort(text: &str) -> bool {
    thread_local! {
        static PROMPTS: Option<SoundSet<Prompt>> = SoundSet::embedded().ok();
    }
    let is_moment = |prompts: &SoundSet<Prompt>| prompts.get(Prompt::OneMoment).text() == text;
    text.trim().is_empty() || PROMPTS.with(|prompts| prompts.as_ref().is_some_and(is_moment))
}

/// Words of a caller that were followed by silence for too long: when they ended, and the length of the silence, in ms. A caller who
/// is with somebody else, is on hold, leaves a message, is away, does something else meanwhile, or has hung up is owed nothing.
fn unanswered(evidence: &Evidence, caller: &Caller, story: &Story) -> Vec<(u64, u64)> {
    let last = story.frames.last().map_or(0, |frame| story.began_ms + frame.at.as_millis() as u64);
    let excused: Vec<(u64, u64)> =
        evidence.books_of(caller).into_iter().flat_map(|book| excused(evidence, book)).collect();
    let mut all = Vec::new();
    for (at, &(from, until)) in caller.spoke.iter().enumerate() {
        let soon = until + HEARD_MS_MAX;
        if from < story.began_ms
            || soon >= last
            || excused.iter().any(|(began, ended)| *began < soon && *ended > from)
        {
            continue;
        }
        let goes_on = caller.spoke.get(at + 1).is_some_and(|(next, _)| *next < soon);
        let does_more = evidence.plan.happenings.iter().any(|timed| {
            let is_near = timed.at_ms + HEARD_MS_MAX > from && timed.at_ms < soon;
            let is_it = matches!(
                timed.what,
                Happening::Presses { .. } | Happening::FallsSilent { .. } | Happening::Commands { .. }
            );
            is_near && is_it && timed.what.caller() == Some(caller.number)
        });
        if goes_on || does_more {
            continue;
        }
        let owed = Owed { from_ms: until, until_ms: soon, why: "" };
        let silent_ms = longest_silence(story, owed);
        if silent_ms + 40 >= HEARD_MS_MAX {
            all.push((until, silent_ms));
        }
    }
    all
}

/// When a caller was owed no answer, from and until, in ms from the beginning of the world.
fn excused(evidence: &Evidence, book: &Book) -> Vec<(u64, u64)> {
    let (mut all, mut since) = (Vec::new(), Some(0));
    let (mut is_there, mut takes_message, mut is_held, mut has_person) = (false, false, false, false);
    for (entry, life) in book.journal.iter().zip(evidence.lives_of(book)) {
        match &entry.event {
            Event::Decision(Decision::Answered | Decision::Resumed { .. }) => is_there = true,
            Event::Decision(Decision::Interrupted { .. } | Decision::Ended { .. })
            | Event::Fact(Fact::ServerRestarted { .. }) => is_there = false,
            Event::Decision(Decision::HoldBegan) => is_held = true,
            Event::Decision(Decision::HoldEnded { .. }) => is_held = false,
            Event::Decision(Decision::AgentJoined { .. } | Decision::HandoffBridged { .. }) => {
                has_person = true
            }
            Event::Decision(
                Decision::AgentLeft { .. } | Decision::HandedBack { .. } | Decision::CallerReturned { .. },
            ) => has_person = false,
            Event::Decision(Decision::ToolStarted { tool: ToolName::TakeMessage, .. }) => {
                takes_message = true
            }
            Event::Decision(Decision::ToolFinished { tool, .. })
                if tool == ToolName::TakeMessage.as_str() =>
            {
                takes_message = false;
            }
            _ => continue,
        }
        let now = evidence.ms_of(life, entry.at);
        match (is_there && !takes_message && !is_held && !has_person, since) {
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

/// When something happened that ends what is owed at first, in ms from the beginning of the world.
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

/// Silence from the beginning of a connection on, if it is too long, in ms. A connection that is closed meanwhile is owed nothing,
/// nor is a caller who speaks.
fn silence_at_first(story: &Story, turns: &[u64]) -> Option<u64> {
    let first = story.frames.iter().find(|frame| content(&frame.samples, story.rate) != Content::Silence);
    let until = first.map(|frame| frame.at.as_millis() as u64);
    let last = story.frames.last().map(|frame| frame.at.as_millis() as u64);
    let turn = turns.iter().filter(|turn| **turn >= story.began_ms).min().map(|turn| turn - story.began_ms);
    let ms = until.or(last)?.min(turn.unwrap_or(u64::MAX));
    (ms > SILENCE_MS_MAX).then_some(ms)
}

/// The longest run of silence of a connection while sound was owed, in ms.
fn longest_silence(story: &Story, owed: Owed) -> u64 {
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
