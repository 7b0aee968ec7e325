//! A call whose actor died: what it asks anew, and when it gives up.

use crate::script::play;

#[test]
fn cords_are_put_in_again_and_everybody_is_asked_how_they_stand() {
    insta::assert_snapshot!(play("talking; reborn"), @"");
}

#[test]
fn a_leg_that_has_not_joined_is_asked_too() {
    insta::assert_snapshot!(play("arrived; reborn; joined"), @"");
}

#[test]
fn a_message_that_is_being_kept_is_asked_for_again() {
    insta::assert_snapshot!(
        play("talking; tool c0 take_message; says 2 message_intro; played 2; +1s; speaks; +2s; spoken 2s; key #; reborn; kept 1; kept 1"),
        @""
    );
}

#[test]
fn the_third_death_in_ten_seconds_is_an_apology() {
    insta::assert_snapshot!(
        play("talking; reborn; +4s; reborn; +4s; reborn; item 2 apology; text 2 2s One two three four.; +2s; played 2 2s"),
        @""
    );
}

#[test]
fn a_call_that_dies_of_its_apology_ends() {
    insta::assert_snapshot!(play("talking; reborn; reborn; reborn; reborn"), @"");
}

#[test]
fn a_goodbye_under_way_is_not_replaced_by_an_apology() {
    insta::assert_snapshot!(play("talking; key *; reborn; reborn; reborn; reborn"), @"");
}

#[test]
fn deaths_that_lie_apart_change_nothing() {
    insta::assert_snapshot!(play("talking; reborn; +6s; reborn; +6s; reborn"), @"");
}

#[test]
fn a_call_without_its_caller_ends_at_the_third_death() {
    insta::assert_snapshot!(play("announced; reborn; reborn; reborn"), @"");
}
