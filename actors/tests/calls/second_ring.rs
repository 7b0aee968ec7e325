//! The second ring of supervision: a call whose actor dies gets another one with all of its state, twice in ten
//! seconds. After that its caller hears an apology and is sent to the fallback.

use std::time::Duration;

use actix::Arbiter;
use cordboard_actors::fault::{Fault, arm, arm_after};
use cordboard_actors::messages::AssistantOrder;
use cordboard_call::machine::Machine;
use cordboard_schema::event::{Decision, Event, Fact, JournalEntry, PlayedEnd};
use cordboard_schema::ids::{CallId, EffectId, ItemId};
use cordboard_schema::line::Line;
use cordboard_schema::tool::ToolOutcome;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::setup::{ASSISTANT, Plan, Setup, key, named, on_paused_time, until, until_another_thread};
use crate::store::Note;

const ONE: Uuid = Uuid::from_u128(1);

/// The causes of the actors' deaths, in order.
fn deaths(setup: &Setup, call_id: CallId) -> Vec<String> {
    let during = |event: Event| match event {
        Event::Fact(Fact::Reborn { during }) => Some(during.unwrap_or_default()),
        _ => None,
    };
    setup.journal(call_id).into_iter().filter_map(|entry| during(entry.event)).collect()
}

/// The journal has no gap, and another process could continue from it.
fn assert_whole(setup: &Setup, call_id: CallId) {
    let journal = setup.journal(call_id);
    assert!((1..).zip(&journal).all(|(seq, entry)| entry.seq == seq), "the journal has a hole");
    assert!(Machine::fold(&journal).is_ok());
}

/// Presses a key until the call has noticed it.
async fn press(setup: &Setup, call_id: CallId, line: &cordboard_actors::messages::CallLine, digit: char) {
    for _ in 0..10 {
        let before = setup.count(call_id, "dtmf");
        line.fact(key(digit));
        sleep(Duration::from_millis(50)).await;
        if setup.count(call_id, "dtmf") > before {
            return;
        }
    }
    panic!("the call notices no key");
}

#[test]
fn a_call_outlives_its_actor_and_loses_no_message() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        arm(Fault::PanicInCall);
        line.fact(key('7'));
        line.fact(key('#'));
        until("the second key", || setup.has(call_id, "key_pressed")).await;
        assert_eq!(deaths(&setup, call_id), ["dtmf"]);
        assert_eq!(setup.count(call_id, "dtmf"), 1, "the key at which the actor died came again");
        assert_eq!((setup.said(Line::UnknownKey), setup.said(Line::Repeat)), (0, 1));
        assert_eq!(setup.census().await.calls, 1);

        press(&setup, call_id, &line, '*').await;
        setup.emptied().await;
        assert_whole(&setup, call_id);
        assert_eq!(setup.ending(call_id).unwrap().0, "normal_clearing");
    });
}

#[test]
fn the_next_actor_carries_out_undone_decisions_exactly_once() {
    // The key's message, then its two effects: the caller's ear is cleared, the assistant repeats.
    for passes in 1..=2 {
        on_paused_time(async {
            let setup = Setup::build(Plan::default());
            let (call_id, line) = setup.talk(ONE).await;
            sleep(Duration::from_millis(300)).await;
            arm_after(Fault::PanicInCall, passes);
            line.fact(key('#'));
            until("the order", || setup.said(Line::Repeat) == 1).await;
            sleep(Duration::from_secs(3)).await;
            assert_eq!(deaths(&setup, call_id), ["dtmf"]);
            assert_eq!((setup.said(Line::Greeting), setup.said(Line::Repeat)), (1, 1));
            assert_eq!((setup.count(call_id, "key_pressed"), setup.count(call_id, "barge_in")), (1, 1));
            assert_whole(&setup, call_id);
        });
    }
}

