//! A call gets more messages than it can handle: nothing that ends something is lost, and no call goes on with a wrong state.

use cordboard_schema::call::{HangupBy, HangupCause};
use cordboard_schema::event::Fact;
use cordboard_schema::ids::EffectId;
use cordboard_schema::limits::{CALL_FACTS_MAX, CALL_MAILBOX_MAX};
use cordboard_schema::line::Line;
use cordboard_schema::tool::ToolOutcome;
use serde_json::json;
use uuid::Uuid;

use crate::setup::{Plan, Setup, key, on_paused_time, until};

const ONE: Uuid = Uuid::from_u128(1);

fn hung_up() -> Fact {
    Fact::Hangup { by: HangupBy::Caller, cause: HangupCause::normal_clearing() }
}

#[test]
fn a_hang_up_after_a_flood_of_keys_is_seen() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        // All at once: the call gets no turn before the last of them.
        (0..5_000).for_each(|_| line.fact(key('7')));
        line.fact(hung_up());
        setup.emptied().await;
        assert_eq!(setup.ending(call_id).unwrap().0, "normal_clearing");
        assert_eq!(setup.count(call_id, "facts_missed"), 0, "keys take no room of other messages");
        assert_eq!(setup.count(call_id, "dtmf"), 50, "this many keys per second count");
    });
}

/// A call's state of its caller is wrong once it has missed an event of theirs.
#[test]
fn a_call_that_missed_a_fact_apologizes_and_ends() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        (0..CALL_MAILBOX_MAX).for_each(|_| line.fact(Fact::SpeechStarted));
        (0..200).for_each(|_| line.fact(Fact::Held));
        until("the end", || setup.ending(call_id).is_some()).await;
        let missed = setup.journal(call_id).into_iter().find(|entry| entry.event.kind() == "facts_missed");
        let missed = serde_json::to_value(missed.unwrap().event).unwrap();
        assert_eq!(missed, json!({ "kind": "facts_missed", "missed": 200, "first": "held" }));
        assert_eq!(setup.said(Line::Apology), 1);
        assert_eq!(setup.ending(call_id).unwrap().0, "internal_error");
        setup.emptied().await;
    });
}

#[test]
fn ends_find_room_in_a_full_mailbox() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        (0..CALL_MAILBOX_MAX).for_each(|_| line.fact(Fact::SpeechStarted));
        let effect = EffectId(77);
        line.fact(Fact::ToolDone { effect, outcome: ToolOutcome::TimedOut, written: None });
        line.fact(hung_up());
        setup.emptied().await;
        let kinds = setup.kinds(call_id);
        assert!(kinds.contains(&"tool_done") && kinds.contains(&"hangup"));
        assert_eq!(setup.ending(call_id).unwrap().0, "normal_clearing");
        assert_eq!(setup.count(call_id, "facts_missed"), 0);
    });
}

/// Events of one call would otherwise fill the journal of all calls, even if the call keeps up with them.
#[test]
fn a_call_flooded_by_its_provider_ends_in_order() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        for _ in 0..=CALL_FACTS_MAX / 512 {
            (0..512).for_each(|_| line.fact(Fact::SpeechStarted));
            until("a turn of the call", || line.waiting() == 0).await;
        }
        until("the end", || setup.ending(call_id).is_some()).await;
        assert_eq!(setup.ending(call_id).unwrap().0, "internal_error");
        assert_eq!(setup.count(call_id, "facts_missed"), 1);
        assert!(setup.count(call_id, "speech_started") <= CALL_FACTS_MAX as usize);
        setup.emptied().await;
    });
}
