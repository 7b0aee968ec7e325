//! Callees and callers who ask not to be called again.

use crate::script::{play, play_after};

#[test]
fn a_spoken_opt_out_is_written_at_once_and_announced() {
    insta::assert_snapshot!(play("calling; heeding; talking; words Stop calling me, please!; suppressed 1; words Don't call me again."), @"
    2.000 transcript 'Stop calling me, please!': [caller said 'Stop calling me, please!'], write 1
    2.000 tool_done 1 done: [number_suppressed 1], tell 'the callee has asked not to be called again, and their number is on the do-not-call list now: tell them so, and say goodbye'
    2.000 transcript 'Don't call me again.': [caller said 'Don't call me again.']
    ");
    // A record that could not be written is tried again.
    insta::assert_snapshot!(play("calling; heeding; talking; words Stop calling me!; unkept 1 no disk; words Stop calling me!"), @"
    2.000 transcript 'Stop calling me!': [caller said 'Stop calling me!'], write 1
    2.000 tool_done 1 failed: no disk: tell 'the callee has asked not to be called again, and that could not be written down: say so'
    2.000 transcript 'Stop calling me!': [caller said 'Stop calling me!'], write 2
    ");
}

#[test]
fn words_known_only_after_the_hang_up_count() {
    insta::assert_snapshot!(play("calling; heeding; talking; speaks; bye; words Don't call me again!; suppressed 1"), @"
    2.000 speech_started: clear 2->1
    2.000 hangup: [ended NORMAL_CLEARING by caller, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    2.000 transcript 'Don't call me again!': [caller said 'Don't call me again!'], write 1
    2.000 tool_done 1 done: [number_suppressed 1]
    ");
}

#[test]
fn words_do_nothing_on_calls_that_do_not_listen() {
    insta::assert_snapshot!(play("calling; talking; words Don't call me again."), @"  2.000 transcript 'Don't call me again.': [caller said 'Don't call me again.']");
}

#[test]
fn a_caller_pressing_the_key_hears_confirmation_and_is_released() {
    insta::assert_snapshot!(play_after("mapping 9 do_not_call; talking", "key 9; suppressed 1; says 3 not_called_again; played 3 2s"), @"
    2.000 dtmf 9: clear 2->1, [key_pressed 9], [do_not_call 1 started], write 1
    2.000 tool_done 1 done: [number_suppressed 1], clear 2->1, listen, say not_called_again, [do_not_call 1 done]
    2.000 item_started 3 not_called_again
    2.000 item_complete 3
    2.000 played_until 3 2000 finished: heard 3 2000 finished, [said 3 'One two three four.'], [ended normal_clearing by assistant, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    ");
    insta::assert_snapshot!(play_after("mapping 9 do_not_call; talking", "key 9; unkept 1 no disk; says 3 message_failed"), @"
    2.000 dtmf 9: clear 2->1, [key_pressed 9], [do_not_call 1 started], write 1
    2.000 tool_done 1 failed: no disk: say message_failed, [do_not_call 1 failed: no disk]
    2.000 item_started 3 message_failed
    2.000 item_complete 3
    ");
    insta::assert_snapshot!(play_after("mapping 9 do_not_call; talking", "key 9; +10s"), @"
     2.000 dtmf 9: clear 2->1, [key_pressed 9], [do_not_call 1 started], write 1
    12.000 deadline_passed: say message_failed, [do_not_call 1 timed out], [silence_prompted], say still_there
    ");
}

/// The message of a campaign may name the key, and some laws ask for one.
#[test]
fn the_key_counts_while_callees_hear_that_nobody_is_free() {
    let answered = "mapping 9 do_not_call; queue support; calling people; to support; on record; picked up; connected; ready to say anything";
    let hearing = format!("{answered}; +2s; says 1");
    let told =
        play_after(&hearing, "key 9; suppressed 2; cut 1 1s; says 2 not_called_again; +2s; played 2 2s");
    assert!(told.contains("[key_pressed 9], [do_not_call 2 started], write 2"), "{told}");
    assert!(told.contains("say not_called_again, [do_not_call 2 done]"), "{told}");
    assert_eq!(told.matches("[ended normal_clearing by server").count(), 1, "{told}");
    assert!(told.lines().last().unwrap_or_default().contains("[ended"), "{told}");
    // An agent who is there in time has them all the same.
    let early = play_after(answered, "key 9; suppressed 2; taken 1");
    assert!(early.contains("write 2") && early.contains("agent is connecting"), "{early}");
}

#[test]
fn an_assistant_writes_what_it_was_told() {
    insta::assert_snapshot!(play_after("offering do_not_call; talking", r#"tool c1 do_not_call {"said":"Please stop."}; suppressed 1; tool c1 do_not_call {"said":"Please stop."}"#), @"
    2.000 tool_call c1 do_not_call {'said':'Please stop.'}: [do_not_call 1 started], write 1
    2.000 tool_done 1 done: [number_suppressed 1], [do_not_call 1 done], tell c1 done
    2.000 tool_call c1 do_not_call {'said':'Please stop.'}
    ");
}

/// Whether a process that restores the call from its journal has the store write the request.
fn written_again(script: &str) -> bool {
    let played = play(&format!("calling; heeding; talking; {script}; restarted"));
    let restarted = played.lines().find(|line| line.contains("server_restarted"));
    restarted.unwrap_or_else(|| panic!("no restart: {played}")).contains("write 1")
}

#[test]
fn an_unwritten_opt_out_is_written_by_the_next_process() {
    assert!(written_again("words Stop calling me!; unkept 1 no disk"));
    assert!(written_again("words Stop calling me!; bye; unkept 1 no disk"));
    // It was tried again after the call, and is on the list.
    assert!(!written_again("words Stop calling me!; bye; unkept 1 no disk; suppressed 1"));
    assert!(!written_again("words Stop calling me!; suppressed 1; bye"));
}
