//! A call whose actor has died: which requests are repeated, and how often a call may do this.

use crate::script::{play, play_after};

#[test]
fn a_restarted_call_replugs_cords_and_asks_for_states() {
    insta::assert_snapshot!(play("talking; reborn"), @"
    2.000 reborn: plug 1->2, plug 2->1, resync 1, resync 2
    ");
}

#[test]
fn a_leg_that_has_not_joined_is_asked_too() {
    insta::assert_snapshot!(play("arrived; reborn; joined"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 reborn: resync 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    ");
}

#[test]
fn a_message_that_is_being_kept_is_asked_for_again() {
    insta::assert_snapshot!(
        play("talking; recording; tool c0 take_message; says 2 message_intro; played 2; +1s; speaks; +2s; spoken 2s; key #; reborn; kept 1; kept 1"),
        @"
    2.000 recording_started
    2.000 tool_call c0 take_message: [take_message 1 started], listen, say message_intro
    2.000 item_started 2 message_intro
    2.000 item_complete 2
    2.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
    3.000 speech_started: clear 2->1
    5.000 speech_stopped 2000
    5.000 dtmf #: clear 2->1, [message_taken speech 2000], save_message 1
    5.000 reborn: plug 1->2, plug 2->1, save_message 1, resync 1, resync 2
    5.000 tool_done 1 done: clear 2->1, say message_saved, converse, [take_message 1 done], tell c0 done
    5.000 tool_done 1 done
    "
    );
}

#[test]
fn the_third_death_in_ten_seconds_is_an_apology() {
    insta::assert_snapshot!(
        play("talking; reborn; +4s; reborn; +4s; reborn; item 2 apology; text 2 2s One two three four.; +2s; played 2 2s"),
        @"
     2.000 reborn: plug 1->2, plug 2->1, resync 1, resync 2
     6.000 reborn: plug 1->2, plug 2->1, resync 1, resync 2
    10.000 reborn: plug 1->2, plug 2->1, resync 1, resync 2, clear 2->1, listen, say apology
    10.000 item_started 2 apology
    10.000 item_complete 2
    12.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], [ended internal_error by server, next 'goto internal,2001,1'], cache_profile for 2001 operator, unplug 1->2, unplug 2->1, stop, release_leg 1
    12.000 profile_cached
    "
    );
}

#[test]
fn a_call_that_dies_of_its_apology_ends() {
    insta::assert_snapshot!(play("talking; reborn; reborn; reborn; reborn"), @"
    2.000 reborn: plug 1->2, plug 2->1, resync 1, resync 2
    2.000 reborn: plug 1->2, plug 2->1, resync 1, resync 2
    2.000 reborn: plug 1->2, plug 2->1, resync 1, resync 2, clear 2->1, listen, say apology
    2.000 reborn: plug 1->2, plug 2->1, resync 1, resync 2, [ended internal_error by server, next 'goto internal,2001,1'], cache_profile for 2001 operator, unplug 1->2, unplug 2->1, stop, release_leg 1
    2.000 profile_cached
    ");
}

#[test]
fn a_goodbye_under_way_is_not_replaced_by_an_apology() {
    insta::assert_snapshot!(play("talking; key *; reborn; reborn; reborn; reborn"), @"
    2.000 dtmf *: clear 2->1, [key_pressed *], [end_call 1 started], [end_call 1 done], clear 2->1, listen, say goodbye
    2.000 reborn: plug 1->2, plug 2->1, resync 1, resync 2
    2.000 reborn: plug 1->2, plug 2->1, resync 1, resync 2
    2.000 reborn: plug 1->2, plug 2->1, resync 1, resync 2
    2.000 reborn: plug 1->2, plug 2->1, resync 1, resync 2, [ended normal_clearing by assistant, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    ");
}

#[test]
fn deaths_far_apart_change_nothing() {
    insta::assert_snapshot!(play("talking; reborn; +6s; reborn; +6s; reborn"), @"
     2.000 reborn: plug 1->2, plug 2->1, resync 1, resync 2
     8.000 reborn: plug 1->2, plug 2->1, resync 1, resync 2
    12.000 deadline_passed: [silence_prompted], say still_there
    14.000 reborn: plug 1->2, plug 2->1, resync 1, resync 2
    ");
}

#[test]
fn a_call_without_its_caller_ends_at_the_third_death() {
    insta::assert_snapshot!(play("announced; reborn; reborn; reborn"), @"
    0.000 reborn
    0.000 reborn
    0.000 reborn: [ended internal_error by server, next 'goto internal,2001,1'], cache_profile for 2001 operator
    0.000 profile_cached
    ");
}

#[test]
fn deaths_that_are_ten_seconds_apart_are_not_counted_together() {
    let third = |after: &str| play_after("talking; reborn; +5s; reborn", &format!("{after}; reborn"));
    assert!(third("+4999ms").contains("say apology"));
    assert!(!third("+5s").contains("say apology"));
}

#[test]
fn a_caller_the_dialplan_takes_on_keeps_audio_until_gone() {
    let beginning = "asterisk; talking; inbound; reborn; reborn; reborn; reborn";
    insta::assert_snapshot!(play_after(beginning, "closed 1; done 1; +9s"), @"
    2.000 leg_left 1 closed
    2.000 action_done 1 done
    ");
    // The leg ends, and the dialplan asks where to go.
    insta::assert_snapshot!(play_after(beginning, "fails 1; closed 1; +9s"), @"
    2.000 action_done 1 failed: release_leg 1
    2.000 leg_left 1 closed
    ");
}
