//! Ends: one party hangs up, and everything that belongs to the call ends.

use crate::script::play;

#[test]
fn the_caller_hangs_up() {
    insta::assert_snapshot!(play("talking; closed; next"), @"
    2.000 leg_left 1 closed: unplug 1->2, unplug 2->1, [ended normal_clearing by caller, next 'hangup'], stop
    2.000 next_asked: [next_answered 'hangup'], answer 'hangup'
    ");
}

#[test]
fn the_caller_hangs_up_before_the_assistant_is_there() {
    insta::assert_snapshot!(play("connected; closed; ready"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 leg_left 1 closed: unplug 1->2, unplug 2->1, [ended normal_clearing by caller, next 'hangup'], stop
    0.000 assistant_ready 2
    ");
}

#[test]
fn the_caller_hangs_up_during_the_goodbye() {
    insta::assert_snapshot!(play("talking; key 0; says 2 transferring; +1s; closed; cut 2 1s; next"), @"
    2.000 dtmf 0: clear 2->1, [key_pressed 0], [transfer_call 1 started], [transfer_requested operator], [transfer_call 1 done], clear 2->1, listen, say transferring
    2.000 item_started 2 transferring
    2.000 item_complete 2
    3.000 leg_left 1 closed: unplug 1->2, unplug 2->1, [ended normal_clearing by caller, next 'hangup'], stop
    3.000 played_until 2 1000 cleared: [said 2 'One two' cut at 1000]
    3.000 next_asked: [next_answered 'hangup'], answer 'hangup'
    ");
}

#[test]
fn the_connection_breaks_during_the_goodbye() {
    insta::assert_snapshot!(play("talking; key 0; says 2 transferring; +1s; broken; cut 2 1s; next"), @"
    2.000 dtmf 0: clear 2->1, [key_pressed 0], [transfer_call 1 started], [transfer_requested operator], [transfer_call 1 done], clear 2->1, listen, say transferring
    2.000 item_started 2 transferring
    2.000 item_complete 2
    3.000 leg_left 1 broken: unplug 1->2, unplug 2->1, [ended call_transferred by caller, next 'goto internal,2001,1'], cache_profile for 2001 operator, stop
    3.000 profile_cached
    3.000 played_until 2 1000 cleared: [said 2 'One two' cut at 1000]
    3.000 next_asked: [next_answered 'goto internal,2001,1'], answer 'goto internal,2001,1'
    ");
}

#[test]
fn a_program_hangs_up() {
    insta::assert_snapshot!(play("talking; hangup; released"), @"
    2.000 hangup: [ended operator by api, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    2.000 leg_left 1 released
    ");
}

#[test]
fn a_program_hangs_up_a_call_that_waits() {
    insta::assert_snapshot!(play("announced; hangup"), @"  0.000 hangup: [ended operator by api, next 'hangup']");
}

#[test]
fn a_program_hangs_up_a_call_that_is_interrupted() {
    insta::assert_snapshot!(play("talking; broken; hangup"), @"
    2.000 leg_left 1 broken: unplug 1->2, unplug 2->1, listen, [interrupted until 7]
    2.000 hangup: [ended operator by api, next 'hangup'], stop
    ");
}

#[test]
fn the_server_drains_and_says_goodbye() {
    insta::assert_snapshot!(play("talking; drained; says 2 goodbye_shutdown; +2s; played 2; released"), @"
    2.000 drain_expired: clear 2->1, listen, say goodbye_shutdown
    2.000 item_started 2 goodbye_shutdown
    2.000 item_complete 2
    4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], [ended server_stopped by server, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    4.000 leg_left 1 released
    ");
}

#[test]
fn the_server_drains_while_nobody_is_there() {
    insta::assert_snapshot!(play("talking; broken; drained"), @"
    2.000 leg_left 1 broken: unplug 1->2, unplug 2->1, listen, [interrupted until 7]
    2.000 drain_expired: [ended server_stopped by server, next 'hangup'], stop
    ");
}

#[test]
fn the_server_drains_during_a_goodbye() {
    insta::assert_snapshot!(play("talking; key *; drained; says 2 goodbye; +2s; played 2"), @"
    2.000 dtmf *: clear 2->1, [key_pressed *], [end_call 1 started], [end_call 1 done], clear 2->1, listen, say goodbye
    2.000 drain_expired
    2.000 item_started 2 goodbye
    2.000 item_complete 2
    4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], [ended normal_clearing by assistant, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    ");
}

#[test]
fn the_server_stops() {
    insta::assert_snapshot!(play("talking; stopping; released"), @"
    2.000 server_stopping: [ended server_stopped by server, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    2.000 leg_left 1 released
    ");
}

#[test]
fn the_assistant_fails_and_the_caller_goes_to_the_fallback() {
    insta::assert_snapshot!(play("talking; failed unauthorized; twice; next; released"), @"
    2.000 assistant_failed 2 unauthorized: unplug 1->2, unplug 2->1, stop, [ended assistant_failed by server, next 'goto internal,2001,1'], cache_profile for 2001 operator, release_leg 1
    2.000 profile_cached
    2.000 assistant_failed 2 unauthorized
    2.000 next_asked: [next_answered 'goto internal,2001,1'], answer 'goto internal,2001,1'
    2.000 leg_left 1 released
    ");
}

#[test]
fn the_assistant_fails_without_a_fallback() {
    insta::assert_snapshot!(play("without extensions; talking; failed quota_exhausted; next"), @"
    2.000 assistant_failed 2 quota_exhausted: unplug 1->2, unplug 2->1, stop, [ended assistant_failed by server, next 'hangup'], release_leg 1
    2.000 next_asked: [next_answered 'hangup'], answer 'hangup'
    ");
}

#[test]
fn the_assistant_fails_during_the_goodbye() {
    insta::assert_snapshot!(play("talking; key 0; failed; next"), @"
    2.000 dtmf 0: clear 2->1, [key_pressed 0], [transfer_call 1 started], [transfer_requested operator], [transfer_call 1 done], clear 2->1, listen, say transferring
    2.000 assistant_failed 2: unplug 1->2, unplug 2->1, stop, [ended call_transferred by caller, next 'goto internal,2001,1'], cache_profile for 2001 operator, release_leg 1
    2.000 profile_cached
    2.000 next_asked: [next_answered 'goto internal,2001,1'], answer 'goto internal,2001,1'
    ");
}

#[test]
fn facts_after_the_end_change_nothing() {
    insta::assert_snapshot!(play("talking; closed; closed; broken; joined; ready; failed; announced; speaks; spoken 1s; key 0; item 2; text 2 1s No.; played 2 1s; recording; recorded; hangup; drained; stopping; restarted; deadline; panicked; effect; arrived"), @"
    2.000 leg_left 1 closed: unplug 1->2, unplug 2->1, [ended normal_clearing by caller, next 'hangup'], stop
    2.000 leg_left 1 closed
    2.000 leg_left 1 broken
    2.000 leg_joined 1
    2.000 assistant_ready 2
    2.000 assistant_failed 2
    2.000 announced
    2.000 speech_started
    2.000 speech_stopped 1000
    2.000 dtmf 0
    2.000 item_started 2 -
    2.000 item_complete 2
    2.000 played_until 2 1000 finished: [said 2 'No.']
    2.000 recording_started
    2.000 recording_finished
    2.000 hangup
    2.000 drain_expired
    2.000 server_stopping
    2.000 server_restarted
    2.000 deadline_passed
    2.000 step_panicked
    2.000 effect_failed
    2.000 leg_arrived 3: refuse_leg 3
    ");
}
