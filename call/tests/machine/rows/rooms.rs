//! Callers whom Twilio serves by documents, and who wait in a room for a person, or get a stream for a person at a desk.

use crate::script::{play, play_after};

#[test]
fn callers_without_a_stream_await_the_person_in_a_room() {
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
    30.000 unbridged: [ended call_transferred by assistant, next 'hangup'], end_by_switch
    ");
}

#[test]
fn leaving_the_room_after_talking_counts_as_transferred() {
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
fn a_caller_whose_own_end_is_reported_first_was_connected() {
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
fn an_unanswered_ring_brings_the_caller_to_the_next_turn() {
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
fn a_person_nobody_reports_on_is_given_up_in_time() {
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
fn a_caller_who_hangs_up_stops_the_ringing() {
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
fn a_room_that_nobody_joined_leads_to_the_next_turn() {
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
fn a_failed_fetch_leaves_no_caller_in_the_room() {
    insta::assert_snapshot!(play("twilio; reaching people; inbound; asks {\"ask\":\"begun\"}; asks {\"ask\":\"heard\",\"keys\":\"0\"}; asks {\"ask\":\"transfer\",\"extension\":\"operator\"}; unreached 1 busy; fails 2; to the end"), @"
      0.000 control_attached inbound: hear by inbound
      0.000 document_asked: [answered], [said 1 'Hello, and welcome. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], [document_answered], answer ask, [can hang_up transfer_blind transfer_attended]
      0.000 document_asked: [key_pressed 0], [said 2 'One moment, I am connecting you.'], cache_profile for 2001 operator, [document_answered], answer transfer
      0.000 profile_cached
      0.000 document_asked: [handoff_requested 1 operator], [document_answered], answer room, cache_profile for 2001 operator
      0.000 profile_cached 1: ring 1 2001
      0.000 handoff_failed busy: [handoff_abandoned 1 busy], [said 3 'I am sorry, I can't reach that person at the moment. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], next_document 2 by inbound
      0.000 action_done 2 failed
    180.000 deadline_passed: end_by_switch, [ended normal_clearing by caller, next 'hangup']
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
fn a_caller_with_a_stream_returns_to_an_informed_assistant() {
    insta::assert_snapshot!(play("twilio; reaching people; talking; inbound; closed; asks {\"ask\":\"transfer\",\"extension\":\"operator\"}; unreached 1 busy; done 2; asks {\"ask\":\"dialled\"}; connected"), @"
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf], tools end_call take_message hold_call unhold_call request_handoff transfer_call
    2.000 leg_left 1 closed: unplug 1->2, unplug 2->1, listen
    2.000 document_asked: [handoff_requested 1 operator], stop, [document_answered], answer room, cache_profile for 2001 operator, [can hang_up transfer_blind transfer_attended]
    2.000 profile_cached 1: ring 1 2001
    2.000 handoff_failed busy: [handoff_abandoned 1 busy], [returning until 7], next_document 2 by inbound
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

/// A caller at Twilio without a stream, up to the point where they get one.
const LED: &str = "twilio; reaching people; desk operator; inbound; asks {\"ask\":\"begun\"}; asks {\"ask\":\"heard\",\"keys\":\"0\"}; \
     asks {\"ask\":\"transfer\",\"extension\":\"operator\"}";

#[test]
fn turn_by_turn_callers_get_a_stream_for_a_desk() {
    insta::assert_snapshot!(play(&format!("{LED}; connected; ready; taken 1; agent audio; joined 4")), @"
    0.000 control_attached inbound: hear by inbound
    0.000 document_asked: [answered], [said 1 'Hello, and welcome. For operator, press 0 or say operator. To leave a message, press 1 or say message.'], [document_answered], answer ask, [can hang_up transfer_blind transfer_attended]
    0.000 document_asked: [key_pressed 0], [said 2 'One moment, I am connecting you.'], cache_profile for 2001 operator, [document_answered], answer transfer
    0.000 profile_cached
    0.000 document_asked: [returning until 5], [document_answered], answer stream
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [resumed after 0], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [handoff_requested 1 operator], cache_profile for 2001 operator, [can converse hang_up hold transfer_blind transfer_attended send_dtmf]
    0.000 profile_cached 1: ring 1 2001, offer 1 at operator, start_music 3, plug 3->1
    0.000 assistant_ready 2: say one_moment
    0.000 desk_accepted: stop_ringing 1, agent is connecting
    0.000 leg_arrived 4: start_leg 4
    0.000 leg_joined 4: [agent_joined 1 as 4], [handoff_bridged 1], clear 2->1, unplug 1->2, unplug 2->1, unplug 3->1, plug 1->4, plug 4->1, stop, stop_music 3, agent is talking
    ");
    insta::assert_snapshot!(play_after(LED, "connected; ready; undesked 1 declined; unreached 1 no_answer"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [resumed after 0], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [handoff_requested 1 operator], cache_profile for 2001 operator, [can converse hang_up hold transfer_blind transfer_attended send_dtmf]
    0.000 profile_cached 1: ring 1 2001, offer 1 at operator, start_music 3, plug 3->1
    0.000 assistant_ready 2: say one_moment
    0.000 desk_failed declined: stop_ringing 1, [handoff_abandoned 1 declined], tell 'nobody took over: declined', say transfer_refused, unplug 3->1, stop_music 3
    0.000 handoff_failed no_answer
    ");
    // The switch asks again, as it does without an answer, and the stream may never come.
    insta::assert_snapshot!(play_after(LED, "asks {\"ask\":\"transfer\",\"extension\":\"operator\"}; +11s"), @"
    0.000 document_asked: [returning until 5], [document_answered], answer stream
    5.000 deadline_passed: [ended connection_lost by server, next 'hangup'], end_by_switch
    ");
}

#[test]
fn ringing_a_person_into_a_room_counts_as_dialling() {
    let rung_twice = |beginning: &str| {
        let script = format!(
            "twilio; reaching people; {beginning}inbound; asks {{\"ask\":\"begun\"}}; asks {{\"ask\":\"transfer\",\"extension\":\"operator\"}}; unreached 1 no_answer; asks {{\"ask\":\"dialled\"}}; done 2"
        );
        play_after(&script, "asks {\"ask\":\"transfer\",\"extension\":\"operator\"}")
    };
    insta::assert_snapshot!(rung_twice(""), @"
    0.000 document_asked: [handoff_requested 3 operator], [document_answered], answer room, cache_profile for 2001 operator
    0.000 profile_cached 3: ring 3 2001
    ");
    let refused = rung_twice("dialling 1; ");
    assert!(!refused.contains("handoff_requested") && !refused.contains("answer room"), "{refused}");
}
