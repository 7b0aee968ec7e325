//! A person takes over, or does not.

use std::time::{Duration, Instant};

use cordboard_test_support::book::{Book, LIMIT};
use cordboard_test_support::ear::{assert_heard_out, share_of, speech};
use cordboard_test_support::freeswitch::Phone;
use serde_json::{Value, json};

use crate::house::{Caller, DESK_OF_KEY_2, House, wait_hears, wait_said_by};
use crate::way::{Way, for_both_ways};

for_both_ways!(
    a_person_takes_over_and_the_caller_comes_back,
    a_caller_can_wait_while_a_person_has_them,
    a_key_rings_a_person_and_the_caller_leaves_both,
    who_can_not_be_reached_is_said_and_the_conversation_goes_on,
    a_caller_who_leaves_while_it_rings_rings_nobody_any_more,
    the_call_ends_with_the_person_where_the_profile_says_so,
);

const ANSWERS: Phone = Phone::Answers { after: Duration::from_millis(300), hangs_up_after: None };

fn a_person_takes_over_and_the_caller_comes_back(way: Way) {
    let house = House::shared(way);
    let desk = house.person(ANSWERS);
    let caller = house.caller();
    house.ask_of(&caller, "handoff", &json!({ "target": desk.name }));
    house.event(&caller.id, "handoff_bridged");
    let person = house.leg_at(&desk.number);
    assert_eq!(caller.phone.bridged_to().as_deref(), Some(person.uuid()));
    assert_no_audio_of_ours(&house, &caller);

    let said_items = house.events_of(&caller.id, "item_started").len();
    let (question, answer) = (speech("hello_question"), speech("interruption"));
    caller.phone.say(&question);
    person.say(&answer);
    wait_hears(&person, &question);
    wait_hears(&caller.phone, &answer);
    assert_eq!(house.events_of(&caller.id, "item_started").len(), said_items, "the assistant is silent");
    assert_eq!(house.events_of(&caller.id, "transcript").len(), 0, "and deaf");

    person.hang_up();
    house.wait_said(&caller.id, "welcome_back");
    assert_heard_out(&caller.heard(), "welcome_back");
    house.converses(&caller);
    caller.phone.hang_up();
    house.assert_ended(&caller, "normal_clearing", "caller");
    assert_eq!(house.events_of(&caller.id, "caller_returned").len(), 1);
    house.close();
}

/// The switch holds the person's phone, and plays music to the caller.
fn a_caller_can_wait_while_a_person_has_them(way: Way) {
    let house = House::shared(way);
    let desk = house.person(ANSWERS);
    let caller = house.caller();
    house.ask_of(&caller, "handoff", &json!({ "target": desk.name }));
    house.event(&caller.id, "handoff_bridged");
    let person = house.leg_at(&desk.number);
    house.ask_of(&caller, "hold", &Value::Null);
    house.event(&caller.id, "hold_began");
    house.wait("the person's phone on hold", || person.is_held().then_some(()));
    caller.wait_sound(Instant::now(), Duration::from_secs(1));
    assert_eq!(house.refusal_of(&caller, "hold", &Value::Null), "already_held");
    assert_eq!(house.refusal_of(&caller, "handoff", &json!({ "target": desk.name })), "not_conversing");

    house.ask_of(&caller, "unhold", &Value::Null);
    house.event(&caller.id, "hold_ended");
    house.wait("the person's phone off hold", || (!person.is_held()).then_some(()));
    let answer = speech("interruption");
    person.say(&answer);
    wait_hears(&caller.phone, &answer);
    caller.phone.hang_up();
    person.wait_over(LIMIT).unwrap();
    house.assert_ended(&caller, "normal_clearing", "caller");
    house.close();
}

/// The switch carries the call by itself.
fn assert_no_audio_of_ours(house: &House, caller: &Caller) {
    house.wait("the end of our audio", || {
        (!caller.phone.is_streaming() && !caller.phone.has_unicast()).then_some(())
    });
}

fn a_key_rings_a_person_and_the_caller_leaves_both(way: Way) {
    let house = House::shared(way);
    let caller = house.caller();
    house.wait_says(&caller.id, "greeting");
    caller.phone.press('2');
    house.event(&caller.id, "handoff_bridged");
    let person = house.leg_at(DESK_OF_KEY_2);
    assert_eq!(caller.phone.bridged_to().as_deref(), Some(person.uuid()));
    caller.phone.hang_up();
    person.wait_over(LIMIT).unwrap();
    house.assert_ended(&caller, "normal_clearing", "caller");
    house.close();
}

fn who_can_not_be_reached_is_said_and_the_conversation_goes_on(way: Way) {
    let house = House::shared(way);
    let rung: Vec<_> = [
        (house.person(Phone::Busy), "busy"),
        (house.person(Phone::Declines), "declined"),
        (house.person(Phone::Rings), "no_answer"),
        (house.person_with(|extension| Some(extension.unregistered())), "unregistered"),
        (house.person_with(|_| None), "unallocated"),
    ]
    .into_iter()
    .map(|(person, failure)| {
        let caller = house.caller();
        house.ask_of(&caller, "handoff", &json!({ "target": person.name }));
        (caller, failure)
    })
    .collect();
    for (caller, failure) in &rung {
        assert_eq!(house.event(&caller.id, "handoff_abandoned")["failure"], *failure);
        house.wait_said(&caller.id, "transfer_refused");
        // Five callers in real time are much for a busy machine.
        let share = share_of(&caller.heard(), "transfer_refused");
        assert!(share.heard > 0.4, "{failure}: {share:?}");
    }
    for (caller, _) in &rung {
        house.converses(caller);
        caller.phone.hang_up();
        house.assert_ended(caller, "normal_clearing", "caller");
    }
    house.close();
}

fn a_caller_who_leaves_while_it_rings_rings_nobody_any_more(way: Way) {
    let house = House::shared(way);
    let desk = house.person(Phone::Rings);
    let caller = house.caller();
    house.ask_of(&caller, "handoff", &json!({ "target": desk.name }));
    let ringing = house.leg_at(&desk.number);
    caller.phone.hang_up();
    let cause = ringing.wait_over(LIMIT).unwrap();
    assert_ne!(cause, "NO_ANSWER", "it was ended, and did not end by itself");
    house.assert_ended(&caller, "normal_clearing", "caller");
    assert_eq!(house.event(&caller.id, "handoff_abandoned")["failure"], "caller_left");
    house.close();
}

/// As a new profile says.
fn the_call_ends_with_the_person_where_the_profile_says_so(way: Way) {
    let house = House::open(way);
    let desk = house.person(ANSWERS);
    let caller = house.caller();
    house.ask_of(&caller, "handoff", &json!({ "target": desk.name }));
    house.event(&caller.id, "handoff_bridged");
    let person = house.leg_at(&desk.number);
    person.say(&speech("thanks_bye"));
    wait_said_by(&person);
    person.hang_up();
    assert_eq!(caller.phone.wait_over(LIMIT).unwrap(), "NORMAL_CLEARING");
    house.assert_ended(&caller, "normal_clearing", "server");
    house.close();
}
