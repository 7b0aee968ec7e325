//! An assistant that fails in the middle of its words, and its successor.

use std::time::Duration;

use cordboard_actors::messages::AssistantOrder;
use cordboard_schema::event::Fact;
use cordboard_schema::fold::Role;
use cordboard_schema::ids::{LegId, OutsideId};
use cordboard_schema::provider::ProviderFailure;
use tokio::time::sleep;
use uuid::Uuid;

use crate::setup::{ASSISTANT, Plan, Setup, on_paused_time, until};
use crate::store::Note;

fn failed(leg: LegId, failure: ProviderFailure) -> Fact {
    Fact::AssistantFailed { leg, failure, reason: "gone".to_owned() }
}

#[test]
fn the_next_assistant_knows_what_was_heard() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(Uuid::from_u128(1)).await;
        // Half of the greeting is played. It is a second of audio whose text is one word.
        sleep(Duration::from_millis(600)).await;
        line.fact(Fact::SpeechStarted);
        line.fact(Fact::SpeechStopped { speech_ms: 900 });
        line.fact(Fact::Transcript { text: "where are you".to_owned() });
        line.fact(failed(ASSISTANT, ProviderFailure::Panicked));
        let is_go_on = |note: &Note| *note == Note::Ordered(AssistantOrder::GoOn);
        until("the next one to go on", || setup.notes.count(is_go_on) == 1).await;

        let histories = setup.notes.all().into_iter().filter_map(|note| match note {
            Note::History(history) => Some(history),
            _ => None,
        });
        let histories: Vec<_> = histories.collect();
        assert_eq!(histories.len(), 2);
        assert!(histories[0].is_empty());
        let newest = histories[1].last().unwrap();
        assert_eq!((newest.role, newest.text.as_str()), (Role::Caller, "where are you"));
        assert!(setup.has(call_id, "assistant_replaced"));
        assert_eq!(setup.census().await.calls, 1);
    });
}

#[test]
fn a_failed_assistants_words_are_journalled_before_its_failure() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(Uuid::from_u128(1)).await;
        sleep(Duration::from_millis(600)).await;
        line.fact(failed(ASSISTANT, ProviderFailure::Other));
        until("the next one", || setup.has(call_id, "assistant_replaced")).await;
        let kinds = setup.kinds(call_id);
        let place = |kind| kinds.iter().position(|of| *of == kind).unwrap();
        assert!(place("played_until") < place("assistant_failed"), "{kinds:?}");
    });
}

#[test]
fn a_caller_without_another_assistant_goes_to_the_fallback() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(Uuid::from_u128(1)).await;
        line.fact(failed(ASSISTANT, ProviderFailure::Unauthorized));
        setup.emptied().await;
        let (cause, next) = setup.ending(call_id).unwrap();
        let ending = (cause.as_str(), next.to_string());
        assert_eq!(ending, ("assistant_failed", "goto internal,2001,1".to_owned()));
    });
}

#[test]
fn a_call_goes_on_unrecorded_and_reports_why() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        setup.recorder.handle().pause(Some("no room".to_owned()));
        let name = Uuid::from_u128(1);
        let call_id = setup.expect(OutsideId::audiosocket(name)).await.unwrap();
        setup.dial(name);
        until("the greeting", || setup.has(call_id, "item_started")).await;
        assert!(setup.has(call_id, "recording_failed") && !setup.has(call_id, "recording_started"));
        setup.hang_up(call_id).await;
        until("the end of the call", || setup.has(call_id, "ended")).await;

        setup.recorder.handle().pause(None);
        setup.talk(Uuid::from_u128(2)).await;
    });
}
