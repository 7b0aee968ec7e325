//! No sample of one call is heard in another: callers hear answers of their own model alone, and a model its own caller.

use std::collections::{BTreeMap, BTreeSet};

use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_test_support::audio::{Sound, rms};
use cordboard_test_support::audiosocket::TimedFrame;
use cordboard_test_support::gemini;
use cordboard_test_support::openai::Connection;

use super::Complaints;
use crate::evidence::{Book, Evidence};
use crate::model;
use crate::parties::caller::{Caller, tag_hz};
use crate::sound::{Content, content};

const PROMISE: &str = "no sample of one call is heard in another";

/// So many frames of a tone in a row are no accident.
const FRAMES_MIN: usize = 4;
/// The same of a caller by WebRTC: a codec that makes up what is missing draws the last sound of a voice out for 100 ms.
const FRAMES_CODED_MIN: usize = 10;
/// Longest heard part of an answer that was cut before its number was reported.
const FRAMES_UNTOLD_MAX: usize = 30;
/// Window of the model's hearing that is looked at at once, in ms.
const WINDOW_MS: u32 = 100;
const LOUD_RMS: f64 = 400.0;
/// A window is of a caller when their tone is so much of it.
const TAG_SHARE: f64 = 0.06;
/// And the connection, when so many of its loud windows are.
const WINDOWS_SHARE: f64 = 0.6;

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    if evidence.connections.is_empty() {
        return;
    }
    let of_second = evidence.second_connections.iter().map(|(_, connection)| remembered(connection));
    let answers: Vec<BTreeSet<u32>> =
        evidence.connections.iter().map(|(_, connection)| answers(connection)).chain(of_second).collect();
    // Answers of connections of which no call's record names any: their words were held back on the way.
    let told: BTreeSet<u32> = evidence.books.iter().flat_map(numbers_of).collect();
    let unclaimed: BTreeSet<u32> =
        answers.iter().filter(|answers| answers.is_disjoint(&told)).flatten().copied().collect();
    for caller in &evidence.callers {
        let whose = format!("caller {}", caller.number);
        let mut numbers: BTreeSet<u32> = BTreeSet::new();
        for book in evidence.books_of(caller) {
            numbers.extend(numbers_of(book));
        }
        // Further words that their model may have said: no report of a
        // call exists that was cut before its words were known.
        let theirs = answers.iter().filter(|answers| !answers.is_disjoint(&numbers));
        let mut tones: BTreeSet<u32> =
            theirs.flatten().chain(&numbers).copied().map(model::tone_of).collect();
        let mut least = if caller.line.is_webrtc() { FRAMES_CODED_MIN } else { FRAMES_MIN };
        if evidence.books_of(caller).into_iter().any(has_untold) {
            tones.extend(unclaimed.iter().copied().map(model::tone_of));
            least = FRAMES_UNTOLD_MAX;
        }
        let alone_ms = evidence.plan.barged_ms(caller.number);
        if let Some(tone) = foreign_tone(caller, alone_ms, &tones, least) {
            complaints.add(
                PROMISE,
                whose,
                format!("they heard tone {tone}, and their answers have {tones:?}"),
            );
        }
    }
    let heard = evidence.connections.iter().map(|(life, connection)| (life, &connection.heard));
    let by_second = evidence.second_connections.iter().map(|(life, connection)| (life, &connection.heard));
    for (at, (life, heard)) in heard.chain(by_second).enumerate() {
        let heard = who_is_heard(heard, evidence);
        if heard.len() > 1 {
            complaints.add(
                PROMISE,
                format!("connection {at} of life {life}"),
                format!("its model heard callers {heard:?}"),
            );
        }
    }
}

/// The numbers of answers that a call's journal knows.
fn numbers_of(book: &Book) -> BTreeSet<u32> {
    let texts = book.journal.iter().filter_map(|entry| match &entry.event {
        Event::Fact(Fact::ItemComplete { text, .. })
        | Event::Decision(Decision::AssistantSaid { text, .. }) => Some(text),
        _ => None,
    });
    texts.filter_map(|text| model::number_in(text)).collect()
}

/// Whether an answer was cut before its number was reported.
fn has_untold(book: &Book) -> bool {
    let begun = book.journal.iter().filter(|entry| entry.event.kind() == "item_started").count();
    begun > numbers_of(book).len()
}

/// The numbers of the answers that the model gave on a connection.
fn answers(connection: &Connection) -> BTreeSet<u32> {
    let transcripts = connection.from_server("response.output_audio_transcript.done");
    let whole = transcripts.filter_map(|entry| entry.event["transcript"].as_str());
    let mut begun: BTreeMap<&str, String> = BTreeMap::new();
    for entry in connection.from_server("response.output_audio_transcript.delta") {
        if let (Some(item), Some(delta)) = (entry.event["item_id"].as_str(), entry.event["delta"].as_str()) {
            begun.entry(item).or_default().push_str(delta);
        }
    }
    let begun: BTreeSet<u32> = begun.values().filter_map(|words| model::number_in(words)).collect();
    whole.filter_map(model::number_in).chain(begun).collect()
}

/// The same of the second voice, as it remembers them.
fn remembered(connection: &gemini::Connection) -> BTreeSet<u32> {
    let lines = connection.remembers.iter().filter_map(|line| line.strip_prefix("agent: "));
    lines.filter_map(model::number_in).collect()
}

/// A tone that a caller has heard for a while, and that is no answer's of theirs. A supervisor who speaks into an answer makes another tone of it,
/// and so it is looked for until one may.
fn foreign_tone(caller: &Caller, alone_ms: u64, tones: &BTreeSet<u32>, least: usize) -> Option<u32> {
    for story in caller.stories.iter().filter(|story| !story.is_double) {
        let mut run: (Option<u32>, usize) = (None, 0);
        let is_alone = |frame: &&TimedFrame| story.began_ms + (frame.at.as_millis() as u64) < alone_ms;
        for frame in story.frames.iter().take_while(is_alone) {
            run = match content(&frame.samples, story.rate) {
                Content::Tone(tone) if !tones.contains(&tone) => {
                    (Some(tone), if run.0 == Some(tone) { run.1 + 1 } else { 1 })
                }
                _ => (None, 0),
            };
            if run.1 >= least {
                return run.0;
            }
        }
    }
    None
}

/// Callers who are heard in a sound.
fn who_is_heard(heard: &Sound, evidence: &Evidence) -> Vec<u32> {
    let length = (heard.rate * WINDOW_MS / 1_000) as usize;
    let loud: Vec<&[i16]> =
        heard.samples.chunks_exact(length.max(1)).filter(|part| rms(part) > LOUD_RMS).collect();
    if loud.is_empty() {
        return Vec::new();
    }
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for part in &loud {
        let part = Sound { rate: heard.rate, samples: part.to_vec() };
        // The strongest tone of a window is the caller's.
        let shares =
            evidence.callers.iter().map(|caller| (caller.number, part.tone_share(tag_hz(caller.number))));
        let strongest = shares.max_by(|one, other| one.1.total_cmp(&other.1));
        if let Some((number, _)) = strongest.filter(|(_, share)| *share > TAG_SHARE) {
            *counts.entry(number).or_default() += 1;
        }
    }
    // Speech has overtones of its own; a caller has many windows.
    let enough = (loud.len() as f64 * (1.0 - WINDOWS_SHARE) / 2.0).max(3.0);
    counts.into_iter().filter(|(_, count)| *count as f64 > enough).map(|(number, _)| number).collect()
}
