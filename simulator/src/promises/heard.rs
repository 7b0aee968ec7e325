//! Words that the transcript counts as heard were heard: in order, once, and to the extent that it says.

use std::collections::{BTreeMap, BTreeSet};

use cordboard_actors::assistant::sounds::{Prompt, ShippedSound as _, SoundSet};
use cordboard_schema::audio::SampleRate;
use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::ids::ItemId;
use cordboard_schema::line::Line;

use super::Complaints;
use crate::evidence::{Book, Evidence};
use crate::model;
use crate::parties::caller::{Caller, Story, StoryEnd};
use crate::plan::{self, SwitchAudio};
use crate::sound::{Content, content, find};

const PROMISE: &str = "what the transcript says was heard was heard, in order, once";

const TOLD: &str = "words of the model that were heard are in the transcript";

/// Longest part of an utterance that may be heard without a line of its own, in ms.
const UNTOLD_MS: u64 = 200;
/// Shorter parts of an utterance are not looked for, in ms.
const SHORT_MS: u64 = 60;
/// Accuracy of the server's knowledge of remote playout, in ms: it knows the marks of a browser and the chunks of a FreeSWITCH, and estimates by the
/// clock between them.
const PLAYED_MS: u64 = 120;
/// Length of the signal, and of the pause before it, in ms.
const SIGNAL_MS: u64 = 380;
/// Words of an utterance that ElevenLabs has cut before its first word.
const CUT: &str = "...";
/// Edges of a tone, for each of its pieces: a frame begins or ends in the middle.
const EDGE_MS: u64 = 40;

/// An utterance that was heard, according to the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    item: ItemId,
    /// All its words, as far as they are known.
    text: String,
    heard_ms: u64,
    /// Whether one of our signals follows its words: after that a message is recorded.
    has_signal: bool,
    /// Whether a step has lost the report of what was heard of it; the ear's next report is an estimate.
    is_lost: bool,
    /// When its end was reported, in ms from the beginning of the world.
    at_ms: u64,
}

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    let prompts = prompts();
    for caller in &evidence.callers {
        let whose = format!("caller {}", caller.number);
        // A switch plays prompts piece by piece: one that is cut does not end where the next one begins.
        let is_in_files = caller.line == plan::Line::Freeswitch
            && evidence.plan.switch.as_ref().is_some_and(|switch| switch.audio == SwitchAudio::Websocket);
        for book in evidence.books_of(caller) {
            let said = said(evidence, book);
            // A supervisor who speaks with a caller is mixed into what they hear.
            let alone_ms = evidence.plan.barged_ms(caller.number);
            let (of_model, of_prompts): (Vec<Said>, Vec<Said>) =
                said.into_iter().partition(|said| model::number_in(&said.text).is_some());
            let prompts = prompts.as_ref().filter(|_| !is_in_files);
            check_prompts((caller, alone_ms), &of_prompts, prompts, &whose, complaints);
            let mut unknown = wordless_ms(book.journal.iter().map(|entry| &entry.event));
            let untold = untold(book);
            let may_die = evidence.plan.happenings.iter().any(|timed| timed.what.is_death_in_a_call());
            if !may_die && !evidence.plan.has_database_trouble() {
                let long = untold.iter().filter(|(_, heard_ms)| *heard_ms > UNTOLD_MS);
                for (text, heard_ms) in long {
                    complaints.add(TOLD, &whose, format!("{heard_ms} ms of {text:?} were heard"));
                }
            }
            unknown.extend(untold.iter().map(|(_, heard_ms)| *heard_ms));
            check_tones((caller, alone_ms), &of_model, &unknown, &whose, complaints);
        }
    }
}

/// Returns the model's utterances that have no line in the transcript, with their words and how much of them was heard, in ms. A line waits for the
/// lines before it, and is lost with a killed process.
fn untold(book: &Book) -> Vec<(&str, u64)> {
    let mut heard: BTreeMap<ItemId, u64> = BTreeMap::new();
    let mut texts: BTreeMap<ItemId, &str> = BTreeMap::new();
    let mut told: BTreeSet<ItemId> = BTreeSet::new();
    for entry in &book.journal {
        match &entry.event {
            Event::Fact(Fact::PlayedUntil { item, heard_ms, .. }) => {
                heard.entry(*item).or_insert(*heard_ms);
            }
            Event::Fact(Fact::ItemComplete { item, text, .. }) => {
                texts.insert(*item, text);
            }
            Event::Decision(Decision::AssistantSaid { item, .. } | Decision::Whispered { item, .. }) => {
                told.insert(*item);
            }
            _ => {}
        }
    }
    let of_model = |text: &&str| model::number_in(text).is_some();
    heard
        .into_iter()
        .filter(|(item, _)| !told.contains(item))
        .filter_map(|(item, ms)| texts.get(&item).copied().filter(of_model).map(|text| (text, ms)))
        .collect()
}

