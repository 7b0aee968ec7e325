//! A caller at Twilio: the end of their stream does not mean that they have hung up.

use crate::script::{play, play_after};

#[test]
fn a_call_ends_with_its_status_not_its_stream() {
    insta::assert_snapshot!(play("twilio; talking; closed; +1s; hangup"), @"
    2.000 leg_left 1 closed: unplug 1->2, unplug 2->1, listen
    3.000 hangup: [ended operator by api, next 'hangup'], end_by_switch, stop
    ");
}

#[test]
fn a_caller_who_comes_back_goes_on() {
    insta::assert_snapshot!(play("twilio; talking; closed; next; +1s; connected"), @"
    2.000 leg_left 1 closed: unplug 1->2, unplug 2->1, listen
    2.000 next_asked: [next_answered 'again'], answer 'again'
    3.000 leg_arrived 3: start_leg 3
    3.000 leg_joined 3: [interrupted until 7], [resumed after 1000], start_recording 3, plug 2->3, plug 3->2, converse, say welcome_back
    ");
}

#[test]
fn a_caller_without_any_report_was_taken_elsewhere() {
    insta::assert_snapshot!(play("twilio; talking; closed; to the end"), @"
    2.000 leg_left 1 closed: unplug 1->2, unplug 2->1, listen
    7.000 deadline_passed: [ended call_transferred by switch, next 'hangup'], stop
    ");
}

#[test]
fn a_stream_that_breaks_is_interrupted() {
    insta::assert_snapshot!(play("twilio; talking; broken; to the end"), @"
    2.000 leg_left 1 broken: unplug 1->2, unplug 2->1, listen, [interrupted until 7]
    7.000 deadline_passed: [ended connection_lost by server, next 'hangup'], end_by_switch, stop
    ");
}

#[test]
fn a_stream_stopped_during_the_last_words_ends_the_call() {
    insta::assert_snapshot!(play("twilio; talking; key *; says 2 goodbye; +1s; closed; next"), @"
    2.000 dtmf *: clear 2->1, [key_pressed *], [end_call 1 started], [end_call 1 done], clear 2->1, listen, say goodbye
    2.000 item_started 2 goodbye
    2.000 item_complete 2
    3.000 leg_left 1 closed: unplug 1->2, unplug 2->1, [ended normal_clearing by assistant, next 'hangup'], end_by_switch, stop
    3.000 next_asked: [next_answered 'hangup'], answer 'hangup'
    ");
}

#[test]
fn a_caller_is_not_sent_where_nobody_knows_the_host() {
    insta::assert_snapshot!(play("twilio; offering transfer_call,end_call; connected; ready; key 0"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: say greeting
    0.000 dtmf 0: clear 2->1, [key_pressed 0], [transfer_call 1 started], [transfer_call 1 refused: the switch can't be asked on this call as it stands], say transfer_refused
    ");
}

#[test]
fn a_failed_transfer_returns_the_caller_and_tells_the_assistant() {
    insta::assert_snapshot!(play(
        r#"twilio; reaching; talking; key 0; says 2 transferring; +2s; played 2; released 1; next; asks {"ask":"dialled","failure":"busy"}; twice; connected; ready"#
    ), @"
    2.000 dtmf 0: clear 2->1, [key_pressed 0], [transfer_call 1 started], [transfer_requested operator], [transfer_call 1 done], clear 2->1, listen, say transferring
    2.000 item_started 2 transferring
    2.000 item_complete 2
    4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], cache_profile for 2001 operator, unplug 1->2, unplug 2->1, release_leg 1, stop, [can ]
    4.000 profile_cached
    4.000 leg_left 1 released
    4.000 next_asked: [next_answered 'goto internal,2001,1'], answer 'goto internal,2001,1'
    4.000 document_asked: [transfer_failed operator: busy], [returning until 9], [document_answered], answer stream
    4.000 document_asked: [document_answered], answer stream
    4.000 leg_arrived 3: start_leg 3
    4.000 leg_joined 3: [resumed after 0], start_recording 3, start_assistant 4, plug 3->4, plug 4->3, [can converse hang_up hold transfer_blind send_dtmf]
    4.000 assistant_ready 4: tell 'the caller could not be connected with operator: busy; they are with you again', say transfer_refused
    ");
}

#[test]
fn a_transfer_is_over_when_they_have_talked() {
    insta::assert_snapshot!(play(
        r#"twilio; reaching; talking; transfer operator; says 2 transferring; +2s; played 2; released 1; next; +60s; asks {"ask":"dialled"}"#
    ), @"
     2.000 transfer_asked: [transfer_requested operator], clear 2->1, listen, say transferring
     2.000 item_started 2 transferring
     2.000 item_complete 2
     4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], cache_profile for 2001 operator, unplug 1->2, unplug 2->1, release_leg 1, stop, [can ]
     4.000 profile_cached
     4.000 leg_left 1 released
     4.000 next_asked: [next_answered 'goto internal,2001,1'], answer 'goto internal,2001,1'
    64.000 document_asked: [document_answered], answer hang_up, [ended call_transferred by api, next 'hangup']
    ");
}

#[test]
fn a_caller_turned_away_gets_what_the_number_says() {
    insta::assert_snapshot!(play(
        r#"twilio; asks {"ask":"turned_away","why":"closed","instead":{"do":"voicemail","text":"We are closed."}}; +9s; asks {"ask":"recorded"}; twice"#
    ), @"
    0.000 document_asked: [said 1 'We are closed.'], [document_answered], answer record
    9.000 document_asked: [said 2 'Your message is saved. Thank you. Goodbye.'], [document_answered], answer say, [ended closed_hours by server, next 'hangup']
    9.000 document_asked: [document_answered], answer hang_up
    ");
    insta::assert_snapshot!(play(
        r#"twilio; asks {"ask":"turned_away","why":"no_capacity","instead":{"do":"hang_up"}}"#
    ), @"
    0.000 document_asked: [document_answered], answer reject, [ended no_capacity by server, next 'hangup']
    ");
    insta::assert_snapshot!(play(
        r#"twilio; asks {"ask":"turned_away","why":"blocked","instead":{"do":"forward","target":"+15550100008"}}"#
    ), @"
    0.000 document_asked: [forward_refused +15550100008], [said 1 'I am sorry, nobody can be reached at the moment. Please call again later.'], [document_answered], answer say, [ended caller_blocked by server, next 'hangup']
    ");
}

#[test]
fn a_caller_turned_away_is_forwarded_where_dialling_is_allowed() {
    let forwarded = |beginning: &str| {
        play(&format!(
            r#"twilio; {beginning}; asks {{"ask":"turned_away","why":"closed","instead":{{"do":"forward","target":"operator"}}}}"#
        ))
    };
    insta::assert_snapshot!(forwarded("reaching people"), @"
    0.000 document_asked: [dial_requested operator], cache_profile for 2001 operator, [document_answered], answer dial
    0.000 profile_cached
    ");
    let no_more = forwarded("reaching people; dialling 0");
    assert!(
        no_more.contains("[forward_refused operator]") && !no_more.contains("dial_requested"),
        "{no_more}"
    );
    let no_host = forwarded("dialling 9");
    assert!(
        no_host.contains("[forward_refused operator]") && !no_host.contains("dial_requested"),
        "{no_host}"
    );
}

#[test]
fn a_streamless_call_ends_after_the_caller_vanishes() {
    insta::assert_snapshot!(play(r#"twilio; asks {"ask":"begun"}; asks {"ask":"heard","keys":"*"}"#), @"
    0.000 document_asked: [answered], [said 1 'Hello, and welcome. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], [document_answered], answer ask
    0.000 document_asked: [key_pressed *], [said 2 'Thank you for calling. Goodbye.'], [document_answered], answer say, [ended normal_clearing by assistant, next 'hangup']
    ");
    insta::assert_snapshot!(play(r#"twilio; asks {"ask":"begun"}; asks {"ask":"heard"}; to the end"#), @"
      0.000 document_asked: [answered], [said 1 'Hello, and welcome. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], [document_answered], answer ask
      0.000 document_asked: [said 2 'Are you still there? For operator, press 0 or say operator. To leave a message, press 1 or say message.'], [document_answered], answer ask
    180.000 deadline_passed: end_by_switch, [ended normal_clearing by caller, next 'hangup']
    ");
    insta::assert_snapshot!(play(
        r#"twilio; reaching; asks {"ask":"begun"}; asks {"ask":"transfer","extension":"operator"}; restarted; asks {"ask":"dialled","failure":"no_answer"}; hangup"#
    ), @"
    0.000 document_asked: [answered], [said 1 'Hello, and welcome. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], [document_answered], answer ask
    0.000 document_asked: [transfer_requested operator], cache_profile for 2001 operator, [document_answered], answer dial
    0.000 profile_cached
    0.000 server_restarted
    0.000 document_asked: [transfer_failed operator: no_answer], [said 2 'I am sorry, I can't reach that person at the moment. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], [document_answered], answer ask
    0.000 hangup: [ended operator by api, next 'hangup'], end_by_switch
    ");
}

#[test]
fn a_question_about_a_caller_on_another_line_changes_nothing() {
    for line in ["connected; ready", "asterisk; inbound; connected; ready", "dual; answered new"] {
        for question in [
            r#"{"ask":"begun"}"#,
            r#"{"ask":"turned_away","why":"closed","instead":{"do":"hang_up"}}"#,
            r#"{"ask":"transfer","extension":"operator"}"#,
        ] {
            let told = play_after(line, &format!("asks {question}"));
            assert_eq!(
                told, "  0.000 document_asked: [document_answered], answer stream\n",
                "{line}: {question}"
            );
        }
    }
}
