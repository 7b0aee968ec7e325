//! A person takes over, or does not: the suite of every switch.

use cordboard_test_support::handoff_suite as suite;

use crate::house::House;

#[test]
fn a_person_takes_over_and_the_caller_comes_back() {
    suite::a_person_takes_over_and_the_caller_comes_back(&*House::shared());
}

#[test]
fn a_caller_can_wait_while_a_person_has_them() {
    suite::a_caller_can_wait_while_a_person_has_them(&*House::shared());
}

#[test]
fn a_key_rings_a_person_and_the_caller_leaves_both() {
    suite::a_key_rings_a_person_and_the_caller_leaves_both(&*House::shared());
}

#[test]
fn who_can_not_be_reached_is_said_and_the_conversation_goes_on() {
    suite::who_can_not_be_reached_is_said_and_the_conversation_goes_on(&*House::shared());
}

#[test]
fn a_caller_who_leaves_while_it_rings_rings_nobody_any_more() {
    suite::a_caller_who_leaves_while_it_rings_rings_nobody_any_more(&*House::shared());
}

#[test]
fn the_call_ends_with_the_person_where_the_profile_says_so() {
    suite::the_call_ends_with_the_person_where_the_profile_says_so(&House::open());
}