/// Returns how much was heard of each utterance whose words tell no tone, in ms: they were cut before their words were known. The ear's report counts,
/// because the transcript has no line of them, or one that was written before the ear's report.
fn wordless_ms<'a>(events: impl Iterator<Item = &'a Event>) -> Vec<u64> {
    let mut reported: BTreeMap<ItemId, u64> = BTreeMap::new();
    let mut heard: BTreeMap<ItemId, u64> = BTreeMap::new();
    let mut texts: BTreeMap<ItemId, &str> = BTreeMap::new();
    let mut whispered: BTreeSet<ItemId> = BTreeSet::new();
    for event in events {
        match event {
            // The first report; a repeated one is an estimate.
            Event::Fact(Fact::PlayedUntil { item, heard_ms, .. }) => {
                let of_item = *reported.entry(*item).or_insert(*heard_ms);
                heard.entry(*item).and_modify(|ms| *ms = of_item.max(*ms)).or_insert(of_item);
            }
            Event::Fact(Fact::ItemComplete { item, text, .. }) => {
                texts.insert(*item, text);
            }
            Event::Decision(Decision::AssistantSaid { item, text, heard_ms, .. }) => {
                texts.entry(*item).or_insert(text);
                let of_item = heard.entry(*item).or_default();
                *of_item = (*of_item).max(*heard_ms);
            }
            Event::Decision(Decision::Whispered { item, .. }) => {
                whispered.insert(*item);
            }
            _ => {}
        }
    }
    let is_wordless = |item: &ItemId| {
        let text = texts.get(item).copied().unwrap_or_default();
        let is_cut = text.is_empty() || text.starts_with('#') || text == CUT;
        is_cut && model::number_in(text).is_none() && !whispered.contains(item)
    };
    heard.into_iter().filter(|(item, _)| is_wordless(item)).map(|(_, ms)| ms).collect()
}

fn said(evidence: &Evidence, book: &Book) -> Vec<Said> {
    let lives = evidence.lives_of(book);
    let mut texts: BTreeMap<ItemId, String> = BTreeMap::new();
    let mut intros: BTreeSet<ItemId> = BTreeSet::new();
    let mut all = Vec::new();
    let mut ends: BTreeMap<ItemId, u64> = BTreeMap::new();
    let (mut is_told_by_death, mut is_end_lost) = (false, false);
    for (entry, life) in book.journal.iter().zip(lives) {
        if matches!(entry.event, Event::Fact(_)) {
            is_told_by_death = entry.event.kind() == "server_restarted";
        }
        match &entry.event {
            Event::Fact(Fact::ItemStarted { item, line: Some(Line::MessageIntro), .. }) => {
                intros.insert(*item);
            }
            Event::Fact(Fact::ItemComplete { item, text, .. }) => {
                texts.insert(*item, text.clone());
            }
            Event::Fact(Fact::PlayedUntil { item, .. }) => {
                ends.entry(*item).or_insert(evidence.ms_of(life, entry.at));
            }
            // The ear's repeated report after that is an estimate.
            Event::Fact(Fact::StepPanicked { fact, .. }) if fact == "played_until" => is_end_lost = true,
            Event::Decision(Decision::AssistantSaid { item, text, heard_ms, .. }) => {
                // Words that a new process reports were heard before it began, and words that a provider reported late were heard when they ended.
                let told_ms = evidence.ms_of(life, entry.at) - u64::from(is_told_by_death);
                let at_ms = ends.get(item).map_or(told_ms, |end_ms| told_ms.min(*end_ms));
                all.push(Said {
                    item: *item,
                    text: text.clone(),
                    heard_ms: if is_end_lost { 0 } else { *heard_ms },
                    is_lost: std::mem::take(&mut is_end_lost),
                    has_signal: intros.contains(item),
                    at_ms,
                });
            }
            _ => {}
        }
    }
    for said in &mut all {
        if let Some(text) = texts.remove(&said.item) {
            said.text = text;
        }
    }
    all
}

