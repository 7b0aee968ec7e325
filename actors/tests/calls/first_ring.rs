//! The first ring of supervision: a step that panics is rolled back and journalled, and the call goes on.

use cordboard_actors::fault::{Fault, arm};
use cordboard_schema::call::{HangupBy, HangupCause};
use cordboard_schema::event::{Event, Fact, JournalEntry, PlayedEnd};
use cordboard_schema::ids::{CallId, ItemId};
use cordboard_schema::provider::ProviderFailure;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::setup::{ASSISTANT, CALLER, Plan, Setup, key, named, on_paused_time, until};
use crate::store::Note;

const ONE: Uuid = Uuid::from_u128(1);

fn panicked(setup: &Setup, call_id: CallId) -> Vec<String> {
    let fact = |entry: JournalEntry| match entry.event {
        Event::Fact(Fact::StepPanicked { fact, .. }) => Some(fact),
        _ => None,
    };
    setup.journal(call_id).into_iter().filter_map(fact).collect()
}

/// Effects that panicked.
fn failed(setup: &Setup, call_id: CallId) -> Vec<String> {
    let fact = |entry: JournalEntry| match entry.event {
        Event::Fact(Fact::EffectFailed { effect, .. }) => Some(effect),
        _ => None,
    };
    setup.journal(call_id).into_iter().filter_map(fact).collect()
}

#[test]
fn a_panicking_step_is_rolled_back_and_the_next_works() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        arm(Fault::PanicInStep);
        line.fact(key('*'));
        until("the panic", || setup.has(call_id, "step_panicked")).await;
        assert_eq!(panicked(&setup, call_id), ["dtmf"]);
        assert!(!setup.has(call_id, "key_pressed"), "the step was not rolled back");

        line.fact(key('*'));
        until("the key", || setup.has(call_id, "key_pressed")).await;
        setup.emptied().await;
        let journal = setup.journal(call_id);
        assert!((1..).zip(&journal).all(|(seq, entry)| entry.seq == seq), "the journal has a hole");
        assert_eq!(setup.ending(call_id).unwrap().0, "normal_clearing");
    });
}

#[test]
fn other_calls_are_not_affected() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (struck, line) = setup.talk(ONE).await;
        let (other, other_line) = setup.talk(Uuid::from_u128(2)).await;
        arm(Fault::PanicInStep);
        line.fact(key('#'));
        until("the panic", || setup.has(struck, "step_panicked")).await;
        other_line.fact(key('#'));
        until("the key", || setup.has(other, "key_pressed")).await;
        assert!(panicked(&setup, other).is_empty());
    });
}

#[test]
fn a_deadline_whose_step_panics_is_retried_after_a_pause() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let call_id = setup.expect(named(1)).await.unwrap();
        until("the call", || setup.has(call_id, "call_started")).await;
        (0..3).for_each(|_| arm(Fault::PanicInStep));
        let took = setup.emptied().await;
        assert_eq!(panicked(&setup, call_id), ["deadline_passed"; 3]);
        assert!((Duration::from_secs(7)..Duration::from_secs(10)).contains(&took), "{took:?}");
        assert_eq!(setup.ending(call_id).unwrap().0, "no_audio");
    });
}

#[test]
fn a_connection_whose_step_panics_is_still_accepted() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let call_id = setup.expect(named(1)).await.unwrap();
        until("the call", || setup.has(call_id, "call_started")).await;
        arm(Fault::PanicInStep);
        setup.dial(ONE);
        until("the answer", || setup.has(call_id, "answered")).await;
        assert_eq!(panicked(&setup, call_id), ["leg_arrived"]);
        assert_eq!(setup.notes.count(|note| *note == Note::Refused), 0);
    });
}

#[test]
fn a_connection_that_panics_every_step_is_refused() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let call_id = setup.expect(named(1)).await.unwrap();
        until("the call", || setup.has(call_id, "call_started")).await;
        (0..4).for_each(|_| arm(Fault::PanicInStep));
        setup.dial(ONE);
        until("the refusal", || setup.notes.count(|note| *note == Note::Refused) == 1).await;
        setup.dial(ONE);
        until("the answer", || setup.has(call_id, "answered")).await;
    });
}

fn hangup() -> Fact {
    Fact::Hangup { by: HangupBy::Api, cause: HangupCause::normal_clearing() }
}

#[test]
fn a_hang_up_whose_step_panics_still_ends_the_call() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        arm(Fault::PanicInStep);
        line.fact(hangup());
        setup.emptied().await;
        assert_eq!(panicked(&setup, call_id), ["hangup"]);
        assert_eq!(setup.ending(call_id).unwrap().0, "normal_clearing");
    });
}

