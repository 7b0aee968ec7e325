//! Tools that the assistant calls: always exactly one answer.

use crate::script::{play, play_after};

#[test]
fn end_call_says_goodbye_first() {
    insta::assert_snapshot!(play("talking; tool c1 end_call {}; says 2 goodbye; +2s; played 2"), @"
    2.000 tool_call c1 end_call {}: [end_call 1 started], listen, [end_call 1 done], tell c1 done, say goodbye
    2.000 item_started 2 goodbye
    2.000 item_complete 2
    4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], [ended normal_clearing by assistant, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    ");
}

#[test]
fn transfer_call_goes_to_a_named_extension() {
    insta::assert_snapshot!(play("talking; tool c1 transfer_call {\"target\":\"operator\"}; says 2 transferring; +2s; played 2; next"), @"
    2.000 tool_call c1 transfer_call {'target':'operator'}: [transfer_call 1 started], [transfer_requested operator], listen, [transfer_call 1 done], tell c1 done, say transferring
    2.000 item_started 2 transferring
    2.000 item_complete 2
    4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], [ended call_transferred by assistant, next 'goto internal,2001,1'], cache_profile for 2001 operator, unplug 1->2, unplug 2->1, stop, release_leg 1
    4.000 profile_cached
    4.000 next_asked: [next_answered 'goto internal,2001,1'], answer 'goto internal,2001,1'
    ");
}

#[test]
fn transfer_call_to_nobody_is_refused() {
    insta::assert_snapshot!(play("talking; tool c1 transfer_call {\"target\":\"0900\"}"), @"  2.000 tool_call c1 transfer_call {'target':'0900'}: [transfer_call 1 started], [transfer_call 1 refused: there is no extension `0900`: name it under [extensions] in the configuration], tell c1 refused: there is no extension `0900`: name it under [extensions] in the configuration");
}

#[test]
fn take_message_is_answered_when_it_is_kept() {
    insta::assert_snapshot!(play("talking; recording; tool c1 take_message; says 2 message_intro; played 2; speaks; +3s; spoken 3s; words my message; +4s; kept 1"), @"
    2.000 recording_started
    2.000 tool_call c1 take_message: [take_message 1 started], listen, say message_intro
    2.000 item_started 2 message_intro
    2.000 item_complete 2
    2.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
    2.000 speech_started: clear 2->1
    5.000 speech_stopped 3000
    5.000 transcript 'my message': [caller said 'my message']
    9.000 deadline_passed: clear 2->1, [message_taken speech 3000], save_message 1
    9.000 tool_done 1 done: clear 2->1, say message_saved, converse, [take_message 1 done], tell c1 done
    ");
}

#[test]
fn an_unknown_tool_is_refused() {
    insta::assert_snapshot!(play("talking; tool c1 format_disk {}"), @"  2.000 tool_call c1 format_disk {}: [format_disk 1 refused: there is no tool `format_disk` on this call], tell c1 refused: there is no tool `format_disk` on this call");
}

#[test]
fn bad_arguments_are_refused() {
    insta::assert_snapshot!(play("talking; tool c1 transfer_call {\"number\":\"0900\"}"), @"  2.000 tool_call c1 transfer_call {'number':'0900'}: [transfer_call 1 refused: the arguments of `transfer_call` are wrong: unknown field `number`, expected `target`], tell c1 refused: the arguments of `transfer_call` are wrong: unknown field `number`, expected `target`");
}

#[test]
fn a_tool_that_the_profile_does_not_offer_is_unknown() {
    insta::assert_snapshot!(play("offering end_call; talking; tool c1 take_message"), @"  2.000 tool_call c1 take_message: [take_message 1 refused: there is no tool `take_message` on this call], tell c1 refused: there is no tool `take_message` on this call");
}

#[test]
fn a_tool_is_refused_while_a_message_is_taken() {
    insta::assert_snapshot!(play("talking; key 1; tool c1 end_call"), @"
    2.000 dtmf 1: clear 2->1, [key_pressed 1], [take_message 1 started], listen, say message_intro
    2.000 tool_call c1 end_call: [end_call 2 refused: a message is being taken: wait until the caller has finished], tell c1 refused: a message is being taken: wait until the caller has finished
    ");
}

#[test]
fn a_tool_is_refused_while_the_call_is_closing() {
    insta::assert_snapshot!(play("talking; key *; tool c1 take_message"), @"
    2.000 dtmf *: clear 2->1, [key_pressed *], [end_call 1 started], [end_call 1 done], clear 2->1, listen, say goodbye
    2.000 tool_call c1 take_message: [take_message 2 refused: the call is closing: goodbye is being said], tell c1 refused: the call is closing: goodbye is being said
    ");
}

#[test]
fn a_tool_after_the_end_is_refused_and_nobody_told() {
    insta::assert_snapshot!(play("talking; closed; tool c1 end_call"), @"
    2.000 leg_left 1 closed: unplug 1->2, unplug 2->1, [ended normal_clearing by caller, next 'hangup'], stop
    2.000 tool_call c1 end_call: [end_call 1 refused: the call is over]
    ");
}

#[test]
fn a_repeated_request_is_answered_once() {
    insta::assert_snapshot!(play("talking; tool c1 format_disk {}; twice"), @"
    2.000 tool_call c1 format_disk {}: [format_disk 1 refused: there is no tool `format_disk` on this call], tell c1 refused: there is no tool `format_disk` on this call
    2.000 tool_call c1 format_disk {}
    ");
}

#[test]
fn work_reported_twice_ends_once() {
    insta::assert_snapshot!(play("talking; recording; tool c1 take_message; says 2 message_intro; played 2; speaks; +3s; key #; kept 1; twice; kept 7"), @"
    2.000 recording_started
    2.000 tool_call c1 take_message: [take_message 1 started], listen, say message_intro
    2.000 item_started 2 message_intro
    2.000 item_complete 2
    2.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
    2.000 speech_started: clear 2->1
    5.000 dtmf #: clear 2->1, [message_taken speech 3000], save_message 1
    5.000 tool_done 1 done: clear 2->1, say message_saved, converse, [take_message 1 done], tell c1 done
    5.000 tool_done 1 done
    5.000 tool_done 7 done
    ");
}

#[test]
fn a_new_assistant_gets_no_answers_to_its_predecessors_requests() {
    insta::assert_snapshot!(play("talking; recording; tool c1 take_message; says 2 message_intro; played 2; speaks; +3s; broken; failed; connected; ready; kept 1"), @"
    2.000 recording_started
    2.000 tool_call c1 take_message: [take_message 1 started], listen, say message_intro
    2.000 item_started 2 message_intro
    2.000 item_complete 2
    2.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
    2.000 speech_started: clear 2->1
    5.000 leg_left 1 broken: unplug 1->2, unplug 2->1, [message_taken speech 3000], save_message 1, [interrupted until 10]
    5.000 assistant_failed 2: stop, [caller said '(speech, 3.0 s)']
    5.000 leg_arrived 3: start_leg 3
    5.000 leg_joined 3: [resumed after 0], start_recording 3, start_assistant 4, plug 3->4, plug 4->3
    5.000 assistant_ready 4: say welcome_back
    5.000 tool_done 1 done: [take_message 1 done]
    ");
}

#[test]
fn a_lead_is_confirmed_once_it_is_written() {
    insta::assert_snapshot!(play("offering create_lead; talking; tool c1 create_lead {\"need\":\"a roof\"}; wrote 1; wrote 1"), @"
    2.000 tool_call c1 create_lead {'need':'a roof'}: [create_lead 1 started], write 1
    2.000 tool_done 1 done: [lead_created 1], [create_lead 1 done], tell c1 done
    2.000 tool_done 1 done
    ");
}

#[test]
fn a_lead_written_after_its_deadline_is_journalled_once() {
    insta::assert_snapshot!(play("offering create_lead; talking; tool c1 create_lead {\"need\":\"a roof\"}; to the end 10s; wrote 1; twice"), @"
     2.000 tool_call c1 create_lead {'need':'a roof'}: [create_lead 1 started], write 1
    12.000 deadline_passed: [create_lead 1 timed out], tell c1 timed out, [silence_prompted], say still_there
    20.000 deadline_passed: clear 2->1, listen, say goodbye_silence
    23.000 deadline_passed: [ended caller_silent by assistant, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    23.000 tool_done 1 done: [lead_created 1]
    23.000 tool_done 1 done
    ");
}

#[test]
fn a_restarted_process_asks_again_for_its_unfinished_writes() {
    insta::assert_snapshot!(play("offering create_todo; talking; tool c1 create_todo {\"title\":\"call back\"}; restarted; wrote 1"), @"
    2.000 tool_call c1 create_todo {'title':'call back'}: [create_todo 1 started], write 1
    2.000 server_restarted: write 1, [interrupted until 32]
    2.000 tool_done 1 done: [lead_created 1], [create_todo 1 done]
    ");
}

#[test]
fn a_text_message_against_the_dial_policy_is_refused() {
    insta::assert_snapshot!(play("offering send_sms; talking; tool c1 send_sms {\"text\":\"Hi\",\"to\":\"+19005550100\"}; tool c2 send_sms {\"text\":\"Hi\"}"), @"
    2.000 tool_call c1 send_sms {'text':'Hi','to':'+19005550100'}: [send_sms 1 started], [send_sms 1 refused: the dial policy does not admit that number: add a pattern for it to `numbers_allowed` at /api/v1/dial-policy], tell c1 refused: the dial policy does not admit that number: add a pattern for it to `numbers_allowed` at /api/v1/dial-policy
    2.000 tool_call c2 send_sms {'text':'Hi'}: [send_sms 2 started], write 2
    ");
}

#[test]
fn a_request_repeated_after_others_is_answered_once() {
    let told_again = play_after("talking; tool c1 hold_call; tool c2 unhold_call", "tool c1 hold_call");
    assert_eq!(told_again, "  2.000 tool_call c1 hold_call\n");
}

#[test]
fn speech_already_heard_does_not_delay_a_hold() {
    insta::assert_snapshot!(play_after("talking; item 2; text 2 2s One moment.; +2s; played 2", "tool c1 hold_call"), @"
    4.000 tool_call c1 hold_call: [hold_call 1 started], [hold_call 1 done], tell c1 done, clear 2->1, [hold_began], start_music 3, unplug 1->2, unplug 2->1, plug 3->1
    ");
}

#[test]
fn a_repeated_store_request_has_its_full_time() {
    let beginning =
        r#"offering create_lead; talking; tool c1 create_lead {"name":"Ann","need":"a visit"}; +5s"#;
    insta::assert_snapshot!(play_after(beginning, "restarted; +6s; +5s"), @"
     7.000 server_restarted: write 1, [interrupted until 37]
    17.000 deadline_passed: [create_lead 1 timed out]
    ");
    insta::assert_snapshot!(play_after(beginning, "reborn; +6s; +5s"), @"
     7.000 reborn: plug 1->2, plug 2->1, write 1, resync 1, resync 2
    12.000 deadline_passed: [silence_prompted], say still_there
    17.000 deadline_passed: [create_lead 1 timed out], tell c1 timed out
    ");
}

#[test]
fn a_title_is_what_the_model_wrote_and_never_empty() {
    insta::assert_snapshot!(play_after("offering create_todo; talking", r#"tool c1 create_todo {"title":"Call Ann"}; tool c2 create_todo {"title":""}"#), @"
    2.000 tool_call c1 create_todo {'title':'Call Ann'}: [create_todo 1 started], write 1
    2.000 tool_call c2 create_todo {'title':''}: [create_todo 2 refused: the arguments of `create_todo` are wrong: `title` must not be empty], tell c2 refused: the arguments of `create_todo` are wrong: `title` must not be empty
    ");
}

#[test]
fn a_text_to_another_number_needs_an_allowed_number() {
    insta::assert_snapshot!(play_after("admitting +1555*; offering send_sms; talking", r#"tool c1 send_sms {"text":"Hi.","to":"+15550001"}; tool c2 send_sms {"text":"Hi.","to":"+49301234567"}"#), @"
    2.000 tool_call c1 send_sms {'text':'Hi.','to':'+15550001'}: [send_sms 1 started], write 1
    2.000 tool_call c2 send_sms {'text':'Hi.','to':'+49301234567'}: [send_sms 2 started], [send_sms 2 refused: the dial policy does not admit that number: add a pattern for it to `numbers_allowed` at /api/v1/dial-policy], tell c2 refused: the dial policy does not admit that number: add a pattern for it to `numbers_allowed` at /api/v1/dial-policy
    ");
}

#[test]
fn a_text_to_the_callers_own_number_needs_no_pattern() {
    let asked = |to: &str| {
        let beginning =
            "offering send_sms; connected; calls from +49301234567; ready; says 1 greeting; +2s; played 1";
        play_after(beginning, &format!(r#"tool c1 send_sms {{"text":"Hi.","to":"{to}"}}"#))
    };
    for own in ["+49301234567", "+49 (0)30 1234567", "+49 030 1234567"] {
        let told = asked(own);
        assert!(told.contains("[send_sms 1 started], write 1"), "{told}");
    }
    let other = asked("+49301234568");
    assert!(other.contains("[send_sms 1 refused: the dial policy does not admit that number"), "{other}");
}

#[test]
fn checking_a_phone_ends_no_other_tool() {
    insta::assert_snapshot!(play_after("talking; key 1", "+1s; free 1; +20s"), @"
     3.000 extension_checked 1 registered
    22.000 deadline_passed
    ");
}
