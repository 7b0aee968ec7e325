//! Finding a call by what the outside calls it, in whatever order its halves come.

use cordboard_actors::messages::{CallRef, NextFault};
use cordboard_schema::call::{HangupBy, HangupCause, LegEnd};
use cordboard_schema::event::Fact;
use uuid::Uuid;

use crate::house::{CALLER, House, Plan, named, on_paused_time, until};
use crate::store::Note;

const ONE: Uuid = Uuid::from_u128(1);

fn legs(house: &House) -> usize {
    house.notes.count(|note| matches!(note, Note::LegStarted(_)))
}

#[test]
fn an_announcement_and_its_audio_are_one_call_in_either_order() {
    on_paused_time(async {
        let house = House::build(Plan::default());
        let announced_first = house.expect(named(1)).await.unwrap();
        house.dial(ONE);
        until("the answer", || house.has(announced_first, "answered")).await;

        house.dial(Uuid::from_u128(2));
        let audio_first = house.expect(named(2)).await.unwrap();
        until("the answer", || house.has(audio_first, "answered")).await;
        until("the announcement", || house.has(audio_first, "announced")).await;

        assert_ne!(announced_first, audio_first);
        assert_eq!((house.census().await.calls, legs(&house)), (2, 2));
    });
}

#[test]
fn a_second_connection_of_the_same_name_is_refused_while_the_first_lives() {
    on_paused_time(async {
        let house = House::build(Plan::default());
        let (call_id, _) = house.talk(ONE).await;
        house.dial(ONE);
        until("the refusal", || house.notes.count(|note| *note == Note::Refused) == 1).await;
        assert_eq!((house.census().await.calls, legs(&house)), (1, 1));
        assert!(house.ending(call_id).is_none());
    });
}

#[test]
fn a_connection_of_the_same_name_rejoins_a_call_that_lost_its_leg() {
    on_paused_time(async {
        let house = House::build(Plan::default());
        let (call_id, line) = house.talk(ONE).await;
        line.fact(Fact::LegLeft { leg: CALLER, how: LegEnd::Broken });
        until("the interruption", || house.has(call_id, "interrupted")).await;
        house.dial(ONE);
        until("the return", || house.has(call_id, "resumed")).await;
        assert_eq!((house.census().await.calls, legs(&house)), (1, 2));
    });
}

#[test]
fn a_dialplan_can_give_a_call_one_more_name() {
    on_paused_time(async {
        let house = House::build(Plan::default());
        let (call_id, line) = house.talk(ONE).await;
        line.fact(Fact::LegLeft { leg: CALLER, how: LegEnd::Broken });
        let renamed = house.expect_as(named(2), Some(CallRef::Outside(named(1)))).await;
        assert_eq!(renamed, Ok(call_id));
        house.dial(Uuid::from_u128(2));
        until("the return", || house.has(call_id, "resumed")).await;
        assert!(house.has(call_id, "outside_id_added"));
    });
}

#[test]
fn a_name_of_a_call_that_nobody_knows_begins_a_new_one() {
    on_paused_time(async {
        let house = House::build(Plan::default());
        let call_id = house.expect_as(named(2), Some(CallRef::Outside(named(1)))).await.unwrap();
        assert!(house.has(call_id, "call_started") || house.census().await.calls == 1);
    });
}

#[test]
fn a_call_that_is_over_leaves_no_name_behind() {
    on_paused_time(async {
        let house = House::build(Plan::default());
        let (first, line) = house.talk(ONE).await;
        house.expect_as(named(2), Some(CallRef::Id(first))).await.unwrap();
        line.fact(Fact::Hangup { by: HangupBy::Api, cause: HangupCause::normal_clearing() });
        house.emptied().await;

        for gone in [CallRef::Id(first), CallRef::Outside(named(1)), CallRef::Outside(named(2))] {
            assert_eq!(house.next(gone).await, Err(NextFault::NoSuchCall));
        }
        let second = house.expect(named(1)).await.unwrap();
        let third = house.expect(named(2)).await.unwrap();
        assert!(first != second && first != third && second != third);
    });
}
