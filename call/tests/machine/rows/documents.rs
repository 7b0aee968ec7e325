//! Switches that serve their callers by documents: answers to unexpected requests, and the course of such a call.

use crate::script::play_after;

#[test]
fn a_present_or_coming_stream_serves_the_caller() {
    insta::assert_snapshot!(play_after("twilio; reaching people; arrived", r#"asks {"ask":"begun"}"#), @"
    0.000 document_asked: [document_answered], answer stream
    ");
    insta::assert_snapshot!(play_after("twilio; reaching people; arrived", r#"asks {"ask":"turned_away","why":"closed","instead":{"do":"say","text":"Closed."}}"#), @"
    0.000 document_asked: [document_answered], answer stream
    ");
    insta::assert_snapshot!(play_after("begun; twilio; agent audio; joined 1; on record; picked up", r#"asks {"ask":"begun"}"#), @"
    0.000 document_asked: [document_answered], answer stream
    ");
}

#[test]
fn a_call_at_its_longest_duration_asks_nothing_more() {
    let beginning = r#"at most 60s; twilio; reaching people; asks {"ask":"begun"}"#;
    insta::assert_snapshot!(play_after(beginning, r#"+60s; asks {"ask":"heard","words":"duck"}"#), @"
    60.000 document_asked: [caller said 'duck'], [said 2 'This call has reached its time limit. Goodbye.'], [document_answered], answer say, [ended max_duration by server, next 'hangup']
    ");
    insta::assert_snapshot!(play_after(beginning, r#"+59s; asks {"ask":"heard","words":"duck"}; +1s; asks {"ask":"heard"}"#), @"
    59.000 document_asked: [caller said 'duck'], [said 2 'I can't answer that myself. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], [document_answered], answer ask
    60.000 document_asked: [said 3 'This call has reached its time limit. Goodbye.'], [document_answered], answer say, [ended max_duration by server, next 'hangup']
    ");
}

#[test]
fn turned_away_callers_count_as_answered_only_if_forwarding_succeeds() {
    let beginning = r#"twilio; reaching people; asks {"ask":"turned_away","why":"closed","instead":{"do":"forward","target":"operator"}}"#;
    insta::assert_snapshot!(play_after(beginning, "ended normal_clearing"), @"
    0.000 hangup: [answered], [ended call_transferred by server, next 'hangup']
    ");
    insta::assert_snapshot!(play_after(beginning, "ended user_busy"), @"
    0.000 hangup: [ended closed_hours by server, next 'hangup']
    ");
    insta::assert_snapshot!(play_after(beginning, r#"asks {"ask":"dialled"}"#), @"
    0.000 document_asked: [answered], [document_answered], answer hang_up, [ended call_transferred by server, next 'hangup']
    ");
}

#[test]
fn a_caller_can_have_the_question_repeated() {
    insta::assert_snapshot!(play_after(r#"twilio; reaching people; asks {"ask":"begun"}"#, r##"asks {"ask":"heard","keys":"#"}; asks {"ask":"heard","words":"Pardon?"}"##), @"
    0.000 document_asked: [key_pressed #], [said 2 'Hello, and welcome. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], [document_answered], answer ask
    0.000 document_asked: [caller said 'Pardon?'], [said 3 'Hello, and welcome. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], [document_answered], answer ask
    ");
}

#[test]
fn a_silent_caller_is_asked_once_more_then_told_goodbye() {
    insta::assert_snapshot!(play_after(r#"twilio; reaching people; asks {"ask":"begun"}"#, r#"asks {"ask":"heard"}; asks {"ask":"heard"}"#), @"
    0.000 document_asked: [said 2 'Are you still there? For operator, press 0 or say operator. To leave a message, press 1 or say message.'], [document_answered], answer ask
    0.000 document_asked: [said 3 'I can't hear you, so I hang up now. Goodbye.'], [document_answered], answer say, [ended caller_silent by assistant, next 'hangup']
    ");
}

#[test]
fn a_person_asked_for_by_voice_knows_the_caller() {
    insta::assert_snapshot!(play_after(r#"desk sales; twilio; reaching people; asks {"ask":"begun"}"#, r#"asks {"ask":"heard","words":"sales"}"#), @"
    0.000 document_asked: [caller said 'sales'], [said 2 'One moment, I am connecting you.'], cache_profile for sales, [document_answered], answer transfer
    0.000 profile_cached
    ");
}
