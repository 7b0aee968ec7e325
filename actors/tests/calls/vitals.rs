//! An administrator's view of the actors.

use cordboard_actors::messages::ToCall;
use cordboard_schema::call::{CallState, LegKind};
use cordboard_schema::event::Fact;
use uuid::Uuid;

use crate::setup::{ASSISTANT, CALLER, Plan, Setup, key, named, on_paused_time, until};

#[test]
fn the_tree_shows_each_calls_children_and_newest_step() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (talking, line) = setup.talk(Uuid::from_u128(1)).await;
        let waiting = setup.expect(named(2)).await.unwrap();
        line.fact(key('7'));
        until("the key", || setup.has(talking, "dtmf")).await;

        let tree = setup.actors().await;
        assert_eq!((tree.registry.restarts, tree.registry.mailbox), (0, 0));
        let [shown, other] = &tree.calls[..] else { panic!("{tree:?}") };
        assert_eq!((shown.call_id, other.call_id), (talking, waiting));
        assert_eq!((shown.state, other.state), (CallState::Live, CallState::Waiting));
        assert_eq!((shown.restarts, shown.mailbox, shown.arbiter), (0, 0, 0));
        let facts = setup.journal(talking);
        assert!(shown.steps > 3 && shown.steps < facts.len() as u64, "{shown:?}");
        let step = shown.last_step.as_ref().unwrap();
        assert!(facts.iter().any(|entry| entry.event.kind() == step.kind && entry.at == step.at));
        let [leg] = &shown.legs[..] else { panic!("{shown:?}") };
        assert_eq!((leg.leg, leg.kind, leg.restarts), (CALLER, LegKind::Audiosocket, 0));
        let assistant = shown.assistant.as_ref().unwrap();
        assert_eq!((assistant.leg, assistant.provider.as_deref()), (ASSISTANT, Some("stand-in")));
        assert!(other.legs.is_empty() && other.assistant.is_none());

        let shown = serde_json::to_value(&tree).unwrap();
        assert_eq!(shown["calls"][0]["last_step"]["kind"], step.kind);
        assert!(shown["registry"]["since"].as_str().unwrap().ends_with('Z'), "{shown}");
    });
}

#[test]
fn a_waiting_message_is_counted_on_its_line() {
    let (line, mut mailbox) = cordboard_actors::messages::CallLine::open();
    assert_eq!(line.waiting(), 0);
    line.fact(key('1'));
    line.fact(key('2'));
    assert_eq!(line.waiting(), 2);
    mailbox.try_recv().unwrap();
    assert_eq!(line.waiting(), 1);
}

#[test]
fn a_full_line_drops_messages_and_reports_it() {
    let (line, mut mailbox) = cordboard_actors::messages::CallLine::open();
    let before = cordboard_actors::line::messages_refused();
    (0..1_030).for_each(|_| line.fact(Fact::SpeechStarted));
    assert!(cordboard_actors::line::messages_refused() >= before + 6);
    let reports: Vec<ToCall> = std::iter::from_fn(|| mailbox.try_recv().ok()).collect();
    assert_eq!(reports.len(), 1_024 + 1);
    assert!(matches!(reports.last(), Some(ToCall::FactsMissed)), "the call gets a report");
}
