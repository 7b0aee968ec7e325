//! The journal: numbered without gaps, written before the effects that it records, and enough to restore the call.

use cordboard_actors::call::found::Finding;
use cordboard_actors::fault::{Fault, arm};
use cordboard_actors::messages::AssistantOrder;
use cordboard_call::machine::Machine;
use cordboard_schema::call::{HangupBy, HangupCause, LegEnd};
use cordboard_schema::event::{Event, Fact, JournalEntry};
use cordboard_schema::fold::{Call, Role, TranscriptItem};
use cordboard_schema::ids::{CallId, ItemId, LegId};
use cordboard_schema::line::Line;
use std::time::Duration;
use tokio::time::sleep;
use uuid::Uuid;

use crate::setup::{ASSISTANT, CALLER, Plan, Setup, key, on_paused_time, until};
use crate::store::Note;

const ONE: Uuid = Uuid::from_u128(1);

fn hangup() -> Fact {
    Fact::Hangup { by: HangupBy::Api, cause: HangupCause::normal_clearing() }
}

/// A call that hears its greeting, presses `*`, hears goodbye and is released.
async fn whole_call(setup: &Setup) -> CallId {
    let (call_id, line) = setup.talk(ONE).await;
    line.fact(key('*'));
    setup.emptied().await;
    call_id
}

#[test]
fn entries_are_numbered_from_one_without_gaps() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let call_id = whole_call(&setup).await;
        let numbers: Vec<u64> = setup.journal(call_id).iter().map(|entry| entry.seq).collect();
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
        assert!(setup.journal(call_id).is_sorted_by_key(|entry| entry.at));
    });
}

#[test]
fn the_journal_tells_the_call() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let call_id = whole_call(&setup).await;
        let journal = setup.journal(call_id);
        assert!(Machine::fold(&journal).unwrap().is_over());
        let mut row = Call::begin(&journal[0]).unwrap();
        journal[1..].iter().for_each(|entry| row.apply(entry));
        assert_eq!(row.hangup_by, Some(HangupBy::Assistant));
        assert!(row.answered_at.is_some() && row.ended_at.is_some());
        let lines = journal.iter().filter_map(TranscriptItem::from_entry);
        let lines: Vec<_> = lines.map(|line| (line.role, line.text, line.interrupted)).collect();
        // The key comes during the greeting's first word, so none of its words was heard completely.
        assert_eq!(lines, [(Role::Assistant, "Goodbye".to_owned(), false)]);
    });
}

/// The position at which something was noted.
fn place(notes: &[Note], what: &str, is_meant: impl Fn(&Note) -> bool) -> usize {
    notes.iter().position(is_meant).unwrap_or_else(|| panic!("{what} was never noted"))
}

fn journals(kind: &str) -> impl Fn(&Note) -> bool {
    move |note| matches!(note, Note::Journalled(entries) if entries.iter().any(|entry| entry.event.kind() == kind))
}

#[test]
fn facts_are_journalled_before_their_effects() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        whole_call(&setup).await;
        let notes = setup.notes.all();
        let pairs = [
            ("leg_arrived", Note::LegStarted(CALLER)),
            ("answered", Note::AssistantStarted(ASSISTANT)),
            ("assistant_ready", Note::Ordered(AssistantOrder::Say(Line::Greeting))),
            ("key_pressed", Note::Ordered(AssistantOrder::Say(Line::Goodbye))),
            ("ended", Note::LegReleased(CALLER)),
        ];
        for (kind, effect) in pairs {
            let journalled = place(&notes, kind, journals(kind));
            let done = place(&notes, kind, |note| *note == effect);
            assert!(journalled < done, "{kind} was journalled at {journalled}, and acted on at {done}");
        }
    });
}

#[test]
fn a_call_is_dropped_once_its_end_is_on_disk() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        whole_call(&setup).await;
        let notes = setup.notes.all();
        let ended = place(&notes, "the end", journals("ended"));
        let committed = place(&notes, "the commit", |note| *note == Note::CommitAsked);
        let left = place(&notes, "the leg's end", journals("leg_left"));
        assert!(ended < left && left < committed, "{ended} {left} {committed}");
    });
}

/// The journal of a call as a process leaves it when it dies.
async fn left_open() -> (CallId, Vec<JournalEntry>) {
    let setup = Setup::build(Plan::default());
    let (call_id, line) = setup.talk(ONE).await;
    let finding = "no c(slin)".to_owned();
    line.fact(Fact::LegMisconfigured { leg: CALLER, finding });
    until("the finding", || setup.has(call_id, "leg_misconfigured")).await;
    (call_id, setup.journal(call_id))
}

#[test]
fn a_call_found_open_goes_on_where_its_journal_ends() {
    on_paused_time(async {
        let (call_id, journal) = left_open().await;
        let (newest, left_at) = (journal.last().unwrap().seq, journal.last().unwrap().at);
        let setup = Setup::build(Plan { open_calls: vec![journal], ..Plan::default() });
        setup.dial(ONE);
        until("the return", || setup.has(call_id, "resumed")).await;
        until("the welcome", || setup.has(call_id, "item_complete")).await;

        let journal = setup.journal(call_id);
        let numbers: Vec<u64> = journal.iter().map(|entry| entry.seq).collect();
        assert_eq!(numbers, (newest + 1..=newest + numbers.len() as u64).collect::<Vec<_>>());
        let away_ms = Some(journal[0].at.ms_since(left_at));
        assert_eq!(journal[0].event, Event::Fact(Fact::ServerRestarted { recorded_ms: None, away_ms }));
        // Neither a leg nor an utterance gets a number that was used before.
        assert!(setup.notes.all().contains(&Note::LegStarted(LegId(3))));
        let welcome = |entry: &JournalEntry| matches!(&entry.event, Event::Fact(Fact::ItemStarted { item, line: Some(Line::WelcomeBack), .. }) if *item == ItemId(2));
        assert!(journal.iter().any(welcome));
    });
}

