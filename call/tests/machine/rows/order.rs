//! The order of the transcript, and the part of it that a later assistant gets.

use cordboard_schema::fold::Role;

use crate::script::{call_after, play, play_after};

#[test]
fn a_question_precedes_its_answer_though_its_words_come_later() {
    insta::assert_snapshot!(play("talking; speaks; +1s; spoken 1s; says 2; +2s; played 2; +1s; words what is it; +5s"), @"
    2.000 speech_started: clear 2->1
    3.000 speech_stopped 1000
    3.000 item_started 2 -
    3.000 item_complete 2
    5.000 played_until 2 2000 finished: heard 2 2000 finished
    6.000 transcript 'what is it': [caller said 'what is it'], [said 2 'One two three four.']
    ");
}

#[test]
fn words_are_not_awaited_for_too_long() {
    insta::assert_snapshot!(play("talking; speaks; +1s; spoken 1s; says 2; +2s; played 2; +3s; words what is it"), @"
    2.000 speech_started: clear 2->1
    3.000 speech_stopped 1000
    3.000 item_started 2 -
    3.000 item_complete 2
    5.000 played_until 2 2000 finished: heard 2 2000 finished
    7.000 deadline_passed: [said 2 'One two three four.']
    8.000 transcript 'what is it': [caller said 'what is it']
    ");
}

#[test]
fn words_of_two_speeches_keep_their_order_around_an_answer() {
    insta::assert_snapshot!(play("talking; speaks; spoken 1s; says 2; +1s; speaks; cut 2 1s; spoken 1s; words one; words two"), @"
    2.000 speech_started: clear 2->1
    2.000 speech_stopped 1000
    2.000 item_started 2 -
    2.000 item_complete 2
    3.000 speech_started: clear 2->1
    3.000 played_until 2 1000 cleared: [barge_in 2 at 1000], heard 2 1000 cleared
    3.000 speech_stopped 1000
    3.000 transcript 'one': [caller said 'one'], [said 2 'One two' cut at 1000]
    3.000 transcript 'two': [caller said 'two']
    ");
}

#[test]
fn words_of_speech_whose_end_was_lost_are_written_once() {
    insta::assert_snapshot!(play("talking; speaks; +1s; words one; +1s; closed; +5s"), @"
    2.000 speech_started: clear 2->1
    3.000 transcript 'one': [caller said 'one']
    4.000 leg_left 1 closed: unplug 1->2, unplug 2->1, [ended normal_clearing by caller, next 'hangup'], stop
    ");
}

#[test]
fn an_unreported_utterance_does_not_delay_the_rest() {
    insta::assert_snapshot!(play("talking; item 2; speaks; spoken 1s; words one; +2s; says 3; +2s; played 3; +2s; text 2 1s Late.; played 2 1s"), @"
    2.000 item_started 2 -
    2.000 speech_started: clear 2->1
    2.000 speech_stopped 1000
    2.000 transcript 'one'
    4.000 deadline_passed: [caller said 'one']
    4.000 item_started 3 -
    4.000 item_complete 3
    6.000 played_until 3 2000 finished: heard 3 2000 finished, [said 3 'One two three four.']
    8.000 item_complete 2
    8.000 played_until 2 1000 finished: heard 2 1000 finished, [said 2 'Late.']
    ");
}

#[test]
fn speech_unreported_after_the_end_is_written_without_words() {
    insta::assert_snapshot!(play("talking; speaks; spoken 1s; says 2; +1s; closed; cut 2 1s; to the end"), @"
    2.000 speech_started: clear 2->1
    2.000 speech_stopped 1000
    2.000 item_started 2 -
    2.000 item_complete 2
    3.000 leg_left 1 closed: unplug 1->2, unplug 2->1, [ended normal_clearing by caller, next 'hangup'], stop
    3.000 played_until 2 1000 cleared
    5.000 deadline_passed: [caller said '(speech, 1.0 s)'], [said 2 'One two' cut at 1000]
    ");
}

#[test]
fn the_history_is_what_was_heard() {
    let call = call_after(
        "connected; ready; item 1 greeting; text 1 3400ms Welcome to Cordboard, how are you?; +1200ms; speaks; \
         cut 1 1200ms; spoken 1s; words stop it; says 2; cut 2 0s; speaks; spoken 2s; restarted",
    );
    let history: Vec<String> =
        call.machine.history().into_iter().map(|said| format!("{:?}: {}", said.role, said.text)).collect();
    assert_eq!(history, ["Assistant: Welcome to", "Caller: stop it", "Caller: (speech, 2.0 s)"]);
}

#[test]
fn the_history_is_bounded() {
    let turns: String = (0..60).map(|turn| format!("; speaks; spoken 1s; words turn {turn}")).collect();
    let long = "word ".repeat(1_000);
    let call = call_after(&format!("talking{turns}; speaks; spoken 1s; words {long}"));
    let history = call.machine.history();
    assert_eq!(history.len(), 40);
    assert_eq!(history[0].text, "turn 21");
    assert!(history.iter().all(|said| said.role == Role::Caller && said.text.chars().count() <= 2_000));
}

#[test]
fn with_too_many_utterances_the_oldest_is_no_longer_awaited() {
    let begun = |count: u32| (2..2 + count).map(|item| format!("; item {item}")).collect::<String>();
    let late = |count: u32| play_after(&format!("talking{}", begun(count)), "text 2 2s Late.; played 2 2s");
    assert!(late(64).contains("said 2 'Late.'"), "{}", late(64));
    assert!(!late(65).contains("Late."), "{}", late(65));
}
