//! The checks pass for a good call and fail for each bad one. The good call is the journal of a demo (`call.jsonl`, as printed by `cordboard replay
//! --json`), with its sounds placed where the journal says they were.

use cordboard_schema::activity::{ActivityAction, ActivityType, AudioSpan};
use cordboard_schema::ids::ActivityId;
use uuid::Uuid;

use super::*;
use crate::command::caller::CALLER_RATE;
use crate::command::demo::sound::Track;

/// How much the caller's telephone buffers before it plays.
const EAR_MS: u64 = 40;

/// How long the caller has spoken when the speech is noticed.
const NOTICED_MS: u64 = 280;

/// From the end of the goodbye to the end of the line.
const CLOSED_MS: u64 = 60;

fn sounds() -> Sounds {
    Sounds { prompts: SoundSet::embedded().unwrap(), lines: SoundSet::embedded().unwrap() }
}

/// Copies the first `heard_ms` of a sound into a track.
fn lay(track: &mut Track, at_ms: u64, sound: &[i16], heard_ms: u64) {
    let per_ms = CALLER_RATE.hz() as usize / 1_000;
    let start = at_ms as usize * per_ms;
    let heard = &sound[..sound.len().min(heard_ms as usize * per_ms)];
    let end = (start + heard.len()).min(track.0.len());
    track.0[start..end].copy_from_slice(&heard[..end - start]);
}

fn good_call(sounds: &Sounds) -> Evidence {
    let lines = include_str!("call.jsonl").lines();
    let entries: Vec<JournalEntry> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    let at = |kind: &str| {
        entries.iter().filter(|entry| entry.event.kind() == kind).map(|entry| entry.at).collect::<Vec<_>>()
    };
    let tape_began_at = at("answered")[0] - 4;
    let on_tape = |at: UnixMs| at.ms_since(tape_began_at);
    let per_ms = CALLER_RATE.hz() as usize / 1_000;
    let length = (on_tape(at("ended")[0]) + CLOSED_MS) as usize * per_ms;
    let mut tape = Stereo { left: Track(vec![0; length]), right: Track(vec![0; length]) };
    let said = [
        (Prompt::Greeting, 2_800),
        (Prompt::Reply1, u64::MAX),
        (Prompt::MessageIntro, u64::MAX),
        (Prompt::MessageSaved, u64::MAX),
        (Prompt::Reply1, 2_940),
        (Prompt::Goodbye, u64::MAX),
    ];
    for (began_at, (prompt, heard_ms)) in at("item_started").into_iter().zip(said) {
        let heard_ms = heard_ms.min(1 << 20);
        lay(
            &mut tape.right,
            on_tape(began_at) + EAR_MS,
            &sounds.prompts.get(prompt).pcm(CALLER_RATE),
            heard_ms,
        );
    }
    let spoken = [CallerLine::Interruption, CallerLine::MessageText, CallerLine::ThanksBye];
    for (noticed_at, line) in at("speech_started").into_iter().zip(spoken) {
        let began_ms = on_tape(noticed_at) - NOTICED_MS;
        lay(&mut tape.left, began_ms, &sounds.lines.get(line).pcm(CALLER_RATE), 1 << 20);
    }
    let activity = Activity {
        id: ActivityId(Uuid::from_u128(1)),
        organization_id: entries[0].organization_id,
        call_id: Some(entries[0].call_id),
        activity_type: ActivityType::Event,
        action: ActivityAction::Created,
        title: "Message from Alex, 6.6 s".to_owned(),
        at: at("message_taken")[0],
        audio: Some(AudioSpan { from_ms: 14_285, to_ms: 20_960 }),
        due_at: None,
        notes: String::new(),
        owner_id: None,
        updated_at: at("message_taken")[0],
    };
    let connected_ms = tape.length_ms();
    let transcript = entries.iter().filter_map(TranscriptItem::from_entry).collect();
    let recording = tape.clone();
    Evidence { entries, transcript, activities: vec![activity], recording, tape, tape_began_at, connected_ms }
}

/// Returns the checks that fail.
fn failing(evidence: &Evidence, sounds: &Sounds) -> Vec<&'static str> {
    let checks = examine(evidence, sounds, ProviderName::Builtin);
    checks.iter().filter(|check| check.verdict == Verdict::Failed).map(|check| check.subject).collect()
}

