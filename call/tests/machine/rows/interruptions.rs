//! A caller whose leg is lost, and who may come back.

use crate::script::{play, play_after};

#[test]
fn a_broken_connection_may_come_back() {
    insta::assert_snapshot!(play("talking; broken; +1s; connected; says 2 welcome_back"), @"
    2.000 leg_left 1 broken: unplug 1->2, unplug 2->1, listen, [interrupted until 7]
    3.000 leg_arrived 3: start_leg 3
    3.000 leg_joined 3: [resumed after 1000], start_recording 3, plug 2->3, plug 3->2, converse, say welcome_back
    3.000 item_started 2 welcome_back
    3.000 item_complete 2
    ");
}

#[test]
fn a_broken_connection_that_stays_away_ends_the_call() {
    insta::assert_snapshot!(play("talking; broken; to the end"), @"
    2.000 leg_left 1 broken: unplug 1->2, unplug 2->1, listen, [interrupted until 7]
    7.000 deadline_passed: [ended connection_lost by server, next 'hangup'], stop
    ");
}

/// A visitor talks in their browser.
const VISITING: &str = "visits; joined; ready; says 1 greeting; +2s; played 1";

#[test]
fn a_page_reloaded_within_ten_seconds_has_the_same_call() {
    insta::assert_snapshot!(play_after(VISITING, "away; +9s; visits; joined; says 2 welcome_back"), @"
     2.000 leg_left 1 away: unplug 1->2, unplug 2->1, listen, [interrupted until 12]
    11.000 leg_arrived 3: start_leg 3
    11.000 leg_joined 3: [resumed after 9000], start_recording 3, plug 2->3, plug 3->2, converse, say welcome_back
    11.000 item_started 2 welcome_back
    11.000 item_complete 2
    ");
}

#[test]
fn a_closed_page_is_awaited_then_its_visitor_has_left() {
    insta::assert_snapshot!(play_after(VISITING, "away; to the end"), @"
     2.000 leg_left 1 away: unplug 1->2, unplug 2->1, listen, [interrupted until 12]
    12.000 deadline_passed: [ended page_left by caller, next 'hangup'], stop
    ");
}

#[test]
fn a_page_whose_connection_breaks_is_awaited_as_long() {
    insta::assert_snapshot!(play_after(VISITING, "broken; to the end"), @"
     2.000 leg_left 1 broken: unplug 1->2, unplug 2->1, listen, [interrupted until 12]
    12.000 deadline_passed: [ended connection_lost by server, next 'hangup'], stop
    ");
}

#[test]
fn a_page_asleep_is_awaited_longer_if_its_visitor_writes() {
    let writing = format!("{VISITING}; types 1 When do you open?; says 2; played 2");
    let sleeps = play_after(&writing, "broken; to the end");
    assert!(
        sleeps.contains("[interrupted until 122]") && sleeps.contains("[ended connection_lost"),
        "{sleeps}"
    );
    let back = play_after(&format!("{writing}; broken; +119s"), "visits; joined");
    assert!(back.contains("[resumed after 119000]"), "{back}");
    // A page that was closed said so, and a page with an open microphone stays awake.
    for gone in ["away", "speaks; spoken 0s; words Hello.; says 3; played 3; broken"] {
        let gone = play_after(&writing, gone);
        assert!(gone.contains("[interrupted until 12]"), "{gone}");
    }
}

#[test]
fn a_connection_that_comes_back_before_the_assistant_was_there() {
    insta::assert_snapshot!(play("connected; broken; ready; +1s; connected"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 leg_left 1 broken: unplug 1->2, unplug 2->1, [interrupted until 5]
    0.000 assistant_ready 2
    1.000 leg_arrived 3: start_leg 3
    1.000 leg_joined 3: [resumed after 1000], start_recording 3, plug 2->3, plug 3->2, say welcome_back
    ");
}

#[test]
fn a_connection_that_comes_back_while_the_assistant_connects() {
    insta::assert_snapshot!(play("connected; broken; +1s; connected; ready"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 leg_left 1 broken: unplug 1->2, unplug 2->1, [interrupted until 5]
    1.000 leg_arrived 3: start_leg 3
    1.000 leg_joined 3: [resumed after 1000], start_recording 3, plug 2->3, plug 3->2
    1.000 assistant_ready 2: say welcome_back
    ");
}

#[test]
fn a_connection_closed_while_coming_back_ends_the_call() {
    insta::assert_snapshot!(play("talking; broken; arrived; closed"), @"
    2.000 leg_left 1 broken: unplug 1->2, unplug 2->1, listen, [interrupted until 7]
    2.000 leg_arrived 3: start_leg 3
    2.000 leg_left 3 closed: [ended normal_clearing by caller, next 'hangup'], stop
    ");
}

#[test]
fn a_second_break_while_returning_does_not_lengthen_the_wait() {
    insta::assert_snapshot!(play("talking; broken; +4s; arrived; broken; to the end"), @"
    2.000 leg_left 1 broken: unplug 1->2, unplug 2->1, listen, [interrupted until 7]
    6.000 leg_arrived 3: start_leg 3
    6.000 leg_left 3 broken
    7.000 deadline_passed: [ended connection_lost by server, next 'hangup'], stop
    ");
}

#[test]
fn speech_cut_by_the_break_is_reported_later() {
    insta::assert_snapshot!(play("talking; speaks; +2s; broken; +700ms; spoken 2s; words hello; connected; +10s"), @"
     2.000 speech_started: clear 2->1
     4.000 leg_left 1 broken: unplug 1->2, unplug 2->1, listen, [interrupted until 9]
     4.700 speech_stopped 2000
     4.700 transcript 'hello': [caller said 'hello']
     4.700 leg_arrived 3: start_leg 3
     4.700 leg_joined 3: [resumed after 700], start_recording 3, plug 2->3, plug 3->2, converse, say welcome_back
    14.700 deadline_passed: [silence_prompted], say still_there
    ");
}

#[test]
fn the_assistant_fails_while_nobody_is_there() {
    insta::assert_snapshot!(play("talking; broken; failed; connected; ready"), @"
    2.000 leg_left 1 broken: unplug 1->2, unplug 2->1, listen, [interrupted until 7]
    2.000 assistant_failed 2: stop
    2.000 leg_arrived 3: start_leg 3
    2.000 leg_joined 3: [resumed after 0], start_recording 3, start_assistant 4, plug 3->4, plug 4->3
    2.000 assistant_ready 4: say welcome_back
    ");
}

#[test]
fn a_process_dies_and_the_caller_comes_back() {
    insta::assert_snapshot!(play("talking; recording; restarted; +2s; connected; recording 9s; ready; says 2 welcome_back; +2s; played 2; +10s"), @"
     2.000 recording_started
     2.000 server_restarted: [interrupted until 32]
     4.000 leg_arrived 3: start_leg 3
     4.000 leg_joined 3: [resumed after 2000], start_recording 3, start_assistant 4, plug 3->4, plug 4->3
     4.000 recording_started
     4.000 assistant_ready 4: say welcome_back
     4.000 item_started 2 welcome_back
     4.000 item_complete 2
     6.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
    16.000 deadline_passed: [silence_prompted], say still_there
    ");
}

#[test]
fn a_process_dies_and_the_caller_does_not_come_back() {
    insta::assert_snapshot!(play("talking; restarted; next; to the end"), @"
     2.000 server_restarted: [interrupted until 32]
     2.000 next_asked: [next_answered 'again'], answer 'again'
    32.000 deadline_passed: [ended server_restart by server, next 'hangup']
    ");
}

#[test]
fn a_process_dies_before_the_call_was_answered() {
    insta::assert_snapshot!(play("announced; restarted; +2s; connected"), @"
    0.000 server_restarted: [interrupted until 30]
    2.000 leg_arrived 1: start_leg 1
    2.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    ");
}

#[test]
fn a_process_dies_while_the_caller_is_away() {
    insta::assert_snapshot!(play("talking; broken; +4s; restarted; +20s; connected"), @"
     2.000 leg_left 1 broken: unplug 1->2, unplug 2->1, listen, [interrupted until 7]
     6.000 server_restarted: [interrupted until 36]
    26.000 leg_arrived 3: start_leg 3
    26.000 leg_joined 3: [resumed after 24000], start_recording 3, start_assistant 4, plug 3->4, plug 4->3
    ");
}

#[test]
fn a_process_dies_during_the_goodbye() {
    insta::assert_snapshot!(play("talking; key 0; says 2 transferring; +1s; restarted; next"), @"
    2.000 dtmf 0: clear 2->1, [key_pressed 0], [transfer_call 1 started], [transfer_requested operator], [transfer_call 1 done], clear 2->1, listen, say transferring
    2.000 item_started 2 transferring
    2.000 item_complete 2
    3.000 server_restarted: [said 2 '' cut at 0], [ended call_transferred by caller, next 'goto internal,2001,1'], cache_profile for 2001 operator
    3.000 profile_cached
    3.000 next_asked: [next_answered 'goto internal,2001,1'], answer 'goto internal,2001,1'
    ");
}

#[test]
fn a_process_dies_while_somebody_speaks() {
    insta::assert_snapshot!(play("talking; says 2; +1s; speaks; restarted; connected; ready"), @"
    2.000 item_started 2 -
    2.000 item_complete 2
    3.000 speech_started: clear 2->1
    3.000 server_restarted: [said 2 '' cut at 0], [interrupted until 33], [caller said '(speech)']
    3.000 leg_arrived 3: start_leg 3
    3.000 leg_joined 3: [resumed after 0], start_recording 3, start_assistant 4, plug 3->4, plug 4->3
    3.000 assistant_ready 4: say welcome_back
    ");
}

#[test]
fn words_unknown_when_the_process_dies_leave_a_wordless_line() {
    insta::assert_snapshot!(play("talking; speaks; +2s; spoken 2s; restarted"), @"
    2.000 speech_started: clear 2->1
    4.000 speech_stopped 2000
    4.000 server_restarted: [interrupted until 34], [caller said '(speech, 2.0 s)']
    ");
}

#[test]
fn a_leg_reported_twice_counts_once() {
    insta::assert_snapshot!(play("arrived; twice; joined; twice; ready; twice; broken; twice"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_arrived 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 leg_joined 1
    0.000 assistant_ready 2: say greeting
    0.000 assistant_ready 2
    0.000 leg_left 1 broken: unplug 1->2, unplug 2->1, listen, [interrupted until 5]
    0.000 leg_left 1 broken
    ");
}

#[test]
fn a_dead_process_was_heard_as_far_as_recorded() {
    insta::assert_snapshot!(play("connected; ready; recording; +1s; says 1 greeting; dead 60s; restarted 2s"), @"
     0.000 leg_arrived 1: start_leg 1
     0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
     0.000 assistant_ready 2: say greeting
     0.000 recording_started
     1.000 item_started 1 greeting
     1.000 item_complete 1
    61.000 server_restarted: [said 1 'One two' cut at 1000], [interrupted until 91]
    ");
}

#[test]
fn utterances_of_a_dead_process_were_heard_in_turn() {
    insta::assert_snapshot!(play("connected; ready; recording 5s; says 1 greeting; says 2; says 3; dead 60s; restarted 8s"), @"
     0.000 leg_arrived 1: start_leg 1
     0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
     0.000 assistant_ready 2: say greeting
     0.000 recording_started
     0.000 item_started 1 greeting
     0.000 item_complete 1
     0.000 item_started 2 -
     0.000 item_complete 2
     0.000 item_started 3 -
     0.000 item_complete 3
    60.000 server_restarted: [said 1 'One two three four.'], [said 2 'One two' cut at 1000], [said 3 '' cut at 0], [interrupted until 90]
    ");
}

#[test]
fn words_that_waited_in_an_ear_begin_when_free() {
    let story = "connected; ready; recording; says 1 greeting; says 2; +2s; played 1; dead 60s; restarted 3s";
    let told = play(story);
    assert!(told.contains("[said 1 'One two three four.']"), "{told}");
    assert!(told.contains("[said 2 'One two' cut at 1000]"), "{told}");
}
