//! Requests in flight when a call's actor dies: everyone reports their state again, and nothing counts twice.

use std::time::Duration;

use cordboard_actors::fault::{Fault, arm, arm_after};
use cordboard_actors::messages::{AssistantOrder, CallRef};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::line::Line;
use cordboard_schema::tool::ToolOutcome;
use tokio::time::sleep;
use uuid::Uuid;

use crate::setup::{ASSISTANT, Plan, Setup, key, named, on_paused_time, until, until_another_thread};
use crate::store::{Answers, Note};

const ONE: Uuid = Uuid::from_u128(1);

fn resyncs(setup: &Setup) -> usize {
    setup.notes.count(|note| *note == Note::Ordered(AssistantOrder::Resync))
}

#[test]
fn a_barge_in_interrupts_once_though_its_actor_dies() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        sleep(Duration::from_millis(300)).await;
        arm_after(Fault::PanicInCall, 1);
        line.fact(Fact::SpeechStarted);
        until("the next life", || setup.has(call_id, "reborn")).await;
        sleep(Duration::from_secs(2)).await;
        let cuts: Vec<u64> = setup
            .journal(call_id)
            .into_iter()
            .filter_map(|entry| match entry.event {
                Event::Decision(Decision::BargeIn { heard_ms, .. }) => Some(heard_ms),
                _ => None,
            })
            .collect();
        assert_eq!(cuts.len(), 1, "{cuts:?}");
        assert!((200..400).contains(&cuts[0]), "{cuts:?}");
        assert_eq!(resyncs(&setup), 1);
    });
}

#[test]
fn a_message_that_is_being_kept_is_kept_once() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        until_another_thread("the recording", || setup.has(call_id, "recording_started")).await;
        line.fact(key('1'));
        until("the tone", || setup.count(call_id, "assistant_said") == 2).await;
        line.fact(Fact::SpeechStarted);
        sleep(Duration::from_secs(2)).await;
        line.fact(Fact::SpeechStopped { speech_ms: 2_000 });
        setup.bid(|manners| manners.commit = Answers::After(Duration::from_millis(500)));
        line.fact(key('#'));
        until("the message", || setup.has(call_id, "message_taken")).await;
        arm(Fault::PanicInCall);
        line.fact(key('7'));
        until("the next life", || setup.has(call_id, "reborn")).await;
        sleep(Duration::from_secs(3)).await;
        let outcomes: Vec<ToolOutcome> = setup
            .journal(call_id)
            .into_iter()
            .filter_map(|entry| match entry.event {
                Event::Decision(Decision::ToolFinished { outcome, .. }) => Some(outcome),
                _ => None,
            })
            .collect();
        assert!(matches!(&outcomes[..], [ToolOutcome::Done { .. }]), "{outcomes:?}");
        assert_eq!((setup.count(call_id, "message_taken"), setup.said(Line::MessageSaved)), (1, 1));
    });
}

#[test]
fn a_tool_request_that_killed_the_actor_is_answered_once() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        let request = || Fact::ToolCall {
            tool_call: "c1".to_owned(),
            name: "format_disk".to_owned(),
            arguments: serde_json::Value::Null,
        };
        arm(Fault::PanicInCall);
        line.fact(request());
        until("the next life", || resyncs(&setup) == 1).await;
        // A headset that is asked reports an open request, here twice.
        line.fact(request());
        line.fact(request());
        until("the answer", || setup.has(call_id, "tool_finished")).await;
        sleep(Duration::from_secs(1)).await;
        let answers = setup.notes.count(|note| {
            matches!(note, Note::Ordered(AssistantOrder::ToolResult { tool_call, .. }) if tool_call == "c1")
        });
        assert_eq!(answers, 1);
    });
}

#[test]
fn a_hang_up_that_killed_the_actor_is_noticed() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, _) = setup.talk(ONE).await;
        until_another_thread("the recording", || setup.has(call_id, "recording_finished")).await;
        sleep(Duration::from_secs(2)).await;
        arm(Fault::PanicInCall);
        setup.caller_hangs_up();
        let took = setup.emptied().await;
        assert!(took < Duration::from_secs(1), "{took:?}");
        assert_eq!(setup.count(call_id, "reborn"), 1);
        assert_eq!(setup.ending(call_id), Some(("normal_clearing".to_owned(), NextStep::Hangup)));
    });
}

#[test]
fn a_missing_assistant_is_noticed() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        arm_after(Fault::PanicInCall, 1);
        setup.dismiss_assistant();
        sleep(Duration::from_millis(10)).await;
        line.fact(key('7'));
        until("the word on it", || setup.has(call_id, "assistant_failed")).await;
        let failed = setup.journal(call_id).into_iter().find_map(|entry| match entry.event {
            Event::Fact(Fact::AssistantFailed { leg, .. }) => Some(leg),
            _ => None,
        });
        assert_eq!(failed, Some(ASSISTANT));
    });
}

#[test]
fn a_dialplan_asking_a_dying_call_is_answered() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, _) = setup.talk(ONE).await;
        arm(Fault::PanicInCall);
        // It reports that the leg is gone; the call has not seen that, and waits a second for its end.
        assert_eq!(setup.next(CallRef::Id(call_id)).await, Ok(NextStep::Again));
        assert_eq!((setup.count(call_id, "reborn"), setup.count(call_id, "next_answered")), (1, 1));
    });
}

#[test]
fn an_answer_awaiting_the_disk_survives_its_actors_death() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        setup.bid(|manners| manners.commit = Answers::After(Duration::from_millis(500)));
        let asking = setup.next(CallRef::Outside(named(1)));
        let dying = async {
            until("the decision", || setup.has(call_id, "next_answered")).await;
            arm(Fault::PanicInCall);
            line.fact(key('7'));
        };
        assert_eq!(tokio::join!(asking, dying).0, Ok(NextStep::Again));
        assert_eq!(setup.count(call_id, "reborn"), 1);
    });
}
