//! The return of the configured assistant after a time with the standby.

use crate::script::play_after;

/// The provider can't be reached, and the standby says so.
const AWAY: &str = "standing by; talking; failed unreachable; ready; says 2 assistant_away";
/// The line was heard. The configured assistant is connected and waits.
const WAITING: &str =
    "standing by; talking; failed unreachable; ready; says 2 assistant_away; +1s; candidate ready; +1s";
/// The configured assistant is back, and has said something.
const BACK: &str = "standing by; talking; failed unreachable; ready; says 2 assistant_away; +2s; candidate ready; \
                    played 2; says 3; +2s; played 3";

#[test]
fn it_is_tried_with_pauses_growing_to_fifteen_seconds() {
    let away = "speaks; candidate failed unreachable";
    let steps = format!(
        "+1s; {away}; +2s; {away}; +4s; {away}; +8s; {away}; +15s; {away}; +15s; {away}; +14999ms; +1ms"
    );
    insta::assert_snapshot!(play_after(AWAY, &steps), @"
     3.000 deadline_passed: [assistant_tried 4, attempt 1], try_assistant 4
     3.000 speech_started: clear 3->1
     3.000 assistant_failed 4 unreachable: dismiss_candidate
     5.000 deadline_passed: [assistant_tried 5, attempt 2], try_assistant 5
     5.000 speech_started: clear 3->1
     5.000 assistant_failed 5 unreachable: dismiss_candidate
     9.000 deadline_passed: [assistant_tried 6, attempt 3], try_assistant 6
     9.000 speech_started: clear 3->1
     9.000 assistant_failed 6 unreachable: dismiss_candidate
    17.000 deadline_passed: [assistant_tried 7, attempt 4], try_assistant 7
    17.000 speech_started: clear 3->1
    17.000 assistant_failed 7 unreachable: dismiss_candidate
    32.000 deadline_passed: [assistant_tried 8, attempt 5], try_assistant 8
    32.000 speech_started: clear 3->1
    32.000 assistant_failed 8 unreachable: dismiss_candidate
    47.000 deadline_passed: [assistant_tried 9, attempt 6], try_assistant 9
    47.000 speech_started: clear 3->1
    47.000 assistant_failed 9 unreachable: dismiss_candidate
    62.000 deadline_passed: [assistant_tried 10, attempt 7], try_assistant 10
    ");
}

#[test]
fn it_comes_back_when_the_standby_has_said_its_words() {
    insta::assert_snapshot!(play_after(AWAY, "+1s; candidate ready; +1s; played 2; says 3; +2s; played 3; +10s"), @"
     3.000 deadline_passed: [assistant_tried 4, attempt 1], try_assistant 4
     3.000 assistant_ready 4
     4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], unplug 1->3, unplug 3->1, stop, [assistant_returned 4 after 1 in 2000], take_over 4, plug 1->4, plug 4->1, tell 'You were away for a while. Meanwhile the caller was with a simple assistant that understands no words, and was told that you could not be reached. You can help again: say so in a few words.', go on
     4.000 item_started 3 -
     4.000 item_complete 3
     6.000 played_until 3 2000 finished: heard 3 2000 finished, [said 3 'One two three four.']
    16.000 deadline_passed: [silence_prompted], say still_there
    ");
}

#[test]
fn an_assistant_ready_in_a_pause_comes_back_at_once() {
    insta::assert_snapshot!(play_after(AWAY, "+900ms; played 2; +100ms; candidate ready"), @"
    2.900 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
    3.000 deadline_passed: [assistant_tried 4, attempt 1], try_assistant 4
    3.000 assistant_ready 4: unplug 1->3, unplug 3->1, stop, [assistant_returned 4 after 1 in 1000], take_over 4, plug 1->4, plug 4->1, tell 'You were away for a while. Meanwhile the caller was with a simple assistant that understands no words, and was told that you could not be reached. You can help again: say so in a few words.', go on
    ");
}

#[test]
fn it_does_not_come_back_before_the_caller_is_answered() {
    insta::assert_snapshot!(
        play_after(WAITING, "speaks; cut 2 2s; +2s; spoken 2s; words (speech, 2.0 s); says 3; +2s; played 3"),
        @"
    4.000 speech_started: clear 3->1
    4.000 played_until 2 2000 cleared: [barge_in 2 at 2000], heard 2 2000 cleared, [said 2 'One two three four.' cut at 2000]
    6.000 speech_stopped 2000
    6.000 transcript '(speech, 2.0 s)': [caller said '(speech, 2.0 s)']
    6.000 item_started 3 -
    6.000 item_complete 3
    8.000 played_until 3 2000 finished: heard 3 2000 finished, [said 3 'One two three four.'], unplug 1->3, unplug 3->1, stop, [assistant_returned 4 after 1 in 6000], take_over 4, plug 1->4, plug 4->1, tell 'You were away for a while. Meanwhile the caller was with a simple assistant that understands no words, and was told that you could not be reached. You can help again: say so in a few words.', go on
    "
    );
}

#[test]
fn late_words_from_the_leaving_standby_belong_to_earlier_speech() {
    const LEAVES: &str = "speaks; cut 2 2s; +2s; spoken 2s; says 3; +2s; played 3; says 4";
    let leaves = format!("{WAITING}; {LEAVES}");
    insta::assert_snapshot!(play_after(&leaves, "+900ms; words where are you; +2s; played 4"), @"
     8.900 transcript 'where are you': [caller said 'where are you'], [said 3 'One two three four.']
    10.900 played_until 4 2000 finished: heard 4 2000 finished, [said 4 'One two three four.']
    ");
    // It was still working on it when its time was up.
    insta::assert_snapshot!(play_after(&leaves, "+2s; played 4"), @"
    10.000 deadline_passed: [caller said '(speech, 2.0 s)'], [said 3 'One two three four.']
    10.000 played_until 4 2000 finished: heard 4 2000 finished, [said 4 'One two three four.']
    ");
}

#[test]
fn it_does_not_come_back_while_a_message_is_left() {
    insta::assert_snapshot!(
        play_after(
            WAITING,
            "recording; key 1; cut 2 2s; says 3 message_intro; +2s; played 3; speaks; +3s; spoken 3s; words (speech, 3.0 s); \
             key #; kept 1; says 4 message_saved; +2s; played 4"
        ),
        @"
     4.000 recording_started
     4.000 dtmf 1: clear 3->1, [key_pressed 1], [take_message 1 started], listen, say message_intro
     4.000 played_until 2 2000 cleared: [barge_in 2 at 2000], heard 2 2000 cleared, [said 2 'One two three four.' cut at 2000]
     4.000 item_started 3 message_intro
     4.000 item_complete 3
     6.000 played_until 3 2000 finished: heard 3 2000 finished, [said 3 'One two three four.']
     6.000 speech_started: clear 3->1
     9.000 speech_stopped 3000
     9.000 transcript '(speech, 3.0 s)': [caller said '(speech, 3.0 s)']
     9.000 dtmf #: clear 3->1, [message_taken speech 3000], save_message 1
     9.000 tool_done 1 done: clear 3->1, say message_saved, converse, [take_message 1 done]
     9.000 item_started 4 message_saved
     9.000 item_complete 4
    11.000 played_until 4 2000 finished: heard 4 2000 finished, [said 4 'One two three four.'], unplug 1->3, unplug 3->1, stop, [assistant_returned 4 after 1 in 9000], take_over 4, plug 1->4, plug 4->1, tell 'You were away for a while. Meanwhile the caller was with a simple assistant that understands no words, and was told that you could not be reached. You can help again: say so in a few words.', go on
    "
    );
}

#[test]
fn it_does_not_come_back_during_a_hold() {
    insta::assert_snapshot!(
        play_after(WAITING, "hold; cut 2 2s; +20s; unhold; says 3 welcome_back; +2s; played 3"),
        @"
     4.000 hold_asked: clear 3->1, listen, [hold_began], start_music 5, unplug 1->3, unplug 3->1, plug 5->1
     4.000 played_until 2 2000 cleared: heard 2 2000 cleared, [said 2 'One two three four.' cut at 2000]
    24.000 unhold_asked: [hold_ended after 20000], unplug 5->1, plug 1->3, plug 3->1, stop_music 5, converse, tell 'the caller was on hold for 20 s', say welcome_back
    24.000 item_started 3 welcome_back
    24.000 item_complete 3
    26.000 played_until 3 2000 finished: heard 3 2000 finished, [said 3 'One two three four.'], unplug 1->3, unplug 3->1, stop, [assistant_returned 4 after 1 in 24000], take_over 4, plug 1->4, plug 4->1, tell 'You were away for a while. Meanwhile the caller was with a simple assistant that understands no words, and was told that you could not be reached. You can help again: say so in a few words.', go on
    "
    );
}

#[test]
fn it_is_not_tried_during_a_message_or_a_hold() {
    insta::assert_snapshot!(
        play_after(AWAY, "recording; key 1; cut 2 100ms; says 3 message_intro; +2s; played 3; +4s; key #; says 4 message_empty"),
        @"
    2.000 recording_started
    2.000 dtmf 1: clear 3->1, [key_pressed 1], [take_message 1 started], listen, say message_intro
    2.000 played_until 2 100 cleared: [barge_in 2 at 100], heard 2 100 cleared, [said 2 '' cut at 100]
    2.000 item_started 3 message_intro
    2.000 item_complete 3
    4.000 played_until 3 2000 finished: heard 3 2000 finished, [said 3 'One two three four.']
    8.000 dtmf #: clear 3->1, [take_message 1 done], say message_empty, converse
    8.000 item_started 4 message_empty
    8.000 item_complete 4
    "
    );
    let held = play_after(AWAY, "hold; +20s; unhold");
    assert!(!held.contains("assistant_tried"), "{held}");
    let back = play_after(AWAY, "hold; +20s; unhold; +1ms");
    assert!(
        back.trim_end().ends_with("22.000 deadline_passed: [assistant_tried 5, attempt 1], try_assistant 5"),
        "{back}"
    );
}

#[test]
fn an_assistant_that_soon_fails_again_is_retried_less_often() {
    let relapses = |pause: &str| {
        format!(
            "+5s; failed stalled; ready; says ITEM assistant_away; +2s; played ITEM; speaks; {pause}; +1ms; candidate ready; \
             spoken 1s; words hm; says ITEM; +2s; played ITEM"
        )
    };
    let mut steps = String::new();
    let mut item = 4;
    for pause in ["+12999ms", "+27999ms", "+57999ms"] {
        let mut round = relapses(pause);
        // The standby's two utterances, and the first one of the assistant that is back.
        round = round.replacen("ITEM", &item.to_string(), 2);
        round = round.replace("ITEM", &(item + 1).to_string());
        steps.push_str(&format!("{round}; says {0}; +2s; played {0}; ", item + 2));
        item += 3;
    }
    steps.push_str("+5s; failed stalled; ready; speaks; +100s");
    let played = play_after(BACK, &steps);
    let lines: Vec<&str> =
        played.lines().filter(|line| line.contains("[assistant_")).map(str::trim_start).collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    11.000 assistant_failed 4 stalled: unplug 1->4, unplug 4->1, stop, [assistant_replaced by 5 standby: stalled], start_assistant 5 standby, plug 1->5, plug 5->1
    26.000 deadline_passed: [assistant_tried 6, attempt 1], try_assistant 6
    28.000 played_until 5 2000 finished: heard 5 2000 finished, [said 5 'One two three four.'], unplug 1->5, unplug 5->1, stop, [assistant_returned 6 after 1 in 17000], take_over 6, plug 1->6, plug 6->1, tell 'You were away for a while. Meanwhile the caller was with a simple assistant that understands no words, and was told that you could not be reached. You can help again: say so in a few words.', go on
    35.000 assistant_failed 6 stalled: unplug 1->6, unplug 6->1, stop, [assistant_replaced by 7 standby: stalled], start_assistant 7 standby, plug 1->7, plug 7->1
    65.000 deadline_passed: [assistant_tried 8, attempt 1], try_assistant 8
    67.000 played_until 8 2000 finished: heard 8 2000 finished, [said 8 'One two three four.'], unplug 1->7, unplug 7->1, stop, [assistant_returned 8 after 1 in 32000], take_over 8, plug 1->8, plug 8->1, tell 'You were away for a while. Meanwhile the caller was with a simple assistant that understands no words, and was told that you could not be reached. You can help again: say so in a few words.', go on
    74.000 assistant_failed 8 stalled: unplug 1->8, unplug 8->1, stop, [assistant_replaced by 9 standby: stalled], start_assistant 9 standby, plug 1->9, plug 9->1
    134.000 deadline_passed: [assistant_tried 10, attempt 1], try_assistant 10
    136.000 played_until 11 2000 finished: heard 11 2000 finished, [said 11 'One two three four.'], unplug 1->9, unplug 9->1, stop, [assistant_returned 10 after 1 in 62000], take_over 10, plug 1->10, plug 10->1, tell 'You were away for a while. Meanwhile the caller was with a simple assistant that understands no words, and was told that you could not be reached. You can help again: say so in a few words.', go on
    143.000 assistant_failed 10 stalled: unplug 1->10, unplug 10->1, stop, [assistant_replaced by 11 standby: stalled], [assistant_given_up stalled], start_assistant 11 standby, plug 1->11, plug 11->1
    ");
}

#[test]
fn an_assistant_that_stayed_ten_seconds_is_retried_promptly() {
    insta::assert_snapshot!(play_after(BACK, "speaks; +8s; failed stalled; ready; +1s"), @"
     6.000 speech_started: clear 4->1
    14.000 assistant_failed 4 stalled: unplug 1->4, unplug 4->1, stop, [caller said '(speech, 8.0 s)'], [assistant_replaced by 5 standby: stalled], start_assistant 5 standby, plug 1->5, plug 5->1
    14.000 assistant_ready 5: say assistant_away
    15.000 deadline_passed: [assistant_tried 6, attempt 1], try_assistant 6
    ");
}

#[test]
fn an_assistant_with_a_final_failure_is_not_retried() {
    insta::assert_snapshot!(play_after(AWAY, "+1s; candidate failed unauthorized; +2s; played 2; speaks; +600s"), @"
    3.000 deadline_passed: [assistant_tried 4, attempt 1], try_assistant 4
    3.000 assistant_failed 4 unauthorized: dismiss_candidate, [assistant_given_up unauthorized]
    5.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
    5.000 speech_started: clear 3->1
    ");
    for failure in ["unauthorized", "quota_exhausted", "unknown_model", "bad_protocol"] {
        let steps = format!("failed {failure}; ready; says 2 assistant_away; +2s; played 2; speaks; +600s");
        let played = play_after("standing by; talking", &steps);
        assert!(played.contains(&format!("[assistant_given_up {failure}]")), "{played}");
        assert!(!played.contains("assistant_tried"), "{played}");
    }
}

#[test]
fn an_assistant_that_does_not_connect_in_time_is_retried() {
    insta::assert_snapshot!(play_after(AWAY, "speaks; +1s; +8s; +2s"), @"
     2.000 speech_started: clear 3->1
     3.000 deadline_passed: [assistant_tried 4, attempt 1], try_assistant 4
    11.000 deadline_passed: dismiss_candidate
    13.000 deadline_passed: [assistant_tried 5, attempt 2], try_assistant 5
    ");
}

#[test]
fn a_caller_who_was_not_greeted_is_greeted() {
    insta::assert_snapshot!(
        play_after(
            "standing by; connected; failed unreachable; ready; says 1 assistant_away; +2s; played 1",
            "candidate ready"
        ),
        @"  2.000 assistant_ready 4: unplug 1->3, unplug 3->1, stop, [assistant_returned 4 after 1 in 2000], take_over 4, plug 1->4, plug 4->1, tell 'You were away for a while. Meanwhile the caller was with a simple assistant that understands no words, and was told that you could not be reached. You can help again: say so in a few words.', say greeting"
    );
}

#[test]
fn a_notice_that_was_not_heard_comes_first() {
    let lost = "noticing Recorded.; standing by; connected; ready to say anything; says 1 notice; +1s; cut 1 1s; \
                failed unreachable; ready; says 2 assistant_away";
    insta::assert_snapshot!(
        play_after(lost, "+2s; played 2; candidate ready; says 3 notice; +2s; played 3; says 4 greeting"),
        @"
    2.000 deadline_passed: [assistant_tried 4, attempt 1], try_assistant 4
    3.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
    3.000 assistant_ready 4: unplug 1->3, unplug 3->1, stop, [assistant_returned 4 after 1 in 2000], take_over 4, plug 1->4, plug 4->1, tell 'You were away for a while. Meanwhile the caller was with a simple assistant that understands no words, and was told that you could not be reached. You can help again: say so in a few words.', listen, say notice
    3.000 item_started 3 notice
    3.000 item_complete 3
    5.000 played_until 3 2000 finished: heard 3 2000 finished, [said 3 'One two three four.'], [notice_given of version 1], converse, say greeting
    5.000 item_started 4 greeting
    5.000 item_complete 4
    "
    );
}

/// It would say that it is back while the supervisor speaks.
#[test]
fn it_waits_for_a_supervisor_who_talks_with_the_caller() {
    let barged = format!("{WAITING}; sam listens; sam audio; joined 5; sam barges");
    let waits = play_after(&barged, "played 2; +5s");
    assert!(!waits.contains("[assistant_returned"), "{waits}");
    let left = play_after(&barged, "played 2; +5s; sam leaves");
    assert!(left.contains("[assistant_returned 4"), "{left}");
}

#[test]
fn a_call_that_ends_or_is_interrupted_dismisses_the_candidate() {
    insta::assert_snapshot!(play_after(WAITING, "closed"), @"  4.000 leg_left 1 closed: unplug 1->3, unplug 3->1, [ended normal_clearing by caller, next 'hangup'], stop, dismiss_candidate");
    let lost = play_after(WAITING, "broken; +2s; connected; says 3 welcome_back; +2s; played 3");
    let left = lost.lines().find(|line| line.contains("leg_left 1 broken")).unwrap();
    assert!(left.contains("dismiss_candidate"), "{lost}");
    assert!(lost.contains("6.000 deadline_passed: [assistant_tried 6, attempt 2]"), "{lost}");
}

#[test]
fn a_restarted_call_asks_the_candidate_too() {
    insta::assert_snapshot!(play_after(WAITING, "reborn; candidate ready; played 2"), @"
    4.000 reborn: plug 1->3, plug 3->1, resync 1, resync 3, resync 4
    4.000 assistant_ready 4
    4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], unplug 1->3, unplug 3->1, stop, [assistant_returned 4 after 1 in 2000], take_over 4, plug 1->4, plug 4->1, tell 'You were away for a while. Meanwhile the caller was with a simple assistant that understands no words, and was told that you could not be reached. You can help again: say so in a few words.', go on
    ");
}

#[test]
fn a_new_process_knows_nothing_of_the_candidate() {
    insta::assert_snapshot!(play_after(WAITING, "restarted; connected; ready; +20s"), @"
     4.000 server_restarted: [said 2 '' cut at 0], [interrupted until 34]
     4.000 leg_arrived 5: start_leg 5
     4.000 leg_joined 5: [resumed after 0], start_recording 5, start_assistant 6, plug 5->6, plug 6->5
     4.000 assistant_ready 6: say welcome_back
    14.000 deadline_passed: [silence_prompted], say still_there
    22.000 deadline_passed: clear 6->5, listen, say goodbye_silence
    ");
}

#[test]
fn it_does_not_come_back_while_a_person_is_asked() {
    let lost = "dual; standing by; inbound; answered new; stream with its token; joined; ready; says 1 greeting; +2s; played 1; \
                failed unreachable; ready; says 2 assistant_away; +1s";
    insta::assert_snapshot!(
        play_after(
            lost,
            "candidate ready; handoff operator; played 2; free 2; rings 2; +5s; unreached 2 busy; says 3 transfer_refused; +2s; played 3"
        ),
        @"
     3.000 assistant_ready 4
     3.000 handoff_asked: [handoff_requested 2 operator], cache_profile for 2001 operator, check_extension 2 2001
     3.000 profile_cached 2
     3.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
     3.000 extension_checked 2 registered: ring 2 2001, start_music 5, plug 5->1
     3.000 handoff_ringing
     8.000 handoff_failed busy: [handoff_abandoned 2 busy], tell 'nobody took over: busy', say transfer_refused, unplug 5->1, stop_music 5
     8.000 item_started 3 transfer_refused
     8.000 item_complete 3
    10.000 played_until 3 2000 finished: heard 3 2000 finished, [said 3 'One two three four.'], unplug 1->3, unplug 3->1, stop, [assistant_returned 4 after 1 in 8000], take_over 4, plug 1->4, plug 4->1, tell 'You were away for a while. Meanwhile the caller was with a simple assistant that understands no words, and was told that you could not be reached. You can help again: say so in a few words.', go on
    "
    );
}

#[test]
fn it_does_not_come_back_while_more_keys_may_follow() {
    let waiting = format!("mapping 12 repeat; {WAITING}");
    assert!(play_after(&waiting, "played 2").contains("take_over"));
    let begun = play_after(&waiting, "key 1; played 2");
    assert!(!begun.contains("take_over"), "{begun}");
}
