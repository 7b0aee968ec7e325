//! The notice that a caller hears first, word for word and to its end.

use crate::script::{play, play_after};

#[test]
fn a_notice_precedes_the_greeting_and_is_journalled_once_heard() {
    insta::assert_snapshot!(play("noticing This call is recorded.; connected; ready to say anything; says 1 notice; +2s; played 1; says 2 greeting; +2s; played 2"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: listen, say notice
    0.000 item_started 1 notice
    0.000 item_complete 1
    2.000 played_until 1 2000 finished: heard 1 2000 finished, [said 1 'One two three four.'], [notice_given of version 1], converse, say greeting
    2.000 item_started 2 greeting
    2.000 item_complete 2
    4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
    ");
}

#[test]
fn neither_speech_nor_a_key_cuts_the_notice_short() {
    insta::assert_snapshot!(play("noticing Recorded.; connected; ready to say anything; says 1 notice; +1s; speaks; +500ms; spoken 500ms; words hello; key #; +500ms; played 1"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: listen, say notice
    0.000 item_started 1 notice
    0.000 item_complete 1
    1.000 speech_started
    1.500 speech_stopped 500
    1.500 transcript 'hello'
    1.500 dtmf #: [key_pressed #], say repeat
    2.000 played_until 1 2000 finished: heard 1 2000 finished, [said 1 'One two three four.'], [caller said 'hello'], [notice_given of version 1], converse, say greeting
    ");
}

#[test]
fn a_notice_cut_by_faults_is_repeated_then_left_out() {
    insta::assert_snapshot!(play("noticing Recorded.; connected; ready to say anything; says 1 notice; +1s; cut 1 1s; says 2 notice; cut 2 0s; says 3 notice; cut 3 1s"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: listen, say notice
    0.000 item_started 1 notice
    0.000 item_complete 1
    1.000 played_until 1 1000 cleared: heard 1 1000 cleared, [said 1 'One two' cut at 1000], say notice
    1.000 item_started 2 notice
    1.000 item_complete 2
    1.000 played_until 2 0 cleared: heard 2 0 cleared, [said 2 '' cut at 0], say notice
    1.000 item_started 3 notice
    1.000 item_complete 3
    1.000 played_until 3 1000 cleared: heard 3 1000 cleared, [said 3 'One two' cut at 1000], converse, say greeting
    ");
}

#[test]
fn another_assistant_says_it_from_its_beginning() {
    insta::assert_snapshot!(play("noticing Recorded.; connected; ready to say anything; says 1 notice; +1s; cut 1 1s; failed panicked; ready to say anything; says 2 notice; +2s; played 2"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: listen, say notice
    0.000 item_started 1 notice
    0.000 item_complete 1
    1.000 played_until 1 1000 cleared: heard 1 1000 cleared, [said 1 'One two' cut at 1000], say notice
    1.000 assistant_failed 2 panicked: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 configured: panicked], start_assistant 3, plug 1->3, plug 3->1
    1.000 assistant_ready 3: listen, say notice
    1.000 item_started 2 notice
    1.000 item_complete 2
    3.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], [notice_given of version 1], converse, say greeting
    ");
}

#[test]
fn recordings_can_not_say_the_notice_nor_count_it_heard() {
    insta::assert_snapshot!(play("noticing Recorded.; standing by; connected; failed unreachable; ready; +999ms"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_failed 2 unreachable: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 standby: unreachable], start_assistant 3 standby, plug 1->3, plug 3->1
    0.000 assistant_ready 3: say assistant_away
    ");
}

#[test]
fn a_caller_who_returns_before_its_end_hears_it_first() {
    let played = play(
        "noticing Recorded.; connected; ready to say anything; says 1 notice; +1s; cut 1 1s; broken; +3s; connected; \
         says 2 notice; +2s; played 2",
    );
    let back = played.lines().find(|line| line.contains("[resumed")).unwrap();
    assert!(back.ends_with("listen, say notice"), "{played}");
    let end = played.lines().last().unwrap();
    assert!(end.ends_with("[notice_given of version 1], converse, say welcome_back"), "{played}");
}

#[test]
fn a_silent_caller_is_asked_when_the_profile_says() {
    insta::assert_snapshot!(play("reminding 5; talking; +4999ms; +1ms"), @"  7.000 deadline_passed: [silence_prompted], say still_there");
}

#[test]
fn an_assistant_that_can_not_say_text_gives_no_notice() {
    let beginning = "noticing This call is recorded.; connected";
    insta::assert_snapshot!(play_after(beginning, "ready; broken; connected"), @"
    0.000 assistant_ready 2: say greeting
    0.000 leg_left 1 broken: unplug 1->2, unplug 2->1, listen, [interrupted until 5]
    0.000 leg_arrived 3: start_leg 3
    0.000 leg_joined 3: [resumed after 0], start_recording 3, plug 2->3, plug 3->2, converse, say welcome_back
    ");
    insta::assert_snapshot!(play_after(beginning, "ready to say anything; failed; ready"), @"
    0.000 assistant_ready 2: listen, say notice
    0.000 assistant_failed 2: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 configured: other], start_assistant 3, plug 1->3, plug 3->1
    0.000 assistant_ready 3: say greeting
    ");
}

/// Nothing that the caller does cuts it short. A phone that holds the call for a moment does not make it be skipped.
#[test]
fn a_notice_that_a_hold_cuts_comes_before_the_answer() {
    let stream =
        "noticing Recorded.; dual; answered new; stream with its token; joined; ready to say anything";
    let held = format!("{stream}; says 1 notice; +1s; held; cut 1 1s");
    for away in ["+1s", "+4s"] {
        let back = play_after(&held, &format!("{away}; unheld"));
        assert!(back.trim_end().ends_with("say notice") && !back.contains("go on"), "{back}");
    }
    let heard = play_after(&held, "+1s; unheld; says 2 notice; +2s; played 2");
    assert!(heard.trim_end().ends_with("[notice_given of version 1], converse, say greeting"), "{heard}");
}

#[test]
fn a_hold_before_the_assistant_is_there_skips_no_notice() {
    let held = "noticing Recorded.; connected; hold; ready to say anything; +5s";
    let back = play_after(held, "unhold");
    assert!(back.trim_end().ends_with("listen, say notice"), "{back}");
    let by_key = play_after(held, "key #");
    assert!(by_key.contains("listen, say notice, [key_pressed #], say repeat"), "{by_key}");
}

/// The caller presses the key for a message while the notice is said.
#[test]
fn a_notice_heard_before_a_message_is_not_repeated() {
    let asked = "noticing Recorded.; connected; recording; ready to say anything; says 1 notice; +1s; key 1; speaks; spoken 300ms; words hello";
    let spoken = play_after(asked, "+1s; played 1; says 2 message_intro; +2s; played 2; +8s");
    assert!(!play(asked).contains("clear 2->1"), "their words don't cut it short: {}", play(asked));
    assert!(spoken.contains("[notice_given of version 1]") && !spoken.contains("say notice"), "{spoken}");
    assert!(spoken.trim_end().ends_with("say message_empty, converse"), "{spoken}");
}

#[test]
fn a_message_given_up_during_the_notice_leaves_it_whole() {
    let given_up =
        "noticing Recorded.; connected; recording; ready to say anything; says 1 notice; +1s; key 1; key #";
    let heard = play_after(given_up, "+1s; played 1");
    assert!(!play(given_up).contains("clear 2->1"), "{}", play(given_up));
    assert!(
        heard.trim_end().ends_with("[notice_given of version 1], converse, say message_empty"),
        "{heard}"
    );
}

#[test]
fn a_message_before_the_assistant_is_there_skips_no_notice() {
    let message = "noticing Recorded.; connected; recording; key 1; ready to say anything; says 1 message_intro; +2s; played 1";
    let over = play_after(message, "+8s");
    assert!(over.trim_end().ends_with("[take_message 1 done], say notice"), "{over}");
    let heard = play_after(message, "+8s; says 2 notice; +2s; played 2");
    assert!(
        heard.trim_end().ends_with("[notice_given of version 1], converse, say message_empty"),
        "{heard}"
    );
}
