//! Both halves of a call: the audio, and the announcement.

use crate::script::play;

#[test]
fn an_announced_call_is_answered_once_its_audio_joins() {
    insta::assert_snapshot!(play("announced; +1s; arrived; +20ms; joined; +10ms; ready"), @"
    1.000 leg_arrived 1: start_leg 1
    1.020 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    1.030 assistant_ready 2: say greeting
    ");
}

#[test]
fn a_call_announced_after_its_audio_goes_on() {
    insta::assert_snapshot!(play("connected; ready; +100ms; announced; named; misconfigured"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: say greeting
    0.100 announced
    0.100 outside_id_added
    0.100 leg_misconfigured 1
    ");
}

#[test]
fn unannounced_audio_is_accepted() {
    insta::assert_snapshot!(play("connected; ready; says 1 greeting; recording"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: say greeting
    0.000 item_started 1 greeting
    0.000 item_complete 1
    0.000 recording_started
    ");
}

#[test]
fn unannounced_audio_that_is_not_wanted_waits_for_its_announcement() {
    insta::assert_snapshot!(play("insisting; connected; +2s; announced; ready"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1
    2.000 announced: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    2.000 assistant_ready 2: say greeting
    ");
}

#[test]
fn unannounced_audio_that_is_never_announced_goes_to_the_fallback() {
    insta::assert_snapshot!(play("insisting; connected; key 0; to the end"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1
    0.000 dtmf 0
    5.000 deadline_passed: [ended unannounced by server, next 'goto internal,2001,1'], cache_profile for 2001 operator, release_leg 1
    5.000 profile_cached
    ");
}

#[test]
fn announced_audio_is_answered_at_once_where_announcements_are_required() {
    insta::assert_snapshot!(play("announced; insisting; connected"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    ");
}

#[test]
fn announced_audio_that_never_comes_ends_the_call() {
    insta::assert_snapshot!(play("announced; to the end"), @"  5.000 deadline_passed: [ended no_audio by server, next 'hangup']");
}

#[test]
fn a_connection_that_never_joins_is_released() {
    insta::assert_snapshot!(play("announced; arrived; to the end"), @"
    0.000 leg_arrived 1: start_leg 1
    5.000 deadline_passed: [ended no_audio by server, next 'hangup'], release_leg 1
    ");
}

/// A caller who says nothing joins 200 ms after their connection arrives.
#[test]
fn a_connection_of_the_last_moment_joins() {
    insta::assert_snapshot!(play("announced; +4900ms; arrived; +200ms; joined; ready"), @"
    4.900 leg_arrived 1: start_leg 1
    5.100 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    5.100 assistant_ready 2: say greeting
    ");
    let late = play("announced; +4900ms; arrived; to the end");
    assert!(
        late.contains("5.900 deadline_passed: [ended no_audio by server, next 'hangup'], release_leg 1"),
        "{late}"
    );
}

#[test]
fn a_caller_who_returns_in_the_last_moment_is_welcomed() {
    let back = play("talking; broken; +4900ms; connected");
    assert!(back.contains("[resumed after 4900]"), "{back}");
    let joins = play("talking; broken; +4900ms; arrived; +200ms; joined");
    assert!(joins.contains("[resumed after 5100]"), "{joins}");
}

#[test]
fn a_second_connection_is_refused_while_the_first_lives() {
    insta::assert_snapshot!(play("connected; arrived; joined; ready; arrived"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 leg_arrived 3: refuse_leg 3
    0.000 leg_joined 3
    0.000 assistant_ready 2: say greeting
    0.000 leg_arrived 4: refuse_leg 4
    ");
}

#[test]
fn a_second_connection_is_refused_while_the_first_is_joining() {
    insta::assert_snapshot!(play("arrived; arrived; joined 1"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_arrived 2: refuse_leg 2
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 3, plug 1->3, plug 3->1
    ");
}

#[test]
fn a_scanner_that_knew_the_name_ends_an_unanswered_call() {
    insta::assert_snapshot!(play("arrived; closed"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_left 1 closed: [ended normal_clearing by caller, next 'hangup']
    ");
}

#[test]
fn a_connection_that_breaks_before_it_joins_may_come_again() {
    insta::assert_snapshot!(play("announced; arrived; broken; +1s; arrived; joined"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_left 1 broken: [interrupted until 5]
    1.000 leg_arrived 2: start_leg 2
    1.000 leg_joined 2: [answered], start_recording 2, start_assistant 3, plug 2->3, plug 3->2
    ");
}

#[test]
fn a_connection_broken_before_joining_may_return_and_await_announcement() {
    insta::assert_snapshot!(play("insisting; arrived; broken; +4s; arrived; joined; +4s; announced"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_left 1 broken: [interrupted until 5]
    4.000 leg_arrived 2: start_leg 2
    4.000 leg_joined 2
    8.000 announced: [answered], start_recording 2, start_assistant 3, plug 2->3, plug 3->2
    ");
}