/// Returns the connection over which something was heard whose end was reported at that time.
fn story_at(caller: &Caller, at_ms: u64) -> Option<&Story> {
    let stood = |story: &&Story| !story.is_double && story.began_ms <= at_ms;
    caller.stories.iter().rfind(stood)
}

/// Whether a story is complete: nothing of it was lost on the way or with the server, and it was over before a supervisor may have spoken.
fn is_whole(story: &Story, alone_ms: u64) -> bool {
    let is_alone = story.ended_ms.is_none_or(|ended_ms| ended_ms < alone_ms);
    is_alone && !story.was_hurt && matches!(story.end, StoryEnd::ByCaller | StoryEnd::ByServer)
}

/// Whether a sound whose end was reported at that time had time to arrive.
fn has_arrived(story: &Story, at_ms: u64) -> bool {
    let late = story.way.map_or(0, |way| way.late_ms) + 200;
    story.ended_ms.is_none_or(|ended| at_ms + late < ended)
}

fn prompts() -> Option<SoundSet<Prompt>> {
    SoundSet::embedded().ok()
}

/// Checks that each prompt is there, sample by sample, after the one before.
fn check_prompts(
    (caller, alone_ms): (&Caller, u64),
    said: &[Said],
    prompts: Option<&SoundSet<Prompt>>,
    whose: &str,
    complaints: &mut Complaints,
) {
    // Samples of a media stream are companded, and those of WebRTC are coded with Opus.
    let is_coded = caller.line == plan::Line::Twilio || caller.line.is_webrtc();
    let Some(prompts) = prompts.filter(|_| !is_coded) else { return };
    let is_elsewhere = caller.line != plan::Line::Audiosocket;
    let mut places: BTreeMap<u64, usize> = BTreeMap::new();
    let mut streams: BTreeMap<u64, Vec<i16>> = BTreeMap::new();
    for said in said.iter().filter(|said| said.heard_ms >= SHORT_MS) {
        let Some(story) = story_at(caller, said.at_ms) else { continue };
        if !is_whole(story, alone_ms) || !has_arrived(story, said.at_ms) {
            continue;
        }
        let Ok(rate) = SampleRate::try_from(story.rate) else { continue };
        let is_it = |prompt: &&Prompt| prompts.get(**prompt).text() == said.text;
        let Some(prompt) = Prompt::ALL.iter().find(is_it) else { continue };
        let whole = prompts.get(*prompt).pcm(rate);
        let known_ms = if is_elsewhere { said.heard_ms.saturating_sub(PLAYED_MS) } else { said.heard_ms };
        let count = (known_ms * u64::from(story.rate) / 1_000) as usize;
        if count == 0 {
            continue;
        }
        let part = &whole[..count.min(whole.len())];
        let stream = streams
            .entry(story.began_ms)
            .or_insert_with(|| story.frames.iter().flat_map(|frame| frame.samples.iter().copied()).collect());
        let from = places.entry(story.began_ms).or_default();
        match find(stream, part, *from) {
            Some(at) => *from = at + part.len(),
            None => {
                let known = find(stream, &part[..part.len().min(story.rate as usize / 25)], 0);
                let place = known.map_or_else(
                    || "no part of it was found".to_owned(),
                    |at| format!("it begins at {} ms of the connection", at * 1_000 / story.rate as usize),
                );
                complaints.add(
                    PROMISE,
                    whose,
                    format!(
                        "{} ms of item {} ({}) were not heard after what came before: {place}",
                        said.heard_ms, said.item, said.text
                    ),
                );
            }
        }
    }
}

