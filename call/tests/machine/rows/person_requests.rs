//! Callers who ask for a person in spoken words, when the assistant has no tool for it or does not use it.

use crate::script::{play, play_after};

#[test]
fn callers_asking_for_a_person_get_one_without_a_tool() {
    insta::assert_snapshot!(play("twilio; reaching people; offering end_call; talking; inbound; speaks; spoken 1.2s; words Please transfer me.; rings 1; accepted 1"), @"
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf]
    2.000 speech_started: clear 2->1
    2.000 speech_stopped 1200
    2.000 transcript 'Please transfer me.': [caller said 'Please transfer me.'], [person_wished 'transfer me'], tell 'the caller has asked for a person, and one is being asked to take over', [request_handoff 1 started], [handoff_requested 1 operator], cache_profile for 2001 operator
    2.000 profile_cached 1: ring 1 2001, start_music 3, plug 3->1
    2.000 handoff_ringing
    2.000 handoff_accepted: unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, bridge_callee 2 of 1 by inbound
    ");
}

#[test]
fn an_assistant_has_two_seconds_to_use_its_tool() {
    insta::assert_snapshot!(play("twilio; reaching people; offering request_handoff; talking; inbound; speaks; spoken 1.2s; words Can I talk to a human?; +1s; tool c1 request_handoff {\"target\":\"operator\",\"reason\":\"asked\"}; +3s"), @"
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf], tools request_handoff
    2.000 speech_started: clear 2->1
    2.000 speech_stopped 1200
    2.000 transcript 'Can I talk to a human?': [caller said 'Can I talk to a human?']
    3.000 tool_call c1 request_handoff {'reason':'asked','target':'operator'}: [request_handoff 1 started], [handoff_requested 1 operator], cache_profile for 2001 operator
    3.000 profile_cached 1: ring 1 2001, start_music 3, plug 3->1
    ");
}

#[test]
fn an_assistant_ignoring_its_tool_is_told_what_is_done() {
    insta::assert_snapshot!(play("twilio; reaching people; offering request_handoff; talking; inbound; speaks; spoken 1.2s; words Can I talk to a human?; +3s; tool c1 request_handoff {\"target\":\"operator\",\"reason\":\"asked\"}"), @"
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf], tools request_handoff
    2.000 speech_started: clear 2->1
    2.000 speech_stopped 1200
    2.000 transcript 'Can I talk to a human?': [caller said 'Can I talk to a human?']
    4.000 deadline_passed: [person_wished 'talk to a human'], tell 'the caller has asked for a person, and one is being asked to take over', [request_handoff 1 started], [handoff_requested 1 operator], cache_profile for 2001 operator
    4.000 profile_cached 1: ring 1 2001, start_music 3, plug 3->1
    5.000 tool_call c1 request_handoff {'reason':'asked','target':'operator'}: [request_handoff 2 started], [request_handoff 2 refused: somebody is being asked to take over already], tell c1 refused: somebody is being asked to take over already
    ");
}

#[test]
fn callers_declining_or_quoting_a_transfer_stay_with_the_assistant() {
    insta::assert_snapshot!(play("twilio; reaching people; offering end_call; talking; inbound; words Don't transfer me.; words He said transfer me."), @"
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf]
    2.000 transcript 'Don't transfer me.': [caller said 'Don't transfer me.']
    2.000 transcript 'He said transfer me.': [caller said 'He said transfer me.']
    ");
}

#[test]
fn escalation_targets_are_asked_and_callers_hear_of_failure() {
    insta::assert_snapshot!(play("twilio; reaching people; escalating operator; offering end_call; talking; inbound; words I want to speak to someone; unreached 1 busy"), @"
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf]
    2.000 transcript 'I want to speak to someone': [caller said 'I want to speak to someone'], [person_wished 'speak to someone'], tell 'the caller has asked for a person, and one is being asked to take over', [escalate_to_human 1 started], [handoff_requested 1 operator], cache_profile for 2001 operator
    2.000 profile_cached 1: ring 1 2001, start_music 3, plug 3->1
    2.000 handoff_failed busy: [handoff_abandoned 1 busy], [escalate_to_human 1 failed: nobody took over: busy; offer to take a message], tell 'nobody took over: busy; offer to take a message', say transfer_refused, unplug 3->1, stop_music 3
    ");
}

#[test]
fn a_dialplans_caller_is_sent_on_by_it() {
    insta::assert_snapshot!(play("announced; offering end_call; talking; words put me through please"), @"  2.000 transcript 'put me through please': [caller said 'put me through please'], [person_wished 'put me through'], [transfer_call 1 started], [transfer_requested operator], [transfer_call 1 done], clear 2->1, listen, say transferring");
}

#[test]
fn the_assistant_answers_if_nobody_can_be_reached() {
    insta::assert_snapshot!(play("without extensions; announced; offering end_call; talking; words put me through please"), @"  2.000 transcript 'put me through please': [caller said 'put me through please']");
}

#[test]
fn a_caller_already_being_transferred_is_led_to_nobody_else() {
    insta::assert_snapshot!(play_after(r#"asterisk; offering transfer_call; talking; inbound; tool c1 transfer_call {"target":"operator"}"#, "words put me through please; +3s"), @"
    2.000 transcript 'put me through please': [caller said 'put me through please']
    5.000 deadline_passed: [transfer_requested operator], listen, [transfer_call 1 done], tell c1 done, say transferring
    ");
    // Another running tool is no reason to wait.
    insta::assert_snapshot!(play_after("with stock; announced; offering end_call; talking; tool c1 stock {}", "words put me through please"), @"
    2.000 transcript 'put me through please': [caller said 'put me through please'], [person_wished 'put me through'], [transfer_call 2 started], [transfer_requested operator], [transfer_call 2 done], clear 2->1, listen, say transferring
    ");
}

#[test]
fn escalation_targets_are_asked_only_where_people_can_be_rung() {
    insta::assert_snapshot!(play_after("twilio; escalating operator; offering end_call; talking", "inbound; words put me through please"), @"
    2.000 control_attached inbound: hear by inbound, sound by inbound
    2.000 transcript 'put me through please': [caller said 'put me through please']
    ");
}

#[test]
fn escalation_queues_are_asked_where_nobody_can_be_rung() {
    let asked_for = |people: &str| {
        play(&format!(
            "without extensions; queue support; desk sales; escalating {people}; offering end_call; talking; words put me through please"
        ))
    };
    let asked = asked_for("support");
    assert!(asked.contains("[escalate_to_human 1 started], [agent_requested 1 support]"), "{asked}");
    // None of the people in the rules can be asked from here.
    let alone = asked_for("+15550100002");
    assert!(!alone.contains("escalate_to_human"), "{alone}");
}

#[test]
fn a_person_the_caller_names_goes_before_the_escalation_target() {
    insta::assert_snapshot!(play_after("twilio; reaching people; escalating operator; desk sales; phone sales; offering end_call; talking; inbound", "words put me through to sales"), @"
    2.000 transcript 'put me through to sales': [caller said 'put me through to sales'], [person_wished 'put me through'], tell 'the caller has asked for a person, and one is being asked to take over', [request_handoff 1 started], [agent_requested 1 sales], cache_profile for sales
    2.000 profile_cached 1: offer 1 at sales, start_music 3, plug 3->1
    ");
}