/// Otherwise the call's page would have no player, and programs would never learn of the recording.
#[test]
fn an_open_recording_of_a_dead_process_is_closed_once() {
    on_paused_time(async {
        let (call_id, journal) = left_open().await;
        let newest = journal.last().unwrap().clone();
        let end = |more: &[Fact], recorded_ms| {
            let mut finding = Finding::begin(&journal[0]).unwrap();
            journal[1..].iter().for_each(|entry| finding.take(entry).unwrap());
            for (seq, fact) in (newest.seq + 1..).zip(more) {
                finding.take(&JournalEntry { seq, event: fact.clone().into(), ..newest.clone() }).unwrap();
            }
            finding.found(recorded_ms).closing_entry(newest.at)
        };
        let (began, ended) =
            (Fact::RecordingStarted { offset_ms: 0 }, Fact::RecordingFinished { duration_ms: 5_000 });
        let entry = end(std::slice::from_ref(&began), Some(5_000)).unwrap();
        assert_eq!((entry.call_id, entry.seq), (call_id, newest.seq + 2));
        assert_eq!(entry.event, Event::Fact(ended.clone()));
        assert_eq!(end(&[began.clone(), ended.clone()], Some(5_000)), None, "it is reported already");
        assert_eq!(end(&[began.clone(), ended, began.clone()], Some(9_000)).unwrap().seq, newest.seq + 4);
        // The process was killed before it could journal the beginning.
        let of_unknown = |recorded_ms| {
            let mut finding = Finding::begin(&journal[0]).unwrap();
            finding
                .take(&JournalEntry {
                    seq: journal[0].seq + 1,
                    event: Fact::DialAnswered.into(),
                    ..newest.clone()
                })
                .unwrap();
            assert!(!finding.is_recorded());
            finding.found(recorded_ms).closing_entry(newest.at).map(|entry| entry.event)
        };
        let begun = Event::Fact(Fact::RecordingFinished { duration_ms: 150 });
        assert_eq!((of_unknown(Some(150)), of_unknown(None)), (Some(begun), None));
        for unreadable in [None, Some(0)] {
            assert_eq!(end(std::slice::from_ref(&began), unreadable), None, "{unreadable:?}");
        }
    });
}

/// Otherwise a call would wait for what the previous process has requested. One that dials would end as if nobody had
/// been called, and a campaign would call the same person again.
#[test]
fn a_restart_whose_step_panics_is_reported_again() {
    on_paused_time(async {
        let (call_id, journal) = left_open().await;
        let setup = Setup::build(Plan { open_calls: vec![journal], ..Plan::default() });
        arm(Fault::PanicInStep);
        setup.dial(ONE);
        until("the return", || setup.has(call_id, "resumed")).await;
        let kinds: Vec<&str> = setup.journal(call_id).iter().map(|entry| entry.event.kind()).collect();
        let restarted = kinds.iter().position(|kind| *kind == "server_restarted");
        let interrupted = kinds.iter().position(|kind| *kind == "interrupted");
        assert!(restarted == Some(0) && interrupted.is_some_and(|at| at > 0), "{kinds:?}");
        assert_eq!(kinds.iter().filter(|kind| **kind == "server_restarted").count(), 1, "{kinds:?}");
        assert!(setup.has(call_id, "step_panicked"));
    });
}

/// Otherwise its row would stay open until the next start, which finds it again.
#[test]
fn a_found_call_that_cannot_be_restored_is_ended() {
    on_paused_time(async {
        let (call_id, journal) = left_open().await;
        let newest = journal.last().unwrap().seq;
        arm(Fault::PanicInResume);
        let setup = Setup::build(Plan { open_calls: vec![journal], ..Plan::default() });
        until("its end", || setup.ending(call_id).is_some()).await;
        assert_eq!(setup.ending(call_id).unwrap().0, "server_restart");
        assert_eq!(setup.kinds(call_id), ["effect_failed", "ended"]);
        assert_eq!(setup.journal(call_id)[0].seq, newest + 1);
        assert_eq!((setup.census().await.calls, setup.actors().await.registry.restarts), (0, 0));
        setup.talk(Uuid::from_u128(2)).await;
    });
}

#[test]
fn a_call_found_open_ends_when_nobody_comes_back() {
    on_paused_time(async {
        let (call_id, journal) = left_open().await;
        let setup = Setup::build(Plan { open_calls: vec![journal], ..Plan::default() });
        let waited = setup.emptied().await;
        assert!(waited >= Duration::from_secs(30), "{waited:?}");
        assert_eq!(setup.ending(call_id).unwrap().0, "server_restart");
    });
}

#[test]
fn an_utterances_heard_part_is_journalled_when_the_leg_goes() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        sleep(Duration::from_millis(500)).await;
        line.fact(Fact::LegLeft { leg: CALLER, how: LegEnd::Closed });
        until("the end", || setup.ending(call_id).is_some()).await;
        let heard = setup.journal(call_id).into_iter().find_map(|entry| match entry.event {
            Event::Fact(Fact::PlayedUntil { heard_ms, .. }) => Some(heard_ms),
            _ => None,
        });
        assert!(heard.is_some_and(|heard_ms| (400..=600).contains(&heard_ms)), "{heard:?}");
        line.fact(hangup());
    });
}
