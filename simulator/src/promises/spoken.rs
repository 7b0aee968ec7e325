//! A caller's words stand in the transcript once, with the words if they were reported, however late.

use std::collections::BTreeSet;
use std::time::Duration;

use cordboard_schema::event::{Decision, Event, Fact};

use super::Complaints;
use crate::evidence::Evidence;
use crate::plan::{Happening, ProviderTrouble};

const PROMISE: &str = "what a caller says stands in the transcript once";
const TOLD: &str = "a caller's words that a provider tells stand in the transcript";

/// The event by which the provider tells words.
const TOLD_BY: &str = "conversation.item.input_audio_transcription.completed";
/// Words that are told so shortly before the connection's end may cross it, in ms.
const CROSSING_MS: u64 = 50;
/// Words that are told so long before a fault stand in a transcript, in ms: a line waits for the one before it for 2 s, and a process that is
/// killed has written all but its last moments.
const WRITTEN_MS: u64 = 3_000;

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    // Words that a way holds back come when nobody waits for them any longer.
    let is_held_back =
        evidence.plan.happenings.iter().any(|timed| {
            matches!(timed.what, Happening::Provider { trouble: ProviderTrouble::Stalls { .. } })
        });
    if is_held_back {
        return;
    }
    told(evidence, complaints);
    for book in &evidence.books {
        let (mut speeches, mut lines) = (0, 0);
        let mut is_speaking = false;
        for entry in &book.journal {
            match &entry.event {
                Event::Fact(Fact::SpeechStarted) => {
                    speeches += 1;
                    is_speaking = true;
                }
                // A speech that was begun before the caller's leg was there.
                Event::Fact(Fact::SpeechStopped { .. }) => {
                    speeches += usize::from(!std::mem::take(&mut is_speaking))
                }
                // The next voice hears the rest of a speech in which the one before was lost, and tells its words.
                Event::Decision(Decision::AssistantReplaced { .. }) => speeches += 1,
                Event::Decision(Decision::CallerSaid { .. }) => lines += 1,
                _ => {}
            }
        }
        if lines > speeches {
            let how = format!("they spoke {speeches} times, and have {lines} lines");
            complaints.add(PROMISE, format!("call {}", book.row.id), how);
        }
    }
}

/// Words that the provider told while the server listened are in a transcript, unless a fault took them on their way there.
fn told(evidence: &Evidence, complaints: &mut Complaints) {
    let taken_ms = evidence.plan.first_ms(Happening::is_death_in_a_call);
    let lines = evidence.books.iter().flat_map(|book| &book.journal).filter_map(|entry| match &entry.event {
        Event::Decision(Decision::CallerSaid { text }) => Some(text.as_str()),
        _ => None,
    });
    let lines: BTreeSet<&str> = lines.collect();
    for (life, connection) in &evidence.connections {
        for entry in connection.from_server(TOLD_BY) {
            let ended = connection.ended.as_ref().map(|(at, _)| *at);
            let crosses =
                ended.is_some_and(|at| at < entry.at + Duration::from_millis(CROSSING_MS) && at != entry.at);
            let words = entry.event["transcript"].as_str().unwrap_or_default();
            let at_ms = evidence.ms_of_moment(*life, entry.at);
            if !crosses && at_ms + WRITTEN_MS < taken_ms && !lines.contains(words) {
                complaints.add(TOLD, format!("life {life}"), format!("\"{words}\" were told at {at_ms} ms"));
            }
        }
    }
}
