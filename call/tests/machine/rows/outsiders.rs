//! Third parties who are not agents: rung because an agent asks for them, and joined here.

use cordboard_call::{Command, CommandRefused};
use cordboard_schema::agent::AgentRequest;

use crate::at_desks::ADA;
use crate::script::{call_after, play, play_after};

/// The agent at sales talks with the caller. The list of extensions has operator, who has no desk, and the policy allows numbers in Berlin.
const WITH_ADA: &str = "admitting +4930*; desk sales; offering request_handoff; talking; \
     tool c1 request_handoff {\"target\":\"sales\",\"reason\":\"a bill\"}; taken 1; agent audio; joined 4";

fn with_ada(steps: &str) -> String {
    let all = play(&format!("{WITH_ADA}; {steps}")).to_string();
    all.strip_prefix(&play(WITH_ADA).to_string()).unwrap().to_owned()
}

#[test]
fn a_third_party_is_consulted_and_all_three_talk() {
    insta::assert_snapshot!(with_ada("agent asks operator; lifted 2; handset 2; joined 6; +3s; agent joins; +1s; agent hangs; +1s; closed 6"), @"
    2.000 agent_asked consult: [consult_began 2 operator], [hold_began], unplug 1->4, unplug 4->1, cache_profile for operator, start_music 5, plug 5->1, agent is held asking operator
    2.000 profile_cached 2: [dial_requested operator], ring_phone 2 operator
    2.000 phone_told 2 answered
    2.000 phone_leg_arrived 6 of 2: start_leg 6
    2.000 leg_joined 6: [outsider_answered 2 operator as 6], plug 4->6, plug 6->4, agent is held consulting operator
    5.000 agent_asked join_consult: [outsider_joined 2 operator], [consult_ended 2 joined], [hold_ended after 3000], unplug 5->1, plug 1->4, plug 1->6, plug 4->1, plug 6->1, stop_music 5, agent is talking with operator
    6.000 agent_asked hang_up: [agent_left left], agent_left after talking, unplug 1->4, unplug 4->1, unplug 4->6, unplug 6->4, release_leg 4
    7.000 leg_left 6 closed: [outsider_left 2 operator after talking], unplug 1->6, unplug 6->1, stop_phone 2, [ended normal_clearing by switch, next 'hangup'], release_leg 1
    ");
}

/// The caller's request is not done yet.
#[test]
fn callers_whose_person_is_cut_off_have_the_assistant_again() {
    let talks = format!("{RINGS_ELSEWHERE}; lifted 1; handset 1; joined 4; +9s; broken 4");
    let cut_off = play_after(&talks, "+2s; +1s; ready; says 2 welcome_back");
    assert!(cut_off.contains("[outsider_left 1 operator after talking]"), "{cut_off}");
    assert!(cut_off.contains("start_assistant") && !cut_off.contains("[ended"), "{cut_off}");
    // Some switches break the line of a party that hangs up, and report it.
    let hung_up = play_after(&talks, "+100ms; put_down 1");
    assert!(hung_up.contains("[ended normal_clearing by switch"), "{hung_up}");
}

/// Otherwise the caller on hold would hear tones, and the menu of the consulted party would wait for its keys.
#[test]
fn keys_go_to_whom_the_agent_asks() {
    let asks = format!("{WITH_ADA}; agent asks operator; lifted 2; handset 2; joined 6");
    let to_menu = play_after(&asks, "agent presses 1");
    assert!(to_menu.contains("send_dtmf 6 1"), "{to_menu}");
    let to_caller = play_after(&format!("{asks}; agent joins"), "agent presses 1");
    assert!(to_caller.contains("send_dtmf 1 1"), "{to_caller}");
}

/// The caller's own switch rings nobody. Another switch does, and the person who answers is joined with the caller here.
const RINGS_ELSEWHERE: &str = "elsewhere; offering request_handoff; talking; \
     tool c1 request_handoff {\"target\":\"operator\",\"reason\":\"a bill\"}";

#[test]
fn a_person_rung_by_another_switch_takes_over_here() {
    insta::assert_snapshot!(play(&format!("{RINGS_ELSEWHERE}; lifted 1; handset 1; joined 4; +9s; closed 4")), @"
     2.000 tool_call c1 request_handoff {'reason':'a bill','target':'operator'}: [request_handoff 1 started], [handoff_requested 1 operator], cache_profile for 2001 operator
     2.000 profile_cached 1: ring_phone 1 operator, start_music 3, plug 3->1
     2.000 phone_told 1 answered
     2.000 phone_leg_arrived 4 of 1: start_leg 4
     2.000 leg_joined 4: [outsider_answered 1 operator as 4], [outsider_joined 1 operator], [handoff_bridged 1], [request_handoff 1 done], tell c1 done, clear 2->1, unplug 1->2, unplug 2->1, unplug 3->1, plug 1->4, plug 4->1, stop, stop_music 3
    11.000 leg_left 4 closed: [outsider_left 1 operator after talking], unplug 1->4, unplug 4->1, stop_phone 1, [ended normal_clearing by switch, next 'hangup'], release_leg 1
    ");
    let ends = [
        "engaged 1 busy",
        "handset 1; closed 4",
        "+40s",
        "closed 1",
        "transfer operator; engaged 1 busy",
        "handset 1; joined 4; closed 1",
        "handset 1; joined 4; closed 4; engaged 1 busy",
        "restarted",
    ];
    let ended = ends.map(|end| format!("{end}:\n{}\n", play_after(RINGS_ELSEWHERE, end))).concat();
    insta::assert_snapshot!(ended, @"
    engaged 1 busy:
      2.000 phone_told 1 busy: stop_phone 1, [handoff_abandoned 1 busy], [request_handoff 1 failed: nobody took over: busy], tell c1 failed: nobody took over: busy, unplug 3->1, stop_music 3

    handset 1; closed 4:
      2.000 phone_leg_arrived 4 of 1: start_leg 4
      2.000 leg_left 4 closed: [outsider_left 1 operator], stop_phone 1, [handoff_abandoned 1 declined], [request_handoff 1 failed: nobody took over: declined], tell c1 failed: nobody took over: declined, unplug 3->1, stop_music 3

    +40s:
     27.000 deadline_passed: stop_phone 1, [handoff_abandoned 1 timeout], [request_handoff 1 failed: nobody took over: timeout], tell c1 failed: nobody took over: timeout, unplug 3->1, stop_music 3
     37.000 deadline_passed: [silence_prompted], say still_there

    closed 1:
      2.000 leg_left 1 closed: unplug 1->2, unplug 2->1, unplug 3->1, stop_phone 1, [handoff_abandoned 1 caller_left], [request_handoff 1 failed: nobody took over: caller_left], tell c1 failed: nobody took over: caller_left, stop_music 3, [ended normal_clearing by caller, next 'hangup'], stop

    transfer operator; engaged 1 busy:
      2.000 transfer_asked: [transfer_requested operator], stop_phone 1, [handoff_abandoned 1 caller_left], [request_handoff 1 failed: nobody took over: caller_left], tell c1 failed: nobody took over: caller_left, clear 2->1, listen, say transferring, unplug 3->1, stop_music 3
      2.000 phone_told 1 busy

    handset 1; joined 4; closed 1:
      2.000 phone_leg_arrived 4 of 1: start_leg 4
      2.000 leg_joined 4: [outsider_answered 1 operator as 4], [outsider_joined 1 operator], [handoff_bridged 1], [request_handoff 1 done], tell c1 done, clear 2->1, unplug 1->2, unplug 2->1, unplug 3->1, plug 1->4, plug 4->1, stop, stop_music 3
      2.000 leg_left 1 closed: unplug 1->4, unplug 4->1, [outsider_left 1 operator after talking], release_leg 4, stop_phone 1, [ended normal_clearing by caller, next 'hangup']

    handset 1; joined 4; closed 4; engaged 1 busy:
      2.000 phone_leg_arrived 4 of 1: start_leg 4
      2.000 leg_joined 4: [outsider_answered 1 operator as 4], [outsider_joined 1 operator], [handoff_bridged 1], [request_handoff 1 done], tell c1 done, clear 2->1, unplug 1->2, unplug 2->1, unplug 3->1, plug 1->4, plug 4->1, stop, stop_music 3
      2.000 leg_left 4 closed: [outsider_left 1 operator after talking], unplug 1->4, unplug 4->1, stop_phone 1, [ended normal_clearing by switch, next 'hangup'], release_leg 1
      2.000 phone_told 1 busy

    restarted:
      2.000 server_restarted: stop_phone 1, [handoff_abandoned 1 congestion], [request_handoff 1 failed: nobody took over: congestion], [interrupted until 32]
    ");
}

#[test]
fn nobody_is_rung_for_a_caller_whose_server_died_before() {
    let told = play_after(&format!("caching slowly; {RINGS_ELSEWHERE}"), "restarted; +20s");
    assert!(told.contains("[handoff_abandoned 1 congestion]"), "{told}");
    assert!(!told.contains("ring_phone") && !told.contains("stop_phone"), "{told}");
}

#[test]
fn a_person_who_takes_over_here_is_briefed_first() {
    let told = "warm; elsewhere; offering request_handoff; connected; ready to say anything; says 1 greeting; +2s; played 1; \
         tool c1 request_handoff {\"target\":\"operator\",\"reason\":\"a bill\"}; handset 1; joined 4";
    let words = "item 2; text 2 4s Anna has said last: a plumber.";
    insta::assert_snapshot!(play_after(told, &format!("{words}; +4s; played 2 4s")), @"
    2.000 item_started 2 -
    2.000 item_complete 2
    6.000 played_until 2 4000 finished: heard 2 4000 finished, [whispered 2 for 4000 ms 'Anna has said last: a plumber.'], [outsider_joined 1 operator], [handoff_bridged 1], [request_handoff 1 done], tell c1 done, unplug 1->2, unplug 2->4, unplug 3->1, plug 1->4, plug 4->1, stop, stop_music 3
    ");
    let ends = [
        "+15s",
        "closed 4",
        "closed 1",
        "broken 1; +1s; connected",
        "failed",
        "engaged 1 declined",
        "restarted",
    ];
    let ended =
        ends.map(|end| format!("{end}:\n{}\n", play_after(told, &format!("{words}; {end}")))).concat();
    insta::assert_snapshot!(ended, @"
    +15s:
      2.000 item_started 2 -
      2.000 item_complete 2
     17.000 deadline_passed: [outsider_joined 1 operator], [handoff_bridged 1], [request_handoff 1 done], tell c1 done, unplug 1->2, unplug 2->4, unplug 3->1, plug 1->4, plug 4->1, stop, stop_music 3

    closed 4:
      2.000 item_started 2 -
      2.000 item_complete 2
      2.000 leg_left 4 closed: converse, unplug 2->4, unplug 3->1, plug 2->1, [outsider_left 1 operator], stop_phone 1, [handoff_abandoned 1 declined], [request_handoff 1 failed: nobody took over: declined], tell c1 failed: nobody took over: declined, stop_music 3

    closed 1:
      2.000 item_started 2 -
      2.000 item_complete 2
      2.000 leg_left 1 closed: unplug 1->2, unplug 3->1, converse, unplug 2->4, [outsider_left 1 operator], release_leg 4, stop_phone 1, [handoff_abandoned 1 caller_left], [request_handoff 1 failed: nobody took over: caller_left], tell c1 failed: nobody took over: caller_left, stop_music 3, [ended normal_clearing by caller, next 'hangup'], stop

    broken 1; +1s; connected:
      2.000 item_started 2 -
      2.000 item_complete 2
      2.000 leg_left 1 broken: unplug 1->2, unplug 3->1, [outsider_joined 1 operator], [handoff_bridged 1], [request_handoff 1 done], tell c1 done, [interrupted until 7], unplug 2->4, stop_music 3
      3.000 leg_arrived 5: start_leg 5
      3.000 leg_joined 5: [resumed after 1000], start_recording 5, plug 4->5, plug 5->4, stop

    failed:
      2.000 item_started 2 -
      2.000 item_complete 2
      2.000 assistant_failed 2: unplug 1->2, unplug 2->4, stop, [whispered 2 for 0 ms ''], [outsider_joined 1 operator], [handoff_bridged 1], [request_handoff 1 done], unplug 3->1, plug 1->4, plug 4->1, stop_music 3

    engaged 1 declined:
      2.000 item_started 2 -
      2.000 item_complete 2
      2.000 phone_told 1 declined: release_leg 4, converse, unplug 2->4, unplug 3->1, plug 2->1, [outsider_left 1 operator], stop_phone 1, [handoff_abandoned 1 declined], [request_handoff 1 failed: nobody took over: declined], tell c1 failed: nobody took over: declined, stop_music 3

    restarted:
      2.000 item_started 2 -
      2.000 item_complete 2
      2.000 server_restarted: [outsider_left 1 operator], stop_phone 1, [handoff_abandoned 1 congestion], [request_handoff 1 failed: nobody took over: congestion], [whispered 2 for 0 ms ''], [interrupted until 32]
    ");
}

#[test]
fn a_caller_lost_as_somebody_takes_over_returns_to_them() {
    insta::assert_snapshot!(play_after(RINGS_ELSEWHERE, "handset 1; broken 1; joined 4; +1s; connected"), @"
    2.000 phone_leg_arrived 4 of 1: start_leg 4
    2.000 leg_left 1 broken: unplug 1->2, unplug 2->1, unplug 3->1, listen, [interrupted until 7], stop_music 3
    2.000 leg_joined 4: [outsider_answered 1 operator as 4], [outsider_joined 1 operator], [handoff_bridged 1], [request_handoff 1 done], tell c1 done
    3.000 leg_arrived 5: start_leg 5
    3.000 leg_joined 5: [resumed after 1000], start_recording 5, plug 4->5, plug 5->4, stop
    ");
    insta::assert_snapshot!(play_after(RINGS_ELSEWHERE, "handset 1; broken 1; joined 4; +60s"), @"
    2.000 phone_leg_arrived 4 of 1: start_leg 4
    2.000 leg_left 1 broken: unplug 1->2, unplug 2->1, unplug 3->1, listen, [interrupted until 7], stop_music 3
    2.000 leg_joined 4: [outsider_answered 1 operator as 4], [outsider_joined 1 operator], [handoff_bridged 1], [request_handoff 1 done], tell c1 done
    7.000 deadline_passed: [outsider_left 1 operator after talking], release_leg 4, stop_phone 1, [ended connection_lost by server, next 'hangup'], stop
    ");
}

/// The hand-off that led to them is over. Otherwise nobody else could be asked, and silence would not be watched.
#[test]
fn a_caller_whom_an_outsider_left_while_away_asks_again() {
    let told = play_after(
        RINGS_ELSEWHERE,
        "handset 1; joined 4; broken 1; closed 4; +1s; connected; ready; handoff operator",
    );
    assert!(told.contains("[outsider_left 1 operator after talking]"), "{told}");
    assert!(told.contains("[resumed after 1000]"), "{told}");
    assert_eq!(told.matches("ring_phone").count(), 1, "a person is asked again: {told}");
}

#[test]
fn a_caller_left_with_an_outsider_talks_until_either_leaves() {
    insta::assert_snapshot!(with_ada("agent asks +493012345; handset 2; joined 6; agent completes; +9s; closed 6"), @"
     2.000 agent_asked consult: [consult_began 2 +493012345], [hold_began], unplug 1->4, unplug 4->1, cache_profile for +493012345, start_music 5, plug 5->1, agent is held asking +493012345
     2.000 profile_cached 2: [dial_requested +493012345], ring_phone 2 +493012345
     2.000 phone_leg_arrived 6 of 2: start_leg 6
     2.000 leg_joined 6: [outsider_answered 2 +493012345 as 6], plug 4->6, plug 6->4, agent is held consulting +493012345
     2.000 agent_asked complete_consult: [outsider_joined 2 +493012345], [consult_ended 2 completed], [hold_ended after 0], [agent_left passed_on], agent_left after talking, unplug 4->6, unplug 5->1, unplug 6->4, plug 1->6, plug 6->1, release_leg 4, stop_music 5
    11.000 leg_left 6 closed: [outsider_left 2 +493012345 after talking], unplug 1->6, unplug 6->1, stop_phone 2, [ended normal_clearing by switch, next 'hangup'], release_leg 1
    ");
    insta::assert_snapshot!(with_ada("agent asks +493012345; handset 2; joined 6; agent completes; +9s; closed 1"), @"
     2.000 agent_asked consult: [consult_began 2 +493012345], [hold_began], unplug 1->4, unplug 4->1, cache_profile for +493012345, start_music 5, plug 5->1, agent is held asking +493012345
     2.000 profile_cached 2: [dial_requested +493012345], ring_phone 2 +493012345
     2.000 phone_leg_arrived 6 of 2: start_leg 6
     2.000 leg_joined 6: [outsider_answered 2 +493012345 as 6], plug 4->6, plug 6->4, agent is held consulting +493012345
     2.000 agent_asked complete_consult: [outsider_joined 2 +493012345], [consult_ended 2 completed], [hold_ended after 0], [agent_left passed_on], agent_left after talking, unplug 4->6, unplug 5->1, unplug 6->4, plug 1->6, plug 6->1, release_leg 4, stop_music 5
    11.000 leg_left 1 closed: unplug 1->6, unplug 6->1, [outsider_left 2 +493012345 after talking], release_leg 6, stop_phone 2, [ended normal_clearing by caller, next 'hangup']
    ");
}

#[test]
fn an_outsider_reported_hung_up_has_no_audio_any_more() {
    insta::assert_snapshot!(with_ada("agent asks operator; handset 2; joined 6; engaged 2 declined; closed 6"), @"
    2.000 agent_asked consult: [consult_began 2 operator], [hold_began], unplug 1->4, unplug 4->1, cache_profile for operator, start_music 5, plug 5->1, agent is held asking operator
    2.000 profile_cached 2: [dial_requested operator], ring_phone 2 operator
    2.000 phone_leg_arrived 6 of 2: start_leg 6
    2.000 leg_joined 6: [outsider_answered 2 operator as 6], plug 4->6, plug 6->4, agent is held consulting operator
    2.000 phone_told 2 declined: release_leg 6, [outsider_left 2 operator], unplug 4->6, unplug 6->4, stop_phone 2, [consult_ended 2 colleague_left], [hold_ended after 0], unplug 5->1, plug 1->4, plug 4->1, stop_music 5, agent is talking
    2.000 leg_left 6 closed
    ");
}

/// They belong to no hand-off, so reports about one have no effect.
#[test]
fn hand_off_reports_have_no_effect_on_a_consulted_outsider() {
    insta::assert_snapshot!(with_ada("agent asks operator; unreached 2 busy; accepted 2; engaged 2 busy"), @"
    2.000 agent_asked consult: [consult_began 2 operator], [hold_began], unplug 1->4, unplug 4->1, cache_profile for operator, start_music 5, plug 5->1, agent is held asking operator
    2.000 profile_cached 2: [dial_requested operator], ring_phone 2 operator
    2.000 handoff_failed busy
    2.000 handoff_accepted
    2.000 phone_told 2 busy: stop_phone 2, [consult_ended 2: busy], [hold_ended after 0], unplug 5->1, plug 1->4, plug 4->1, stop_music 5, agent is talking
    ");
}

#[test]
fn an_outsider_who_is_no_longer_asked_is_released() {
    insta::assert_snapshot!(with_ada("agent asks operator; agent cancels; handset 2"), @"
    2.000 agent_asked consult: [consult_began 2 operator], [hold_began], unplug 1->4, unplug 4->1, cache_profile for operator, start_music 5, plug 5->1, agent is held asking operator
    2.000 profile_cached 2: [dial_requested operator], ring_phone 2 operator
    2.000 agent_asked cancel_consult: stop_phone 2, [consult_ended 2 cancelled], [hold_ended after 0], unplug 5->1, plug 1->4, plug 4->1, stop_music 5, agent is talking
    2.000 phone_leg_arrived 6 of 2: refuse_leg 6
    ");
    insta::assert_snapshot!(with_ada("agent asks operator; handset 2; joined 6; agent cancels"), @"
    2.000 agent_asked consult: [consult_began 2 operator], [hold_began], unplug 1->4, unplug 4->1, cache_profile for operator, start_music 5, plug 5->1, agent is held asking operator
    2.000 profile_cached 2: [dial_requested operator], ring_phone 2 operator
    2.000 phone_leg_arrived 6 of 2: start_leg 6
    2.000 leg_joined 6: [outsider_answered 2 operator as 6], plug 4->6, plug 6->4, agent is held consulting operator
    2.000 agent_asked cancel_consult: [outsider_left 2 operator], unplug 4->6, unplug 6->4, release_leg 6, stop_phone 2, [consult_ended 2 cancelled], [hold_ended after 0], unplug 5->1, plug 1->4, plug 4->1, stop_music 5, agent is talking
    ");
    insta::assert_snapshot!(with_ada("agent asks operator; handset 2; closed 1"), @"
    2.000 agent_asked consult: [consult_began 2 operator], [hold_began], unplug 1->4, unplug 4->1, cache_profile for operator, start_music 5, plug 5->1, agent is held asking operator
    2.000 profile_cached 2: [dial_requested operator], ring_phone 2 operator
    2.000 phone_leg_arrived 6 of 2: start_leg 6
    2.000 leg_left 1 closed: unplug 5->1, [outsider_left 2 operator], release_leg 6, stop_phone 2, [consult_ended 2 cancelled], [hold_ended after 0], [agent_left call_ended], agent_left after talking, release_leg 4, stop_music 5, [ended normal_clearing by caller, next 'hangup']
    ");
    insta::assert_snapshot!(with_ada("agent asks operator; handset 2; joined 6; closed 6"), @"
    2.000 agent_asked consult: [consult_began 2 operator], [hold_began], unplug 1->4, unplug 4->1, cache_profile for operator, start_music 5, plug 5->1, agent is held asking operator
    2.000 profile_cached 2: [dial_requested operator], ring_phone 2 operator
    2.000 phone_leg_arrived 6 of 2: start_leg 6
    2.000 leg_joined 6: [outsider_answered 2 operator as 6], plug 4->6, plug 6->4, agent is held consulting operator
    2.000 leg_left 6 closed: [outsider_left 2 operator], unplug 4->6, unplug 6->4, stop_phone 2, [consult_ended 2 colleague_left], [hold_ended after 0], unplug 5->1, plug 1->4, plug 4->1, stop_music 5, agent is talking
    ");
}

#[test]
fn an_unreached_outsider_leaves_agent_and_caller_together() {
    insta::assert_snapshot!(with_ada("agent asks operator; engaged 2 busy"), @"
    2.000 agent_asked consult: [consult_began 2 operator], [hold_began], unplug 1->4, unplug 4->1, cache_profile for operator, start_music 5, plug 5->1, agent is held asking operator
    2.000 profile_cached 2: [dial_requested operator], ring_phone 2 operator
    2.000 phone_told 2 busy: stop_phone 2, [consult_ended 2: busy], [hold_ended after 0], unplug 5->1, plug 1->4, plug 4->1, stop_music 5, agent is talking
    ");
    insta::assert_snapshot!(with_ada("agent asks operator; +31s"), @"
     2.000 agent_asked consult: [consult_began 2 operator], [hold_began], unplug 1->4, unplug 4->1, cache_profile for operator, start_music 5, plug 5->1, agent is held asking operator
     2.000 profile_cached 2: [dial_requested operator], ring_phone 2 operator
    27.000 deadline_passed: stop_phone 2, [consult_ended 2: timeout], [hold_ended after 25000], unplug 5->1, plug 1->4, plug 4->1, stop_music 5, agent is talking
    ");
    insta::assert_snapshot!(with_ada("agent asks operator; lifted 2; +6s"), @"
    2.000 agent_asked consult: [consult_began 2 operator], [hold_began], unplug 1->4, unplug 4->1, cache_profile for operator, start_music 5, plug 5->1, agent is held asking operator
    2.000 profile_cached 2: [dial_requested operator], ring_phone 2 operator
    2.000 phone_told 2 answered
    7.000 deadline_passed: stop_phone 2, [consult_ended 2: timeout], [hold_ended after 5000], unplug 5->1, plug 1->4, plug 4->1, stop_music 5, agent is talking
    ");
    insta::assert_snapshot!(with_ada("agent asks operator; handset 2; closed 6"), @"
    2.000 agent_asked consult: [consult_began 2 operator], [hold_began], unplug 1->4, unplug 4->1, cache_profile for operator, start_music 5, plug 5->1, agent is held asking operator
    2.000 profile_cached 2: [dial_requested operator], ring_phone 2 operator
    2.000 phone_leg_arrived 6 of 2: start_leg 6
    2.000 leg_left 6 closed: [outsider_left 2 operator], stop_phone 2, [consult_ended 2: declined], [hold_ended after 0], unplug 5->1, plug 1->4, plug 4->1, stop_music 5, agent is talking
    ");
}

#[test]
fn a_colleague_whose_desk_does_not_take_it_is_rung() {
    insta::assert_snapshot!(with_ada("agent asks operator; restarted"), @"
    2.000 agent_asked consult: [consult_began 2 operator], [hold_began], unplug 1->4, unplug 4->1, cache_profile for operator, start_music 5, plug 5->1, agent is held asking operator
    2.000 profile_cached 2: [dial_requested operator], ring_phone 2 operator
    2.000 server_restarted: stop_phone 2, [consult_ended 2 cancelled], [hold_ended after 0], [agent_left audio_lost], agent_left after talking, [interrupted until 32]
    ");
    let desk = |steps: &str| {
        let beginning = WITH_ADA.replace("desk sales", "desk sales; desk operator");
        let all = play(&format!("{beginning}; {steps}")).to_string();
        all.strip_prefix(&play(&beginning).to_string()).unwrap().to_owned()
    };
    insta::assert_snapshot!(desk("agent asks operator; undesked 2 offline; handset 2; joined 6; agent joins"), @"
    2.000 agent_asked consult: [consult_began 2 operator], [hold_began], unplug 1->4, unplug 4->1, cache_profile for operator, start_music 5, plug 5->1, agent is held asking operator
    2.000 profile_cached 2: offer 2 at operator
    2.000 desk_failed offline: [dial_requested operator], ring_phone 2 operator
    2.000 phone_leg_arrived 6 of 2: start_leg 6
    2.000 leg_joined 6: [outsider_answered 2 operator as 6], plug 4->6, plug 6->4, agent is held consulting operator
    2.000 agent_asked join_consult: [outsider_joined 2 operator], [consult_ended 2 joined], [hold_ended after 0], unplug 5->1, plug 1->4, plug 1->6, plug 4->1, plug 6->1, stop_music 5, agent is talking with operator
    ");
    insta::assert_snapshot!(desk("agent asks operator; offered 2; undesked 2 no_answer"), @"
    2.000 agent_asked consult: [consult_began 2 operator], [hold_began], unplug 1->4, unplug 4->1, cache_profile for operator, start_music 5, plug 5->1, agent is held asking operator
    2.000 profile_cached 2: offer 2 at operator
    2.000 desk_ringing
    2.000 desk_failed no_answer: [consult_ended 2: no_answer], [hold_ended after 0], unplug 5->1, plug 1->4, plug 4->1, stop_music 5, agent is talking
    ");
}

#[test]
fn nobody_is_dialled_beyond_the_policy() {
    let asked = |script: &str, target: &str| {
        let call = call_after(&format!("{script}; joined 4"));
        let request = AgentRequest::Consult { target: target.to_owned(), note: String::new() };
        call.machine.admits(&Command::OfAgent { user_id: ADA, request })
    };
    assert_eq!(asked(WITH_ADA, "operator"), Ok(()));
    assert_eq!(asked(WITH_ADA, "+493012345"), Ok(()));
    assert_eq!(asked(WITH_ADA, "+33123"), Err(CommandRefused::NoSuchTarget));
    assert_eq!(asked(WITH_ADA, "nobody"), Err(CommandRefused::NoSuchTarget));
    let none = format!("dialling 0; {WITH_ADA}");
    assert_eq!(asked(&none, "operator"), Err(CommandRefused::DialLimit));
    assert_eq!(asked(&none, "sales"), Ok(()), "a desk is not a phone");
    assert_eq!(asked(&none, "nobody"), Err(CommandRefused::NoSuchTarget));
    let once = format!("dialling 1; {WITH_ADA}; joined 4; agent asks operator; engaged 2 busy");
    assert_eq!(
        asked(&once, "operator"),
        Err(CommandRefused::DialLimit),
        "a person asked by phone counts as dialled"
    );
}

#[test]
fn a_third_party_leaves_the_caller_to_the_agent() {
    insta::assert_snapshot!(play_after("admitting +1555*; desk sales; talking; handoff sales; taken 1; agent audio; joined 4; agent asks +15550001; handset 2; joined 6; agent joins", "closed 6; +1s"), @"
    2.000 leg_left 6 closed: [outsider_left 2 +15550001 after talking], unplug 1->6, unplug 4->6, unplug 6->1, unplug 6->4, stop_phone 2, agent is talking
    ");
}
