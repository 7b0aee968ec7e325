//! No sample of one call is heard in another: callers only hear answers of their own model, and a model only hears its own caller.

use std::collections::{BTreeMap, BTreeSet};

use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::ids::{CallId, OutsideKind};
use cordboard_test_support::audio::{Sound, rms};
use cordboard_test_support::audiosocket::TimedFrame;
use cordboard_test_support::gemini;
use cordboard_test_support::openai::Connection;

use super::Complaints;
use crate::evidence::{Book, Evidence};
use crate::model;
use crate::parties::caller::{Caller, tag_hz};
use crate::plan::{ModelScript, Plan, SecondVoice};
use crate::sound::{Content, content};

const PROMISE: &str = "no sample of one call is heard in another";

/// Least number of frames of a tone in a row that count.
const FRAMES_MIN: usize = 4;
/// The same for a caller by WebRTC: a codec that conceals losses extends the last sound of a voice for 100 ms.
const FRAMES_CODED_MIN: usize = 10;
/// Longest heard part of an answer that was cut before its number was reported.
const FRAMES_UNTOLD_MAX: usize = 30;
/// Window of the sound that the model hears, in ms.
const WINDOW_MS: u32 = 100;
const LOUD_RMS: f64 = 400.0;
/// A window belongs to a caller if their tone is at least this share of it.
const TAG_SHARE: f64 = 0.06;
/// A connection belongs to a caller if at least this share of its loud windows does.
const WINDOWS_SHARE: f64 = 0.6;

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    if evidence.connections.is_empty() {
        return;
    }
    let said = said(evidence);
    // Answers of connections that no call's record names: their words were held back on the way.
    let told: BTreeSet<u32> = evidence.books.iter().flat_map(numbers_of).collect();
    let nobodys = said.iter().filter(|of_one| of_one.is_nobodys(&told));
    let unclaimed: BTreeSet<u32> = nobodys.flat_map(|of_one| &of_one.answers).copied().collect();
    for caller in &evidence.callers {
        let whose = format!("caller {}", caller.number);
        let books = evidence.books_of(caller);
        let calls: BTreeSet<CallId> = books.iter().map(|book| book.row.id).collect();
        let numbers: BTreeSet<u32> = books.iter().copied().flat_map(numbers_of).collect();
        // Further words that their model may have said: a call that was cut before its words were known has no report of them.
        let theirs = said.iter().filter(|of_one| of_one.is_of(&calls, &numbers));
        let theirs = theirs.flat_map(|of_one| &of_one.answers);
        let mut tones: BTreeSet<u32> = theirs.chain(&numbers).copied().map(model::tone_of).collect();
        let mut least = if caller.line.is_webrtc() { FRAMES_CODED_MIN } else { FRAMES_MIN };
        if books.iter().any(|book| has_exact_words(book)) {
            tones.extend(sounds_of_exact_words(&evidence.plan));
        }
        if books.into_iter().any(has_untold) {
            tones.extend(unclaimed.iter().copied().map(model::tone_of));
            tones.extend(sounds_of_cascade(&evidence.plan));
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

/// The model's answers on a connection, by number.
struct Said {
    answers: BTreeSet<u32>,
    /// The answers that tell whose connection it is.
    own: BTreeSet<u32>,
    /// The call whose journal names the connection. Only connections to ElevenLabs have names.
    call: Option<CallId>,
}

impl Said {
    /// Answers on a connection without a name.
    fn unnamed(answers: BTreeSet<u32>) -> Self {
        Self { own: answers.clone(), answers, call: None }
    }

    /// Whether it belongs to one of these calls, whose journals have these numbers.
    fn is_of(&self, calls: &BTreeSet<CallId>, numbers: &BTreeSet<u32>) -> bool {
        match &self.call {
            Some(call) => calls.contains(call),
            None => !self.own.is_disjoint(numbers),
        }
    }

    /// Whether it belongs to no known call, given the numbers in all journals.
    fn is_nobodys(&self, told: &BTreeSet<u32>) -> bool {
        self.call.is_none() && self.own.is_disjoint(told)
    }
}

/// Returns the answers of each connection.
fn said(evidence: &Evidence) -> Vec<Said> {
    let calls = calls_of_conversations(evidence);
    let of_first = evidence.connections.iter().map(|(_, connection)| Said::unnamed(answers(connection)));
    let mut all: Vec<Said> = of_first.collect();
    let mut conversations = Vec::new();
    for (life, connection) in &evidence.second_connections {
        let answers = remembered(connection);
        match conversation(connection) {
            Some(name) => conversations.push((answers, calls.get(&(*life, name)).copied())),
            None => all.push(Said::unnamed(answers)),
        }
    }
    all.extend(in_conversations(conversations));
    all
}

/// Returns what an agent at ElevenLabs said in its conversations. It begins each of them with the same words, which do not tell whose it is.
fn in_conversations(conversations: Vec<(BTreeSet<u32>, Option<CallId>)>) -> impl Iterator<Item = Said> {
    let mut times: BTreeMap<u32, usize> = BTreeMap::new();
    for number in conversations.iter().flat_map(|(answers, _)| answers) {
        *times.entry(*number).or_default() += 1;
    }
    conversations.into_iter().map(move |(answers, call)| {
        let own = answers.iter().copied().filter(|number| times.get(number) == Some(&1)).collect();
        Said { answers, own, call }
    })
}

/// Returns the calls whose journals name conversations at ElevenLabs, by life and name.
fn calls_of_conversations(evidence: &Evidence) -> BTreeMap<(usize, &str), CallId> {
    let mut calls = BTreeMap::new();
    for book in &evidence.books {
        for (event, life, _) in evidence.entries(book) {
            if let Event::Fact(Fact::OutsideIdAdded { outside_id }) = event
                && outside_id.kind == OutsideKind::Elevenlabs
            {
                calls.insert((life, outside_id.value.as_str()), book.row.id);
            }
        }
    }
    calls
}

/// Returns the name that ElevenLabs gave a conversation.
fn conversation(connection: &gemini::Connection) -> Option<&str> {
    let begun = connection.from_server("conversation_initiation_metadata").next()?;
    begun.event["conversation_initiation_metadata_event"]["conversation_id"].as_str()
}

/// Returns the numbers of answers in a call's journal.
fn numbers_of(book: &Book) -> BTreeSet<u32> {
    let texts = book.journal.iter().filter_map(|entry| match &entry.event {
        Event::Fact(Fact::ItemComplete { text, .. })
        | Event::Decision(Decision::AssistantSaid { text, .. }) => Some(text),
        _ => None,
    });
    texts.filter_map(|text| model::number_in(text)).collect()
}

/// Whether words without a number were said: those that the server wrote, and a voice said verbatim.
fn has_exact_words(book: &Book) -> bool {
    book.journal.iter().any(|entry| match &entry.event {
        Event::Fact(Fact::ItemComplete { text, .. }) => !text.is_empty() && model::number_in(text).is_none(),
        _ => false,
    })
}

/// Returns the tones of words that the second voice says verbatim: Deepgram's stand-in says them with the sound of its answers to requests.
fn sounds_of_exact_words(plan: &Plan) -> impl Iterator<Item = u32> {
    let second = plan.second.as_ref().filter(|_| plan.second_voice == SecondVoice::Deepgram);
    let requests = second.into_iter().flat_map(|script| &script.requests);
    requests.map(|answer| model::tone_of(answer.number))
}

/// Returns the tones of a cascade's answers: its stand-in does not record which caller got which answer, and a killed process takes the report with
/// it.
fn sounds_of_cascade(plan: &Plan) -> impl Iterator<Item = u32> {
    let second = plan.second.as_ref().filter(|_| plan.second_voice == SecondVoice::Cascade);
    second.into_iter().flat_map(ModelScript::numbers).map(model::tone_of)
}

/// Whether an answer was cut before its number was reported.
fn has_untold(book: &Book) -> bool {
    let begun = book.journal.iter().filter(|entry| entry.event.kind() == "item_started").count();
    begun > numbers_of(book).len()
}

/// Returns the numbers of the answers that the model gave on a connection.
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

/// The same for the second voice, as it remembers its answers. ElevenLabs forgets words that were cut before the first of them was heard.
fn remembered(connection: &gemini::Connection) -> BTreeSet<u32> {
    let lines = connection.remembers.iter().filter_map(|line| line.strip_prefix("agent: "));
    let told = connection.from_server("agent_response");
    let told = told.filter_map(|entry| entry.event["agent_response_event"]["agent_response"].as_str());
    lines.chain(told).filter_map(model::number_in).collect()
}

/// Returns a tone that a caller has heard for a while, and that is no answer of theirs. A supervisor who speaks into an answer changes its tone, so
/// the search ends when a supervisor may speak.
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

/// Returns the callers who are heard in a sound.
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
    // Speech has overtones; a caller has many windows.
    let enough = (loud.len() as f64 * (1.0 - WINDOWS_SHARE) / 2.0).max(3.0);
    counts.into_iter().filter(|(_, count)| *count as f64 > enough).map(|(number, _)| number).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ADAS: CallId = CallId(Uuid::from_u128(1));
    const BENS: CallId = CallId(Uuid::from_u128(2));
    /// Number of an agent's first words.
    const FIRST: u32 = 501;

    fn set<T: Ord>(all: impl IntoIterator<Item = T>) -> BTreeSet<T> {
        all.into_iter().collect()
    }

    fn conversations<const N: usize>(all: [(&[u32], Option<CallId>); N]) -> Vec<Said> {
        let all = all.map(|(answers, call)| (set(answers.iter().copied()), call));
        in_conversations(all.into()).collect()
    }

    #[test]
    fn a_named_conversation_only_belongs_to_its_call() {
        let said = conversations([(&[FIRST, 502], Some(ADAS)), (&[FIRST], Some(BENS))]);
        // All of Ada's words are reported. Ben's were cut before the first of them.
        let told = set([FIRST, 502]);
        let is_of = |at: usize, call, numbers: &BTreeSet<u32>| said[at].is_of(&set([call]), numbers);
        assert!(is_of(0, ADAS, &told) && is_of(1, BENS, &set([])));
        assert!(!is_of(1, ADAS, &told), "the same first words make it no conversation of theirs");
        assert!(!is_of(0, BENS, &set([FIRST])), "the same first words make it no conversation of theirs");
        assert!(said.iter().all(|of_one| !of_one.is_nobodys(&told) && !of_one.is_nobodys(&set([]))));
    }

    #[test]
    fn an_unnamed_conversation_is_identified_by_its_later_words() {
        let said = conversations([(&[FIRST, 502], None), (&[FIRST], None), (&[FIRST, 503], Some(BENS))]);
        let calls = set([ADAS]);
        assert!(said[0].is_of(&calls, &set([502])));
        assert!(!said[0].is_of(&calls, &set([FIRST])));
        assert!(!said[1].is_of(&calls, &set([FIRST])));
        let told = set([FIRST, 502, 503]);
        let are_nobodys: Vec<bool> = said.iter().map(|of_one| of_one.is_nobodys(&told)).collect();
        assert_eq!(are_nobodys, [false, true, false]);
    }

    #[test]
    fn an_unnamed_connection_is_identified_by_any_words() {
        let said = Said::unnamed(set([1, 2]));
        assert!(said.is_of(&set([ADAS]), &set([2, 9])));
        assert!(!said.is_of(&set([ADAS]), &set([9])));
        assert!(said.is_nobodys(&set([9])) && !said.is_nobodys(&set([1])));
    }
}