#[test]
fn deadlines_stay_as_they_were() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let since = Instant::now();
        let call_id = setup.expect(named(1)).await.unwrap();
        sleep(Duration::from_secs(3)).await;
        arm(Fault::PanicInCall);
        setup.expect(named(1)).await.unwrap();
        until("the end", || setup.ending(call_id).is_some()).await;
        assert_eq!(deaths(&setup, call_id), ["announced"]);
        assert_eq!(setup.ending(call_id).unwrap().0, "no_audio");
        let took = since.elapsed();
        assert!((Duration::from_secs(5)..Duration::from_millis(5_500)).contains(&took), "{took:?}");
    });
}

#[test]
fn a_call_ends_properly_whenever_its_actor_dies() {
    for passes in 0..40 {
        on_paused_time(async {
            let setup = Setup::build(Plan::default());
            let call_id = setup.expect(named(1)).await.unwrap();
            arm_after(Fault::PanicInCall, passes);
            while !setup.has(call_id, "leg_arrived") {
                // A dialplan that gets `again` dials again.
                setup.dial(ONE);
                sleep(Duration::from_millis(100)).await;
            }
            until("the greeting", || setup.said(Line::Greeting) > 0).await;
            let line = setup.newest_line();
            press(&setup, call_id, &line, '*').await;
            setup.emptied().await;
            assert_eq!(setup.ending(call_id).unwrap().0, "normal_clearing", "{passes} passes");
            let said = [Line::Greeting, Line::Goodbye].map(|line| setup.said(line));
            assert_eq!(said, [1, 1], "{passes} passes");
            assert!(deaths(&setup, call_id).len() <= 1, "{passes} passes");
            assert_whole(&setup, call_id);
            cordboard_actors::fault::disarm();
        });
    }
}

#[test]
fn a_third_death_within_ten_seconds_brings_apology_and_fallback() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        for death in 1..=3 {
            assert_eq!(setup.said(Line::Apology), 0);
            arm(Fault::PanicInCall);
            line.fact(key('7'));
            until("the next life", || setup.count(call_id, "reborn") == death).await;
        }
        let took = setup.emptied().await;
        assert!(took > Duration::from_secs(1), "the apology was not heard out: {took:?}");
        assert_eq!((setup.said(Line::Apology), setup.said(Line::UnknownKey)), (1, 0));
        let (cause, next) = setup.ending(call_id).unwrap();
        assert_eq!((cause.as_str(), next.to_string().as_str()), ("internal_error", "goto internal,2001,1"));
        assert_whole(&setup, call_id);
    });
}

#[test]
fn deaths_far_apart_do_not_end_the_call() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        for death in 1..=5 {
            arm(Fault::PanicInCall);
            line.fact(key('7'));
            until("the next life", || setup.count(call_id, "reborn") == death).await;
            sleep(Duration::from_secs(4)).await;
            // The caller is still there.
            press(&setup, call_id, &line, '#').await;
            sleep(Duration::from_secs(4)).await;
        }
        assert_eq!(setup.said(Line::Apology), 0);
        assert!(setup.ending(call_id).is_none());
    });
}

#[test]
fn a_call_dying_at_every_step_ends_and_releases_everything() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        let (other, _) = setup.talk(Uuid::from_u128(2)).await;
        // One more than the deaths in a row that a call may have; all happen before time passes, and the other call gets none.
        (0..6).for_each(|_| arm(Fault::PanicInCall));
        line.fact(key('#'));
        until("the end", || setup.ending(call_id).is_some()).await;
        cordboard_actors::fault::disarm();
        let (cause, next) = setup.ending(call_id).unwrap();
        assert_eq!((cause.as_str(), next.to_string().as_str()), ("internal_error", "goto internal,2001,1"));
        until("the leg's end", || setup.notes.count(|note| matches!(note, Note::LegGone(_))) == 1).await;
        assert_eq!(setup.census().await.calls, 1);
        until("the desks' notice", || setup.gone_at_desks() == [call_id]).await;
        assert!(setup.ending(other).is_none());
        assert_whole(&setup, call_id);
    });
}