#[test]
fn a_good_call_passes() {
    let sounds = sounds();
    let checks = examine(&good_call(&sounds), &sounds, ProviderName::Builtin);
    assert_eq!(checks.len(), 13);
    let report = report(&checks).to_string();
    assert!(!report.contains("FAILED"), "{report}");
    assert!(
        report.contains("to its end, 3 of 3 parts") && report.contains("60 entries without a gap"),
        "{report}"
    );
}

#[test]
fn an_empty_call_fails_the_checks_without_a_panic() {
    let sounds = sounds();
    let good = good_call(&sounds);
    let nothing = Evidence {
        entries: Vec::new(),
        transcript: Vec::new(),
        activities: Vec::new(),
        recording: Stereo::default(),
        tape: Stereo::default(),
        tape_began_at: good.tape_began_at,
        connected_ms: good.connected_ms,
    };
    // An empty journal has no faults.
    assert_eq!(failing(&nothing, &sounds).len(), 13 - 1);
    assert_eq!(failing(&Evidence { entries: good.entries, ..nothing }, &sounds).len(), 9);
}

/// Spoils a good call and returns the checks that notice it.
fn noticed(spoil: impl FnOnce(&mut Evidence, &Sounds)) -> Vec<&'static str> {
    let sounds = sounds();
    let mut evidence = good_call(&sounds);
    spoil(&mut evidence, &sounds);
    failing(&evidence, &sounds)
}

/// Returns the index of the first sample from `at_ms` on.
fn from_ms(at_ms: u64) -> usize {
    at_ms as usize * CALLER_RATE.hz() as usize / 1_000
}

#[test]
fn each_fault_of_the_sound_is_noticed() {
    let no_greeting = noticed(|call, _| call.tape.right.0[..from_ms(3_000)].fill(0));
    assert_eq!(no_greeting, ["greeting heard"]);

    let spoke_on = noticed(|call, sounds| {
        let greeting = sounds.prompts.get(Prompt::Greeting).pcm(CALLER_RATE);
        lay(&mut call.tape.right, 4 + EAR_MS, &greeting, 3_100);
    });
    assert_eq!(spoke_on, ["silent when interrupted"]);

    let no_answer = noticed(|call, _| call.tape.right.0[from_ms(5_000)..from_ms(11_000)].fill(0));
    assert_eq!(no_answer, ["answer heard"]);

    let goodbye_cut = noticed(|call, _| {
        let end = call.tape.right.0.len() - from_ms(200);
        call.tape.left.0.truncate(end);
        call.tape.right.0.truncate(end);
    });
    assert_eq!(goodbye_cut, ["goodbye heard out"]);
}

#[test]
fn each_fault_of_the_recording_is_noticed() {
    let short = noticed(|call, _| {
        let end = call.recording.left.0.len() - from_ms(150);
        call.recording.left.0.truncate(end);
        call.recording.right.0.truncate(end);
    });
    assert_eq!(short, ["recording's length"]);

    let swapped = noticed(|call, _| std::mem::swap(&mut call.recording.left, &mut call.recording.right));
    assert_eq!(swapped, ["recording's sides", "message's sound"]);

    let message_lost = noticed(|call, _| call.recording.left.0[from_ms(14_000)..from_ms(21_000)].fill(0));
    assert_eq!(message_lost, ["message's sound"]);
}

#[test]
fn each_fault_of_the_journal_is_noticed() {
    let gap = noticed(|call, _| drop(call.entries.remove(20)));
    assert_eq!(gap, ["journal"]);

    let panicked = noticed(|call, _| {
        let seq = call.entries.len() as u64 + 1;
        let event = Fact::StepPanicked { fact: "dtmf".to_owned(), message: "boom".to_owned() }.into();
        let last = call.entries[0].clone();
        call.entries.push(JournalEntry { seq, event, ..last });
    });
    assert_eq!(panicked, ["faults"]);

    assert_eq!(noticed(|call, _| drop(call.activities.pop())), ["message kept"]);
    assert_eq!(noticed(|call, _| drop(call.transcript.pop())), ["transcript"]);

    let hung_up = noticed(|call, _| {
        for entry in &mut call.entries {
            if let Event::Decision(Decision::Ended { ending, .. }) = &mut entry.event {
                ending.cause = cordboard_schema::call::HangupCause::silence();
            }
        }
    });
    assert_eq!(hung_up, ["ending"]);
}
