//! The first ring of supervision: a step that panics is rolled back and journalled, and the call goes on.

use cordboard_actors::fault::{Fault, arm};
use cordboard_schema::call::{HangupBy, HangupCause};
use cordboard_schema::event::{Event, Fact, JournalEntry};
use cordboard_schema::ids::CallId;
use std::time::Duration;
use tokio::time::sleep;
use uuid::Uuid;

use crate::house::{House, Plan, key, named, on_paused_time, until};
use crate::store::Note;

const ONE: Uuid = Uuid::from_u128(1);

fn panicked(house: &House, call_id: CallId) -> Vec<String> {
    let fact = |entry: JournalEntry| match entry.event {
        Event::Fact(Fact::StepPanicked { fact, .. }) => Some(fact),
        _ => None,
    };
    house.journal(call_id).into_iter().filter_map(fact).collect()
}

#[test]
fn a_step_that_panics_is_rolled_back_and_the_next_one_works() {
    on_paused_time(async {
        let house = House::build(Plan::default());
        let (call_id, line) = house.talk(ONE).await;
        arm(Fault::PanicInStep);
        line.fact(key('*'));
        until("the panic", || house.has(call_id, "step_panicked")).await;
        assert_eq!(panicked(&house, call_id), ["dtmf"]);
        assert!(!house.has(call_id, "key_pressed"), "the step was not rolled back");

        line.fact(key('*'));
        until("the key", || house.has(call_id, "key_pressed")).await;
        house.emptied().await;
        let journal = house.journal(call_id);
        assert!((1..).zip(&journal).all(|(seq, entry)| entry.seq == seq), "the journal has a hole");
        assert_eq!(house.ending(call_id).unwrap().0, "normal_clearing");
    });
}

#[test]
fn other_calls_notice_nothing() {
    on_paused_time(async {
        let house = House::build(Plan::default());
        let (struck, line) = house.talk(ONE).await;
        let (other, other_line) = house.talk(Uuid::from_u128(2)).await;
        arm(Fault::PanicInStep);
        line.fact(key('#'));
        until("the panic", || house.has(struck, "step_panicked")).await;
        other_line.fact(key('#'));
        until("the key", || house.has(other, "key_pressed")).await;
        assert!(panicked(&house, other).is_empty());
    });
}

#[test]
fn a_deadline_at_which_the_step_panics_is_tried_again_and_not_at_once() {
    on_paused_time(async {
        let house = House::build(Plan::default());
        let call_id = house.expect(named(1)).await.unwrap();
        until("the call", || house.has(call_id, "call_started")).await;
        (0..3).for_each(|_| arm(Fault::PanicInStep));
        let took = house.emptied().await;
        assert_eq!(panicked(&house, call_id), ["deadline_passed"; 3]);
        assert!((Duration::from_secs(7)..Duration::from_secs(10)).contains(&took), "{took:?}");
        assert_eq!(house.ending(call_id).unwrap().0, "no_audio");
    });
}

#[test]
fn a_connection_whose_step_panics_is_refused() {
    on_paused_time(async {
        let house = House::build(Plan::default());
        let call_id = house.expect(named(1)).await.unwrap();
        until("the call", || house.has(call_id, "call_started")).await;
        arm(Fault::PanicInStep);
        house.dial(ONE);
        until("the refusal", || house.notes.count(|note| *note == Note::Refused) == 1).await;
        house.dial(ONE);
        until("the answer", || house.has(call_id, "answered")).await;
    });
}

#[test]
fn a_hang_up_whose_step_panics_can_be_asked_for_again() {
    on_paused_time(async {
        let house = House::build(Plan::default());
        let (call_id, line) = house.talk(ONE).await;
        let hangup = || Fact::Hangup { by: HangupBy::Api, cause: HangupCause::normal_clearing() };
        arm(Fault::PanicInStep);
        line.fact(hangup());
        sleep(Duration::from_millis(10)).await;
        assert!(house.ending(call_id).is_none());
        line.fact(hangup());
        house.emptied().await;
        assert!(house.ending(call_id).is_some());
    });
}
