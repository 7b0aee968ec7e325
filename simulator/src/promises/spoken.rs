//! A caller's speech is in the transcript once, with its words if they were reported, however late.

use std::collections::BTreeSet;
use std::time::Duration;

use cordboard_schema::event::{Decision, Event, Fact};

use super::Complaints;
use crate::evidence::Evidence;
use crate::plan::{Happening, ProviderTrouble};

const PROMISE: &str = "what a caller says is in the transcript once";
const TOLD: &str = "a caller's words that a provider reports are in the transcript";

/// The event with which the provider reports words.
const TOLD_BY: &str = "conversation.item.input_audio_transcription.completed";
/// Words that are reported this shortly before the connection's end may cross it, in ms.
const CROSSING_MS: u64 = 50;
/// Words that are reported this long before a fault are in the transcript, in ms: a line waits for the one before it for 2 s, and a killed process
/// has written everything except its last moments.
const WRITTEN_MS: u64 = 3_000;

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    // Words that a stalled connection holds back arrive when they are no longer expected.
    let held_back_ms = evidence
        .plan
        .first_ms(|what| matches!(what, Happening::Provider { trouble: ProviderTrouble::Stalls { .. } }));
    told(evidence, held_back_ms, complaints);
    for book in &evidence.books {
        let before = evidence.entries(book).take_while(|(_, _, at_ms)| *at_ms < held_back_ms);
        let (speeches, lines) = counted(before.map(|(event, ..)| event));
        if lines > speeches {
            let how = format!("they spoke {speeches} times, and have {lines} lines");
            complaints.add(PROMISE, format!("call {}", book.row.id), how);
        }
    }
}

/// Counts how often the caller of a call has spoken, and how many lines they have.
fn counted<'a>(events: impl Iterator<Item = &'a Event>) -> (usize, usize) {
    let (mut speeches, mut lines) = (0, 0);
    let mut is_speaking = false;
    for event in events {
        match event {
            Event::Fact(Fact::SpeechStarted) => {
                speeches += 1;
                is_speaking = true;
            }
            // Speech that began before the caller's leg was there.
            Event::Fact(Fact::SpeechStopped { .. }) => {
                speeches += usize::from(!std::mem::take(&mut is_speaking));
            }
            // The next voice hears the rest of a speech during which the previous voice was lost, and reports its words.
            Event::Decision(Decision::AssistantReplaced { .. }) => speeches += 1,
            Event::Decision(Decision::CallerSaid { .. }) => lines += 1,
            _ => {}
        }
    }
    (speeches, lines)
}

/// Checks that words that the provider reported while the server listened are in a transcript, unless a fault took them on their way or held them
/// back.
fn told(evidence: &Evidence, held_back_ms: u64, complaints: &mut Complaints) {
    let taken_ms = evidence.plan.first_ms(Happening::is_death_in_a_call).min(held_back_ms);
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
            if is_owed(at_ms, crosses, taken_ms) && !lines.contains(words) {
                complaints.add(
                    TOLD,
                    format!("life {life}"),
                    format!("\"{words}\" were reported at {at_ms} ms"),
                );
            }
        }
    }
}

/// Whether words that were reported at a moment must be in a transcript, given the moment from which they may be lost.
fn is_owed(at_ms: u64, crosses_end: bool, taken_ms: u64) -> bool {
    !crosses_end && at_ms + WRITTEN_MS < taken_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Event {
        Decision::CallerSaid { text: text.to_owned() }.into()
    }

    #[test]
    fn words_that_are_in_a_transcript_twice_are_reported() {
        let began: Event = Fact::SpeechStarted.into();
        let ended: Event = Fact::SpeechStopped { speech_ms: 900 }.into();
        let line = said("Hello.");
        assert_eq!(counted([&began, &ended, &line].into_iter()), (1, 1));
        assert_eq!(counted([&began, &ended, &line, &line].into_iter()), (1, 2));
        assert_eq!(counted([&ended, &line].into_iter()), (1, 1), "it began before their leg was there");
    }

    #[test]
    fn words_before_a_stall_are_judged() {
        assert!(is_owed(1_000, false, 4_001));
        assert!(!is_owed(1_000, false, 4_000), "they may be held back");
        assert!(!is_owed(1_000, true, u64::MAX), "they cross the end of their connection");
    }
}
