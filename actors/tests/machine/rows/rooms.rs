//! Callers whom Twilio serves by documents, and who wait in a room for a person.

use crate::script::play;

#[test]
fn a_caller_without_a_stream_waits_in_a_room_for_the_person_who_is_rung() {
    insta::assert_snapshot!(play("twilio; reaching people; inbound; asks {\"ask\":\"begun\"}; asks {\"ask\":\"heard\",\"keys\":\"0\"}; asks {\"ask\":\"transfer\",\"extension\":\"operator\"}; rings 1; accepted 1; bridged; +30s; unbridged"), @"
     0.000 control_attached inbound: hear by inbound
     0.000 document_asked: [answered], [said 1 'Hello, and welcome. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], [document_answered], answer ask, [can hang_up transfer_blind transfer_attended]
     0.000 document_asked: [key_pressed 0], [said 2 'One moment, I am connecting you.'], cache_profile for 2001 operator, [document_answered], answer transfer
     0.000 profile_cached
     0.000 document_asked: [handoff_requested 1 operator], [document_answered], answer room, cache_profile for 2001 operator
     0.000 profile_cached 1: ring 1 2001
     0.000 handoff_ringing
     0.000 handoff_accepted
     0.000 bridged: [handoff_bridged 1]
    30.000 unbridged: [ended call_transferred by assistant, next 'hangup'], hang_up_at_twilio
    ");
}

#[test]
fn a_caller_who_leaves_the_room_after_they_talked_has_got_what_they_wanted() {
    insta::assert_snapshot!(play("twilio; reaching people; inbound; asks {\"ask\":\"begun\"}; asks {\"ask\":\"heard\",\"keys\":\"0\"}; asks {\"ask\":\"transfer\",\"extension\":\"operator\"}; accepted 1; bridged; +30s; asks {\"ask\":\"dialled\"}; bye"), @"
     0.000 control_attached inbound: hear by inbound
     0.000 document_asked: [answered], [said 1 'Hello, and welcome. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], [document_answered], answer ask, [can hang_up transfer_blind transfer_attended]
     0.000 document_asked: [key_pressed 0], [said 2 'One moment, I am connecting you.'], cache_profile for 2001 operator, [document_answered], answer transfer
     0.000 profile_cached
     0.000 document_asked: [handoff_requested 1 operator], [document_answered], answer room, cache_profile for 2001 operator
     0.000 profile_cached 1: ring 1 2001
     0.000 handoff_accepted
     0.000 bridged: [handoff_bridged 1]
    30.000 document_asked: [document_answered], answer hang_up, [ended call_transferred by assistant, next 'hangup']
    30.000 hangup
    ");
}

#[test]
fn a_caller_whose_own_end_is_told_first_was_connected() {
    insta::assert_snapshot!(play("twilio; reaching people; inbound; asks {\"ask\":\"begun\"}; asks {\"ask\":\"heard\",\"keys\":\"0\"}; asks {\"ask\":\"transfer\",\"extension\":\"operator\"}; accepted 1; bridged; +30s; bye"), @"
     0.000 control_attached inbound: hear by inbound
     0.000 document_asked: [answered], [said 1 'Hello, and welcome. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], [document_answered], answer ask, [can hang_up transfer_blind transfer_attended]
     0.000 document_asked: [key_pressed 0], [said 2 'One moment, I am connecting you.'], cache_profile for 2001 operator, [document_answered], answer transfer
     0.000 profile_cached
     0.000 document_asked: [handoff_requested 1 operator], [document_answered], answer room, cache_profile for 2001 operator
     0.000 profile_cached 1: ring 1 2001
     0.000 handoff_accepted
     0.000 bridged: [handoff_bridged 1]
    30.000 hangup: [ended call_transferred by assistant, next 'hangup']
    ");
}

#[test]
fn nobody_who_answers_brings_the_caller_back_to_the_next_turn() {
    insta::assert_snapshot!(play("twilio; reaching people; inbound; asks {\"ask\":\"begun\"}; asks {\"ask\":\"heard\",\"keys\":\"0\"}; asks {\"ask\":\"transfer\",\"extension\":\"operator\"}; rings 1; unreached 1 no_answer; asks {\"ask\":\"dialled\"}; done 2; asks {\"ask\":\"heard\",\"keys\":\"7\"}"), @"
    0.000 control_attached inbound: hear by inbound
    0.000 document_asked: [answered], [said 1 'Hello, and welcome. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], [document_answered], answer ask, [can hang_up transfer_blind transfer_attended]
    0.000 document_asked: [key_pressed 0], [said 2 'One moment, I am connecting you.'], cache_profile for 2001 operator, [document_answered], answer transfer
    0.000 profile_cached
    0.000 document_asked: [handoff_requested 1 operator], [document_answered], answer room, cache_profile for 2001 operator
    0.000 profile_cached 1: ring 1 2001
    0.000 handoff_ringing
    0.000 handoff_failed no_answer: [handoff_abandoned 1 no_answer], [said 3 'I am sorry, I can't reach that person at the moment. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], next_document 2 by inbound
    0.000 document_asked: [document_answered], answer ask
    0.000 action_done 2 done
    0.000 document_asked: [said 4 'That key does nothing here. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], [document_answered], answer ask
    ");
}

#[test]
fn a_person_of_whom_nobody_says_anything_is_given_up_in_time() {
    insta::assert_snapshot!(play("twilio; reaching people; inbound; asks {\"ask\":\"begun\"}; asks {\"ask\":\"heard\",\"keys\":\"0\"}; asks {\"ask\":\"transfer\",\"extension\":\"operator\"}; +40s; asks {\"ask\":\"dialled\"}"), @"
     0.000 control_attached inbound: hear by inbound
     0.000 document_asked: [answered], [said 1 'Hello, and welcome. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], [document_answered], answer ask, [can hang_up transfer_blind transfer_attended]
     0.000 document_asked: [key_pressed 0], [said 2 'One moment, I am connecting you.'], cache_profile for 2001 operator, [document_answered], answer transfer
     0.000 profile_cached
     0.000 document_asked: [handoff_requested 1 operator], [document_answered], answer room, cache_profile for 2001 operator
     0.000 profile_cached 1: ring 1 2001
    25.000 deadline_passed: stop_ringing 1, [handoff_abandoned 1 timeout], [said 3 'I am sorry, I can't reach that person at the moment. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], next_document 2 by inbound
    35.000 deadline_passed
    40.000 document_asked: [document_answered], answer ask
    ");
}

#[test]
fn a_caller_who_hangs_up_while_it_rings_takes_the_ringing_with_them() {
    insta::assert_snapshot!(play("twilio; reaching people; inbound; asks {\"ask\":\"begun\"}; asks {\"ask\":\"heard\",\"keys\":\"0\"}; asks {\"ask\":\"transfer\",\"extension\":\"operator\"}; rings 1; asks {\"ask\":\"dialled\"}; bye"), @"
    0.000 control_attached inbound: hear by inbound
    0.000 document_asked: [answered], [said 1 'Hello, and welcome. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], [document_answered], answer ask, [can hang_up transfer_blind transfer_attended]
    0.000 document_asked: [key_pressed 0], [said 2 'One moment, I am connecting you.'], cache_profile for 2001 operator, [document_answered], answer transfer
    0.000 profile_cached
    0.000 document_asked: [handoff_requested 1 operator], [document_answered], answer room, cache_profile for 2001 operator
    0.000 profile_cached 1: ring 1 2001
    0.000 handoff_ringing
    0.000 document_asked: stop_ringing 1, [handoff_abandoned 1 caller_left], [said 3 'I am sorry, I can't reach that person at the moment. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], [document_answered], answer ask
    0.000 hangup: [ended NORMAL_CLEARING by caller, next 'hangup']
    ");
}

#[test]
fn a_room_that_is_over_before_anybody_came_leaves_the_caller_with_the_next_turn() {
    insta::assert_snapshot!(play("twilio; reaching people; inbound; asks {\"ask\":\"begun\"}; asks {\"ask\":\"heard\",\"keys\":\"0\"}; asks {\"ask\":\"transfer\",\"extension\":\"operator\"}; rings 1; asks {\"ask\":\"dialled\"}; asks {\"ask\":\"heard\",\"keys\":\"7\"}"), @"
    0.000 control_attached inbound: hear by inbound
    0.000 document_asked: [answered], [said 1 'Hello, and welcome. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], [document_answered], answer ask, [can hang_up transfer_blind transfer_attended]
    0.000 document_asked: [key_pressed 0], [said 2 'One moment, I am connecting you.'], cache_profile for 2001 operator, [document_answered], answer transfer
    0.000 profile_cached
    0.000 document_asked: [handoff_requested 1 operator], [document_answered], answer room, cache_profile for 2001 operator
    0.000 profile_cached 1: ring 1 2001
    0.000 handoff_ringing
    0.000 document_asked: stop_ringing 1, [handoff_abandoned 1 caller_left], [said 3 'I am sorry, I can't reach that person at the moment. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], [document_answered], answer ask
    0.000 document_asked: [said 4 'That key does nothing here. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], [document_answered], answer ask
    ");
}

#[test]
fn a_caller_who_could_not_be_fetched_is_not_left_in_the_room() {
    insta::assert_snapshot!(play("twilio; reaching people; inbound; asks {\"ask\":\"begun\"}; asks {\"ask\":\"heard\",\"keys\":\"0\"}; asks {\"ask\":\"transfer\",\"extension\":\"operator\"}; unreached 1 busy; fails 2; to the end"), @"
      0.000 control_attached inbound: hear by inbound
      0.000 document_asked: [answered], [said 1 'Hello, and welcome. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], [document_answered], answer ask, [can hang_up transfer_blind transfer_attended]
      0.000 document_asked: [key_pressed 0], [said 2 'One moment, I am connecting you.'], cache_profile for 2001 operator, [document_answered], answer transfer
      0.000 profile_cached
      0.000 document_asked: [handoff_requested 1 operator], [document_answered], answer room, cache_profile for 2001 operator
      0.000 profile_cached 1: ring 1 2001
      0.000 handoff_failed busy: [handoff_abandoned 1 busy], [said 3 'I am sorry, I can't reach that person at the moment. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], next_document 2 by inbound
      0.000 action_done 2 failed
    180.000 deadline_passed: hang_up_at_twilio, [ended normal_clearing by caller, next 'hangup']
    ");
}

#[test]
fn asked_twice_nobody_is_rung_twice() {
    insta::assert_snapshot!(play("twilio; reaching people; inbound; asks {\"ask\":\"begun\"}; asks {\"ask\":\"heard\",\"keys\":\"0\"}; asks {\"ask\":\"transfer\",\"extension\":\"operator\"}; asks {\"ask\":\"transfer\",\"extension\":\"operator\"}; rings 1"), @"
    0.000 control_attached inbound: hear by inbound
    0.000 document_asked: [answered], [said 1 'Hello, and welcome. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], [document_answered], answer ask, [can hang_up transfer_blind transfer_attended]
    0.000 document_asked: [key_pressed 0], [said 2 'One moment, I am connecting you.'], cache_profile for 2001 operator, [document_answered], answer transfer
    0.000 profile_cached
    0.000 document_asked: [handoff_requested 1 operator], [document_answered], answer room, cache_profile for 2001 operator
    0.000 profile_cached 1: ring 1 2001
    0.000 document_asked: [document_answered], answer room
    0.000 handoff_ringing
    ");
}

#[test]
fn a_caller_who_had_a_stream_is_brought_back_to_the_assistant_who_knows_why() {
    insta::assert_snapshot!(play("twilio; reaching people; talking; inbound; closed; asks {\"ask\":\"transfer\",\"extension\":\"operator\"}; unreached 1 busy; done 2; asks {\"ask\":\"dialled\"}; connected"), @"
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf], tools end_call take_message hold_call unhold_call request_handoff transfer_call
    2.000 leg_left 1 closed: unplug 1->2, unplug 2->1, listen
    2.000 document_asked: [handoff_requested 1 operator], stop, [document_answered], answer room, cache_profile for 2001 operator, [can hang_up transfer_blind transfer_attended]
    2.000 profile_cached 1: ring 1 2001
    2.000 handoff_failed busy: [handoff_abandoned 1 busy], [interrupted until 7], next_document 2 by inbound
    2.000 action_done 2 done
    2.000 document_asked: [document_answered], answer stream
    2.000 leg_arrived 3: start_leg 3
    2.000 leg_joined 3: [interrupted until 7], [resumed after 0], start_recording 3, start_assistant 4, plug 3->4, plug 4->3, [can converse hang_up hold transfer_blind transfer_attended send_dtmf]
    ");
}

#[test]
fn without_the_account_the_switch_dials() {
    insta::assert_snapshot!(play("twilio; reaching people; asks {\"ask\":\"begun\"}; asks {\"ask\":\"transfer\",\"extension\":\"operator\"}"), @"
    0.000 document_asked: [answered], [said 1 'Hello, and welcome. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], [document_answered], answer ask
    0.000 document_asked: [transfer_requested operator], cache_profile for 2001 operator, [document_answered], answer dial
    0.000 profile_cached
    ");
}
