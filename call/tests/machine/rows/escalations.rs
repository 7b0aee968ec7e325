//! Callers who need a person, by the business's own rules.

use crate::script::{play, play_after};

#[test]
fn people_are_asked_in_order_until_one_takes_over() {
    insta::assert_snapshot!(play("twilio; reaching people; admitting +1555*; escalating operator,+15550100002; offering escalate_to_human; talking; inbound; tool c1 escalate_to_human {\"reason\":\"water\",\"urgency\":\"emergency\"}; unreached 1 busy; accepted 2; closed; done 3; bridged"), @"
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf], tools escalate_to_human
    2.000 tool_call c1 escalate_to_human {'reason':'water','urgency':'emergency'}: [escalate_to_human 1 started], [handoff_requested 1 operator], cache_profile for 2001 operator
    2.000 profile_cached 1: ring 1 2001, start_music 3, plug 3->1
    2.000 handoff_failed busy: [handoff_abandoned 1 busy], [handoff_requested 2 +15550100002], cache_profile for +15550100002, unplug 3->1, stop_music 3
    2.000 profile_cached 2: ring 2 +15550100002, start_music 4, plug 4->1
    2.000 handoff_accepted: unplug 4->1, stop_music 4, clear 2->1, listen, unplug 1->2, unplug 2->1, bridge_callee 3 of 2 by inbound
    2.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended]
    2.000 action_done 3 done
    2.000 bridged: [handoff_bridged 2], [escalate_to_human 1 done], tell c1 done, stop
    ");
}

#[test]
fn the_assistant_learns_why_nobody_came_and_what_to_offer() {
    insta::assert_snapshot!(play("twilio; reaching people; escalating operator,operator; offering escalate_to_human; talking; inbound; tool c1 escalate_to_human {\"reason\":\"water\",\"urgency\":\"emergency\"}; unreached 1 busy; unreached 2 no_answer"), @"
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf], tools escalate_to_human
    2.000 tool_call c1 escalate_to_human {'reason':'water','urgency':'emergency'}: [escalate_to_human 1 started], [handoff_requested 1 operator], cache_profile for 2001 operator
    2.000 profile_cached 1: ring 1 2001, start_music 3, plug 3->1
    2.000 handoff_failed busy: [handoff_abandoned 1 busy], [handoff_requested 2 operator], cache_profile for 2001 operator, unplug 3->1, stop_music 3
    2.000 profile_cached 2: ring 2 2001, start_music 4, plug 4->1
    2.000 handoff_failed no_answer: [handoff_abandoned 2 no_answer], [escalate_to_human 1 failed: nobody took over: no_answer; offer to take a message], tell c1 failed: nobody took over: no_answer; offer to take a message, unplug 4->1, stop_music 4
    ");
}

#[test]
fn outside_of_the_hours_nobody_is_asked() {
    insta::assert_snapshot!(play("twilio; reaching people; escalating in hours operator; offering escalate_to_human; talking; inbound; tool c1 escalate_to_human {\"reason\":\"water\",\"urgency\":\"emergency\"}"), @"
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf], tools escalate_to_human
    2.000 tool_call c1 escalate_to_human {'reason':'water','urgency':'emergency'}: [escalate_to_human 1 started], [escalate_to_human 1 failed: nobody takes calls now, but from Friday, 2 January at 08:00 on; offer to take a message], tell c1 failed: nobody takes calls now, but from Friday, 2 January at 08:00 on; offer to take a message
    ");
}

#[test]
fn a_number_the_policy_does_not_admit_is_never_dialled() {
    insta::assert_snapshot!(play("twilio; reaching people; escalating +49900123; offering escalate_to_human; talking; inbound; tool c1 escalate_to_human {\"reason\":\"water\",\"urgency\":\"emergency\"}"), @"
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf], tools escalate_to_human
    2.000 tool_call c1 escalate_to_human {'reason':'water','urgency':'emergency'}: [escalate_to_human 1 started], [escalate_to_human 1 failed: none of the people whom the business has named can be dialled from here; offer to take a message], tell c1 failed: none of the people whom the business has named can be dialled from here; offer to take a message
    ");
}

#[test]
fn no_more_are_asked_than_a_call_may_dial() {
    insta::assert_snapshot!(play("twilio; reaching people; dialling 1; escalating operator,operator; offering escalate_to_human; talking; inbound; tool c1 escalate_to_human {\"reason\":\"water\",\"urgency\":\"emergency\"}; unreached 1 busy"), @"
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf], tools escalate_to_human
    2.000 tool_call c1 escalate_to_human {'reason':'water','urgency':'emergency'}: [escalate_to_human 1 started], [handoff_requested 1 operator], cache_profile for 2001 operator
    2.000 profile_cached 1: ring 1 2001, start_music 3, plug 3->1
    2.000 handoff_failed busy: [handoff_abandoned 1 busy], [escalate_to_human 1 failed: nobody took over: busy; offer to take a message], tell c1 failed: nobody took over: busy; offer to take a message, unplug 3->1, stop_music 3
    ");
}

#[test]
fn desks_are_asked_beyond_what_a_call_may_dial() {
    let escalates = |limit: &str| {
        play(&format!(
            "twilio; reaching people; queue support; {limit}; admitting +1555*; escalating +15550100002,support; \
             offering escalate_to_human; talking; inbound; \
             tool c1 escalate_to_human {{\"reason\":\"water\",\"urgency\":\"emergency\"}}; unreached 1 busy"
        ))
    };
    let once = escalates("dialling 1");
    assert!(once.contains("[handoff_requested 1 +15550100002]"), "{once}");
    assert!(once.contains("[agent_requested 2 support]") && once.contains("offer 2 in support"), "{once}");
    let never = escalates("dialling 0");
    assert!(!never.contains("handoff_requested"), "{never}");
    assert!(never.contains("[agent_requested 1 support]") && never.contains("offer 1 in support"), "{never}");
}