#[test]
fn a_fact_that_panics_every_step_is_given_up() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        (0..4).for_each(|_| arm(Fault::PanicInStep));
        line.fact(hangup());
        sleep(Duration::from_secs(2)).await;
        assert_eq!(panicked(&setup, call_id), ["hangup"; 4]);
        assert!(setup.ending(call_id).is_none());
        line.fact(hangup());
        setup.emptied().await;
        assert!(setup.ending(call_id).is_some());
    });
}

/// A beginning that came after its end would stay open.
#[test]
fn a_lost_beginning_is_decided_before_the_end_that_waits() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        arm(Fault::PanicInStep);
        line.fact(Fact::SpeechStarted);
        line.fact(Fact::SpeechStopped { speech_ms: 400 });
        until("the end of the speech", || setup.has(call_id, "speech_stopped")).await;
        let speech =
            |entry: JournalEntry| Some(entry.event.kind()).filter(|kind| kind.starts_with("speech_"));
        let reports: Vec<&str> = setup.journal(call_id).into_iter().filter_map(speech).collect();
        assert_eq!(reports, ["speech_started", "speech_stopped"]);
        assert_eq!(panicked(&setup, call_id), ["speech_started"]);
    });
}

#[test]
fn an_assistants_failure_whose_step_panics_is_decided_again() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        arm(Fault::PanicInStepOfEnd);
        let (failure, reason) = (ProviderFailure::Panicked, "gone".to_owned());
        line.fact(Fact::AssistantFailed { leg: ASSISTANT, failure, reason });
        until("the next one", || setup.has(call_id, "assistant_replaced")).await;
        assert_eq!(panicked(&setup, call_id), ["assistant_failed"]);
    });
}

#[test]
fn words_whose_step_panics_are_still_in_the_transcript() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        let item = ItemId(7);
        line.fact(Fact::ItemStarted { leg: ASSISTANT, item, line: None });
        sleep(Duration::from_millis(10)).await;
        let reports = [
            Fact::ItemComplete { item, text: "Good day.".to_owned(), audio_ms: 900 },
            Fact::PlayedUntil { item, heard_ms: 900, end: PlayedEnd::Finished },
        ];
        for fact in reports {
            arm(Fault::PanicInStep);
            line.fact(fact);
            sleep(Duration::from_millis(10)).await;
        }
        until("the words", || setup.has(call_id, "assistant_said")).await;
        assert_eq!(panicked(&setup, call_id), ["item_complete", "played_until"]);
    });
}

#[test]
fn a_caller_whose_leaving_panics_counts_as_hung_up() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, _) = setup.talk(ONE).await;
        arm(Fault::PanicInStepOfEnd);
        setup.caller_hangs_up();
        until("the end", || setup.ending(call_id).is_some()).await;
        assert_eq!(panicked(&setup, call_id), ["leg_left"]);
        assert_eq!(setup.ending(call_id).unwrap().0, "normal_clearing");
        assert!(!setup.has(call_id, "interrupted"), "the caller was waited for");
    });
}

#[test]
fn an_assistant_whose_start_panics_is_replaced_at_once() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        arm(Fault::PanicInStartOfAssistant);
        let since = Instant::now();
        let (call_id, _) = setup.talk(ONE).await;
        assert!(since.elapsed() < Duration::from_secs(1), "{:?} without a report", since.elapsed());
        assert_eq!(failed(&setup, call_id), ["start_assistant"]);
    });
}

#[test]
fn a_caller_whose_leg_did_not_start_is_accepted_again() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let call_id = setup.expect(named(1)).await.unwrap();
        until("the call", || setup.has(call_id, "call_started")).await;
        arm(Fault::PanicInStartOfLeg);
        setup.dial(ONE);
        until("the loss", || setup.has(call_id, "leg_left")).await;
        assert_eq!(setup.notes.count(|note| *note == Note::Refused), 1);
        setup.dial(ONE);
        until("the answer", || setup.has(call_id, "answered")).await;
        assert_eq!(failed(&setup, call_id), ["start_leg"]);
    });
}

#[test]
fn a_leg_whose_release_panics_is_still_released() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, _) = setup.talk(ONE).await;
        arm(Fault::PanicInReleaseOfLeg);
        setup.hang_up(call_id).await;
        until("the release", || setup.notes.count(|note| *note == Note::LegReleased(CALLER)) == 1).await;
        assert_eq!(failed(&setup, call_id), ["release_leg"]);
    });
}