#[test]
fn a_requested_end_that_kills_the_actor_still_happens() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, _) = setup.talk(ONE).await;
        arm(Fault::PanicInCall);
        setup.hang_up(call_id).await;
        setup.emptied().await;
        assert_eq!(deaths(&setup, call_id), ["hangup"]);
        assert_eq!(setup.ending(call_id).unwrap().0, "normal_clearing");
    });
}

#[test]
fn words_at_which_the_actor_died_are_in_the_transcript() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        let item = ItemId(7);
        line.fact(Fact::ItemStarted { leg: ASSISTANT, item, line: None });
        sleep(Duration::from_millis(10)).await;
        arm(Fault::PanicInCall);
        line.fact(Fact::ItemComplete { item, text: "Good day.".to_owned(), audio_ms: 900 });
        line.fact(Fact::PlayedUntil { item, heard_ms: 900, end: PlayedEnd::Finished });
        let has_words = || {
            let is_said = |entry: &JournalEntry| matches!(&entry.event, Event::Decision(Decision::AssistantSaid { text, .. }) if text == "Good day.");
            setup.journal(call_id).iter().any(is_said)
        };
        until("the words", has_words).await;
        assert_eq!(deaths(&setup, call_id), ["item_complete"]);
        assert_whole(&setup, call_id);
    });
}

/// The machine does nothing because of it.
fn outcome_of_no_tool() -> Fact {
    Fact::ToolDone { effect: EffectId(900), outcome: ToolOutcome::failed("it is too late"), written: None }
}

#[test]
fn a_fact_that_killed_the_actor_is_handled_once() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        arm(Fault::PanicAtToolDone);
        line.fact(outcome_of_no_tool());
        until("the fact", || setup.has(call_id, "tool_done")).await;
        sleep(Duration::from_secs(1)).await;
        assert_eq!(deaths(&setup, call_id), ["tool_done"]);
        assert_eq!(setup.count(call_id, "tool_done"), 1);
        assert_whole(&setup, call_id);
    });
}

#[test]
fn a_fact_that_kills_the_next_actor_is_given_up() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        (0..2).for_each(|_| arm(Fault::PanicAtToolDone));
        line.fact(outcome_of_no_tool());
        until("the third life", || setup.count(call_id, "reborn") == 2).await;
        press(&setup, call_id, &line, '*').await;
        setup.emptied().await;
        assert_eq!(deaths(&setup, call_id), ["tool_done"; 2]);
        assert_eq!(setup.count(call_id, "tool_done"), 0);
        assert_eq!(setup.ending(call_id).unwrap().0, "normal_clearing");
    });
}

#[test]
fn a_new_actor_whose_first_step_panics_still_begins() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        arm(Fault::PanicInCall);
        arm(Fault::PanicInStep);
        line.fact(key('7'));
        let resynced = || setup.notes.count(|note| *note == Note::Ordered(AssistantOrder::Resync)) == 1;
        until("the question for what was missed", resynced).await;
        assert_eq!(setup.count(call_id, "step_panicked"), 1);
        assert_eq!(deaths(&setup, call_id), ["dtmf"]);
    });
}

#[test]
fn a_call_whose_thread_ends_lives_on_another() {
    on_paused_time(async {
        let thread = Arbiter::new();
        let arbiters = Some(vec![thread.handle(), Arbiter::current()]);
        let setup = Setup::build(Plan { arbiters, ..Plan::default() });
        let call_id = setup.expect(named(1)).await.unwrap();
        until_another_thread("the call", || setup.has(call_id, "call_started")).await;
        assert_eq!(setup.actors().await.calls[0].arbiter, 0);
        thread.stop();
        thread.join().unwrap();
        until_another_thread("the next life", || setup.has(call_id, "reborn")).await;
        assert_eq!(setup.actors().await.calls[0].arbiter, 1);
        setup.dial(ONE);
        until("the greeting", || setup.said(Line::Greeting) == 1).await;
        assert_whole(&setup, call_id);
    });
}