#[test]
fn a_caller_who_leaves_is_nobody_elses() {
    insta::assert_snapshot!(play("twilio; reaching people; escalating operator,operator; offering escalate_to_human; talking; inbound; tool c1 escalate_to_human {\"reason\":\"water\",\"urgency\":\"emergency\"}; rings 1; bye"), @"
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf], tools escalate_to_human
    2.000 tool_call c1 escalate_to_human {'reason':'water','urgency':'emergency'}: [escalate_to_human 1 started], [handoff_requested 1 operator], cache_profile for 2001 operator
    2.000 profile_cached 1: ring 1 2001, start_music 3, plug 3->1
    2.000 handoff_ringing
    2.000 hangup: stop_ringing 1, [handoff_abandoned 1 caller_left], [escalate_to_human 1 failed: nobody took over: caller_left; offer to take a message], tell c1 failed: nobody took over: caller_left; offer to take a message, unplug 3->1, stop_music 3, [ended NORMAL_CLEARING by caller, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    ");
}

#[test]
fn a_business_without_rules_offers_no_escalation_tool() {
    insta::assert_snapshot!(play("twilio; reaching people; offering escalate_to_human; talking; inbound; tool c1 escalate_to_human {\"reason\":\"water\",\"urgency\":\"emergency\"}"), @"
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf]
    2.000 tool_call c1 escalate_to_human {'reason':'water','urgency':'emergency'}: [escalate_to_human 1 refused: there is no tool `escalate_to_human` on this call], tell c1 refused: there is no tool `escalate_to_human` on this call
    ");
}

#[test]
fn asterisk_callers_escalate_too_and_numbers_ring_without_a_check() {
    insta::assert_snapshot!(play("asterisk; admitting +1555*; escalating +15550100002,operator; offering escalate_to_human; talking; inbound; tool c1 escalate_to_human {\"reason\":\"water\",\"urgency\":\"emergency\"}; unreached 1 busy; found 2 registered; accepted 2"), @"
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables], tools escalate_to_human
    2.000 tool_call c1 escalate_to_human {'reason':'water','urgency':'emergency'}: [escalate_to_human 1 started], [handoff_requested 1 +15550100002], cache_profile for +15550100002
    2.000 profile_cached 1: ring 1 +15550100002, start_music 3, plug 3->1
    2.000 handoff_failed busy: [handoff_abandoned 1 busy], [handoff_requested 2 operator], cache_profile for 2001 operator, check_extension 2 2001, unplug 3->1, stop_music 3
    2.000 profile_cached 2
    2.000 extension_checked 2 registered: ring 2 2001, start_music 4, plug 4->1
    2.000 handoff_accepted: unplug 4->1, stop_music 4, clear 2->1, listen, unplug 1->2, unplug 2->1, bridge_callee 3 of 2 by inbound
    ");
}

#[test]
fn a_queues_own_substitute_is_asked_before_the_next_person() {
    insta::assert_snapshot!(play("queue support; desk sales; desk operator; escalating support,operator; offering escalate_to_human; talking; tool c1 escalate_to_human {\"reason\":\"water\",\"urgency\":\"emergency\"}; undesked 1 no_answer extension sales; undesked 2 offline"), @"
    2.000 tool_call c1 escalate_to_human {'reason':'water','urgency':'emergency'}: [escalate_to_human 1 started], [agent_requested 1 support], cache_profile for support
    2.000 profile_cached 1: offer 1 in support, start_music 3, plug 3->1
    2.000 desk_failed no_answer: [handoff_abandoned 1 no_answer], [agent_requested 2 sales], cache_profile for sales, unplug 3->1, stop_music 3
    2.000 profile_cached 2: offer 2 at sales, start_music 4, plug 4->1
    2.000 desk_failed offline: [handoff_abandoned 2 offline], [agent_requested 3 operator], cache_profile for operator, unplug 4->1, stop_music 4
    2.000 profile_cached 3: offer 3 at operator, start_music 5, plug 5->1
    ");
}

/// People whom another switch rings to join the caller here would meet nobody while the caller is away.
#[test]
fn people_are_asked_once_a_caller_who_was_away_returns() {
    let asked = "elsewhere; admitting +1555*; escalating operator,+15550100002; offering escalate_to_human; talking; \
                 tool c1 escalate_to_human {\"reason\":\"water\",\"urgency\":\"emergency\"}";
    assert!(play(asked).contains("ring_phone 1 operator"), "{}", play(asked));
    let away = play_after(asked, "broken; engaged 1 busy; +3s");
    assert!(away.contains("[handoff_abandoned 1 busy]") && !away.contains("handoff_requested"), "{away}");
    let back = play_after(&format!("{asked}; broken; engaged 1 busy; +3s"), "connected");
    assert!(back.contains("[handoff_requested 2 +15550100002]"), "{back}");
    assert!(back.contains("ring_phone 2 +15550100002"), "{back}");
    let gone = play_after(asked, "broken; engaged 1 busy; to the end");
    assert!(gone.contains("[escalate_to_human 1 failed: nobody took over: caller_left"), "{gone}");
    let restarted = play_after(asked, "restarted; +1s; connected; ready");
    assert!(restarted.contains("ring_phone 2 +15550100002"), "{restarted}");
    assert!(restarted.contains("people are asked once more"), "{restarted}");
}