/// Checks that each of the model's tones was heard for as long as the journal says, and in its order. `unknown` is how much was heard of each
/// utterance without known words, because they were cut before that, or without a line.
fn check_tones(
    (caller, alone_ms): (&Caller, u64),
    said: &[Said],
    unknown: &[u64],
    whose: &str,
    complaints: &mut Complaints,
) {
    for story in caller.stories.iter().filter(|story| !story.is_double && is_whole(story, alone_ms)) {
        let of_story: Vec<&Said> = said
            .iter()
            .filter(|said| story_at(caller, said.at_ms).is_some_and(|at| std::ptr::eq(at, story)))
            .collect();
        if of_story.iter().any(|said| !has_arrived(story, said.at_ms)) {
            continue;
        }
        let mut heard: BTreeMap<u32, u64> = BTreeMap::new();
        let mut order: Vec<u32> = Vec::new();
        let mut run = 0;
        for frame in &story.frames {
            match content(&frame.samples, story.rate) {
                Content::Tone(tone) => {
                    *heard.entry(tone).or_default() += 20;
                    if order.last() != Some(&tone) || run == 0 {
                        order.push(tone);
                    }
                    run = 1;
                }
                _ => run = 0,
            }
        }
        let tone_of = |said: &Said| model::number_in(&said.text).map(model::tone_of).unwrap_or_default();
        let lost: BTreeSet<u32> =
            of_story.iter().filter(|said| said.is_lost).map(|said| tone_of(said)).collect();
        let mut told: BTreeMap<u32, (u64, u64, u64)> = BTreeMap::new();
        for said in &of_story {
            let (ms, pieces, signals) = told.entry(tone_of(said)).or_default();
            *ms += said.heard_ms;
            *pieces += 1;
            *signals += u64::from(said.has_signal);
        }
        for (tone, (ms, pieces, signals)) in told.iter().filter(|(tone, _)| !lost.contains(tone)) {
            let heard_ms = heard.get(tone).copied().unwrap_or_default();
            // A piece that arrives late or in halves has two more edges.
            let inaccuracy = if caller.line == plan::Line::Audiosocket { 0 } else { PLAYED_MS };
            let edges = EDGE_MS * (pieces + 2) + inaccuracy * pieces;
            let unknown_ms: u64 = unknown.iter().map(|ms| ms + EDGE_MS + inaccuracy).sum();
            if heard_ms + edges + SIGNAL_MS * signals < *ms || heard_ms > *ms + edges + unknown_ms {
                complaints.add(
                    PROMISE,
                    whose,
                    format!(
                        "of tone {tone} {heard_ms} ms were heard, and the journal has {ms}: {of_story:?}"
                    ),
                );
            }
        }
        let expected: Vec<u32> = of_story
            .iter()
            .filter(|said| said.heard_ms > 100)
            .filter_map(|said| model::number_in(&said.text).map(model::tone_of))
            .collect();
        let mut left = order.iter();
        if !expected.iter().all(|tone| left.any(|heard| heard == tone)) {
            complaints.add(
                PROMISE,
                whose,
                format!("tones were heard in the order {order:?}, and the journal has {expected:?}"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::event::PlayedEnd;
    use cordboard_schema::ids::LegId;

    use super::*;

    fn started(item: u64) -> Event {
        Fact::ItemStarted { leg: LegId(2), item: ItemId(item), line: None }.into()
    }

    fn played(item: u64, heard_ms: u64) -> Event {
        Fact::PlayedUntil { item: ItemId(item), heard_ms, end: PlayedEnd::Cleared }.into()
    }

    fn complete(item: u64, text: &str) -> Event {
        Fact::ItemComplete { item: ItemId(item), text: text.to_owned(), audio_ms: 1_000 }.into()
    }

    fn line(item: u64, text: &str, heard_ms: u64) -> Event {
        let (item, text, end) = (ItemId(item), text.to_owned(), PlayedEnd::Cleared);
        Decision::AssistantSaid { item, text, heard_ms, end }.into()
    }

    #[test]
    fn sound_without_words_counts_as_its_ear_reports_it() {
        let known = [started(1), complete(1, "#3# says the model."), played(1, 900), line(1, "#3#", 900)];
        let of = |then: &[Event]| wordless_ms(known.iter().chain(then)).iter().sum::<u64>();
        assert_eq!(of(&[]), 0, "its words tell its tone");
        assert_eq!(of(&[started(2), played(2, 340)]), 340, "it has no line");
        assert_eq!(of(&[started(2), line(2, "", 0), played(2, 340)]), 340, "its line came before the report");
        assert_eq!(of(&[started(2), complete(2, ""), played(2, 340), line(2, "", 340)]), 340);
        assert_eq!(of(&[started(2), complete(2, "#1"), played(2, 340), line(2, "", 340)]), 340);
        assert_eq!(of(&[complete(2, "One moment, please."), played(2, 340)]), 0, "a prompt has no tone");
        let (user_id, text) = (None, String::new());
        let whispered = Decision::Whispered { user_id, item: ItemId(2), text, heard_ms: 340 }.into();
        assert_eq!(of(&[played(2, 340), whispered]), 0, "the caller heard none of it");
    }
}
